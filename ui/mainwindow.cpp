// SPDX-License-Identifier: Apache-2.0
// Construction, layout, events and what is remembered; opening, showing, fixing and actions have files of their own.
#include "ui/mainwindow.h"

#include "ui/accessible.h"
#include "ui/comparewindow.h"
#include "ui/contextkey.h"
#include "ui/dialogs/convertdialog.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/fixroom.h"
#include "ui/icons.h"
#include "ui/jobs/jobstrip.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/detailspanel.h"
#include "ui/views/docksizes.h"
#include "ui/views/dropoverlay.h"
#include "ui/views/dtypebar.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/filterbar.h"
#include "ui/views/filteredit.h"
#include "ui/views/findingspanel.h"
#include "ui/views/halflifepanel.h"
#include "ui/views/heatmappanel.h"
#include "ui/views/histogrampanel.h"
#include "ui/views/messagebar.h"
#include "ui/views/metadatapanel.h"
#include "ui/views/mutedline.h"
#include "ui/views/pagestack.h"
#include "ui/views/receiptpage.h"
#include "ui/views/shardspanel.h"
#include "ui/views/startpage.h"
#include "ui/views/topbar.h"
#include "ui/views/treemappanel.h"
#include "ui/views/valuespanel.h"

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QCloseEvent>
#include <QComboBox>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QProcess>
#include <QPushButton>
#include <QScreen>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace ckptscope::ui {

namespace {
constexpr QSize FirstSize(1280, 820);
constexpr QSize SmallestSize(800, 560);
constexpr int CompactBelow = 640; ///< px of height: the verdict leaves the docks more room
constexpr int LayoutVersion = 2;  ///< of the docks there are
/// What a dock shows and how: boxes by their object names, which stand in the settings too.
constexpr std::array PlotChoices{"histogramScale", "heatmapValue", "heatmapRange", "treemapWeight", "treemapColor"};
constexpr std::array PlotSwitches{"histogramLog", "valuesBits"};
} // namespace

MainWindow::MainWindow(Settings* settings, QWidget* parent)
    : QMainWindow(parent)
    , m_settings(settings)
    , m_profile(settings->preferences().profile)
{
    setObjectName(QStringLiteral("mainWindow"));
    for (const auto& [job, name] : {std::pair(&m_openJob, "openJob"), std::pair(&m_fixJob, "fixJob"), std::pair(&m_filterJob, "filterJob"),
                                    std::pair(&m_copyJob, "copyJob"), std::pair(&m_exportJob, "exportJob"), std::pair(&m_watchJob, "watchJob"),
                                    std::pair(&m_scanJob, "scanJob"), std::pair(&m_valuesJob, "valuesJob")}) {
        job->setObjectName(QLatin1String(name));
    }
    setAcceptDrops(true);
    setMinimumSize(SmallestSize);
    setDockOptions(QMainWindow::AllowTabbedDocks | QMainWindow::AllowNestedDocks);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    setTabPosition(Qt::BottomDockWidgetArea, QTabWidget::North);
    buildTopBar();
    buildCentre();
    buildDocks();
    buildStatusBar();
    buildActions();
    enableContextKey(this);
    m_overlay = new DropOverlay(this);

    m_openingTimer.setInterval(100);
    connect(&m_openingTimer, &QTimer::timeout, this, &MainWindow::showOpening);
    m_watchTimer.setInterval(3000);
    connect(&m_watchTimer, &QTimer::timeout, this, &MainWindow::watchFiles);
    m_filterTimer.setSingleShot(true);
    m_filterTimer.setInterval(120);
    connect(&m_filterTimer, &QTimer::timeout, this, [this] { applyFilterText(m_filterBar->text()); });
    m_scanTimer.setInterval(400);
    connect(&m_scanTimer, &QTimer::timeout, this, &MainWindow::scanTick);
    connect(m_filterBar, &FilterBar::scanWanted, this, &MainWindow::scanAll);
    connect(m_settings, &Settings::preferencesChanged, this, [this] {
        const Preferences& now = m_settings->preferences();
        if (m_document && m_extraRules.isEmpty() && now.ruleFiles != m_usedRules && !m_fixJob.isRunning()) {
            m_profile = now.profile;
            startOpening(m_document->paths(), Opening::Reload); // other rule files judge anew
        } else if (m_document && now.profile != m_profile) {
            rejudge(now.profile, m_architecture);
        }
        m_profile = now.profile;
        updateActions();
    });
    connect(m_settings, &Settings::recentChanged, this, &MainWindow::updateRecentMenu);

    restoreWindow();
    showPage(m_start);
    nameDockTabs(this);
    updateRecentMenu();
    updateTitle();
    updateActions();
}

