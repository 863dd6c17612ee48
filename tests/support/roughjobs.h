// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/gdnfolder.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/tempdir.h"
#include "tests/support/windowfixture.h"
#include "ui/comparewindow.h"
#include "ui/dialogs/convertdialog.h"
#include "ui/dialogs/donorfield.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/differencepanel.h"

#include <QAction>
#include <QDockWidget>
#include <QMenu>
#include <QPointer>
#include <QPushButton>
#include <QTest>
#include <QTreeView>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// Every kind of job that the window has, and how it is started: what tst_rough is rough with.
namespace ckptscope::test {

using namespace ckptscope::ui;

/// A window with a checkpoint to be rough with, a second one, and what a job needs. The folder outlives the window.
struct Stage {
    test::TempDir dir;
    ui::Settings settings{QString::fromStdString(dir.path("settings.ini"))};
    std::unique_ptr<MainWindow> owned = std::make_unique<MainWindow>(&settings);
    MainWindow& window = *owned;
    std::string model = test::writeGdnFolder(dir, "model", Small);
    std::string other = dir.write("other.safetensors", test::SafetensorsFile().addValue("another.weight", "F32", {4, 4}, 2).bytes());
    QPointer<CompareWindow> comparing;

    static constexpr test::GdnFolder Small{.shards = 1, .layersPerShard = 2, .heads = 8, .longElements = 1U << 18U};

