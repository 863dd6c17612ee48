// SPDX-License-Identifier: Apache-2.0
// What the window costs with 93,696 tensors, by its own paint events, and how long any job keeps its event loop from
// answering. script/bench window runs it; docs/performance.md says what was seen.
#include "core/formats/formatreader.h"
#include "tests/bench/bigmodel.h"
#include "tests/bench/stopwatch.h"
#include "ui/comparewindow.h"
#include "ui/dialogs/convertdialog.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/mainwindow.h"
#include "ui/models/columns.h"
#include "ui/settings.h"
#include "ui/theme.h"
#include "ui/views/detailspanel.h"
#include "ui/views/dtypebar.h"
#include "ui/views/filterbar.h"
#include "ui/views/filteredit.h"
#include "ui/views/histogrampanel.h"
#include "ui/views/plot.h"

#include <QAction>
#include <QCommandLineParser>
#include <QDockWidget>
#include <QFile>
#include <QHeaderView>
#include <QLabel>
#include <QProcess>
#include <QPushButton>
#include <QScrollBar>
#include <QStyle>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>
#include <QTreeView>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <unistd.h>

using namespace ckptscope;
using namespace ckptscope::ui;
using bench::nowMs;
using bench::runUntil;
using bench::settle;

namespace {

struct Files {
    std::string wide;    ///< 93,696 tensors, holes
    std::string small;   ///< the same names with little behind them, all of it real
    std::string many;    ///< 300,000 tensors, holes
    std::string values;  ///< tensors of 4M elements, 1 GiB
    std::string large;   ///< one tensor of 1 GiB
    std::string scratch; ///< what jobs write
};

struct Figure {
    std::string what;
    std::string unit;
    double medianBar;
    double worstBar; ///< 0: none
    std::vector<double> seen;
};

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.empty() ? NAN : values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// "VmRSS" of this process in MiB.
double memoryMib(const QByteArray& line)
{
    QFile status(QStringLiteral("/proc/self/status"));
    if (status.open(QIODevice::ReadOnly)) {
        for (const QByteArray& each : status.readAll().split('\n')) {
            if (each.startsWith(line + ':')) {
                return each.mid(line.size() + 1).trimmed().split(' ').front().toDouble() / 1024;
            }
        }
    }
    return NAN;
}

class Bench {
public:
    Bench(bench::StopwatchApplication& app, Files files, int rounds)
        : m_app(app)
        , m_files(std::move(files))
        , m_rounds(rounds)
        , m_settings(QString::fromStdString(m_files.scratch + "/settings.ini"))
        , m_window(&m_settings)
    {
        m_window.resize(1280, 820);
        m_window.show();
        settle();
    }

    void figures();
    void keystrokes();
    void jobs();
    [[nodiscard]] bool print() const;

private:
    [[nodiscard]] QTreeView* view() const { return m_window.tensorView()->view(); }
    [[nodiscard]] QWidget* list() const { return view()->viewport(); }
    template<class T>
    [[nodiscard]] T* part(const char* name) const
    {
        return m_window.findChild<T*>(QLatin1String(name));
    }
    Figure& figure(const std::string& what, double bar, double worst = 0, const std::string& unit = "ms")
    {
        for (Figure& each : m_figures) {
            if (each.what == what) {
                return each;
            }
        }
        m_figures.push_back({what, unit, bar, worst, {}});
        return m_figures.back();
    }
    void mode(TensorView::Mode mode)
    {
        m_window.tensorView()->setMode(mode);
        settle();
    }
    void open(const std::string& path)
    {
        bool done = false;
        const auto connection = QObject::connect(&m_window, &MainWindow::documentChanged, &m_window, [&done] { done = true; });
        m_window.open({path});
        if (!runUntil([&] { return done && m_window.idle(); }) || m_window.document() == nullptr) {
            std::fprintf(stderr, "tests/bench: %s was not opened\n", path.c_str());
            std::exit(2);
        }
        QObject::disconnect(connection);
        settle();
    }
    void showDock(const char* name)
    {
        for (const char* each : {"findings", "values", "histogram", "heatmap", "halflife", "map", "shards", "metadata"}) {
            m_window.dock(QLatin1String(each))->show();
        }
        m_window.dock(QLatin1String(name))->show();
        m_window.dock(QLatin1String(name))->raise();
        settle();
        runUntil([&] { return m_window.idle(); });
    }
    void opening();
    void typing();
    void sorting();
    void scrolling();
    void selecting();
    void memory();
    /// A job of the window: started by `start` from the event loop, over when nothing runs any more.
    void job(const std::string& name, const std::function<void()>& start, const std::function<bool()>& over = {});
    void changes();
    void plots();