MainWindow::~MainWindow()
{
    // jobs first: what they would call on is about to go
    for (JobRunner* job : {&m_openJob, &m_fixJob, &m_filterJob, &m_copyJob, &m_exportJob, &m_watchJob, &m_scanJob, &m_valuesJob, m_view->job()}) {
        job->abandon();
    }
    delete m_fixRoom; // the focus may come to its button while others go
    // then what children say while they go: nobody is left to listen
    const auto children = findChildren<QObject*>();
    for (QObject* child : children) {
        child->disconnect(this);
    }
}

void MainWindow::buildTopBar()
{
    auto* bar = new QToolBar(this);
    bar->setObjectName(QStringLiteral("topToolBar"));
    bar->setWindowTitle(tr("Verdict and Filter"));
    bar->setMovable(false);
    bar->setFloatable(false);
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    bar->toggleViewAction()->setVisible(false);
    bar->layout()->setContentsMargins(0, 0, 0, 0);
    bar->layout()->setSpacing(0);
    m_topBar = new TopBar(bar);
    m_topBar->setBackgroundRole(QPalette::Window);
    m_banner = new BannerWidget(m_topBar);
    buildFixRoom();
    m_messages = new MessageBar(m_topBar);
    m_muted = new MutedLine(m_topBar);
    connect(m_muted, &MutedLine::unmuteWanted, this, [this] { setMuted({}); });
    m_factsRow = new QWidget(m_topBar);
    m_facts = new ElidedLabel(m_factsRow);
    m_facts->setObjectName(QStringLiteral("factsLabel"));
    m_dtypes = new DTypeBar(m_factsRow);
    m_filterBar = new FilterBar(m_topBar);

    auto* facts = new QHBoxLayout(m_factsRow);
    facts->setContentsMargins(12, 4, 12, 0);
    facts->setSpacing(12);
    facts->addWidget(m_facts);
    facts->addWidget(m_dtypes);
    facts->addStretch(1);
    m_filterRow = new QWidget(m_topBar);
    auto* filter = new QHBoxLayout(m_filterRow);
    filter->setContentsMargins(12, 4, 12, 8);
    filter->addWidget(m_filterBar);
    auto* layout = new QVBoxLayout(m_topBar);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(1); // a line between the verdict and messages of the same tint
    layout->addWidget(m_banner);
    layout->addWidget(m_messages);
    layout->addWidget(m_muted);
    layout->addWidget(m_factsRow);
    layout->addWidget(m_filterRow);
    m_topBar->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    bar->addWidget(m_topBar);
    // an empty bar would still draw its edge
    connect(m_topBar, &TopBar::fitted, bar, [bar](int height) { bar->setMaximumHeight(height == 0 ? 0 : QWIDGETSIZE_MAX); });
    addToolBar(Qt::TopToolBarArea, bar);

    connect(m_banner->button("show"), &QPushButton::clicked, this, &MainWindow::showThem);
    connect(m_banner->button("review"), &QPushButton::clicked, this, &MainWindow::review);
    connect(m_banner->button("fix"), &QPushButton::clicked, this, &MainWindow::fix);
    connect(m_banner->button("open"), &QPushButton::clicked, this, &MainWindow::chooseFolder);
    connect(m_banner->button("retry"), &QPushButton::clicked, this, [this] { startOpening(m_openingPaths, Opening::Fresh); });
    connect(m_banner->button("cancel"), &QPushButton::clicked, this, [this] { m_openJob.cancel(); });
    connect(m_banner->button("rules"), &QPushButton::clicked, this, [this] {
        if (QAction* rules = action(QStringLiteral("help.rules"))) {
            rules->trigger();
        }
    });
    connect(m_banner, &BannerWidget::extraClicked, this, [this] { m_filterBar->setText(QStringLiteral("advice")); });
    connect(m_dtypes, &DTypeBar::dtypeClicked, this, [this](const QString& dtype) { m_filterBar->setText(QStringLiteral("dtype:%1").arg(dtype)); });
    connect(m_filterBar, &FilterBar::filterChanged, this, [this](const QString& text) {
        if (m_document && m_document->size() > DirectRows) {
            m_filterTimer.start();
        } else {
            applyFilterText(text);
        }
    });
    connect(m_filterBar, &FilterBar::helpWanted, this, [this] { showHelp(true); });
    connect(m_filterBar, &FilterBar::left, this, [this] {
        m_settings->addFilter(m_filterBar->text());
        m_filterBar->edit()->setHistory(m_settings->filterHistory());
        m_view->view()->setFocus();
    });
    m_filterBar->edit()->setHistory(m_settings->filterHistory());
}

