// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/apply.h"
#include "core/fix/plan.h"
#include "ui/copyas.h"
#include "ui/jobs/jobrunner.h"
#include "ui/models/document.h"
#include "ui/views/tensorview.h"

#include <QHash>
#include <QMainWindow>
#include <QPointer>
#include <QTimer>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

class QDockWidget;
class QMenu;
class QStackedWidget;
class QUndoStack;

namespace ckptscope {
struct ConvertPlan;
}

namespace ckptscope::ui {

class BannerWidget;
class CompareWindow;
class ConvertDialog;
class DetailsPanel;
class DockSizes;
class DropOverlay;
class DTypeBar;
class ElidedLabel;
class FilterBar;
class FindingsPanel;
class HalfLifePanel;
class FixDialog;
class FixRoom;
class JobStrip;
class MessageBar;
class MetadataPanel;
class MutedLine;
class ReceiptPage;
class Settings;
class ShardsPanel;
class StartPage;
class TensorPanel;
class TopBar;

/// What the command line asks of a window.
struct WindowRequest {
    std::vector<std::string> paths; ///< empty: the start page
    bool demo = false;
    bool compare = false; ///< `paths` are two checkpoints: show what differs
    QString filter;
    std::string select; ///< a key
    QString profile;
    QString view; ///< "roles", "tree", "flat", or a dock's name
    QStringList rules;
    bool followOutside = false;
};

/// The window: opens a checkpoint, says its verdict, shows its tensors, repairs it. Every decision is core's;
/// everything that can take long is a job.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(Settings* settings, QWidget* parent = nullptr);
    ~MainWindow() override;

    void carryOut(const WindowRequest& request);
    /// Opens these paths as one checkpoint; the one that is open stays until the new one is read.
    void open(std::vector<std::string> paths);
    /// Opens a fresh copy of the demo in the user's cache folder.
    void openDemo();
    void closeDocument();

    [[nodiscard]] const DocumentPtr& document() const noexcept { return m_document; }
    [[nodiscard]] TensorView* tensorView() const noexcept { return m_view; }
    [[nodiscard]] FilterBar* filterBar() const noexcept { return m_filterBar; }
    [[nodiscard]] BannerWidget* banner() const noexcept { return m_banner; }
    [[nodiscard]] MessageBar* messages() const noexcept { return m_messages; }
    [[nodiscard]] ReceiptPage* receiptPage() const noexcept { return m_receipt; }
    [[nodiscard]] DetailsPanel* details() const noexcept { return m_details; }
    [[nodiscard]] FindingsPanel* findings() const noexcept { return m_findings; }
    /// "file.open", "tensor.next": nullptr for an unknown name.
    [[nodiscard]] QAction* action(const QString& name) const { return m_actions.value(name); }
    [[nodiscard]] QStringList actionNames() const { return m_actions.keys(); }
    [[nodiscard]] QDockWidget* dock(const QString& name) const { return m_docks.value(name); }
    /// No job runs and nothing waits for one: a picture taken now is final.
    [[nodiscard]] bool idle() const;
    /// Shows what differs between two checkpoints in a window of its own, which this one owns.
    CompareWindow* compare(std::vector<std::string> a, std::vector<std::string> b);
    [[nodiscard]] CompareWindow* compareWindow() const noexcept; ///< the newest; null: none
    [[nodiscard]] bool onStartPage() const;
    [[nodiscard]] bool onReceipt() const;
    /// Writes the findings, as a page or for programs, by the name's ending: .html, .json, .sarif, .txt. A job; errors are messages.
    void exportReport(const QString& file);
    /// The receipt of what was open when its job began, as a page. A job; errors are messages.
    void exportReceipt(const QString& file, const Receipt& receipt);
    /// Writes the tensors that the filter leaves: .csv, .json, .md.
    void exportTable(const QString& file);
    /// Lets a rule's findings vanish from this window while this checkpoint is open. Damage cannot be muted. A job.
    void mute(const std::string& rule);
    void setMuted(MutedRules muted);
    /// Writes the selected tensors, bit for bit: .safetensors, or .npy for one. A job; errors are messages.
    void exportTensors(const QString& file, bool replace);
    /// Asks for the selected tensors in another dtype; nothing is written before a fix. Can be undone.
    void castTensors(DType to);
    /// Sets a key of `__metadata__` in what a fix will write, or takes it out; as stored: nothing is asked for. Can be undone.
    void editMetadata(const std::string& key, const std::optional<std::string>& value);

Q_SIGNALS:
    void documentChanged();
    void openFailed();

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool focusNextPrevChild(bool next) override;

private:
    enum class Opening { Fresh, Reload, Rejudge };
    // construction
    void buildTopBar();
    void buildCentre();
    void buildDocks();
    void buildStatusBar();
    void buildActions();
    QAction* add(QMenu* menu, const char* name, const QString& text, const QList<QKeySequence>& keys, const QString& tip,
                 const QString& iconName = {});
    void restoreWindow();
    void saveWindow();
    // opening
    void startOpening(std::vector<std::string> paths, Opening how);
    void opened(Result<DocumentPtr> result, Opening how);
    void showOpening();
    void showRuleProblems(const std::vector<RuleFileProblem>& problems);
    void setDocument(DocumentPtr document, Opening how);
    void rejudge(const QString& profile, const std::string& architecture);
    void remember();
    void watchFiles();
    void chooseFile();
    void chooseFolder();
    // showing
    void showPage(QWidget* page);
    void updateBanner();
    void updateFacts();
    void updateTitle();
    void updateActions();
    void updateDetails();
    void updateProfileMenu();
    void updateRecentMenu();
    void updateMuted();
    void noteNothing();
    void applyFilterText(const QString& text);
    void filterDone(const QString& text, FilterHits hits);
    void showThem();
    void showPageOfTensors();
    void step(int direction);
    void goTo(std::uint32_t tensor);
    void nextPane(int direction);
    [[nodiscard]] QList<QWidgetList> panes() const;
    void escape();
    void toggleDock(const QString& name);
    void copyAs(CopyFormat format);
    void copyFocused();
    void tensorMenu(const QPoint& at);
    void filterBy(const QString& what, bool exclude);
    void note(const QString& text);
    // scanning values
    void scan(std::vector<std::uint32_t> tensors);
    void scanAll();
    void scanOpened();
    void scanTick();
    void scanned(Result<ValueScanSummary> result);
    void takeValues(const DocumentPtr& document);
    // edits by hand
    void buildEditActions(QMenu* edit);
    void addEditActions(QMenu* menu);
    void updateEditActions();
    void fillCastMenu(QMenu* menu);
    void editLeaveOut();
    void editDrop();
    void editForget();
    void editFromDonor();
    void editTensors(const QString& what, const std::function<void(HandEdits& edits, std::uint32_t tensor)>& ask);
    void pushEdits(HandEdits edits, const QString& text);
    void handEditsChanged();
    /// What was asked of the checkpoint that is shown is asked of it as it was read anew; says what could not be.
    void carryEdits(const Document& next);
    /// Asks where edits by hand were not written; false: the user wants to stay.
    [[nodiscard]] bool mayDropEdits();
    // fixing
    [[nodiscard]] FixOptions fixOptions() const;
    [[nodiscard]] std::string defaultOutputPath() const;
    void buildFixRoom();
    void fix();
    void review();
    void applyFix(std::shared_ptr<const Checkpoint> checkpoint, FixPlan plan, const QString& command);
    void fixed(Result<Receipt> result, const std::vector<Error>& notes, const QString& command);
    void compareWith(bool folder);
    void useDonor(const std::vector<std::string>& ours, const std::string& donor);
    void chooseReport();
    void chooseTable();
    void chooseTensorFile();
    [[nodiscard]] Rows chosenTensors() const;
    void exported(Result<QString> result);
    void saveAsSafetensors();
    void convert(const std::shared_ptr<const Checkpoint>& checkpoint, std::shared_ptr<const ConvertPlan> plan, const QString& command);
    void preferences();
    void showHelp(bool language);

