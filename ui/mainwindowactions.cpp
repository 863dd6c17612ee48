// SPDX-License-Identifier: Apache-2.0
// Every action with its keys, tooltip and accessible name; the menus; the context menu of the tensor views.
#include "ui/dialogs/aboutdialog.h"
#include "ui/dialogs/convertdialog.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/dialogs/preferencesdialog.h"
#include "ui/dialogs/rulesdialog.h"
#include "ui/dialogs/shortcutsdialog.h"
#include "ui/icons.h"
#include "ui/jobs/jobstrip.h"
#include "ui/mainwindow.h"
#include "ui/models/marks.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/docksizes.h"
#include "ui/views/filterbar.h"
#include "ui/views/filteredit.h"
#include "ui/views/findingspanel.h"
#include "ui/views/startpage.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QDesktopServices>
#include <QDockWidget>
#include <QFile>
#include <QFileInfo>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QProcess>
#include <QPushButton>
#include <QToolButton>
#include <QTreeView>
#include <QUrl>

namespace ckptscope::ui {

namespace {

QKeySequence keys(const char* text)
{
    return QKeySequence(QLatin1String(text));
}

/// The architectures that rules name, each once, for "Judge as".
QStringList knownArchitectures(const CheckReport& report)
{
    QStringList names;
    const auto rules = report.rules ? report.rules : RuleSet::builtin();
    for (const Rule& rule : rules->rules()) {
        for (const std::string& name : rule.architectures) {
            const QString shown = shownName(name, 80);
            if (!names.contains(shown)) {
                names << shown;
            }
        }
    }
    names.sort();
    return names;
}

} // namespace

QAction* MainWindow::add(QMenu* menu, const char* name, const QString& text, const QList<QKeySequence>& shortcuts, const QString& tip,
                         const QString& iconName)
{
    auto* made = new QAction(text, this);
    made->setObjectName(QLatin1String(name));
    made->setShortcuts(shortcuts);
    made->setToolTip(tip.isEmpty() ? QString(text).remove(QLatin1Char('&')) : tip);
    made->setStatusTip({});
    if (!iconName.isEmpty()) {
        made->setIcon(icon(iconName));
    }
    if (menu != nullptr) {
        menu->addAction(made);
    } else {
        addAction(made);
    }
    m_actions.insert(QLatin1String(name), made);
    return made;
}

void MainWindow::buildActions()
{
    menuBar()->setAccessibleName(tr("Menu"));
    QMenu* file = menuBar()->addMenu(tr("&File"));
    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    QMenu* view = menuBar()->addMenu(tr("&View"));
    m_tensorMenu = menuBar()->addMenu(tr("&Tensor"));
    QMenu* help = menuBar()->addMenu(tr("&Help"));
    for (QMenu* menu : {file, edit, view, m_tensorMenu, help}) {
        menu->setToolTipsVisible(true);
    }
    const auto on = [this](QAction* made, auto slot) {
        connect(made, &QAction::triggered, this, slot);
        return made;
    };

    // File
    on(add(file, "file.open", tr("&Open File\u2026"), {keys("Ctrl+O")}, tr("Open a file; any shard or index opens the whole checkpoint"),
           QStringLiteral("file")),
       [this] { chooseFile(); });
    on(add(file, "file.openFolder", tr("Open &Folder\u2026"), {keys("Ctrl+Shift+O")}, tr("Open a folder as one checkpoint"),
           QStringLiteral("folder")),
       [this] { chooseFolder(); });
    m_recentMenu = file->addMenu(icon(QStringLiteral("clock")), tr("Open &Recent"));
    m_recentMenu->setToolTipsVisible(true);
    m_recentMenu->setProperty("keys", tr("Ctrl+1 to Ctrl+9"));
    m_recentMenu->menuAction()->setToolTip(tr("One of the checkpoints that were opened last"));
    on(add(file, "file.demo", tr("Open &Demo"), {}, tr("Open a fresh copy of a tiny Qwen3-Next that lost its fp32 parameters"),
           QStringLiteral("demo")),
       [this] { openDemo(); });
    on(add(file, "file.newWindow", tr("&New Window"), {keys("Ctrl+N")}, tr("Start another window, as a program of its own")), [this] {
        QProcess::startDetached(QCoreApplication::applicationFilePath(), {QStringLiteral("--settings"), m_settings->fileName()});
    });
    file->addSeparator();
    on(add(file, "file.compare", tr("Compare &With\u2026"), {keys("Ctrl+D")}, tr("Compare with a second checkpoint"), QStringLiteral("compare")),
       [this] { compareWith(false); });
    on(add(file, "file.compareFolder", tr("Compare With F&older\u2026"), {keys("Ctrl+Shift+D")},
           tr("Compare with a second checkpoint that is a folder"), QStringLiteral("compare")),
       [this] { compareWith(true); });
    on(add(file, "file.reload", tr("Re&load"), {keys("F5"), keys("Ctrl+R")}, tr("Read the files again"), QStringLiteral("reload")), [this] {
        if (m_document) {
            startOpening(m_document->paths(), Opening::Reload);
        }
    });
    file->addSeparator();
    on(add(file, "file.fix", tr("Fi&x"), {}, tr("Write a repaired copy"), QStringLiteral("fix")), [this] { fix(); });
    on(add(file, "file.review", tr("Re&view Fix\u2026"), {keys("Ctrl+Shift+S")}, tr("Choose edits, output and device first"),
           QStringLiteral("review")),
       [this] { review(); });
    on(add(file, "file.convert", tr("Save as &Safetensors\u2026"), {}, tr("Convert, or write what is open as a Hugging Face folder"),
           QStringLiteral("export")),
       [this] { saveAsSafetensors(); });
    on(add(file, "file.exportReport", tr("&Export Report\u2026"), {keys("Ctrl+Shift+E")},
           tr("Save the findings as a web page that stands alone, or as JSON, SARIF, Markdown, CSV or text"), QStringLiteral("receipt")),
       [this] { chooseReport(); });
    on(add(file, "file.exportTable", tr("Export &Table\u2026"), {}, tr("Save the tensors that the filter leaves as CSV, JSON or Markdown"),
           QStringLiteral("flat")),
       [this] { chooseTable(); });
    file->addSeparator();
    on(add(file, "file.close", tr("&Close"), {keys("Ctrl+W")}, tr("Close the checkpoint and go back to the start page"), QStringLiteral("close")),
       [this] { closeDocument(); });
    on(add(file, "file.quit", tr("&Quit"), {keys("Ctrl+Q")}, tr("Close the window")), [this] { close(); });

    // Edit
    on(add(edit, "edit.copy", tr("&Copy"), {keys("Ctrl+C")}, tr("Copy the selected rows, tab-separated"), QStringLiteral("copy")),
       [this] { copyFocused(); });
    on(add(edit, "edit.copyKey", tr("Copy &Key"), {keys("Ctrl+Shift+C")}, tr("Copy the keys of the selected rows as stored, one a line")),
       [this] { copyAs(CopyFormat::Key); });
    QMenu* copyMenu = edit->addMenu(tr("Copy &As"));
    copyMenu->setToolTipsVisible(true);
    struct CopyItem {
        const char* name;
        QString text;
        QString tip;
        CopyFormat format;
    };
    for (const CopyItem& item : {
             CopyItem{"edit.copyCsv", tr("&CSV"), tr("RFC 4180; cells that could be formulas are made text"), CopyFormat::Csv},
             CopyItem{"edit.copyMarkdown", tr("&Markdown Table"), tr("A table for an issue or a README"), CopyFormat::Markdown},
             CopyItem{"edit.copyJson", tr("&JSON"), tr("The objects that ckptscope ls --json prints"), CopyFormat::Json},
             CopyItem{"edit.copyFilter", tr("&Filter Expression"), tr("An expression that finds these tensors again"), CopyFormat::Filter},
             CopyItem{"edit.copyPython", tr("&Python List"), tr("A list of the keys as Python strings"), CopyFormat::Python},
         }) {
        on(add(copyMenu, item.name, item.text, {}, item.tip), [this, format = item.format] { copyAs(format); });
    }
    m_actions.insert(QStringLiteral("edit.copyAs"), copyMenu->menuAction());
    on(add(edit, "edit.selectAll", tr("Select &All"), {keys("Ctrl+A")}, tr("Select all rows of the view")), [this] {
        auto* list = qobject_cast<QAbstractItemView*>(focusWidget());
        (list != nullptr ? list : m_view->view())->selectAll();
    });
    edit->addSeparator();
    on(add(edit, "edit.filter", tr("&Filter"), {keys("Ctrl+F")},
           tr("Filter tensors (press ? in the field for the language; / in a view comes here too)"), QStringLiteral("filter")),
       [this] {
           showPageOfTensors();
           m_filterBar->edit()->setFocus(Qt::ShortcutFocusReason);
           m_filterBar->edit()->selectAll();
       });
    edit->addSeparator();
    on(add(edit, "edit.preferences", tr("&Preferences\u2026"), {keys("Ctrl+,")}, tr("Theme, rules, where repaired copies go"),
           QStringLiteral("settings")),
       [this] { preferences(); });

    // View
    auto* modes = new QActionGroup(this);
    struct ModeItem {
        const char* name;
        QString text;
        QString tip;
        TensorView::Mode mode;
    };
    for (const ModeItem& item : {ModeItem{"view.roles", tr("&Roles"), tr("One row a name pattern"), TensorView::Mode::Roles},
                                 ModeItem{"view.tree", tr("&Tree"), tr("Keys as a tree of their parts"), TensorView::Mode::Tree},
                                 ModeItem{"view.flat", tr("&Flat"), tr("One row a tensor, sortable by any column"), TensorView::Mode::Flat}}) {
        QAction* made = on(add(view, item.name, item.text, {}, item.tip, QString::fromLatin1(item.name).section(QLatin1Char('.'), 1)),
                           [this, mode = item.mode] { m_view->setMode(mode); });
        made->setCheckable(true);
        modes->addAction(made);
    }
    on(add(view, "view.cycle", tr("&Next View"), {keys("Ctrl+T")}, tr("From roles to tree to flat list")),
       [this] { m_view->setMode(static_cast<TensorView::Mode>((static_cast<int>(m_view->mode()) + 1) % TensorView::Modes)); });
    view->addSeparator();
    QMenu* columns = view->addMenu(icon(QStringLiteral("columns")), tr("&Columns"));
    m_actions.insert(QStringLiteral("view.columns"), columns->menuAction());
    connect(columns, &QMenu::aboutToShow, this, [this, columns] {
        columns->clear();
        const auto states = m_view->columns();
        for (const TensorView::ColumnState& state : states) {
            QAction* toggle = columns->addAction(forAction(state.header));
            toggle->setCheckable(true);
            toggle->setChecked(state.shown);
            toggle->setEnabled(state.column != 0);
            connect(toggle, &QAction::toggled, this, [this, column = state.column](bool shown) { m_view->setColumnShown(column, shown); });
        }
        columns->addSeparator();
        columns->addAction(tr("Fit Columns"), m_view, &TensorView::fitColumns);
        columns->addAction(tr("Reset Columns"), m_view, &TensorView::resetColumns);
    });
    on(add(view, "view.expandAll", tr("&Expand All"), {keys("Ctrl+Shift+Right")}, tr("Open every group of the tree")),
       [this] { m_view->expandAll(); });
    on(add(view, "view.collapseAll", tr("C&ollapse All"), {keys("Ctrl+Shift+Left")}, tr("Close every group of the tree")),
       [this] { m_view->collapseAll(); });
    view->addSeparator();
    struct DockItem {
        const char* name;
        QString text;
        const char* key;
        const char* iconName;
    };
    for (const DockItem& item : {DockItem{"details", tr("&Details"), "Alt+1", "details"}, DockItem{"findings", tr("F&indings"), "Alt+2", "findings"},
                                 DockItem{"values", tr("&Values"), "Alt+3", "grid"}, DockItem{"histogram", tr("&Histogram"), "Alt+4", "histogram"},
                                 DockItem{"heatmap", tr("H&eatmap"), "Alt+5", "heatmap"}, DockItem{"halflife", tr("Ha&lf-life"), "Alt+6", "halflife"},
                                 DockItem{"map", tr("Ma&p"), "Alt+7", "map"}, DockItem{"shards", tr("&Shards"), "Alt+8", "shard"},
                                 DockItem{"metadata", tr("&Metadata"), "Alt+9", "tags"}}) {
        const std::string name = std::string("view.") + item.name;
        QAction* made = on(add(view, name.c_str(), item.text, {keys(item.key)}, tr("Show or focus; again: hide"), QLatin1String(item.iconName)),
                           [this, dockName = QString::fromLatin1(item.name)] { toggleDock(dockName); });
        made->setCheckable(true);
        const QDockWidget* panel = dock(QLatin1String(item.name));
        connect(panel, &QDockWidget::visibilityChanged, made, [made, panel] { made->setChecked(!panel->isHidden()); });
        connect(made, &QAction::triggered, made, [made, panel] { made->setChecked(!panel->isHidden()); });
    }
    view->addSeparator();
    on(add(view, "view.nextPane", tr("Next &Pane"), {keys("F6")}, tr("Move the focus: verdict, filter, tensors, docks, jobs")),
       [this] { nextPane(1); });
    on(add(view, "view.previousPane", tr("Pre&vious Pane"), {keys("Shift+F6")}, tr("Move the focus the other way")), [this] { nextPane(-1); });
    on(add(view, "view.restoreLayout", tr("Restore Default &Layout"), {}, tr("Docks and columns as they first were")), [this] {
        for (QDockWidget* each : std::as_const(m_docks)) {
            each->setFloating(false);
            removeDockWidget(each);
        }
        addDockWidget(Qt::RightDockWidgetArea, dock(QStringLiteral("details")));
        QDockWidget* first = dock(QStringLiteral("findings"));
        addDockWidget(Qt::BottomDockWidgetArea, first);
        for (const char* name : {"values", "histogram", "heatmap", "halflife", "map", "shards", "metadata"}) {
            addDockWidget(Qt::BottomDockWidgetArea, dock(QLatin1String(name)));
            tabifyDockWidget(first, dock(QLatin1String(name)));
        }
        for (QDockWidget* each : std::as_const(m_docks)) {
            each->setVisible(!onStartPage());
        }
        first->raise();
        resizeDocks({dock(QStringLiteral("details"))}, {DetailsWidth}, Qt::Horizontal);
        resizeDocks({first}, {BottomHeight}, Qt::Vertical);
        m_dockSizes->want(dock(QStringLiteral("details")), DetailsWidth);
        m_dockSizes->want(first, BottomHeight);
        m_view->resetAllColumns();
    });
    QAction* full = on(add(view, "view.fullScreen", tr("F&ull Screen"), {keys("F11")}, tr("Use the whole screen; again: the window")),
                       [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
    full->setCheckable(true);

    // Tensor
    on(add(m_tensorMenu, "tensor.next", tr("&Next Violation"), {keys("F8")}, tr("Go to the next tensor that the verdict speaks of")),
       [this] { step(1); });
    on(add(m_tensorMenu, "tensor.previous", tr("&Previous Violation"), {keys("Shift+F8")}, tr("Go to the one before")), [this] { step(-1); });
    m_tensorMenu->addSeparator();
    on(add(m_tensorMenu, "tensor.scan", tr("&Scan This Tensor"), {keys("F9")},
           tr("Count NaN, Inf and zeros of the selected tensors; min, max, mean, std"), QStringLiteral("histogram")),
       [this] {
           Rows rows = m_view->selectedTensors();
           if (rows.empty() && m_view->currentTensor()) {
               rows.push_back(*m_view->currentTensor());
           }
           scan(std::move(rows));
       });
    on(add(m_tensorMenu, "tensor.scanAll", tr("Scan &All Values"), {keys("Shift+F9")}, tr("Count NaN, Inf, zeros; min, max, mean, std")),
       [this] { scanAll(); });
    m_tensorMenu->addSeparator();
    on(add(m_tensorMenu, "tensor.export", tr("E&xport Tensor\u2026"), {keys("Ctrl+E")},
           tr("Save the selected tensors as .safetensors, or one as .npy"), QStringLiteral("export")),
       [this] { chooseTensorFile(); });
    buildEditActions(edit);
    QMenu* by = m_tensorMenu->addMenu(icon(QStringLiteral("filter")), tr("&Filter By"));
    QMenu* without = m_tensorMenu->addMenu(tr("&Exclude"));
    m_actions.insert(QStringLiteral("tensor.filterBy"), by->menuAction());
    m_actions.insert(QStringLiteral("tensor.exclude"), without->menuAction());
    struct FilterItem {
        const char* what;
        QString text;
    };
    for (const FilterItem& item :
         {FilterItem{"dtype", tr("This &DType")}, FilterItem{"rule", tr("This &Rule")}, FilterItem{"shape", tr("This &Shape")},
          FilterItem{"shard", tr("This S&hard")}, FilterItem{"prefix", tr("This &Prefix")}}) {
        const QString what = QLatin1String(item.what);
        on(add(by, (std::string("tensor.filter.") + item.what).c_str(), item.text, {}, tr("Show only tensors that agree with this one in it")),
           [this, what] { filterBy(what, false); });
        on(add(without, (std::string("tensor.exclude.") + item.what).c_str(), item.text, {}, tr("Hide tensors that agree with this one in it")),
           [this, what] { filterBy(what, true); });
    }
    m_tensorMenu->addSeparator();
    on(add(m_tensorMenu, "tensor.showFolder", tr("Show Shard in &Folder"), {}, tr("Open the folder that holds the tensor's file"),
           QStringLiteral("folder")),
       [this] {
           if (m_document) {
               QDesktopServices::openUrl(QUrl::fromLocalFile(fromPath(m_document->checkpoint().folder())));
           }
       });
    on(add(m_tensorMenu, "job.cancel", tr("&Cancel Newest Job"), {keys("Shift+Esc")}, tr("Stop the job that was started last"),
           QStringLiteral("cancel")),
       [this] { m_strip->cancelNewest(); });

    // Help
    on(add(help, "help.keys", tr("&Filter and Keys"), {keys("F1")}, tr("The filter language and every shortcut"), QStringLiteral("keyboard")),
       [this] { showHelp(false); });
    on(add(help, "help.rules", tr("&Rules"), {}, tr("Which rules there are, why, and from where"), QStringLiteral("rules")), [this] {
        auto* dialog = new RulesDialog(m_document ? m_document->report().rules : nullptr, this);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        if (const auto tensor = m_document ? m_view->currentTensor() : std::nullopt) {
            if (const Rule* rule = m_document->rule(*tensor)) {
                dialog->showRule(fromUtf8(rule->id));
            }
        }
        dialog->show();
    });
    help->addSeparator();
    on(add(help, "help.about", tr("&About ckptscope"), {}, tr("Version and licence"), QStringLiteral("app")), [this] { showAbout(this); });
    on(add(help, "help.aboutQt", tr("About &Qt"), {}, tr("The library that draws this window")), [] { QApplication::aboutQt(); });

    // the banner's profile button
    m_profileMenu = new QMenu(this);
    m_profileMenu->setToolTipsVisible(true);
    m_banner->profileButton()->setMenu(m_profileMenu);
    m_banner->profileButton()->setToolTip(tr("Which rules judge, and as which model"));

    m_start->setActions(action(QStringLiteral("file.openFolder")), action(QStringLiteral("file.open")), action(QStringLiteral("file.demo")));
}

void MainWindow::updateActions()
{
    const bool open = m_document != nullptr;
    const bool writing = m_fixJob.isRunning();
    const bool opening = m_openJob.isRunning();
    const auto enable = [this](const char* name, bool on) {
        if (QAction* each = action(QLatin1String(name))) {
            each->setEnabled(on);
        }
    };
    if (m_actions.isEmpty()) {
        return;
    }
    const Fixable facts = open ? m_document->fixable() : Fixable();
    const bool free = !writing && !opening;
    enable("file.compare", open);
    enable("file.compareFolder", open);
    enable("file.reload", open && !writing);
    enable("file.close", (open || opening) && !writing);
    const bool byHand = open && !m_document->hand()->empty() && canEdit(m_document->checkpoint());
    enable("file.fix", (facts.canFix() || byHand) && free);
    enable("file.convert", open && free);
    enable("file.exportReport", open && !m_exportJob.isRunning());
    enable("file.exportTable", open && !m_exportJob.isRunning());
    enable("tensor.export", open && !m_exportJob.isRunning());
    enable("file.review", (facts.canReview() || byHand) && free);
    updateEditActions();
    m_banner->button("fix")->setEnabled(facts.canFix() && free);
    m_banner->button("review")->setEnabled(facts.canReview() && free);
    const bool tensor = open && m_view->currentTensor().has_value();
    const bool row = open && m_view->currentRow().has_value();
    for (const char* name :
         {"edit.copy",       "edit.copyKey",   "edit.copyAs",   "edit.copyCsv",      "edit.copyMarkdown", "edit.copyJson", "edit.copyFilter",
          "edit.copyPython", "edit.selectAll", "edit.filter",   "view.roles",        "view.tree",         "view.flat",     "view.cycle",
          "view.columns",    "view.details",   "view.findings", "view.values",       "view.histogram",    "view.heatmap",  "view.halflife",
          "view.map",        "view.shards",    "view.metadata", "tensor.showFolder", "tensor.filterBy",   "tensor.exclude"}) {
        enable(name, open);
    }
    for (const char* what : {"dtype", "rule", "shape", "shard"}) {
        for (const char* verb : {"tensor.filter.", "tensor.exclude."}) {
            const bool known = std::string_view(what) == "rule" || std::string_view(what) == "shard"; // of a missing one too
            enable((std::string(verb) + what).c_str(), known ? row : tensor);
        }
    }
    const bool scanning = m_scanJob.isRunning();
    enable("tensor.scan", open && !scanning && !opening);
    enable("tensor.scanAll", open && !scanning && !opening);
    if (open) {
        action(QStringLiteral("tensor.scanAll"))
            ->setToolTip(tr("Count NaN, Inf, zeros; min, max, mean, std. Reads %1").arg(bytesText(m_document->checkpoint().tensorBytes())));
    }
    enable("view.expandAll", open && m_view->canExpandAll());
    action(QStringLiteral("view.expandAll"))
        ->setToolTip(open && m_document->size() > DirectRows ? tr("Too many tensors to open them all at once") : tr("Open every group of the tree"));
    enable("view.collapseAll", open && m_view->mode() == TensorView::Mode::Tree);
    enable("tensor.next", open && !m_document->marked().empty());
    enable("tensor.previous", open && !m_document->marked().empty());
    enable("job.cancel", m_strip->anyRunning() || opening || writing || scanning);
    static constexpr std::array Modes{"view.roles", "view.tree", "view.flat"};
    action(QLatin1String(Modes[static_cast<std::size_t>(m_view->mode())]))->setChecked(true);
}

void MainWindow::updateRecentMenu()
{
    m_recentMenu->clear();
    const auto& recent = m_settings->recent();
    int number = 1;
    for (const RecentEntry& entry : recent) {
        QAction* made = m_recentMenu->addAction(forAction(nameOf(entry.path)));
        made->setToolTip(forToolTip(shownName(entry.path)));
        if (number <= 9) {
            made->setShortcut(QKeySequence(QStringLiteral("Ctrl+%1").arg(number++)));
        }
        connect(made, &QAction::triggered, this, [this, path = entry.path] { open({path}); });
    }
    if (!recent.empty()) {
        m_recentMenu->addSeparator();
        connect(m_recentMenu->addAction(tr("&Clear")), &QAction::triggered, m_settings, &Settings::clearRecent);
    }
    m_recentMenu->setEnabled(!recent.empty());
}

void MainWindow::updateProfileMenu()
{
    m_profileMenu->clear();
    if (!m_document) {
        return;
    }
    const CheckReport& report = m_document->report();
    auto* profiles = new QActionGroup(m_profileMenu);
    struct Profile {
        const char* name;
        QString tip;
    };
    for (const Profile& profile :
         {Profile{"default", tr("All rules")}, Profile{"nemo-automodel", tr("Exactly what NeMo AutoModel's gated_delta_net_fp32 demands")}}) {
        const QString name = QLatin1String(profile.name);
        QAction* made = m_profileMenu->addAction(name);
        made->setCheckable(true);
        made->setChecked(name == fromUtf8(report.profile));
        made->setToolTip(profile.tip);
        profiles->addAction(made);
        connect(made, &QAction::triggered, this, [this, name] { rejudge(name, m_architecture); });
    }
    QMenu* judgeAs = m_profileMenu->addMenu(tr("Judge as"));
    QAction* byConfig = judgeAs->addAction(tr("What config.json or the keys say"));
    byConfig->setCheckable(true);
    byConfig->setChecked(m_architecture.empty());
    connect(byConfig, &QAction::triggered, this, [this] { rejudge(m_profile, {}); });
    judgeAs->addSeparator();
    const QStringList names = knownArchitectures(report);
    for (const QString& name : names) {
        QAction* made = judgeAs->addAction(forAction(name));
        made->setCheckable(true);
        made->setChecked(toUtf8(name) == m_architecture);
        connect(made, &QAction::triggered, this, [this, name] { rejudge(m_profile, toUtf8(name)); });
    }
    m_profileMenu->addSeparator();
    m_profileMenu->addAction(action(QStringLiteral("help.rules")));
}

void MainWindow::tensorMenu(const QPoint& at)
{
    updateActions();
    QMenu menu(this);
    menu.setToolTipsVisible(true);
    if (m_view->mode() == TensorView::Mode::Roles) {
        connect(menu.addAction(tr("Show Tensors")), &QAction::triggered, this, [this] { Q_EMIT m_view->roleActivated(m_view->currentRoleFilter()); });
        menu.addSeparator();
    }
    for (const char* name : {"view.details", "view.values", "view.histogram", "view.heatmap", "view.halflife", "view.map"}) {
        menu.addAction(action(QLatin1String(name)));
    }
    menu.addSeparator();
    menu.addAction(action(QStringLiteral("tensor.scan")));
    menu.addSeparator();
    menu.addAction(action(QStringLiteral("tensor.filterBy")));
    menu.addAction(action(QStringLiteral("tensor.exclude")));
    menu.addSeparator();
    menu.addAction(action(QStringLiteral("edit.copyKey")));
    menu.addAction(action(QStringLiteral("edit.copyAs")));
    menu.addSeparator();
    addEditActions(&menu);
    menu.addSeparator();
    menu.addAction(action(QStringLiteral("tensor.export")));
    menu.addAction(action(QStringLiteral("tensor.showFolder")));
    menu.exec(at);
}

void MainWindow::showHelp(bool language)
{
    auto* dialog = new ShortcutsDialog(*this, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    if (language) {
        dialog->showFilterLanguage();
    }
    dialog->show();
}

void MainWindow::preferences()
{
    auto* dialog = new PreferencesDialog(m_settings, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &PreferencesDialog::rulesRequested, action(QStringLiteral("help.rules")), &QAction::trigger);
    dialog->open();
}

} // namespace ckptscope::ui