void MainWindow::buildCentre()
{
    m_pages = new PageStack(this);
    m_start = new StartPage(m_settings, m_pages);
    m_view = new TensorView(m_pages);
    m_receipt = new ReceiptPage(m_pages);
    m_pages->addWidget(m_start);
    m_pages->addWidget(m_view);
    m_pages->addWidget(m_receipt);
    setCentralWidget(m_pages);

    connect(m_start, &StartPage::openFolderRequested, this, &MainWindow::chooseFolder);
    connect(m_start, &StartPage::openFileRequested, this, &MainWindow::chooseFile);
    connect(m_start, &StartPage::openDemoRequested, this, &MainWindow::openDemo);
    connect(m_start, &StartPage::openRequested, this, [this](const QString& path) { open({toPath(path)}); });
    connect(m_start, &StartPage::noted, this, &MainWindow::note);
    connect(m_start, &StartPage::openInNewWindowRequested, this, [this](const QString& path) {
        QProcess::startDetached(QCoreApplication::applicationFilePath(), {QStringLiteral("--settings"), m_settings->fileName(), path});
    });
    connect(m_filterBar, &FilterBar::modeClicked, m_view, &TensorView::setMode);
    connect(m_view, &TensorView::modeChanged, this, [this](TensorView::Mode mode) {
        m_filterBar->setMode(mode);
        if (m_document && m_document->size() <= 2000) {
            m_settings->setValue(QStringLiteral("view/mode"), static_cast<int>(mode));
        }
        updateActions();
    });
    connect(m_view, &TensorView::selectionChanged, this, &MainWindow::updateDetails);
    connect(m_view, &TensorView::clearFilterWanted, this, [this] {
        m_filterBar->setText({});
        m_view->view()->setFocus();
    });
    connect(m_view, &TensorView::filterKeyPressed, this, [this] { m_filterBar->edit()->setFocus(); });
    connect(m_view, &TensorView::contextMenuWanted, this, &MainWindow::tensorMenu);
    connect(m_view, &TensorView::tensorActivated, this, [this] {
        QDockWidget* details = dock(QStringLiteral("details"));
        details->show();
        details->raise();
        m_details->browser()->setFocus();
    });
    connect(m_view, &TensorView::roleActivated, this, [this](const QString& filter) {
        m_view->setMode(TensorView::Mode::Flat);
        m_filterBar->setText(filter);
        m_view->view()->setFocus();
    });
    connect(m_receipt, &ReceiptPage::openRequested, this, [this](const QString& path) { open({toPath(path)}); });
    connect(m_receipt, &ReceiptPage::closed, this, [this] {
        m_receiptOf.reset(); // what was fixed is let go with its receipt
        showPage(m_view);
    });
    connect(m_receipt, &ReceiptPage::noted, this, &MainWindow::note);
    connect(m_receipt, &ReceiptPage::pageWanted, this, [this](const QString& file) { exportReceipt(file, m_receipt->receipt()); });
    connect(m_receipt, &ReceiptPage::failed, this, [this](const QString& title, const QString& second) {
        m_messages->add({Mark::Damaged, title, second, {}, {}, {}});
    });
}

