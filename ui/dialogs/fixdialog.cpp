// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/fixdialog.h"

#include "core/fix/fixable.h"
#include "core/fix/planfile.h"
#include "ui/dialogs/devicebox.h"
#include "ui/dialogs/dialogsize.h"
#include "ui/dialogs/donorfield.h"
#include "ui/dialogs/placefield.h"
#include "ui/fixcommand.h"
#include "ui/models/edittreemodel.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/views/factline.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QTreeView>
#include <QUndoStack>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int CheckAfterMs = 200; ///< after the last change

int plural(std::uint64_t count)
{
    return static_cast<int>(std::min<std::uint64_t>(count, 1'000'000));
}

} // namespace

FixDialog::FixDialog(FixDialogInput input, QWidget* parent)
    : QDialog(parent)
    , m_input(std::move(input))
    , m_undo(new QUndoStack(this))
    , m_model(new EditTreeModel(m_undo, this))
{
    setObjectName(u"fixDialog"_s);
    m_editsJob.setObjectName(u"editsJob"_s);
    m_checkJob.setObjectName(u"checkJob"_s);
    setWindowTitle(tr("Write a Repaired Copy"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(12);
    buildHead(layout);
    buildEdits(layout);
    buildFoot(layout);

    m_wait.setSingleShot(true);
    m_wait.setInterval(CheckAfterMs);
    connect(&m_wait, &QTimer::timeout, this, &FixDialog::startCheck);
    connect(m_model, &EditTreeModel::checkedChanged, this, [this] {
        updateSummary();
        scheduleCheck();
    });

    loadEdits(std::nullopt);
    updateSummary();
    updateButton();
    new DialogSize(this, {780, 560});
}

FixDialog::~FixDialog() = default;

void FixDialog::changeProfile()
{
    CheckOptions check = m_input.check;
    check.profile = toUtf8(m_profile->currentData().toString());
    if (check.profile != m_input.report->profile || m_loading) {
        loadEdits(check);
    }
}

void FixDialog::loadEdits(std::optional<CheckOptions> recheck)
{
    m_wait.stop(); // the place is checked when the edits are known
    m_checkJob.abandon();
    m_checked.reset();
    m_error.reset();
    m_loading = true;
    m_problem->clear();
    m_donorError.reset();
    // another profile asks the same donor
    const auto known = recheck ? std::move(m_input.options.donor) : nullptr;
    m_input.options.donor.reset();
    FixOptions all = m_input.options;
    all.advice = true;
    all.tensors.reset();
    all.hand.leftOut.clear(); // they have a row that is not checked
    const std::string donorPath = m_donor->path();
    if (donorPath.empty()) {
        m_donor->showNothing();
    } else {
        m_donor->showPending();
    }
    updateButton();
    const QString title = donorPath.empty() ? tr("Looking for edits") : tr("Comparing the donor");
    m_editsJob.start(
        title,
        [checkpoint = m_input.checkpoint, report = m_input.report, recheck, all, donorPath, known,
         muted = m_input.muted](const JobContext& job) -> Result<FixProposal> {
            if (recheck && !muted.empty()) {
                auto judged = runChecksWithout(muted, *checkpoint, *recheck, job);
                if (!judged) {
                    return judged.error();
                }
                return proposeRepair(checkpoint, *std::move(judged), std::nullopt, all, donorPath, known, job);
            }
            return proposeRepair(checkpoint, report, recheck, all, donorPath, known, job);
        },
        [this](Result<FixProposal> proposal) {
            m_loading = false;
            if (!proposal && proposal.error().code == Code::Cancelled && !m_donor->path().empty()) { // before the donor was opened
                m_donorError = proposal.error();
                m_donor->showError(*m_donorError);
                updateButton();
                return;
            }
            if (!proposal) {
                m_error = proposal.error();
                m_model->setEdits({});
                showProblem(*m_error);
                updateButton();
                return;
            }
            showProposal(std::move(*proposal));
        });
}

void FixDialog::showProposal(FixProposal proposal)
{
    // The same report with another donor: what the user has cleared or checked stays.
    std::set<std::pair<std::uint32_t, std::string>> known;
    std::set<std::pair<std::uint32_t, std::string>> checked;
    if (m_offeredFor == proposal.report) {
        for (std::size_t i = 0; i < m_model->edits().size(); ++i) {
            const Edit& edit = m_model->edits()[i];
            known.emplace(edit.tensor, edit.rule);
            if (m_model->checked()[i]) {
                checked.emplace(edit.tensor, edit.rule);
            }
        }
    }
    m_offeredFor = proposal.report;
    m_input.report = proposal.report;
    m_input.check.profile = proposal.report->profile;
    m_input.options.donor = proposal.donor;
    m_donorError = proposal.donorError;
    if (m_donorError) {
        m_donor->showError(*m_donorError);
    } else if (proposal.donor) {
        m_donor->showMatches(proposal.matches);
    }
    m_model->setEdits(std::move(proposal.edits));
    m_model->setMatches(proposal.matches, proposal.donor != nullptr, m_donor->partial());
    std::vector<std::uint32_t> on;
    std::vector<std::uint32_t> off;
    for (std::uint32_t i = 0; i < m_model->edits().size(); ++i) {
        const std::pair<std::uint32_t, std::string> edit{m_model->edits()[i].tensor, m_model->edits()[i].rule};
        if (known.contains(edit)) {
            (checked.contains(edit) ? on : off).push_back(i);
        } else if (m_input.options.hand.leftOut.contains(edit.first)) {
            off.push_back(i);
        }
    }
    m_model->setChecked(on, true);
    m_model->setChecked(off, false);
    m_undo->clear();
    if (m_model->rowCount() <= 4) {
        m_tree->expandAll();
    }
    const int digit = fontMetrics().horizontalAdvance(u'0');
    m_tree->header()->resizeSection(EditTreeModel::How, digit * (m_model->anyRefused() ? 24 : 16));
    listDevices();
    startCheck();
}

void FixDialog::dropDonor()
{
    m_wait.stop();
    m_editsJob.abandon();
    m_checkJob.abandon();
    m_checked.reset();
    m_error.reset();
    m_problem->clear();
    m_loading = true; // until the donor is opened
    updateButton();
}

FixOptions FixDialog::currentOptions() const
{
    FixOptions options = m_input.options;
    options.inPlace = m_inPlace->isChecked();
    options.output = options.inPlace ? std::string() : m_place->output();
    options.force = m_place->force() && !options.inPlace;
    options.device = m_device->device();
    options.advice = m_model->anyAdviceChecked();
    options.tensors = m_model->checkedTensors();
    options.hand.leftOut.clear();
    options.donorPartial = options.donor != nullptr && m_donor->partial();
    return options;
}

void FixDialog::scheduleCheck()
{
    if (m_loading) {
        return; // the check follows when the edits are known
    }
    m_checkJob.abandon();
    m_checked.reset();
    m_error.reset();
    m_problem->clear();
    m_wait.start();
    updateButton();
}

void FixDialog::startCheck()
{
    m_wait.stop();
    m_checked.reset();
    if ((m_model->checkedCount() == 0 && !setsMetadata()) || (!m_inPlace->isChecked() && m_place->isEmpty())) {
        m_place->showNothing();
        updateSummary();
        updateButton();
        return;
    }
    m_place->showPending();
    m_checkJob.start(
        tr("Checking the output"),
        [checkpoint = m_input.checkpoint, report = m_input.report, options = currentOptions()](const JobContext& job) {
            return checkRepair(*checkpoint, *report, options, job);
        },
        [this](Result<FixCheck> checked) {
            m_error.reset();
            if (checked) {
                m_checked = std::move(*checked);
                m_problem->clear();
                m_place->showSpace(m_checked->space);
            } else {
                m_error = checked.error();
                showProblem(*m_error);
            }
            updateSummary();
            updateButton();
            if (std::exchange(m_firstAnswer, false)) { // the open question has the focus; without one, Enter writes
                wantsDonor()                                          ? m_donor->edit()->setFocus()
                    : m_error&& PlaceField::aboutPlace(m_error->code) ? m_place->setFocus()
                                                                      : m_write->setFocus();
            }
        });
    updateButton();
}

void FixDialog::showProblem(const Error& error)
{
    if (PlaceField::aboutPlace(error.code)) {
        m_place->showError(error);
    } else {
        m_problem->setFact(Mark::Violation, errorTitle(error), hint(error));
        m_place->showNothing();
    }
}

/// The bytes that are to be cast decide which device wins.
void FixDialog::listDevices()
{
    std::uint64_t bytes = 0;
    for (const Edit& edit : m_model->edits()) {
        bytes += edit.op == EditOp::Cast ? m_input.checkpoint->tensors()[edit.tensor].bytes.length : 0;
    }
    m_device->list(bytes, m_input.options.device);
}

void FixDialog::updateSummary()
{
    m_count->setText(tr("%1 of %2 edits, %3", "checked, all, growth")
                         .arg(grouped(m_model->checkedCount()), grouped(m_model->edits().size()), bytesDelta(m_model->checkedBytes())));
    QStringList lines;
    if (const QString metadata = metadataText(); !metadata.isEmpty()) {
        lines.append(metadata);
    }
    if (m_checked) {
        std::uint64_t rewritten = 0;
        std::uint64_t whole = 0;
        std::uint64_t others = 0;
        for (const OutputFile& file : m_checked->plan.files) {
            ++(file.kind == OutputFile::Kind::Rewritten ? rewritten : file.shard != UINT32_MAX ? whole : others);
        }
        QStringList parts{tr("%n shard(s) rewritten", nullptr, plural(rewritten))};
        if (whole > 0) {
            parts.append(m_checked->space.sharesBlocks ? tr("%n cloned", "shards", plural(whole)) : tr("%n copied", "shards", plural(whole)));
        }
        if (others > 0) {
            parts.append(tr("%n other file(s) taken along", nullptr, plural(others)));
        }
        lines.append(tr("%1.", "a sentence of parts").arg(parts.join(tr(", ", "between parts of a sentence"))));
        if (const auto left = m_checked->plan.leftOut.size(); left > 0) {
            lines.append(tr("%n file(s) (is|are) left out: %1.", nullptr, plural(left))
                             .arg(shownName(m_checked->plan.leftOut.front()) + (left > 1 ? u", \u2026"_s : QString())));
        }
        if (m_checked->plan.findingsLeft > 0) {
            lines.append(tr("%n violation(s) will be left.", nullptr, plural(m_checked->plan.findingsLeft)));
        }
        for (const Error& note : m_checked->plan.notes) {
            lines.append(wholeSentence(note));
        }
    }
    const auto& edits = m_model->edits();
    const auto& made = m_checked ? m_checked->plan.edits : edits;
    if (m_checked && m_input.options.donor && !m_checked->plan.donorRefused()
        && std::any_of(made.begin(), made.end(), [](const Edit& edit) { return edit.op == EditOp::TakeFromDonor; })) {
        lines.append(tr("Values come from %1.").arg(nameOf(m_input.options.donor->donor()->path())));
    }
    const bool widens = std::any_of(made.begin(), made.end(), [](const Edit& edit) { return edit.op == EditOp::Cast && edit.lossless; });
    if (widens) {
        lines.append(tr("Widening restores the storage, not the lost bits."));
    }
    m_summary->setText(lines.join(u'\n'));
}

void FixDialog::updateButton()
{
    const bool inPlace = m_inPlace->isChecked();
    m_write->setText(inPlace ? tr("&Replace in Place\u2026") : tr("&Write Repaired Copy"));
    QString reason;
    if (m_loading) {
        reason = m_donor->path().empty() ? tr("Looking for edits\u2026") : tr("Comparing the donor\u2026");
    } else if (m_donorError) {
        reason = m_donorError->code == Code::Cancelled ? tr("The donor was not compared.") : tr("The donor cannot be used.");
    } else if (m_model->edits().empty() && (!setsMetadata() || m_error)) {
        reason = m_error ? tr("Nothing can be repaired here.")
            : m_donor->path().empty() && fixable(*m_input.checkpoint, *m_input.report).widened > 0
            ? tr("No cast is to be made. Name a donor to give lost precision back.")
            : tr("There is nothing to repair.");
    } else if (m_model->checkedCount() == 0 && !setsMetadata()) {
        reason = tr("No edit is checked.");
    } else if (wantsDonor()) {
        reason = tr("Name the donor that tensors are to be taken from.");
    } else if (!inPlace && m_place->isEmpty()) {
        reason = tr("The output has no name.");
    } else if (m_error) {
        reason = PlaceField::aboutPlace(m_error->code) ? tr("The output needs another place.") : tr("See the sentence above.");
        if (m_error->code == Code::FixOutputExists) {
            reason = tr("The output exists already.");
        }
    } else if (!m_checked) {
        reason = tr("Checking the output\u2026");
    } else if (m_checked->plan.donorRefused()) {
        reason = tr("The donor is refused: use only the tensors that agree, or choose another.");
    } else if (m_checked->plan.empty()) {
        reason = tr("Nothing is left to write.");
    } else if (!m_checked->space.enough()) {
        reason = tr("The output needs more space.");
    }
    m_write->setEnabled(reason.isEmpty());
    m_savePlan->setEnabled(m_checked.has_value() && !m_donorError && !m_checked->plan.donorRefused());
    m_copy->setEnabled((m_model->checkedCount() > 0 || setsMetadata()) && !m_loading && !m_donorError);
    m_reason->setText(reason);
    m_write->setAccessibleDescription(reason);
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, mutedText(muted));
    m_reason->setPalette(muted);
}

void FixDialog::confirm()
{
    if (!m_checked) {
        return;
    }
    if (m_inPlace->isChecked()) {
        QStringList files;
        for (const OutputFile& file : m_checked->plan.files) {
            if (file.kind != OutputFile::Kind::Whole) {
                files.append(shownName(file.name));
            }
        }
        QMessageBox ask(QMessageBox::Warning, tr("Replace in Place"),
                        tr("Replace %n file(s) of the source?", nullptr, plural(static_cast<std::uint64_t>(files.size()))), QMessageBox::Cancel,
                        this);
        ask.setTextFormat(Qt::PlainText);
        ask.setInformativeText(
            tr("%1\n\nThe new files are written and verified beside the old ones, then renamed over them. The old ones are gone then.")
                .arg(files.mid(0, 12).join(u'\n') + (files.size() > 12 ? u"\n\u2026"_s : QString())));
        QPushButton* replace = ask.addButton(tr("Replace"), QMessageBox::AcceptRole);
        ask.setDefaultButton(QMessageBox::Cancel);
        ask.exec();
        if (ask.clickedButton() != replace) {
            return;
        }
    }
    accept();
}

void FixDialog::savePlan()
{
    if (!m_checked) {
        return;
    }
    const QString file = QFileDialog::getSaveFileName(this, tr("Save Plan"), m_place->edit()->text() + u".plan.json"_s, tr("JSON (*.json)"));
    if (file.isEmpty()) {
        return;
    }
    FixPlan plan = m_checked->plan;
    auto saved = makeSavable(plan, *m_input.checkpoint, {m_input.checkpoint->path()}, false,
                             plan.options.donor ? std::vector<std::string>{plan.options.donor->donor()->path()} : std::vector<std::string>());
    saved = saved ? ckptscope::savePlan(plan, toPath(file)) : saved;
    if (saved) {
        Q_EMIT noted(tr("Saved %1.").arg(shownName(QFileInfo(file).fileName())));
    } else {
        m_problem->setFact(Mark::Violation, errorTitle(saved.error()), hint(saved.error()));
    }
}

QString FixDialog::command() const
{
    return fromUtf8(fixCommand(*m_input.checkpoint, *m_input.report, currentOptions(), m_model->edits(), m_model->checked(), !m_input.muted.empty()));
}

void FixDialog::copyCommand()
{
    QGuiApplication::clipboard()->setText(command());
    Q_EMIT noted(tr("Copied the command."));
    m_copy->setText(tr("Copied"));
    QTimer::singleShot(1500, m_copy, [this] { m_copy->setText(tr("&Copy Command")); });
}

void FixDialog::done(int result)
{
    m_wait.stop();
    m_checkJob.abandon();
    m_editsJob.abandon();
    QDialog::done(result);
}

} // namespace ckptscope::ui