    bench::StopwatchApplication& m_app;
    Files m_files;
    int m_rounds;
    Settings m_settings;
    MainWindow m_window;
    std::vector<Figure> m_figures;
    bench::Watchdog m_watchdog;
};

void Bench::opening()
{
    std::vector<double> headers;
    for (int i = 0; i < m_rounds; ++i) {
        const double began = nowMs();
        const auto opened = openCheckpoint({m_files.wide});
        headers.push_back(nowMs() - began);
        if (!opened) {
            std::exit(2);
        }
    }
    const double header = median(headers);
    for (int i = 0; i < m_rounds; ++i) {
        m_window.closeDocument();
        settle();
        bool changed = false;
        const auto connection = QObject::connect(&m_window, &MainWindow::documentChanged, &m_window, [&changed] { changed = true; });
        const double ms = m_app.untilPainted(
            m_window.tensorView()->view(TensorView::Mode::Roles)->viewport(), [this] { m_window.open({m_files.wide}); },
            [&changed] { return changed; });
        QObject::disconnect(connection);
        runUntil([this] { return m_window.idle(); });
        figure("opened: from the click to the painted list", 0).seen.push_back(ms);
        figure("list visible after the header is parsed", 100).seen.push_back(ms - header);
    }
    figure("of it: headers read and parsed", 0).seen = headers;
}

void Bench::typing()
{
    auto* edit = m_window.filterBar()->edit();
    struct In {
        TensorView::Mode mode;
        const char* name;
    };
    for (const In in : {In{TensorView::Mode::Flat, "list"}, In{TensorView::Mode::Tree, "tree"}, In{TensorView::Mode::Roles, "roles"}}) {
        mode(in.mode);
        edit->setFocus();
        for (int i = 0; i < m_rounds; ++i) {
            for (const char key : std::string("gate_proj")) {
                figure(std::string("keypress in the filter to the painted ") + in.name, 16, 33).seen.push_back(m_app.untilPainted(list(), [&] {
                    QTest::keyClick(edit, key);
                }));
            }
            edit->selectAll();
            figure(std::string("filter cleared, ") + in.name, 16, 33).seen.push_back(m_app.untilPainted(list(), [&] {
                QTest::keyClick(edit, Qt::Key_Delete);
            }));
        }
    }
}

void Bench::sorting()
{
    std::map<std::string, std::vector<double>> sorts;
    for (int i = 0; i < m_rounds; ++i) {
        // a document of its own each time: the first click makes the order, later ones find it
        m_window.action(QStringLiteral("file.reload"))->trigger();
        runUntil([this] { return m_window.idle(); });
        settle();
        mode(TensorView::Mode::Flat);
        for (int column = 0; column < view()->model()->columnCount(); ++column) {
            m_window.tensorView()->setColumnShown(column, true);
        }
        settle();
        const auto click = [this](int column) {
            return m_app.untilPainted(list(), [&] { QMetaObject::invokeMethod(view()->header(), "sectionClicked", Q_ARG(int, column)); });
        };
        for (int column = 0; column < view()->model()->columnCount(); ++column) {
            const QString name = view()->model()->headerData(column, Qt::Horizontal).toString();
            const std::string label = "sort by " + name.toStdString();
            sorts[label + ", first click"].push_back(click(column));
            sorts[label + ", second click"].push_back(click(column));
            click(column); // the third takes it back
        }
        mode(TensorView::Mode::Tree);
        for (int column = 0; column < view()->model()->columnCount(); ++column) {
            const QString name = view()->model()->headerData(column, Qt::Horizontal).toString();
            sorts["sort of the tree by " + name.toStdString()].push_back(click(column));
        }
    }
    // of all columns the slowest of each kind: they are what "any" means
    for (const char* kind : {", first click", ", second click", "sort of the tree by"}) {
        const std::vector<double>* slowest = nullptr;
        std::string name;
        for (const auto& [label, seen] : sorts) {
            if (label.find(kind) != std::string::npos && (slowest == nullptr || median(seen) > median(*slowest))) {
                slowest = &seen;
                name = label;
            }
        }
        if (slowest != nullptr) {
            figure(name + " (the slowest column)", 60).seen = *slowest;
        }
    }
}

void Bench::scrolling()
{
    constexpr double Frame = 1000.0 / 60;
    mode(TensorView::Mode::Flat);
    QWidget* viewport = list();
    const QPointF middle = QRectF(viewport->rect()).center();
    for (int i = 0; i < m_rounds * 20; ++i) {
        figure("wheel scroll, a notch", Frame, 2 * Frame).seen.push_back(m_app.untilPainted(viewport, [&] {
            QWheelEvent wheel(middle, viewport->mapToGlobal(middle), {}, {0, -120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
            QCoreApplication::sendEvent(viewport, &wheel);
        }));
    }
    QScrollBar* bar = view()->verticalScrollBar();
    bar->setValue(0);
    settle();
    QStyleOptionSlider option;
    option.initFrom(bar);
    option.orientation = Qt::Vertical;
    option.minimum = bar->minimum();
    option.maximum = bar->maximum();
    option.pageStep = bar->pageStep();
    option.sliderPosition = bar->value();
    option.sliderValue = bar->value();
    option.subControls = QStyle::SC_All;
    QPoint at = bar->style()->subControlRect(QStyle::CC_ScrollBar, &option, QStyle::SC_ScrollBarSlider, bar).center();
    QTest::mousePress(bar, Qt::LeftButton, {}, at);
    for (int i = 0; i < m_rounds * 20; ++i) {
        at.ry() += i % 40 < 20 ? 9 : -7;
        const int before = bar->value();
        const double ms = m_app.untilPainted(
            viewport, [&] { QTest::mouseMove(bar, at); }, {}, 1000);
        if (bar->value() != before) {
            figure("scroll-bar drag, a step", Frame, 2 * Frame).seen.push_back(ms);
        }
    }
    QTest::mouseRelease(bar, Qt::LeftButton, {}, at);
}

void Bench::selecting()
{
    open(m_files.values);
    mode(TensorView::Mode::Flat);
    showDock("histogram");
    auto* numbers = part<QLabel>("histogramNumbers");
    auto* plot = part<Plot>("histogramPlot");
    std::uint32_t next = 1; // the first is selected already
    for (int i = 0; i < m_rounds * 2; ++i) {
        const std::uint32_t tensor = next++ % m_window.document()->size();
        figure("a tensor of 4M elements selected: to the painted histogram and its numbers", 50)
            .seen.push_back(m_app.untilPainted(
                plot, [&] { m_window.tensorView()->select(tensor); }, [&] { return !numbers->text().isEmpty(); }));
    }
    showDock("findings");
    for (int i = 0; i < m_rounds * 2; ++i) {
        const std::uint32_t tensor = next++ % m_window.document()->size();
        m_window.tensorView()->select(tensor);
        runUntil([this] { return m_window.idle(); });
        const std::uint64_t before = m_window.document()->values()->scanned();
        figure("F9 on it: to the painted statistics in Details", 50)
            .seen.push_back(m_app.untilPainted(
                m_window.details()->browser()->viewport(), [this] { m_window.action(QStringLiteral("tensor.scan"))->trigger(); },
                [&] { return m_window.document()->values()->scanned() > before && m_window.idle(); }, 3000));
    }
}

void Bench::memory()
{
    for (int i = 0; i < m_rounds; ++i) {
        QProcess process;
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--memory"), QString::fromStdString(m_files.wide)});
        if (!process.waitForFinished(120'000) || process.exitCode() != 0) {
            std::fprintf(stderr, "tests/bench: the window whose memory is measured ended early\n");
            return;
        }
        const auto parts = process.readAllStandardOutput().split(' ');
        figure("memory of a window with it (RSS), every view shown, filtered and sorted", 150, 150, "MiB").seen.push_back(parts[1].toDouble());
        figure("the same, as opened", 150, 150, "MiB").seen.push_back(parts[0].toDouble());
    }
}

void Bench::figures()
{
    memory();
    opening();
    typing();
    sorting();
    scrolling();
    selecting();
}

void Bench::keystrokes()
{
    open(m_files.wide);
    typing();
}

void Bench::job(const std::string& name, const std::function<void()>& start, const std::function<bool()>& over)
{
    m_watchdog.begin(name);
    QMetaObject::invokeMethod(
        qApp, [start] { start(); }, Qt::QueuedConnection);
    settle();
    if (!runUntil([&] { return m_window.idle() && (!over || over()); }, 300'000)) {
        std::fprintf(stderr, "tests/bench: the job did not end: %s\n", name.c_str());
    }
    m_watchdog.end();
}

/// What writes or compares checkpoints.
void Bench::changes()
{
    const auto enabled = [this](const char* button) {
        const auto* write = part<QPushButton>(button);
        return write != nullptr && write->isEnabled();
    };
    const auto accept = [&](const char* button) {
        if (!enabled(button)) {
            std::fprintf(stderr, "tests/bench: %s stays off\n", button);
            return;
        }
        job(
            std::string(button) + ": the copy is written and verified", [this, button] { part<QPushButton>(button)->click(); },
            [this] { return m_window.onReceipt(); });
        part<QPushButton>("receiptBack")->click();
        settle();
    };
    job(
        "Review: its dialog plans", [this] { m_window.action(QStringLiteral("file.review"))->trigger(); }, [&] { return enabled("fixWrite"); });
    accept("fixWrite");
    job(
        "Save as Safetensors: its dialog plans", [this] { m_window.action(QStringLiteral("file.convert"))->trigger(); },
        [&] { return enabled("convertWrite"); });
    accept("convertWrite");
    CompareWindow* compare = nullptr;
    job(
        "compare: both opened", [&] { compare = m_window.compare({m_files.small}, {m_files.small + "-fixed"}); },
        [&] { return compare != nullptr && compare->state() && compare->idle(); });
    if (compare != nullptr) {
        job(
            "compare: values", [&] { compare->compareValues(); }, [&] { return compare->idle(); });
        compare->close();
        settle();
    }
}

void Bench::plots()
{
    for (const char* name : {"values", "histogram", "heatmap", "map", "shards", "metadata"}) {
        job(std::string(name) + " of a tensor of 1 GiB", [this, name] {
            m_window.dock(QLatin1String(name))->show();
            m_window.dock(QLatin1String(name))->raise();
        });
    }
    showDock("findings");
}

void Bench::jobs()
{
    const QString scratch = QString::fromStdString(m_files.scratch);
    m_window.closeDocument();
    job(
        "open, 93,696 tensors", [this] { m_window.open({m_files.wide}); }, [this] { return m_window.document() != nullptr; });
    job("reload", [this] { m_window.action(QStringLiteral("file.reload"))->trigger(); });
    for (const char* name : {"tree", "flat", "roles"}) {
        job(std::string("view: ") + name, [this, name] { m_window.action(QLatin1String("view.") + QLatin1String(name))->trigger(); });
    }
    job("tree: expand all", [this] {
        m_window.action(QStringLiteral("view.tree"))->trigger();
        m_window.action(QStringLiteral("view.expandAll"))->trigger();
    });
    job("tree: collapse all", [this] { m_window.action(QStringLiteral("view.collapseAll"))->trigger(); });
    job("F8, next violation", [this] { m_window.action(QStringLiteral("tensor.next"))->trigger(); });
    job("Show Them", [this] { part<QPushButton>("showButton")->click(); });
    m_window.filterBar()->setText({});
    for (const char* name : {"map", "shards", "metadata", "findings"}) {
        job(std::string("dock: ") + name, [this, name] {
            m_window.dock(QLatin1String(name))->show();
            m_window.dock(QLatin1String(name))->raise();
        });
    }
    mode(TensorView::Mode::Flat);
    job("select all", [this] { view()->selectAll(); });
    job("copy 93,696 rows as a table", [this] { m_window.action(QStringLiteral("edit.copy"))->trigger(); });
    view()->clearSelection();
    for (const char* ending : {"html", "json", "sarif", "txt"}) {
        job(std::string("export report, ") + ending,
            [this, file = scratch + QLatin1String("/report.") + QLatin1String(ending)] { m_window.exportReport(file); });
    }
    for (const char* ending : {"csv", "json", "md"}) {
        job(std::string("export table, ") + ending,
            [this, file = scratch + QLatin1String("/table.") + QLatin1String(ending)] { m_window.exportTable(file); });
    }
    open(m_files.small);
    mode(TensorView::Mode::Flat);
    job("scan all values, 93,696 tensors", [this] { m_window.action(QStringLiteral("tensor.scanAll"))->trigger(); });
    job("filter by values: nan>0", [this] { m_window.filterBar()->setText(QStringLiteral("nan>0")); });
    m_window.filterBar()->setText({});
    changes();
    open(m_files.values);
    job("scan all values, 1 GiB", [this] { m_window.action(QStringLiteral("tensor.scanAll"))->trigger(); });
    open(m_files.large);
    showDock("findings");
    m_window.tensorView()->select(0);
    plots();
    job("scan this tensor, 1 GiB", [this] { m_window.action(QStringLiteral("tensor.scan"))->trigger(); });
    job(
        "open, 300,000 tensors", [this] { m_window.open({m_files.many}); },
        [this] { return m_window.document() != nullptr && m_window.document()->size() > bench::WideTensors; });
    for (const auto& [each, name] :
         {std::pair(TensorView::Mode::Roles, "roles"), std::pair(TensorView::Mode::Flat, "list"), std::pair(TensorView::Mode::Tree, "tree")}) {
        job(std::string("300,000 tensors: shown as ") + name, [this, m = each] { m_window.tensorView()->setMode(m); });
        job(std::string("300,000 tensors: filter, ") + name, [this] { m_window.filterBar()->setText(QStringLiteral("gate_proj")); });
        job(std::string("300,000 tensors: filter cleared, ") + name, [this] { m_window.filterBar()->setText({}); });
    }
    mode(TensorView::Mode::Flat);
    job("300,000 tensors: sorted by key", [this] { QMetaObject::invokeMethod(view()->header(), "sectionClicked", Q_ARG(int, 0)); });
    m_window.closeDocument();
}

bool Bench::print() const
{
    bool good = true;
    std::printf("\n| figure | median | worst | bar | met |\n|---|--:|--:|--:|---|\n");
    for (const Figure& each : m_figures) {
        const double half = median(each.seen);
        const double worst = each.seen.empty() ? NAN : *std::max_element(each.seen.begin(), each.seen.end());
        const bool failed = std::any_of(each.seen.begin(), each.seen.end(), [](double ms) { return ms < 0; });
        const bool met = !failed && (each.medianBar <= 0 || half <= each.medianBar) && (each.worstBar <= 0 || worst <= each.worstBar);
        good = good && met;
        std::string bar = each.medianBar <= 0 ? std::string() : QString::number(each.medianBar, 'g', 3).toStdString();
        if (each.worstBar > 0) {
            bar += ", worst " + QString::number(each.worstBar, 'g', 3).toStdString();
        }
        std::printf("| %s (%s, %zu times) | %.1f | %.1f | %s | %s |\n", each.what.c_str(), each.unit.c_str(), each.seen.size(), half, worst,
                    bar.c_str(),
                    failed                    ? "no answer"
                        : each.medianBar <= 0 ? ""
                        : met                 ? "yes"
                                              : "NO");
    }
    if (!m_watchdog.rows().empty()) {
        constexpr double Blocked = 50;
        std::printf("\n| job | took, ms | longest wait of the event loop, ms | met (50) | longest event "
                    "|\n|---|--:|--:|---|---|\n");
        const bench::Watchdog::Row* worst = nullptr;
        for (const auto& row : m_watchdog.rows()) {
            std::printf("| %s | %.0f | %.0f | %s | %s |\n", row.job.c_str(), row.wall, row.worst, row.worst <= Blocked ? "yes" : "NO",
                        row.event.c_str());
            good = good && row.worst <= Blocked;
            worst = worst == nullptr || row.worst > worst->worst ? &row : worst;
        }
        std::printf("\nThe event loop waited longest in \"%s\": %.0f ms.\n", worst->job.c_str(), worst->worst);
    }
    return good;
}

/// A window that opens a file, is used a little, and tells how much memory it has then.
int showMemory(const std::string& path)
{
    QTemporaryDir folder;
    Settings settings(folder.filePath(QStringLiteral("settings.ini")));
    MainWindow window(&settings);
    window.resize(1280, 820);
    window.show();
    window.open({path});
    if (!runUntil([&] { return window.document() != nullptr && window.idle(); })) {
        return 2;
    }
    settle();
    const double opened = memoryMib("VmRSS");
    for (const auto mode : {TensorView::Mode::Flat, TensorView::Mode::Tree, TensorView::Mode::Roles, TensorView::Mode::Flat}) {
        window.tensorView()->setMode(mode);
        settle();
    }
    for (int column = 0; column < 7; ++column) {
        QMetaObject::invokeMethod(window.tensorView()->view()->header(), "sectionClicked", Q_ARG(int, column));
        settle();
    }
    for (const char* filter : {"gate_proj", "dtype:BF16 -experts", ""}) {
        window.filterBar()->setText(QLatin1String(filter));
        settle();
    }
    std::printf("%.1f %.1f\n", opened, memoryMib("VmRSS"));
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    bench::StopwatchApplication app(argc, argv);
    QApplication::setApplicationName(QStringLiteral("ckptscope"));
    QApplication::setOrganizationName(QStringLiteral("ckptscope"));
    installAccessibility();
    applyTheme(app, Theme::Light);
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral("What the window costs with 93,696 tensors."));
    parser.addHelpOption();
    parser.addOptions(
        {{QStringLiteral("rounds"), QStringLiteral("how often each figure is taken; default 5"), QStringLiteral("N"), QStringLiteral("5")},
         {QStringLiteral("folder"), QStringLiteral("where the files are made (2.5 GB); default: a temporary folder"), QStringLiteral("FOLDER")},
         {QStringLiteral("only"), QStringLiteral("figures, typing (of them) or jobs"), QStringLiteral("WHAT")},
         {QStringLiteral("memory"), QStringLiteral("(used by itself) opens FILE and prints its memory"), QStringLiteral("FILE")}});
    parser.process(app);
    if (parser.isSet(QStringLiteral("memory"))) {
        return showMemory(parser.value(QStringLiteral("memory")).toStdString());
    }
    const QTemporaryDir dir(parser.isSet(QStringLiteral("folder")) ? parser.value(QStringLiteral("folder")) + QStringLiteral("/bench-XXXXXX")
                                                                   : QString());
    if (!dir.isValid()) {
        std::fprintf(stderr, "tests/bench: no folder for the files: %s\n", qPrintable(dir.errorString()));
        return 2;
    }
    const std::string folder = dir.path().toStdString();
    Files files;
    files.scratch = folder;
    files.wide = bench::writeBigModel(folder + "/wide", {});
    const QString only = parser.value(QStringLiteral("only"));
    const bool all = only != QLatin1String("typing");
    files.small = bench::writeBigModel(folder + "/small", {bench::WideTensors, 64, 16, false});
    files.many = bench::writeBigModel(folder + "/many", {300'000, 2048, 512, true});
    constexpr std::uint64_t Elements = 4U << 20U;
    if (all) {
        files.values = bench::writeValues(folder + "/values.safetensors", 128, Elements);
        files.large = bench::writeValues(folder + "/large.safetensors", 1, 128 * Elements);
    }
    ::sync(); // what is still being written to disk would be timed as well
    Bench bench(app, files, std::max(5, parser.value(QStringLiteral("rounds")).toInt()));
    if (!all) {
        bench.keystrokes();
    } else if (only != QLatin1String("jobs")) {
        bench.figures();
    }
    if (all && only != QLatin1String("figures")) {
        bench.jobs();
    }
    return bench.print() ? 0 : 1;
}