void MainWindow::buildDocks()
{
    m_details = new DetailsPanel(this);
    m_findings = new FindingsPanel(this);
    m_shards = new ShardsPanel(this);
    m_metadata = new MetadataPanel(this);
    auto* values = new ValuesPanel(this);
    auto* histogram = new HistogramPanel(this);
    auto* heatmap = new HeatmapPanel(this);
    m_halfLife = new HalfLifePanel(this);
    auto* map = new TreemapPanel(this);
    m_plots = {values, histogram, heatmap, m_halfLife, map};
    static constexpr std::array JobNames{"gridJob", "histogramJob", "heatmapJob", "halfLifeJob", "mapJob"};
    for (std::size_t i = 0; i < JobNames.size(); ++i) {
        m_plots[static_cast<qsizetype>(i)]->job()->setObjectName(QLatin1String(JobNames[i]));
    }
    for (TensorPanel* panel : std::as_const(m_plots)) {
        connect(panel, &TensorPanel::noted, this, &MainWindow::note);
        connect(panel, &TensorPanel::tensorChosen, this, &MainWindow::goTo);
    }
    struct Spec {
        const char* name;
        QString title;
        QWidget* widget;
        Qt::DockWidgetArea area;
    };
    const std::array specs{
        Spec{"details", tr("Details"), m_details, Qt::RightDockWidgetArea},
        Spec{"findings", tr("Findings"), m_findings, Qt::BottomDockWidgetArea},
        Spec{"values", tr("Values"), values, Qt::BottomDockWidgetArea},
        Spec{"histogram", tr("Histogram"), histogram, Qt::BottomDockWidgetArea},
        Spec{"heatmap", tr("Heatmap"), heatmap, Qt::BottomDockWidgetArea},
        Spec{"halflife", tr("Half-life"), m_halfLife, Qt::BottomDockWidgetArea},
        Spec{"map", tr("Map"), map, Qt::BottomDockWidgetArea},
        Spec{"shards", tr("Shards"), m_shards, Qt::BottomDockWidgetArea},
        Spec{"metadata", tr("Metadata"), m_metadata, Qt::BottomDockWidgetArea},
    };
    QDockWidget* bottom = nullptr;
    for (const Spec& spec : specs) {
        auto* dock = new QDockWidget(spec.title, this);
        dock->setObjectName(QLatin1String(spec.name) + QLatin1String("Dock"));
        dock->setWidget(spec.widget);
        addDockWidget(spec.area, dock);
        if (spec.area == Qt::BottomDockWidgetArea) {
            if (bottom != nullptr) {
                tabifyDockWidget(bottom, dock);
            }
            bottom = dock;
        }
        m_docks.insert(QLatin1String(spec.name), dock);
    }
    dock(QStringLiteral("findings"))->raise();
    m_dockSizes = new DockSizes(this, m_docks.values());
    connect(m_topBar, &TopBar::fitted, m_dockSizes, [this] { QTimer::singleShot(0, m_dockSizes, &DockSizes::share); });
    connect(m_details, &DetailsPanel::filterWanted, this, [this](const QString& term) { m_filterBar->setText(term); });
    connect(m_details, &DetailsPanel::scanWanted, this, [this] { action(QStringLiteral("tensor.scan"))->trigger(); });
    connect(m_details, &DetailsPanel::copyKeyWanted, this, [this] { copyAs(CopyFormat::Key); });
    connect(m_findings, &FindingsPanel::tensorChosen, this, &MainWindow::goTo);
    connect(m_findings, &FindingsPanel::filterWanted, this, [this](const QString& text) { m_filterBar->setText(text); });
    connect(m_findings, &FindingsPanel::copied, this, &MainWindow::note);
    connect(m_findings, &FindingsPanel::muteWanted, this, &MainWindow::mute);
    connect(m_shards, &ShardsPanel::filterWanted, this, [this](const QString& text) { m_filterBar->setText(text); });
    connect(m_shards, &ShardsPanel::tensorChosen, this, &MainWindow::goTo);
    connect(m_shards, &ShardsPanel::noted, this, &MainWindow::note);
    connect(m_metadata, &MetadataPanel::noted, this, &MainWindow::note);
    connect(m_metadata, &MetadataPanel::editWanted, this, &MainWindow::editMetadata);
    connect(histogram, &HistogramPanel::scanned, this, [this] {
        if (m_document && !m_scanJob.isRunning()) {
            m_shownScanned = m_document->values()->scanned();
            m_view->valuesChanged();
            takeValues(m_document);
        }
    });
    connect(heatmap, &HeatmapPanel::elementChosen, this, [this, values](std::uint32_t, const QString& index) {
        QDockWidget* grid = dock(QStringLiteral("values"));
        grid->show();
        grid->raise();
        QTimer::singleShot(0, values, [values, index] { values->goTo(index); }); // once it has taken the tensor
    });
    connect(heatmap, &HeatmapPanel::elementPointed, values,
            [values](std::uint32_t, const QString& index) { values->goTo(index, ValuesPanel::Focus::Stays); });
}

