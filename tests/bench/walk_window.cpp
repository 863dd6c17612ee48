// SPDX-License-Identifier: Apache-2.0
// Drives the real window through its menus, dialogs, docks and states, saves a picture of each, and tells what is wrong
// with their look. script/walk runs it in light and dark, at once and twice the size.
#include "tests/bench/audit.h"
#include "tests/bench/bigmodel.h"
#include "tests/bench/stopwatch.h"
#include "tests/support/modelfolder.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"
#include "ui/comparewindow.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"
#include "ui/theme.h"
#include "ui/translation.h"
#include "ui/views/dtypebar.h"
#include "ui/views/filterbar.h"
#include "ui/views/plot.h"

#include <QAbstractItemView>
#include <QAction>
#include <QCommandLineParser>
#include <QContextMenuEvent>
#include <QDialog>
#include <QDir>
#include <QDockWidget>
#include <QHeaderView>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QRegularExpression>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTimer>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

using namespace ckptscope;
using namespace ckptscope::ui;
using bench::runUntil;
using bench::settle;

namespace {

constexpr QSize Usual(1280, 820);
constexpr QSize Smallest(800, 560);

class Walk {
public:
    explicit Walk(QString folder)
        : m_folder(std::move(folder))
        , m_settings(QString::fromStdString(m_dir.path("settings.ini")))
        , m_window(&m_settings)
    {
        m_window.resize(Usual);
        m_window.show();
        settle();
        m_demo = m_dir.copyTree("qwen3-next-tiny-bf16", test::sourcePath("resources/demo/qwen3-next-tiny-bf16"));
        m_popups.setInterval(250);
        QObject::connect(&m_popups, &QTimer::timeout, &m_window, [this] { takePopups(); });
    }
    void states();
    void views();
    void menus();
    void dialogs();
    void compare();
    /// How many different complaints there are; prints them.
    int print() const;

private:
    void shot(QWidget* widget, const QString& name);
    /// At the usual size and at the smallest.
    void both(const QString& name);
    void open(const std::string& path)
    {
        m_window.open({path});
        settle();
        runUntil([this] { return m_window.idle(); }, 20'000);
        settle();
    }
    void ensureOpen()
    {
        if (!m_window.document() || m_window.document()->size() < 100) {
            open(m_demo);
        }
        if (m_window.onReceipt()) {
            m_window.findChild<QPushButton*>(QStringLiteral("receiptBack"))->click();
        }
    }
    void selectKey(const char* key)
    {
        m_window.filterBar()->setText({});
        if (const TensorInfo* tensor = m_window.document()->checkpoint().find(key)) {
            m_window.tensorView()->select(m_window.document()->checkpoint().indexOf(*tensor));
        }
        settle();
    }
    void takePopups();
    void pagesOf(QWidget* dialog, const QString& name);
    void menu(QMenu* menu, const QString& name);
    void contextMenu(QWidget* widget, const QString& name);
    void trigger(QAction* action, const QString& name);

    test::TempDir m_dir;
    test::TempDir m_partial; ///< a checkpoint that lacks a shard
    QString m_folder;
    Settings m_settings;
    MainWindow m_window;
    std::string m_demo;
    QTimer m_popups;
    QString m_popupName;
    bool m_taken = false; ///< a dialog or menu came and its picture was taken
    int m_pictures = 0;
    std::map<QString, QString> m_complaints; ///< what -> the first picture
};

void Walk::shot(QWidget* widget, const QString& name)
{
    settle();
    const QPixmap picture = widget->grab();
    QString file = name;
    for (QChar& c : file) {
        if (!c.isLetterOrNumber() && c != u'-' && c != u'.') {
            c = u'_';
        }
    }
    picture.save(m_folder + u'/' + file + QStringLiteral(".png"));
    ++m_pictures;
    if (qobject_cast<QMenu*>(widget) != nullptr) {
        return;
    }
    for (const QString& what : bench::audit(widget, picture.toImage())) {
        m_complaints.emplace(what, file);
    }
}

void Walk::both(const QString& name)
{
    shot(&m_window, name);
    m_window.resize(Smallest);
    settle();
    shot(&m_window, name + QStringLiteral("-small"));
    m_window.resize(Usual);
    settle();
}

/// What opens while the walk waits inside a modal dialog or a menu: a picture, then away with it.
void Walk::takePopups()
{
    if (QWidget* popup = QApplication::activePopupWidget()) {
        m_taken = true;
        shot(popup, m_popupName + QStringLiteral("-popup"));
        popup->close();
    } else if (QWidget* modal = QApplication::activeModalWidget()) {
        m_popups.stop();
        m_taken = true;
        pagesOf(modal, m_popupName);
        m_popups.start();
        if (auto* dialog = qobject_cast<QDialog*>(modal)) {
            dialog->reject();
        } else {
            modal->close();
        }
    }
}

void Walk::pagesOf(QWidget* dialog, const QString& name)
{
    runUntil(
        [dialog] { // plans are made in jobs: the button that writes comes on
            const auto writes = dialog->findChildren<QPushButton*>(QRegularExpression(QStringLiteral("Write$")));
            return writes.isEmpty() || writes.front()->isEnabled();
        },
        4000);
    auto* tabs = dialog->findChild<QTabWidget*>();
    auto* pages = dialog->findChild<QStackedWidget*>();
    auto* list = dialog->findChild<QListWidget*>();
    if (tabs != nullptr) {
        for (int i = 0; i < tabs->count(); ++i) {
            tabs->setCurrentIndex(i);
            shot(dialog, QStringLiteral("%1-page%2").arg(name).arg(i + 1));
        }
    } else if (list != nullptr && pages != nullptr && list->count() == pages->count()) {
        for (int i = 0; i < list->count(); ++i) {
            list->setCurrentRow(i);
            shot(dialog, QStringLiteral("%1-page%2").arg(name).arg(i + 1));
        }
    } else {
        shot(dialog, name);
    }
}

void Walk::menu(QMenu* menu, const QString& name)
{
    Q_EMIT menu->aboutToShow();
    menu->popup(m_window.mapToGlobal(QPoint(20, 40)));
    shot(menu, name);
    menu->close();
    for (QAction* each : menu->actions()) {
        if (each->menu() != nullptr && each->isEnabled()) {
            this->menu(each->menu(), name + u'-' + each->text().remove(u'&'));
        }
    }
}

void Walk::contextMenu(QWidget* widget, const QString& name)
{
    if (widget == nullptr || !widget->isVisible()) {
        return;
    }
    m_popupName = QStringLiteral("context-") + name;
    m_popups.start();
    const QPoint at(widget->width() / 3, std::min(widget->height() / 2, 30));
    QContextMenuEvent event(QContextMenuEvent::Mouse, at, widget->mapToGlobal(at));
    QCoreApplication::sendEvent(widget, &event);
    runUntil([] { return QApplication::activePopupWidget() == nullptr; }, 2000);
    settle();
    m_popups.stop();
}

void Walk::trigger(QAction* action, const QString& name)
{
    const QWidgetList before = QApplication::topLevelWidgets();
    m_popupName = name;
    m_taken = false;
    m_popups.start();
    action->trigger();
    settle();
    runUntil([this] { return m_window.idle() && QApplication::activeModalWidget() == nullptr && QApplication::activePopupWidget() == nullptr; },
             10'000);
    m_popups.stop();
    bool other = m_taken;
    for (QWidget* each : QApplication::topLevelWidgets()) {
        if (!before.contains(each) && each->isVisible() && each->isWindow()) {
            pagesOf(each, name);
            each->close();
            other = true;
        }
    }
    if (!other) {
        shot(&m_window, name);
    }
    settle();
}

void Walk::menus()
{
    ensureOpen();
    selectKey("model.layers.0.linear_attn.A_log");
    for (QAction* top : m_window.menuBar()->actions()) {
        if (top->menu() != nullptr) {
            menu(top->menu(), QStringLiteral("menu-") + top->text().remove(u'&'));
        }
    }
    if (auto* profile = m_window.findChild<QToolButton*>(QStringLiteral("profileButton")); profile != nullptr && profile->menu() != nullptr) {
        menu(profile->menu(), QStringLiteral("menu-profile"));
    }
    // every entry, by what the window has; these leave it
    const QStringList leaving{QStringLiteral("file.quit"), QStringLiteral("file.newWindow"), QStringLiteral("tensor.showFolder")};
    QStringList all = m_window.actionNames();
    all.sort();
    for (const QString& each : std::as_const(all)) {
        ensureOpen();
        if (m_window.tensorView()->selectedTensors().empty()) {
            selectKey("model.layers.0.linear_attn.A_log");
        }
        QAction* action = m_window.action(each);
        if (leaving.contains(each) || action == nullptr || action->menu() != nullptr || !action->isEnabled()) {
            continue;
        }
        trigger(action, QStringLiteral("action-") + each);
        if (each == QLatin1String("view.fullScreen")) {
            action->trigger();
            settle();
        }
        if (each.startsWith(QLatin1String("view."))) {
            m_window.action(QStringLiteral("view.restoreLayout"))->trigger();
        }
        m_window.resize(Usual);
        m_window.filterBar()->setText({});
    }
}

void Walk::views()
{
    open(m_demo);
    both(QStringLiteral("state-violations"));
    for (const char* mode : {"roles", "flat", "tree"}) {
        m_window.action(QStringLiteral("view.") + QLatin1String(mode))->trigger();
        settle();
        both(QStringLiteral("view-") + QLatin1String(mode));
        contextMenu(m_window.tensorView()->view()->viewport(), QLatin1String(mode));
        contextMenu(m_window.tensorView()->view()->header()->viewport(), QLatin1String("header-") + QLatin1String(mode));
    }
    selectKey("model.layers.0.linear_attn.A_log");
    for (const char* name : {"findings", "values", "histogram", "heatmap", "halflife", "map", "shards", "metadata"}) {
        const char* key = std::string_view(name) == "heatmap" ? "model.embed_tokens.weight" : "model.layers.0.linear_attn.A_log";
        selectKey(key);
        QDockWidget* dock = m_window.dock(QLatin1String(name));
        dock->show();
        dock->raise();
        settle();
        runUntil([this] { return m_window.idle(); }, 10'000);
        both(QStringLiteral("dock-") + QLatin1String(name));
        for (QWidget* each : dock->findChildren<QWidget*>()) {
            if (auto* list = qobject_cast<QAbstractItemView*>(each); list != nullptr && qobject_cast<QHeaderView*>(each) == nullptr) {
                if (list->model() != nullptr && list->model()->rowCount() > 0) {
                    list->setCurrentIndex(list->model()->index(0, 0));
                }
                contextMenu(list->viewport(), QLatin1String(name));
            } else if (qobject_cast<Plot*>(each) != nullptr) {
                contextMenu(each, QLatin1String(name) + QLatin1String("-plot"));
            }
        }
    }
    m_window.dock(QStringLiteral("findings"))->raise();
    m_window.tensorView()->view()->selectAll();
    both(QStringLiteral("view-all-selected"));
    selectKey("model.layers.0.linear_attn.A_log");
    m_window.filterBar()->setText(QStringLiteral("dtyp:BF16"));
    both(QStringLiteral("state-filter-mistake"));
    m_window.filterBar()->setText(QStringLiteral("nosuchtensor"));
    both(QStringLiteral("state-empty-result"));
    m_window.filterBar()->setText(QStringLiteral("nan>0"));
    both(QStringLiteral("state-filter-needs-scan"));
    m_window.filterBar()->setText({});
    m_window.action(QStringLiteral("tensor.scanAll"))->trigger();
    settle();
    runUntil([this] { return m_window.idle(); }, 20'000);
    both(QStringLiteral("state-scanned"));
}

void Walk::states()
{
    both(QStringLiteral("state-start-empty"));
    open(m_demo);
    m_window.findChild<QPushButton*>(QStringLiteral("fixButton"))->click();
    settle();
    runUntil([this] { return m_window.onReceipt() && m_window.idle(); }, 20'000);
    both(QStringLiteral("state-receipt"));
    open(m_demo + "-fixed");
    both(QStringLiteral("state-clean"));
    m_window.closeDocument();
    runUntil([] { return false; }, 500);
    both(QStringLiteral("state-start-recent"));
    contextMenu(m_window.findChild<QAbstractItemView*>(QStringLiteral("startRecent"))->viewport(), QStringLiteral("recent"));

    struct State {
        const char* name;
        std::string path;
    };
    std::vector<State> all;
    all.push_back({"unsupported", m_dir.write("notes.txt", "not a checkpoint\n")});
    all.push_back({"empty-checkpoint", m_dir.write("empty.safetensors", test::rawSafetensors("{}"))});
    all.push_back({"not-judged", bench::writeValues(m_dir.path("values.safetensors"), 8, 1U << 20U)});
    constexpr char Evil[] = "\x80\x02"
                            "cposix\nsystem\n"
                            "X\x02\0\0\0id\x85R.";
    all.push_back({"dangerous-pickle", m_dir.write("evil.pt", std::string_view(Evil, sizeof Evil - 1))});
    all.push_back({"partial", test::ModelFolder::llama().write(m_partial)});
    for (const std::string& each : m_partial.list()) {
        if (each.find("00002-of-") != std::string::npos) {
            m_partial.remove(each);
        }
    }
    m_dir.copyTree("truncated", m_demo);
    for (const std::string& each : m_dir.list("truncated")) {
        if (each.ends_with(".safetensors")) {
            const auto name = "truncated/" + each;
            m_dir.truncate(name, std::filesystem::file_size(m_dir.path(name)) * 2 / 3);
        }
    }
    all.push_back({"truncated", m_dir.path("truncated")});
    all.push_back({"hostile-names",
                   m_dir.write("hostile.safetensors",
                               test::SafetensorsFile()
                                   .addValue("model.<b>bold</b>&amp;[*]\n\u202Egnp.\x1b[31m", "BF16", {4}, 1)
                                   .addValue(std::string(5000, 'x'), "F32", {2}, 2)
                                   .addValue("=cmd|'/c calc'!A1", "F16", {2, 2}, 0.5)
                                   .bytes())});
    all.push_back({"wide", bench::writeBigModel(m_dir.path("wide"), {})});
    for (const State& state : all) {
        open(state.path);
        both(QStringLiteral("state-") + QLatin1String(state.name));
        if (std::string_view(state.name) == "unsupported") {
            if (auto* message = m_window.findChild<QWidget*>(QStringLiteral("message"))) {
                contextMenu(message, QStringLiteral("message"));
            }
        }
    }
    // changed under the window
    m_dir.copyTree("changed", m_demo);
    open(m_dir.path("changed"));
    for (const std::string& each : m_dir.list("changed")) {
        if (each.ends_with(".safetensors")) {
            m_dir.patch("changed/" + each, std::filesystem::file_size(m_dir.path("changed/" + each)) - 2, "xy");
        }
    }
    runUntil([] { return false; }, 4500);
    both(QStringLiteral("state-changed-on-disk"));
    // a job under way
    open(bench::writeValues(m_dir.path("large.safetensors"), 128, 4U << 20U));
    m_window.action(QStringLiteral("tensor.scanAll"))->trigger();
    runUntil([] { return false; }, 450);
    shot(&m_window, QStringLiteral("state-job-running"));
    m_window.action(QStringLiteral("job.cancel"))->trigger();
    runUntil([this] { return m_window.idle(); }, 10'000);
    shot(&m_window, QStringLiteral("state-job-cancelled"));
    m_dir.remove("large.safetensors");
}

void Walk::dialogs()
{
    ensureOpen();
    trigger(m_window.action(QStringLiteral("file.review")), QStringLiteral("dialog-fix"));
    m_window.action(QStringLiteral("file.review"))->trigger();
    settle();
    if (auto* donor = m_window.findChild<QLineEdit*>(QStringLiteral("fixDonor"))) {
        donor->setText(QString::fromStdString(m_demo + "-fixed"));
        Q_EMIT donor->editingFinished();
        Q_EMIT donor->returnPressed();
        settle();
        runUntil([] { return false; }, 1500);
        pagesOf(donor->window(), QStringLiteral("dialog-fix-donor"));
        donor->window()->close();
        settle();
    }
}

void Walk::compare()
{
    CompareWindow* window = m_window.compare({m_demo}, {m_demo + "-fixed"});
    settle();
    runUntil([window] { return window->idle(); }, 10'000);
    shot(window, QStringLiteral("compare-headers"));
    for (QAction* top : window->menuBar()->actions()) {
        if (top->menu() != nullptr) {
            menu(top->menu(), QStringLiteral("compare-menu-") + top->text().remove(u'&'));
        }
    }
    window->compareValues();
    runUntil([window] { return window->idle(); }, 10'000);
    window->view()->setCurrentIndex(window->view()->model()->index(0, 0));
    shot(window, QStringLiteral("compare-values"));
    contextMenu(window->view()->viewport(), QStringLiteral("compare"));
    window->resize(Smallest);
    shot(window, QStringLiteral("compare-values-small"));
    window->close();
    settle();
}

int Walk::print() const
{
    std::printf("%d pictures in %s\n", m_pictures, qPrintable(m_folder));
    for (const auto& [what, where] : m_complaints) {
        std::printf("  %s  [%s.png]\n", qPrintable(what), qPrintable(where));
    }
    return static_cast<int>(m_complaints.size());
}

} // namespace

int main(int argc, char** argv)
{
    QGuiApplication::setHighDpiScaleFactorRoundingPolicy(Qt::HighDpiScaleFactorRoundingPolicy::PassThrough);
    QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    bench::StopwatchApplication app(argc, argv);
    QApplication::setApplicationName(QStringLiteral("ckptscope"));
    QApplication::setOrganizationName(QStringLiteral("ckptscope"));
    installTranslations(app);
    installAccessibility();
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addOptions(
        {{QStringLiteral("theme"), QStringLiteral("light or dark"), QStringLiteral("THEME"), QStringLiteral("light")},
         {QStringLiteral("rtl"), QStringLiteral("from right to left")},
         {QStringLiteral("font"), QStringLiteral("size of the font, in percent of the usual"), QStringLiteral("PERCENT"), QStringLiteral("100")},
         {QStringLiteral("only"), QStringLiteral("states, views, menus, dialogs or compare"), QStringLiteral("PART")}});
    parser.addPositionalArgument(QStringLiteral("FOLDER"), QStringLiteral("where the pictures go"));
    parser.process(app);
    applyTheme(app, themeFromName(parser.value(QStringLiteral("theme"))));
    if (parser.isSet(QStringLiteral("rtl"))) {
        QGuiApplication::setLayoutDirection(Qt::RightToLeft);
    }
    QFont font = QApplication::font();
    font.setPointSizeF(font.pointSizeF() * std::clamp(parser.value(QStringLiteral("font")).toDouble(), 50.0, 400.0) / 100);
    QApplication::setFont(font);
    const QString folder = parser.positionalArguments().value(0);
    if (folder.isEmpty() || !QDir().mkpath(folder)) {
        std::fprintf(stderr, "walk: the folder for the pictures cannot be made\n");
        return 2;
    }
    const QString only = parser.value(QStringLiteral("only"));
    Walk walk(folder);
    if (only.isEmpty() || only == QLatin1String("states")) {
        walk.states();
    }
    if (only.isEmpty() || only == QLatin1String("views")) {
        walk.views();
    }
    if (only.isEmpty() || only == QLatin1String("dialogs")) {
        walk.dialogs();
    }
    if (only.isEmpty() || only == QLatin1String("compare")) {
        walk.compare();
    }
    if (only.isEmpty() || only == QLatin1String("menus")) {
        walk.menus();
    }
    return walk.print() == 0 ? 0 : 1;
}
