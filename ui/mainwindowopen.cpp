// SPDX-License-Identifier: Apache-2.0
// Opening, reloading, judging anew, watching: everything that puts a document into the window.
#include "ui/fixroom.h"
#include "ui/jobs/jobstrip.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/views/bannerwidget.h"
#include "ui/views/detailspanel.h"
#include "ui/views/dtypebar.h"
#include "ui/views/filterbar.h"
#include "ui/views/filteredit.h"
#include "ui/views/findingspanel.h"
#include "ui/views/messagebar.h"
#include "ui/views/metadatapanel.h"
#include "ui/views/receiptpage.h"
#include "ui/views/shardspanel.h"
#include "ui/views/startpage.h"
#include "ui/views/tensorpanel.h"

#include <QDateTime>
#include <QDir>
#include <QDirIterator>
#include <QDockWidget>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QTreeView>

// The demo lies in a static library, whose resources are linked only where they are asked for. Must stand outside any
// namespace.
static void initDemo()
{
    Q_INIT_RESOURCE(demo);
}

#include <QUndoStack>

#include <filesystem>
#include <system_error>

namespace ckptscope::ui {

namespace {

constexpr std::uint32_t RolesFirst = 2000; ///< above this many tensors the roles are shown first
constexpr qint64 ShowAfterMs = 300;

/// A fresh copy of the demo, so that Fix always works and the program's own data stays as it is.
Result<std::string> copyDemo()
{
    initDemo();
    const QString cache = QStandardPaths::writableLocation(QStandardPaths::CacheLocation);
    const QDir parent(cache + QStringLiteral("/demo"));
    QDirIterator demo(QStringLiteral(":/demo"), QDir::Dirs | QDir::NoDotAndDotDot);
    if (!demo.hasNext()) {
        return fail(Code::Internal, {"the demo checkpoint was not compiled in"});
    }
    const QString source = demo.next();
    const QString name = QFileInfo(source).fileName();
    // earlier copies and their repairs go, so that each demo starts alike
    for (const QString& old : {parent.filePath(name), parent.filePath(name + QStringLiteral("-fixed"))}) {
        QDir(old).removeRecursively();
    }
    const QString target = parent.filePath(name);
    if (!QDir().mkpath(target)) {
        return inFile(fail(Code::FileWrite, {"the folder could not be made"}), toPath(target));
    }
    QDirIterator files(source, QDir::Files);
    while (files.hasNext()) {
        const QString from = files.next();
        const QString to = target + QLatin1Char('/') + files.fileName();
        QFile file(from);
        if (!file.copy(to)) {
            return inFile(fail(Code::FileWrite, {toUtf8(file.errorString())}), toPath(to));
        }
        QFile::setPermissions(to, QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::ReadOther);
    }
    return toPath(target);
}

} // namespace

void MainWindow::carryOut(const WindowRequest& request)
{
    m_pendingFilter = request.filter;
    m_pendingSelect = request.select;
    m_pendingView = request.view;
    m_followOutside = request.followOutside;
    if (!request.profile.isEmpty()) {
        m_profile = request.profile;
    }
    if (!request.rules.isEmpty()) {
        Preferences with = m_settings->preferences();
        with.ruleFiles += request.rules;
        m_extraRules = with.ruleFiles;
    }
    if (request.demo) {
        openDemo();
    } else if (request.compare && request.paths.size() == 2) {
        compare({request.paths[0]}, {request.paths[1]});
        open({request.paths[0]});
    } else if (!request.paths.empty()) {
        open(request.paths);
    } else if (m_settings->preferences().reopenLast && !m_settings->recent().empty()) {
        open({m_settings->recent().front().path});
    }
}

void MainWindow::open(std::vector<std::string> paths)
{
    for (std::string& path : paths) { // a recent entry must still be found from another folder
        const QFileInfo info(fromPath(path));
        path = toPath(info.absoluteFilePath());
    }
    if (mayDropEdits()) {
        startOpening(std::move(paths), Opening::Fresh);
    }
}

void MainWindow::openDemo()
{
    m_openingTimer.start();
    m_openJob.start(
        tr("Copying the demo"), [](const JobContext&) { return copyDemo(); },
        [this](Result<std::string> path) {
            m_openingTimer.stop();
            if (path) {
                open({*path});
            } else {
                m_messages->addError(path.error());
                Q_EMIT openFailed();
            }
        });
}

void MainWindow::chooseFile()
{
    const QString file =
        QFileDialog::getOpenFileName(this, tr("Open File"), m_settings->lastFolder(QStringLiteral("open")),
                                     tr("Checkpoints (*.safetensors *.gguf *.pt *.pth *.bin *.ckpt *.npz *.npy *.json);;All Files (*)"));
    if (!file.isEmpty()) {
        m_settings->setLastFolder(QStringLiteral("open"), QFileInfo(file).path());
        open({toPath(file)});
    }
}

void MainWindow::chooseFolder()
{
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Open Folder"), m_settings->lastFolder(QStringLiteral("open")));
    if (!folder.isEmpty()) {
        m_settings->setLastFolder(QStringLiteral("open"), QFileInfo(folder).path());
        open({toPath(folder)});
    }
}

void MainWindow::startOpening(std::vector<std::string> paths, Opening how)
{
    if (m_fixJob.isRunning()) {
        m_messages->add(
            {Mark::Note, tr("A repaired copy is being written."), tr("Wait for it, or cancel it, before another checkpoint is opened."), {}, {}, {}});
        return;
    }
    m_openingPaths = std::move(paths);
    Document::Options options;
    options.open.followOutside = m_followOutside;
    options.check.profile = toUtf8(m_profile);
    options.check.architecture = how == Opening::Fresh ? std::string() : m_architecture;
    if (how == Opening::Reload && m_document) {
        options.muted = m_document->options().muted;
    }
    std::vector<std::string> ruleFiles;
    m_usedRules = m_extraRules.isEmpty() ? m_settings->preferences().ruleFiles : m_extraRules;
    for (const QString& file : std::as_const(m_usedRules)) {
        ruleFiles.push_back(toPath(file));
    }
    auto problems = std::make_shared<std::vector<RuleFileProblem>>(); // written by the job, read when it is over
    m_openingTimer.start();
    m_openJob.start(
        tr("Opening %1").arg(nameOf(m_openingPaths.front())),
        [paths = m_openingPaths, options, ruleFiles, problems](const JobContext& job) mutable {
            if (!ruleFiles.empty()) {
                options.check.rules = RuleSet::withFiles(ruleFiles, *problems);
            }
            return Document::open(paths, options, job);
        },
        [this, how, problems](Result<DocumentPtr> result) {
            opened(std::move(result), how);
            showRuleProblems(*problems);
        });
    updateActions();
}

/// While headers are read the banner says how far, once that takes noticeable time.
void MainWindow::showOpening()
{
    if (!m_openJob.isRunning() || m_openJob.elapsedMs() < ShowAfterMs) {
        return;
    }
    Progress progress;
    QString title = m_openJob.title();
    if (m_openJob.progress(progress)) {
        const QString amount = amountText(progress);
        title = amount.isEmpty() ? phaseText(progress.phase) : tr("%1: %2").arg(phaseText(progress.phase), amount);
    }
    m_banner->setBusy(title, m_openingPaths.empty() ? QString() : shownName(m_openingPaths.front()));
    m_banner->setButtons({"cancel"}, "");
    m_banner->setProfile({});
    m_banner->setExtra({}, {});
    m_banner->show();
}

void MainWindow::opened(Result<DocumentPtr> result, Opening how)
{
    m_openingTimer.stop();
    if (result) {
        setDocument(*std::move(result), how);
        return;
    }
    if (result.error().code != Code::Cancelled) {
        Message message{Mark::Damaged,
                        tr("Cannot open %1.").arg(nameOf(m_openingPaths.empty() ? std::string() : m_openingPaths.front())),
                        {},
                        {},
                        tr("Retry"),
                        {}};
        const QString where = place(result.error());
        const QString help = hint(result.error());
        message.second = where.isEmpty() ? sentence(result.error()) : tr("%1: %2").arg(where, sentence(result.error()));
        message.second += help.isEmpty() ? QStringLiteral(".") : QStringLiteral(". ") + help;
        message.run = [this, paths = m_openingPaths, how] { startOpening(paths, how); };
        m_messages->add(std::move(message));
    }
    if (m_document) {
        updateBanner();
    } else {
        m_banner->hide();
    }
    updateActions();
    Q_EMIT openFailed();
}

/// What is wrong with the user's own rule files; the rules that could be read judge all the same.
void MainWindow::showRuleProblems(const std::vector<RuleFileProblem>& problems)
{
    if (problems.empty()) {
        return;
    }
    QStringList lines;
    constexpr std::size_t Most = 50;
    for (const RuleFileProblem& problem : problems) {
        if (static_cast<std::size_t>(lines.size()) == Most) {
            lines << QStringLiteral("\u2026");
            break;
        }
        lines << errorTitle(problem.what);
    }
    Message message{Mark::Advice,
                    lines.front(),
                    problems.size() == 1 ? tr("It is left out; all other rules are used.")
                                         : tr("%n problem(s) in your rule files. The rules concerned are left out; all others are used.", nullptr,
                                              static_cast<int>(std::min<std::size_t>(problems.size(), 1'000'000))),
                    lines.size() > 1 ? lines.join(QLatin1Char('\n')) : QString(),
                    tr("Preferences\u2026"),
                    [this] { preferences(); }};
    m_messages->add(std::move(message));
}

void MainWindow::setDocument(DocumentPtr document, Opening how)
{
    const bool fresh = how == Opening::Fresh;
    m_filterJob.abandon();         // its hits are of the rows that go
    if (how != Opening::Rejudge) { // other files: what was scanned no longer counts
        m_scanJob.abandon();
        m_valuesJob.abandon();
        m_scanTimer.stop();
        m_shownScanned = 0;
        m_shownFound = 0;
    }
    if (!m_document || m_document->sharedCheckpoint() != document->sharedCheckpoint()) {
        m_undo->clear(); // edits by hand are of the checkpoint that goes
        m_writtenEdits = {};
        if (m_document && how == Opening::Reload) {
            carryEdits(*document);
        }
    }
    if (how != Opening::Rejudge) {
        m_messages->close(QLatin1String(ChangedTopic)); // what is shown is what is there
    }
    m_document = std::move(document);
    m_changedOnDisk = false;
    if (fresh) {
        m_architecture.clear();
        m_messages->clear();
    }
    m_goodHits = {};
    m_goodHits.count = m_document->size();
    m_goodHits.bytes = m_document->checkpoint().tensorBytes();
    m_filterBar->setDocument(m_document);
    m_dtypes->setDocument(m_document.get());
    m_findings->setDocument(m_document);
    m_shards->setDocument(m_document);
    m_metadata->setDocument(m_document);
    const auto files = std::make_shared<ShardFiles>(m_document->sharedCheckpoint());
    for (TensorPanel* panel : std::as_const(m_plots)) {
        panel->setDocument(m_document, files);
    }
    m_details->clear();
    if (fresh) {
        const QSignalBlocker quiet(m_filterBar);
        m_filterBar->setText(m_pendingFilter);
        const int mode = m_settings->value(QStringLiteral("view/mode"), static_cast<int>(TensorView::Mode::Tree)).toInt();
        m_view->setDocument(nullptr, false);
        m_view->setMode(m_document->size() > RolesFirst           ? TensorView::Mode::Roles
                            : mode == int(TensorView::Mode::Flat) ? TensorView::Mode::Flat
                                                                  : TensorView::Mode::Tree);
    }
    m_filterBar->setMode(m_view->mode());
    updateBanner();
    updateMuted();
    updateFacts();
    showPage(m_view);
    m_view->setDocument(m_document, !fresh);
    applyFilterText(m_filterBar->text());
    if (fresh) {
        static const QHash<QString, TensorView::Mode> modes{{QStringLiteral("roles"), TensorView::Mode::Roles},
                                                            {QStringLiteral("tree"), TensorView::Mode::Tree},
                                                            {QStringLiteral("flat"), TensorView::Mode::Flat}};
        if (modes.contains(m_pendingView)) {
            m_view->setMode(modes.value(m_pendingView));
        } else if (QDockWidget* wanted = dock(m_pendingView)) {
            wanted->show();
            wanted->raise();
        }
        if (!m_pendingSelect.empty()) {
            if (const TensorInfo* tensor = m_document->listed().find(m_pendingSelect)) {
                goTo(m_document->listed().indexOf(*tensor));
            } else {
                note(tr("There is no tensor %1.").arg(shownName(m_pendingSelect, 120)));
            }
        }
        m_pendingFilter.clear();
        m_pendingSelect.clear();
        m_pendingView.clear();
        remember();
    }
    m_watchTimer.start();
    updateDetails();
    updateTitle();
    updateProfileMenu();
    handEditsChanged(); // a reload keeps them
    Q_EMIT documentChanged();
    if (how != Opening::Rejudge) {
        QTimer::singleShot(0, this, &MainWindow::scanOpened); // the job that opened it is over by then
    }
}

void MainWindow::rejudge(const QString& profile, const std::string& architecture)
{
    if (!m_document) {
        return;
    }
    CheckOptions options = m_document->options().check;
    options.profile = toUtf8(profile);
    options.architecture = architecture;
    m_openJob.start(
        tr("Checking"), [document = m_document, options](const JobContext& job) { return document->recheck(options, job); },
        [this, profile, architecture](Result<DocumentPtr> result) {
            if (result) {
                m_profile = profile;
                m_architecture = architecture;
            }
            opened(std::move(result), Opening::Rejudge);
        });
}

void MainWindow::closeDocument()
{
    if (!m_document && !m_openJob.isRunning()) {
        return;
    }
    if (m_fixJob.isRunning()) {
        note(tr("A repaired copy is being written; cancel it first."));
        return;
    }
    if (!mayDropEdits()) {
        return;
    }
    m_openJob.abandon();
    m_openingTimer.stop();
    m_filterJob.abandon();
    m_watchJob.abandon();
    m_scanJob.abandon();
    m_valuesJob.abandon();
    m_scanTimer.stop();
    m_watchTimer.stop();
    m_fixRoom->setTip({}, false);
    m_document.reset();
    m_filterBar->setText({});
    m_undo->clear();
    m_filterBar->setDocument(nullptr);
    m_view->setDocument(nullptr, false);
    m_details->clear();
    m_findings->setDocument(nullptr);
    m_shards->setDocument(nullptr);
    m_metadata->setDocument(nullptr);
    for (TensorPanel* panel : std::as_const(m_plots)) {
        panel->setDocument(nullptr, nullptr);
    }
    m_dtypes->setDocument(nullptr);
    updateMuted();
    m_messages->clear();
    showPage(m_start);
    updateTitle();
    updateActions();
    Q_EMIT documentChanged();
}

void MainWindow::remember()
{
    RecentEntry entry;
    entry.path = m_openingPaths.size() > 1 ? m_document->checkpoint().folder() : m_openingPaths.front();
    entry.verdict = fromUtf8(verdictName(m_document->report().verdict));
    entry.tensors = m_document->stored();
    entry.bytes = m_document->checkpoint().tensorBytes();
    entry.when = QDateTime::currentSecsSinceEpoch();
    m_settings->addRecent(std::move(entry));
}

/// Asks, off this thread, whether the files are still those that were read. A look every few seconds also works where
/// the system sends no notice of changes, on network file systems.
void MainWindow::watchFiles()
{
    if (!m_document || m_changedOnDisk || m_watchJob.isRunning() || m_openJob.isRunning()) {
        return;
    }
    m_watchJob.start(
        {},
        [document = m_document](const JobContext& job) -> Result<QString> { // why, in a sentence; empty: nothing changed
            for (const Shard& shard : document->checkpoint().shards()) {
                if (job.stop.stop_requested()) {
                    return fail(Code::Cancelled);
                }
                if (shard.state == Shard::State::Missing) {
                    std::error_code ignored;
                    if (std::filesystem::exists(shard.path, ignored)) {
                        return tr("%1 is there now.").arg(shownName(shard.file, 120));
                    }
                    continue;
                }
                const auto file = File::open(shard.path);
                if (shard.state == Shard::State::Unreadable ? file.has_value() && file->identity() != shard.identity
                                                            : !file || file->identity() != shard.identity) {
                    const QString name = shownName(shard.file, 120);
                    return !file ? tr("%1 cannot be opened any more.").arg(name)
                        : file->size() < shard.bytes
                        ? tr("%1 became shorter: %2 of %3 are left.").arg(name, bytesText(file->size()), bytesText(shard.bytes))
                        : tr("%1 was replaced or written to.").arg(name);
                }
            }
            return QString();
        },
        [this](Result<QString> changed) {
            if (changed && !changed->isEmpty() && m_document && !m_changedOnDisk) {
                m_changedOnDisk = true;
                m_messages->add({Mark::Note,
                                 tr("The files changed on disk."),
                                 tr("%1 What is shown is what was read before.", "what changed").arg(*changed),
                                 {},
                                 tr("Reload"),
                                 [this] { startOpening(m_document ? m_document->paths() : m_openingPaths, Opening::Reload); },
                                 QLatin1String(ChangedTopic)});
            }
        });
}

} // namespace ckptscope::ui