    static constexpr auto ChangedTopic = "changed on disk";
    static constexpr int BottomHeight = 300; ///< of the docks below: enough for a plot
    static constexpr int DetailsWidth = 320;
    Settings* m_settings;
    DocumentPtr m_document;
    FilterHits m_hits;
    FilterHits m_goodHits;          ///< the last that left a row
    HandEdits m_writtenEdits;       ///< of the document, that a fix has written: they may go without a question
    bool m_filterAsksEdits = false; ///< what it finds changes with edits by hand
    QString m_pendingFilter;
    std::string m_pendingSelect;
    QString m_pendingView;
    QString m_profile;
    std::string m_architecture;
    std::vector<std::string> m_openingPaths;
    QStringList m_extraRules; ///< of the command line, with those of the preferences
    QStringList m_usedRules;  ///< those that the document was judged by
    bool m_followOutside = false;
    bool m_changedOnDisk = false;
    bool m_docksShown = false;
    bool m_closing = false;

    TopBar* m_topBar = nullptr;
    BannerWidget* m_banner = nullptr;
    FixRoom* m_fixRoom = nullptr;
    MessageBar* m_messages = nullptr;
    MutedLine* m_muted = nullptr;
    QWidget* m_factsRow = nullptr;
    QWidget* m_filterRow = nullptr;
    ElidedLabel* m_facts = nullptr;
    DTypeBar* m_dtypes = nullptr;
    FilterBar* m_filterBar = nullptr;
    QStackedWidget* m_pages = nullptr;
    StartPage* m_start = nullptr;
    TensorView* m_view = nullptr;
    ReceiptPage* m_receipt = nullptr;
    HalfLifePanel* m_halfLife = nullptr;
    DocumentPtr m_receiptOf; ///< what was open when the receipt's job began
    DetailsPanel* m_details = nullptr;
    FindingsPanel* m_findings = nullptr;
    ShardsPanel* m_shards = nullptr;
    MetadataPanel* m_metadata = nullptr;
    QList<TensorPanel*> m_plots; ///< docks that read the values of the selected tensors
    JobStrip* m_strip = nullptr;
    DropOverlay* m_overlay = nullptr;
    QHash<QString, QAction*> m_actions;
    QHash<QString, QDockWidget*> m_docks;
    DockSizes* m_dockSizes = nullptr;
    QMenu* m_recentMenu = nullptr;
    QMenu* m_profileMenu = nullptr;
    QMenu* m_tensorMenu = nullptr;
    QUndoStack* m_undo = nullptr; ///< of edits by hand
    QPointer<FixDialog> m_dialog;
    QPointer<CompareWindow> m_compareWindow;
    QPointer<ConvertDialog> m_convertDialog;
    QTimer m_openingTimer;
    QTimer m_watchTimer;
    QTimer m_filterTimer;
    JobRunner m_openJob;
    JobRunner m_fixJob;
    JobRunner m_filterJob;
    JobRunner m_copyJob;
    JobRunner m_exportJob; ///< writes tensors to a file of their own
    JobRunner m_watchJob;
    JobRunner m_scanJob;
    JobRunner m_valuesJob; ///< makes the report of what was found so far
    QTimer m_scanTimer;
    std::uint64_t m_shownScanned = 0; ///< tensors of the store that the views show
    std::uint64_t m_shownFound = 0;   ///< findings of the store that the report holds
};

} // namespace ckptscope::ui