void MainWindow::buildStatusBar()
{
    m_strip = new JobStrip(this);
    m_strip->setAccessibleName(tr("Jobs"));
    statusBar()->addWidget(m_strip, 1);
    statusBar()->setSizeGripEnabled(false);
    for (JobRunner* job : {&m_openJob, &m_fixJob, &m_filterJob, m_view->job(), &m_copyJob, &m_exportJob, &m_scanJob}) {
        m_strip->watch(job);
    }
    for (TensorPanel* panel : std::as_const(m_plots)) {
        m_strip->watch(panel->job());
    }
    m_fixJob.setCancelledText(tr("Cancelled. Nothing was written."));
    connect(m_strip, &JobStrip::percentChanged, this, &MainWindow::updateTitle);
}

void MainWindow::restoreWindow()
{
    if (!restoreGeometry(m_settings->geometry())) {
        const QSize room = screen() != nullptr ? screen()->availableSize() : FirstSize;
        resize(FirstSize.boundedTo(room).expandedTo(SmallestSize));
    }
    resizeDocks({dock(QStringLiteral("details"))}, {DetailsWidth}, Qt::Horizontal);
    resizeDocks({dock(QStringLiteral("findings"))}, {BottomHeight}, Qt::Vertical);
    m_dockSizes->want(dock(QStringLiteral("details")), DetailsWidth);
    m_dockSizes->want(dock(QStringLiteral("findings")), BottomHeight);
    m_dockSizes->restore(m_settings->value(QStringLiteral("docks/sizes")).toString());
    restoreState(m_settings->windowState(), LayoutVersion);
    static constexpr std::array Modes{"roles", "tree", "flat"};
    for (std::size_t i = 0; i < Modes.size(); ++i) {
        const auto mode = static_cast<TensorView::Mode>(i);
        m_view->restoreColumns(mode, m_settings->value(QStringLiteral("columns/") + QLatin1String(Modes[i])).toString());
        m_view->restoreSort(mode, m_settings->value(QStringLiteral("sort/") + QLatin1String(Modes[i])).toString());
    }
    for (const char* name : PlotChoices) {
        auto* box = findChild<QComboBox*>(QLatin1String(name));
        const int wanted = m_settings->value(QStringLiteral("plots/") + QLatin1String(name), 0).toInt();
        const bool kept = box->objectName() == QLatin1String("heatmapRange") && wanted == 2; // of a tensor that is not here
        box->setCurrentIndex(wanted >= 0 && wanted < box->count() && !kept ? wanted : 0);
    }
    for (const char* name : PlotSwitches) {
        findChild<QCheckBox*>(QLatin1String(name))->setChecked(m_settings->value(QStringLiteral("plots/") + QLatin1String(name), false).toBool());
    }
}