    Stage()
    {
        window.resize(1280, 820);
        window.show();
    }
    [[nodiscard]] bool open(const std::string& path)
    {
        window.open({path});
        return QTest::qWaitFor([&] { return window.idle() && window.document() != nullptr; }, Patience);
    }
    template<class Dialog>
    [[nodiscard]] Dialog* openDialog(const char* action)
    {
        trigger(action);
        auto* dialog = window.findChild<Dialog*>();
        return dialog != nullptr && QTest::qWaitForWindowExposed(dialog) ? dialog : nullptr;
    }
    void trigger(const char* action) { window.action(QLatin1String(action))->trigger(); }
    void select(const char* key)
    {
        const TensorInfo* tensor = window.document()->checkpoint().find(key);
        QVERIFY(tensor != nullptr);
        QVERIFY(window.tensorView()->select(window.document()->checkpoint().indexOf(*tensor)));
    }
    void showDock(const char* name)
    {
        window.dock(QLatin1String(name))->show();
        window.dock(QLatin1String(name))->raise();
    }
    void startCompare() { comparing = window.compare({model}, {dir.path("second")}); }
    void compared()
    {
        startCompare();
        QVERIFY(QTest::qWaitFor([this] { return comparing->idle() && comparing->state(); }, Patience));
    }
    [[nodiscard]] FixDialog* fixDialog() { return openDialog<FixDialog>("file.review"); }
    template<class Button>
    void click(QWidget* in, const char* name)
    {
        auto* button = in->findChild<Button*>(QLatin1String(name));
        QVERIFY(button != nullptr);
        QVERIFY2(QTest::qWaitFor([button] { return button->isEnabled(); }, Patience), name);
        button->click();
    }
};

inline constexpr const char* Long = "model.layers.0.linear_attn.in_proj_qkvz.weight";

/// One kind of job.
struct Kind {
    const char* name;
    const char* runner;                       ///< object name of its JobRunner
    bool reports = false;                     ///< it tells how far it is
    std::function<void(Stage&)> prepare = {}; ///< once the checkpoint is open
    std::function<void(Stage&)> start;
    bool opens = false;         ///< it runs before the checkpoint is open
    bool writes = false;        ///< closing the window asks first
    const char* cut = nullptr;  ///< what must be said when the files were cut before it read them; null: it reads no file
    const char* gone = nullptr; ///< and when they are gone; null: it reads no file, or holds them open
};

inline constexpr const char* Shrank = "while it was open";
inline constexpr const char* NotFound = "no such file or folder";

inline std::vector<Kind> kinds()
{
    const auto dock = [](const char* name, const char* key) {
        return std::pair(std::function<void(Stage&)>([key](Stage& stage) { stage.select(key); }),
                         std::function<void(Stage&)>([name](Stage& stage) { stage.showDock(name); }));
    };
    const auto [grid, showGrid] = dock("values", Long);
    const auto [histogram, showHistogram] = dock("histogram", Long);
    const auto [heatmap, showHeatmap] = dock("heatmap", Long);
    const auto [halfLife, showHalfLife] = dock("halflife", Long);
    const auto [map, showMap] = dock("map", Long);
    const auto second = [](Stage& stage) { test::writeGdnFolder(stage.dir, "second", Stage::Small); };
    const auto toCompare = [second](Stage& stage) {
        second(stage);
        stage.compared();
    };
    const auto plotOf = [](DifferencePanel::What what) {
        return [what](Stage& stage) {
            stage.comparing->plots()->setWhat(what);
            // most rows are alike: the first of all is taken
            stage.comparing->findChild<QWidget*>(QStringLiteral("onlyDifferences"))->setProperty("checked", false);
            stage.comparing->view()->setCurrentIndex(stage.comparing->view()->model()->index(4, 0));
        };
    };
    std::vector<Kind> all;
    all.push_back({.name = "open",
                   .runner = "openJob",
                   .start = [](Stage& stage) { stage.window.open({stage.model}); },
                   .opens = true,
                   .gone = "is not in the folder"});
    all.push_back({.name = "demo", .runner = "openJob", .start = [](Stage& stage) { stage.window.openDemo(); }, .opens = true});
    all.push_back({.name = "judge anew", .runner = "openJob", .start = [](Stage& stage) {
                       const auto actions = stage.window.banner()->profileButton()->menu()->actions();
                       const auto nemo = std::find_if(actions.begin(), actions.end(),
                                                      [](const QAction* each) { return each->text() == QLatin1String("nemo-automodel"); });
                       QVERIFY(nemo != actions.end());
                       (*nemo)->trigger();
                   }});
    all.push_back({.name = "mute a rule", .runner = "openJob", .start = [](Stage& stage) { stage.window.mute("gdn.qwen3_next.a_log"); }});
    all.push_back({.name = "scan all",
                   .runner = "scanJob",
                   .reports = true,
                   .start = [](Stage& stage) { stage.trigger("tensor.scanAll"); },
                   .cut = Shrank,
                   .gone = NotFound});
    all.push_back({.name = "scan one",
                   .runner = "scanJob",
                   .reports = true,
                   .prepare = [](Stage& stage) { stage.select(Long); },
                   .start = [](Stage& stage) { stage.trigger("tensor.scan"); },
                   .cut = Shrank,
                   .gone = NotFound});
    all.push_back({.name = "findings of a scan",
                   .runner = "valuesJob",
                   .prepare = [](Stage& stage) { stage.select(Long); },
                   .start = [](Stage& stage) { stage.trigger("tensor.scan"); }});
    all.push_back({.name = "grid", .runner = "gridJob", .prepare = grid, .start = showGrid, .cut = Shrank, .gone = NotFound});
    all.push_back({.name = "histogram", .runner = "histogramJob", .prepare = histogram, .start = showHistogram, .cut = Shrank, .gone = NotFound});
    all.push_back(
        {.name = "heatmap", .runner = "heatmapJob", .reports = true, .prepare = heatmap, .start = showHeatmap, .cut = Shrank, .gone = NotFound});
    all.push_back({.name = "half-life", .runner = "halfLifeJob", .prepare = halfLife, .start = showHalfLife, .cut = Shrank, .gone = NotFound});
    all.push_back({.name = "map", .runner = "mapJob", .prepare = map, .start = showMap});
    all.push_back({.name = "statistics of a selection",
                   .runner = "histogramJob",
                   .reports = true,
                   .prepare =
                       [](Stage& stage) {
                           stage.window.tensorView()->setMode(TensorView::Mode::Flat);
                           stage.window.tensorView()->view()->selectAll();
                       },
                   .start = showHistogram,
                   .cut = Shrank,
                   .gone = NotFound});
    all.push_back({.name = "details", .runner = "detailsJob", .start = [](Stage& stage) { stage.select(Long); }});
    all.push_back({.name = "watch", .runner = "watchJob", .start = [](Stage& stage) {
                       QEvent active(QEvent::ActivationChange);
                       QCoreApplication::sendEvent(&stage.window, &active);
                   }});
    all.push_back({.name = "plan of one click",
                   .runner = "fixJob",
                   .start = [](Stage& stage) { stage.trigger("file.fix"); },
                   .writes = true,
                   .gone = NotFound});
    all.push_back({.name = "fix",
                   .runner = "fixJob",
                   .reports = true,
                   .prepare =
                       [](Stage& stage) {
                           auto* dialog = stage.fixDialog();
                           QVERIFY(dialog != nullptr);
                           auto* write = dialog->findChild<QPushButton*>(QStringLiteral("fixWrite"));
                           QVERIFY(QTest::qWaitFor([write] { return write->isEnabled(); }, Patience));
                       },
                   .start = [](Stage& stage) { stage.click<QPushButton>(stage.window.findChild<FixDialog*>(), "fixWrite"); },
                   .writes = true,
                   .cut = "changed",
                   .gone = NotFound});
    all.push_back({.name = "edits of the fix dialog", .runner = "editsJob", .start = [](Stage& stage) { QVERIFY(stage.fixDialog() != nullptr); }});
    all.push_back({.name = "check of the fix dialog", .runner = "checkJob", .start = [](Stage& stage) { QVERIFY(stage.fixDialog() != nullptr); }});
    all.push_back(
        {.name = "devices of the fix dialog", .runner = "fixDeviceJob", .start = [](Stage& stage) { QVERIFY(stage.fixDialog() != nullptr); }});
    all.push_back({.name = "donor",
                   .runner = "editsJob",
                   .reports = true,
                   .prepare =
                       [second](Stage& stage) {
                           second(stage);
                           auto* dialog = stage.fixDialog();
                           QVERIFY(dialog != nullptr);
                           auto* write = dialog->findChild<QPushButton*>(QStringLiteral("fixWrite"));
                           QVERIFY(QTest::qWaitFor([write] { return write->isEnabled(); }, Patience));
                       },
                   .start = [](Stage& stage) { stage.window.findChild<DonorField*>()->take(QString::fromStdString(stage.dir.path("second"))); }});
    all.push_back({.name = "plan of a conversion", .runner = "convertPlanJob", .start = [](Stage& stage) {
                       QVERIFY(stage.openDialog<ConvertDialog>("file.convert") != nullptr);
                   }});
    all.push_back({.name = "conversion",
                   .runner = "fixJob",
                   .reports = true,
                   .prepare =
                       [](Stage& stage) {
                           auto* dialog = stage.openDialog<ConvertDialog>("file.convert");
                           QVERIFY(dialog != nullptr);
                           auto* write = dialog->findChild<QPushButton*>(QStringLiteral("convertWrite"));
                           QVERIFY(QTest::qWaitFor([write] { return write->isEnabled(); }, Patience));
                       },
                   .start = [](Stage& stage) { stage.click<QPushButton>(stage.window.findChild<ConvertDialog*>(), "convertWrite"); },
                   .writes = true,
                   .cut = "changed",
                   .gone = NotFound});
    for (const char* ending : {"html", "json", "sarif", "txt"}) {
        static const std::map<std::string, const char*> Names{
            {"html", "report as a page"}, {"json", "report as JSON"}, {"sarif", "report as SARIF"}, {"txt", "report as text"}};
        all.push_back(
            {.name = Names.at(ending),
             .runner = "exportJob",
             .start = [ending](Stage& stage) { stage.window.exportReport(QString::fromStdString(stage.dir.path(std::string("report.") + ending))); },
             .writes = true});
    }
    all.push_back({.name = "table",
                   .runner = "exportJob",
                   .start = [](Stage& stage) { stage.window.exportTable(QString::fromStdString(stage.dir.path("table.csv"))); },
                   .writes = true});
    all.push_back({.name = "tensor as npy",
                   .runner = "exportJob",
                   .reports = true,
                   .prepare = [](Stage& stage) { stage.select(Long); },
                   .start = [](Stage& stage) { stage.window.exportTensors(QString::fromStdString(stage.dir.path("one.npy")), true); },
                   .writes = true,
                   .cut = Shrank,
                   .gone = NotFound});
    all.push_back({.name = "tensor as safetensors",
                   .runner = "exportJob",
                   .reports = true,
                   .prepare = [](Stage& stage) { stage.select(Long); },
                   .start = [](Stage& stage) { stage.window.exportTensors(QString::fromStdString(stage.dir.path("one.safetensors")), true); },
                   .writes = true,
                   .cut = Shrank,
                   .gone = NotFound});
    all.push_back({.name = "compare", .runner = "compareOpenJob", .prepare = second, .start = [](Stage& stage) { stage.startCompare(); }});
    all.push_back({.name = "compare values",
                   .runner = "compareValuesJob",
                   .reports = true,
                   .prepare = toCompare,
                   .start = [](Stage& stage) { stage.comparing->compareValues(); },
                   .cut = Shrank,
                   .gone = NotFound});
    all.push_back({.name = "histogram of a difference",
                   .runner = "differenceJob",
                   .prepare = toCompare,
                   .start = plotOf(DifferencePanel::What::Histogram),
                   .cut = Shrank,
                   .gone = NotFound});
    all.push_back({.name = "histograms of two sides",
                   .runner = "differenceJob",
                   .prepare = toCompare,
                   .start = plotOf(DifferencePanel::What::Both),
                   .cut = Shrank,
                   .gone = NotFound});
    all.push_back({.name = "heatmap of a difference",
                   .runner = "differenceJob",
                   .reports = true,
                   .prepare = toCompare,
                   .start = plotOf(DifferencePanel::What::Heatmap),
                   .cut = Shrank,
                   .gone = NotFound});
    all.push_back(
        {.name = "devices of the preferences", .runner = "preferencesDeviceJob", .start = [](Stage& stage) { stage.trigger("edit.preferences"); }});
    return all;
}

} // namespace ckptscope::test