void MainWindow::saveWindow()
{
    static constexpr std::array Modes{"roles", "tree", "flat"};
    for (std::size_t i = 0; i < Modes.size(); ++i) {
        const auto mode = static_cast<TensorView::Mode>(i);
        m_settings->setValue(QStringLiteral("columns/") + QLatin1String(Modes[i]), m_view->saveColumns(mode));
        m_settings->setValue(QStringLiteral("sort/") + QLatin1String(Modes[i]), m_view->saveSort(mode));
    }
    for (const char* name : PlotChoices) {
        m_settings->setValue(QStringLiteral("plots/") + QLatin1String(name), findChild<QComboBox*>(QLatin1String(name))->currentIndex());
    }
    for (const char* name : PlotSwitches) {
        m_settings->setValue(QStringLiteral("plots/") + QLatin1String(name), findChild<QCheckBox*>(QLatin1String(name))->isChecked());
    }
    m_settings->setValue(QStringLiteral("docks/sizes"), m_dockSizes->save());
    // on the start page the docks are hidden because there is nothing to show, not because the user closed them
    m_settings->setWindow(saveGeometry(), m_docksShown ? saveState(LayoutVersion) : m_settings->windowState());
}

bool MainWindow::onStartPage() const
{
    return m_pages->currentWidget() == m_start;
}

bool MainWindow::onReceipt() const
{
    return m_pages->currentWidget() == m_receipt;
}

bool MainWindow::idle() const
{
    return !m_details->busy() && std::none_of(m_plots.begin(), m_plots.end(), [](const TensorPanel* panel) { return panel->busy(); })
        && !m_openJob.isRunning() && !m_fixJob.isRunning() && !m_filterJob.isRunning() && !m_copyJob.isRunning() && !m_exportJob.isRunning()
        && !m_scanJob.isRunning() && !m_valuesJob.isRunning() && !m_view->job()->isRunning() && !m_filterTimer.isActive()
        && !m_openingTimer.isActive();
}

void MainWindow::showPage(QWidget* page)
{
    const bool showDocks = page != m_start;
    if (m_docksShown && !showDocks) {
        m_settings->setWindow(saveGeometry(), saveState(LayoutVersion));
    }
    m_pages->setCurrentWidget(page);
    m_factsRow->setVisible(showDocks);
    m_filterRow->setVisible(showDocks);
    if (m_docksShown != showDocks || !showDocks) {
        m_docksShown = showDocks;
        if (showDocks) {
            for (QDockWidget* each : std::as_const(m_docks)) {
                each->show();
            }
            dock(QStringLiteral("findings"))->raise();
            restoreState(m_settings->windowState(), LayoutVersion);
            nameDockTabs(this);
            QTimer::singleShot(0, m_dockSizes, &DockSizes::share); // once they have their places
        } else {
            for (QDockWidget* each : std::as_const(m_docks)) {
                each->hide();
            }
        }
    }
    if (page == m_view) {
        m_view->view()->setFocus();
    } else if (page == m_start) {
        m_banner->hide();
    }
    updateActions();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if ((m_fixJob.isRunning() || m_exportJob.isRunning()) && !m_closing) {
        QMessageBox ask(QMessageBox::Question, tr("Writing"), tr("A copy is being written."), QMessageBox::NoButton, this);
        ask.setObjectName(QStringLiteral("closeQuestion"));
        ask.setTextFormat(Qt::PlainText);
        ask.setInformativeText(tr("If it is cancelled, what was written so far is removed and the source stays as it is."));
        QPushButton* keep = ask.addButton(tr("Keep Writing"), QMessageBox::RejectRole);
        QPushButton* quit = ask.addButton(tr("Cancel and Quit"), QMessageBox::DestructiveRole);
        ask.setDefaultButton(keep);
        ask.exec();
        if (ask.clickedButton() != quit) {
            event->ignore();
            return;
        }
        m_exportJob.cancel();
        m_fixJob.cancel(); // the destructor waits until the partial output is gone
    }
    if (!m_closing && !mayDropEdits()) {
        event->ignore();
        return;
    }
    m_closing = true;
    saveWindow();
    event->accept();
    QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->source() != nullptr) {
        return; // our own rows
    }
    const DropPlan plan = planDrop(event->mimeData());
    QString compares;
    if (m_document && plan.paths.size() == 1 && !plan.compares) {
        const std::string& open = m_document->paths().empty() ? m_document->checkpoint().path() : m_document->paths().front();
        compares = tr("Compare %1 with %2", "open one, dropped one").arg(nameOf(open), nameOf(toPath(plan.paths.front())));
    }
    m_overlay->showPlan(plan, compares);
    m_overlay->point(event->position().toPoint());
    // a refused drag is accepted too, so that the overlay can say why; the drop then does nothing
    event->setDropAction(plan.paths.isEmpty() ? Qt::IgnoreAction : Qt::CopyAction);
    event->accept();
}

void MainWindow::dragMoveEvent(QDragMoveEvent* event)
{
    m_overlay->point(event->position().toPoint());
    if (planDrop(event->mimeData()).paths.isEmpty()) {
        event->ignore();
    } else {
        event->setDropAction(Qt::CopyAction);
        event->accept();
    }
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent* event)
{
    m_overlay->hide();
    QMainWindow::dragLeaveEvent(event);
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const bool second = m_overlay->isVisible() && m_overlay->comparesAt(event->position().toPoint());
    m_overlay->hide();
    const DropPlan plan = planDrop(event->mimeData());
    if (plan.paths.isEmpty()) {
        note(plan.sentence);
        return;
    }
    event->setDropAction(Qt::CopyAction);
    event->accept();
    std::vector<std::string> paths;
    for (const QString& path : plan.paths) {
        paths.push_back(toPath(path));
    }
    if (plan.compares) {
        compare({paths[0]}, {paths[1]});
    } else if (m_document && paths.size() == 1 && (second || event->modifiers().testFlag(Qt::ControlModifier))) {
        compare(m_document->paths(), std::move(paths));
    } else {
        open(std::move(paths));
    }
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    m_banner->setCompact(height() < CompactBelow);
    if (m_overlay != nullptr && m_overlay->isVisible()) {
        m_overlay->setGeometry(rect());
    }
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::ActivationChange && isActiveWindow() && m_document) {
        watchFiles();
    }
}

void MainWindow::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && event->modifiers() == Qt::NoModifier) {
        escape();
        return;
    }
    QMainWindow::keyPressEvent(event);
}

/// Esc, from the inside out: an opening that runs, the receipt, the filter's text, then back to the tensors.
void MainWindow::escape()
{
    if (m_openJob.isRunning()) {
        m_openJob.cancel();
    } else if (onReceipt()) {
        showPage(m_view);
    } else if (m_document && !m_view->view()->hasFocus()) {
        m_view->view()->setFocus();
    } else if (m_document && !m_filterBar->text().isEmpty()) {
        m_filterBar->setText({});
    }
}

void MainWindow::note(const QString& text)
{
    m_strip->showNote(text);
}

} // namespace ckptscope::ui
