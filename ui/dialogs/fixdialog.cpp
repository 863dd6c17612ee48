// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/fixdialog.h"

#include "core/fix/donoredits.h"
#include "core/fix/fixable.h"
#include "core/formats/formatreader.h"
#include "core/report/json.h"
#include "core/upcast/upcaster.h"
#include "ui/accessible.h"
#include "ui/dialogs/donorfield.h"
#include "ui/fixcommand.h"
#include "ui/icons.h"
#include "ui/models/edittreemodel.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/views/factline.h"
#include "ui/views/rowdelegate.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSaveFile>
#include <QShortcut>
#include <QStandardItemModel>
#include <QTreeView>
#include <QUndoStack>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int CheckAfterMs = 200; ///< after the last change
constexpr int DeviceIdRole = Qt::UserRole;

/// Problems of the place; every other one concerns the checkpoint or the edits.
bool aboutPlace(Code code)
{
    switch (code) {
    case Code::FixOutputExists:
    case Code::FixOutputIsSource:
    case Code::FixOutputInside:
    case Code::FixOutputParent:
    case Code::FixNoSpace:
    case Code::FixLinkRefused:
    case Code::FilePermission:
    case Code::FileWrite:
        return true;
    default:
        return false;
    }
}

QLabel* rowLabel(const QString& text, QWidget* buddy)
{
    auto* label = new QLabel(text, buddy->parentWidget());
    label->setBuddy(buddy);
    return label;
}

QLabel* plainLabel(QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    return label;
}

std::string lastPart(const std::string& path)
{
    std::string_view name = path;
    while (name.size() > 1 && name.ends_with('/')) {
        name.remove_suffix(1);
    }
    return std::string(name.substr(name.rfind('/') + 1));
}

int plural(std::uint64_t count)
{
    return static_cast<int>(std::min<std::uint64_t>(count, 1'000'000));
}

/// F32 that lost precision has no edit where the donor is refused: it gets a row all the same, to be seen and cleared.
void addRefused(std::vector<Edit>& edits, const std::vector<DonorMatch>& matches, const Checkpoint& checkpoint, const CheckReport& report)
{
    std::set<std::uint32_t> edited;
    for (const Edit& edit : edits) {
        edited.insert(edit.tensor);
    }
    for (const DonorMatch& match : matches) {
        const std::uint32_t rule = match.tensor < report.tensors.size() ? report.tensors[match.tensor].rule : UINT32_MAX;
        if (match.usable() || edited.contains(match.tensor) || !report.rules || rule >= report.rules->rules().size()) {
            continue;
        }
        Edit row;
        row.tensor = match.tensor;
        row.op = EditOp::TakeFromDonor;
        row.from = row.to = checkpoint.tensors()[match.tensor].dtype;
        row.key = std::string(checkpoint.tensors()[match.tensor].key);
        row.rule = report.rules->rules()[rule].id;
        row.severity = report.rules->rules()[rule].severity;
        edits.push_back(std::move(row));
    }
    std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.tensor < b.tensor; });
}

} // namespace

FixDialog::FixDialog(FixDialogInput input, QWidget* parent)
    : QDialog(parent)
    , m_input(std::move(input))
    , m_undo(new QUndoStack(this))
    , m_model(new EditTreeModel(m_undo, this))
{
    setObjectName(u"fixDialog"_s);
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
    resize(sizeHint().expandedTo(QSize(780, 560)));
}

FixDialog::~FixDialog() = default;

void FixDialog::buildHead(QVBoxLayout* layout)
{
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    grid->setColumnStretch(1, 1);
    layout->addLayout(grid);

    const Checkpoint& checkpoint = *m_input.checkpoint;
    auto* source = plainLabel(this);
    source->setObjectName(u"fixSource"_s);
    source->setText(shownPath(checkpoint.path()));
    source->setToolTip(forToolTip(shownName(checkpoint.path(), 0)));
    source->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    source->setAccessibleName(tr("Source: %1").arg(source->text()));
    source->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* size = plainLabel(this);
    size->setText(tr("%1, %2", "size, number of shards").arg(bytesText(checkpoint.tensorBytes()), tr("%n shard(s)", nullptr, plural(checkpoint.shards().size()))));
    auto* sourceRow = new QHBoxLayout;
    sourceRow->addWidget(source, 1);
    sourceRow->addWidget(size);
    grid->addWidget(new QLabel(tr("Source"), this), 0, 0);
    grid->addLayout(sourceRow, 0, 1);

    m_profile = new QComboBox(this);
    m_profile->setObjectName(u"fixProfile"_s);
    m_profile->addItem(tr("default: all rules"), u"default"_s);
    m_profile->addItem(tr("nemo-automodel: what it keeps in F32"), u"nemo-automodel"_s);
    m_profile->setCurrentIndex(std::max(0, m_profile->findData(fromUtf8(m_input.report->profile))));
    m_profile->setToolTip(tr("Which rules decide what is edited"));
    m_device = new QComboBox(this);
    m_device->setObjectName(u"fixDevice"_s);
    m_device->addItem(tr("Automatic"), u"auto"_s);
    m_device->setToolTip(tr("Where tensors are cast; the result is the same on each"));
    for (QComboBox* box : {m_profile, m_device}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(16);
    }
    auto* choices = new QHBoxLayout;
    choices->setSpacing(8);
    choices->addWidget(m_profile, 3);
    choices->addSpacing(8);
    choices->addWidget(rowLabel(tr("&Device"), m_device));
    choices->addWidget(m_device, 2);
    grid->addWidget(rowLabel(tr("P&rofile"), m_profile), 1, 0);
    grid->addLayout(choices, 1, 1);

    m_output = new QLineEdit(fromPath(m_input.options.output), this);
    m_output->setObjectName(u"fixOutput"_s);
    m_output->setAccessibleName(tr("Output"));
    m_choose = new QPushButton(tr("C&hoose\u2026"), this);
    m_choose->setAutoDefault(false);
    m_choose->setAccessibleName(tr("Choose the output"));
    m_choose->setToolTip(tr("Choose where the repaired copy goes"));
    auto* outputRow = new QHBoxLayout;
    outputRow->setSpacing(8);
    outputRow->addWidget(m_output, 1);
    outputRow->addWidget(m_choose);
    grid->addWidget(rowLabel(tr("&Output"), m_output), 2, 0);
    grid->addLayout(outputRow, 2, 1);

    m_place = new FactLine(this);
    m_place->setObjectName(u"fixPlace"_s);
    m_force = new QCheckBox(tr("Replace it once the new one is complete"), this);
    m_force->setObjectName(u"fixForce"_s);
    m_force->hide();
    auto* placeColumn = new QVBoxLayout;
    placeColumn->setSpacing(4);
    placeColumn->addWidget(m_place);
    placeColumn->addWidget(m_force);
    grid->addLayout(placeColumn, 3, 1);

    m_donor = new DonorField(this);
    m_donor->watch(&m_editsJob);
    m_donor->watch(&m_checkJob);
    QLabel* valuesFrom = rowLabel(tr("&Values from"), m_donor->edit());
    valuesFrom->setMinimumHeight(m_donor->edit()->sizeHint().height());
    grid->addWidget(valuesFrom, 4, 0, Qt::AlignTop);
    grid->addWidget(m_donor, 4, 1);
    connect(m_donor, &DonorField::pathEdited, this, &FixDialog::dropDonor);
    connect(m_donor, &DonorField::pathChanged, this, [this] { loadEdits(std::nullopt); });
    connect(m_donor, &DonorField::partialChanged, this, [this] {
        m_model->setPartial(m_donor->partial());
        scheduleCheck();
    });

    connect(m_profile, &QComboBox::activated, this, &FixDialog::changeProfile);
    connect(m_device, &QComboBox::activated, this, [this] {
        m_input.options.device = toUtf8(m_device->currentData().toString());
        scheduleCheck();
    });
    connect(m_output, &QLineEdit::textEdited, this, [this] {
        m_force->setChecked(false); // another name is another question
        m_force->hide();
        scheduleCheck();
    });
    connect(m_choose, &QPushButton::clicked, this, &FixDialog::chooseOutput);
    connect(m_force, &QCheckBox::clicked, this, &FixDialog::scheduleCheck);
}

void FixDialog::buildEdits(QVBoxLayout* layout)
{
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    m_filter = new QLineEdit(this);
    m_filter->setObjectName(u"fixFilter"_s);
    m_filter->setPlaceholderText(tr("Filter edits"));
    m_filter->setAccessibleName(tr("Filter edits"));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(icon(u"filter"_s), QLineEdit::LeadingPosition);
    nameButtonsOf(m_filter);
    auto* all = new QPushButton(tr("Check &All"), this);
    auto* none = new QPushButton(tr("Check &None"), this);
    all->setToolTip(tr("Check every edit that is shown"));
    none->setToolTip(tr("Clear every edit that is shown"));
    m_count = plainLabel(this);
    m_count->setObjectName(u"fixCount"_s);
    row->addWidget(m_filter, 1);
    for (QPushButton* button : {all, none}) {
        button->setAutoDefault(false);
        row->addWidget(button);
    }
    row->addSpacing(4);
    row->addWidget(m_count);

    m_tree = new QTreeView(this);
    m_tree->setObjectName(u"fixEdits"_s);
    m_tree->setAccessibleName(tr("Edits"));
    m_tree->setModel(m_model);
    m_tree->setUniformRowHeights(true);
    m_tree->setItemDelegate(new RowDelegate(m_tree));
    m_tree->setAlternatingRowColors(true);
    m_tree->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_tree->setTextElideMode(Qt::ElideMiddle);
    m_tree->setAllColumnsShowFocus(true);
    m_tree->setMinimumHeight(fontMetrics().height() * 8);
    QHeaderView* header = m_tree->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(EditTreeModel::Tensor, QHeaderView::Stretch);
    const int digit = fontMetrics().horizontalAdvance(u'0');
    header->resizeSection(EditTreeModel::Change, digit * 18);
    header->resizeSection(EditTreeModel::How, digit * 16);
    header->resizeSection(EditTreeModel::Size, digit * 14);
    header->setHighlightSections(false);

    auto* column = new QVBoxLayout;
    column->setSpacing(8);
    column->addLayout(row);
    column->addWidget(m_tree, 1);
    layout->addLayout(column, 1);

    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_model->setFilter(text);
        if (!text.trimmed().isEmpty() || m_model->rowCount() <= 4) {
            m_tree->expandAll();
        }
    });
    connect(all, &QPushButton::clicked, this, [this] { m_model->setAllShown(true); });
    connect(none, &QPushButton::clicked, this, [this] { m_model->setAllShown(false); });
    auto* undo = new QShortcut(QKeySequence(QKeySequence::Undo), this);
    auto* redo = new QShortcut(QKeySequence(QKeySequence::Redo), this);
    connect(undo, &QShortcut::activated, m_undo, &QUndoStack::undo);
    connect(redo, &QShortcut::activated, m_undo, &QUndoStack::redo);
}

void FixDialog::buildFoot(QVBoxLayout* layout)
{
    m_problem = new FactLine(this);
    m_problem->setObjectName(u"fixProblem"_s);
    m_summary = plainLabel(this);
    m_summary->setObjectName(u"fixSummary"_s);
    m_summary->setWordWrap(true);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_inPlace = new QCheckBox(tr("Replace &in place\u2026"), this);
    m_inPlace->setObjectName(u"fixInPlace"_s);
    m_inPlace->setToolTip(tr("Rewrite the source's own files instead of writing a copy. You are asked once more."));
    auto* summaryRow = new QHBoxLayout;
    summaryRow->setSpacing(12);
    summaryRow->addWidget(m_summary, 1);
    summaryRow->addWidget(m_inPlace, 0, Qt::AlignTop);
    layout->addWidget(m_problem);
    layout->addLayout(summaryRow);

    m_savePlan = new QPushButton(tr("&Save Plan\u2026"), this);
    m_savePlan->setToolTip(tr("Save what would be done as JSON, for `ckptscope apply`"));
    m_copy = new QPushButton(icon(u"copy"_s), tr("&Copy Command"), this);
    m_copy->setObjectName(u"fixCopyCommand"_s);
    auto* cancel = new QPushButton(tr("Cancel"), this);
    m_write = new QPushButton(this);
    m_write->setObjectName(u"fixWrite"_s);
    for (QPushButton* button : {m_savePlan, m_copy, cancel}) {
        button->setAutoDefault(false);
    }
    m_write->setDefault(true);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_savePlan);
    buttons->addWidget(m_copy);
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(m_write);
    m_reason = plainLabel(this);
    m_reason->setObjectName(u"fixReason"_s);
    m_reason->setAlignment(Qt::AlignRight);
    auto* foot = new QVBoxLayout;
    foot->setSpacing(4);
    foot->addLayout(buttons);
    foot->addWidget(m_reason);
    layout->addLayout(foot);

    connect(m_inPlace, &QCheckBox::clicked, this, [this](bool on) {
        m_output->setEnabled(!on);
        m_choose->setEnabled(!on);
        scheduleCheck();
    });
    connect(m_savePlan, &QPushButton::clicked, this, &FixDialog::savePlan);
    connect(m_copy, &QPushButton::clicked, this, &FixDialog::copyCommand);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_write, &QPushButton::clicked, this, &FixDialog::confirm);
}

void FixDialog::listDevices()
{
    struct Devices {
        std::string automatic;
        std::vector<UpcastDevice> all;
    };
    std::uint64_t bytes = 0;
    for (const Edit& edit : m_model->edits()) {
        bytes += edit.op == EditOp::Cast ? m_input.checkpoint->tensors()[edit.tensor].bytes.length : 0;
    }
    m_deviceJob.start({}, [bytes](const JobContext&) -> Result<Devices> { // asking a driver can take a second
        return Devices {chooseUpcaster("auto", bytes).upcaster->name(), upcastDevices()};
    }, [this](Result<Devices> devices) {
        if (!devices) {
            return;
        }
        while (m_device->count() > 1) {
            m_device->removeItem(1);
        }
        // Core names a device's id first: "cuda:0 (NVIDIA ...)".
        const auto label = [](std::string_view name) { return name == "cpu" ? u"CPU"_s : fromUtf8(name); };
        m_device->setItemText(0, tr("Automatic: %1").arg(label(devices->automatic)));
        m_device->setItemData(0, tr("Small casts are fastest on the CPU; a GPU is used where it wins"), Qt::ToolTipRole);
        for (const UpcastDevice& device : devices->all) {
            m_device->addItem(device.absent.empty() ? fromUtf8(device.label) : tr("%1: %2", "device, why it cannot be used").arg(fromUtf8(device.label), fromUtf8(device.absent)),
                              fromUtf8(device.id));
            if (!device.absent.empty()) {
                if (auto* items = qobject_cast<QStandardItemModel*>(m_device->model())) {
                    items->item(m_device->count() - 1)->setEnabled(false);
                }
                m_device->setItemData(m_device->count() - 1, forToolTip(fromUtf8(device.absent)), Qt::ToolTipRole);
            }
        }
        const int wanted = m_device->findData(fromUtf8(m_input.options.device));
        m_device->setCurrentIndex(std::max(0, wanted));
    });
}

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
    m_input.options.donor.reset();
    FixOptions all = m_input.options;
    all.advice = true;
    all.tensors.reset();
    const std::string donorPath = m_donor->path();
    if (donorPath.empty()) {
        m_donor->showNothing();
    } else {
        m_donor->showPending();
    }
    updateButton();
    const QString title = donorPath.empty() ? tr("Looking for edits") : tr("Comparing the donor");
    m_editsJob.start(title, [checkpoint = m_input.checkpoint, report = m_input.report, recheck, all, donorPath](const JobContext& job) mutable -> Result<Proposal> {
        Proposal proposal;
        proposal.report = report;
        if (recheck) {
            auto judged = runChecks(*checkpoint, *recheck, job);
            if (!judged) {
                return judged.error();
            }
            proposal.report = std::move(*judged);
        }
        auto edits = proposeEdits(*checkpoint, *proposal.report, all);
        if (!edits) {
            return edits.error();
        }
        proposal.edits = std::move(*edits);
        if (donorPath.empty()) {
            return proposal;
        }
        auto donor = openCheckpoint({donorPath}, {}, job);
        if (!donor) {
            proposal.donorError = donor.error();
            return proposal;
        }
        all.donor = proposal.donor = std::make_shared<DonorMatcher>(checkpoint, *donor);
        auto matches = matchDonor(*checkpoint, *proposal.report, all, proposal.edits, job);
        if (!matches) {
            proposal.donor.reset();
            proposal.donorError = matches.error();
            return proposal;
        }
        proposal.matches = std::move(*matches);
        addRefused(proposal.edits, proposal.matches, *checkpoint, *proposal.report);
        return proposal;
    }, [this](Result<Proposal> proposal) {
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

void FixDialog::showProposal(Proposal proposal)
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
        const std::pair<std::uint32_t, std::string> edit {m_model->edits()[i].tensor, m_model->edits()[i].rule};
        if (known.contains(edit)) {
            (checked.contains(edit) ? on : off).push_back(i);
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

void FixDialog::chooseOutput()
{
    const QString now = m_output->text();
    if (m_input.checkpoint->isFolder()) {
        const QFileInfo info(now);
        const QString parentFolder = QFileDialog::getExistingDirectory(this, tr("Choose the folder that takes the repaired copy"), info.path());
        if (!parentFolder.isEmpty()) {
            m_output->setText(parentFolder + u'/' + info.fileName());
        }
    } else {
        const QString file = QFileDialog::getSaveFileName(this, tr("Write the repaired copy as"), now, tr("safetensors (*.safetensors)"), nullptr, QFileDialog::DontConfirmOverwrite);
        if (!file.isEmpty()) {
            m_output->setText(file);
        }
    }
    if (m_output->text() != now) {
        m_force->setChecked(false);
        m_force->hide();
        scheduleCheck();
    }
}

FixOptions FixDialog::currentOptions() const
{
    FixOptions options = m_input.options;
    options.inPlace = m_inPlace->isChecked();
    options.output = options.inPlace ? std::string() : toPath(m_output->text().trimmed());
    options.force = m_force->isChecked() && !options.inPlace;
    options.device = toUtf8(m_device->currentData().toString());
    options.advice = m_model->anyAdviceChecked();
    options.tensors = m_model->checkedTensors();
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
    if (m_model->checkedCount() == 0 || (!m_inPlace->isChecked() && m_output->text().trimmed().isEmpty())) {
        m_place->clear();
        updateSummary();
        updateButton();
        return;
    }
    if (m_place->text().isEmpty()) {
        m_place->setPending(tr("Checking the output\u2026"));
    }
    m_checkJob.start(tr("Checking the output"), [checkpoint = m_input.checkpoint, report = m_input.report, options = currentOptions()](const JobContext& job) -> Result<Checked> {
        auto plan = planFix(*checkpoint, *report, options, job);
        if (!plan) {
            return plan.error();
        }
        auto space = checkSpace(*plan);
        if (!space) {
            return space.error();
        }
        return Checked {std::move(*plan), *space};
    }, [this](Result<Checked> checked) {
        m_error.reset();
        if (checked) {
            m_checked = std::move(*checked);
            showChecked();
        } else {
            m_error = checked.error();
            showProblem(*m_error);
        }
        updateSummary();
        updateButton();
        if (std::exchange(m_firstAnswer, false)) { // the open question has the focus; without one, Enter writes
            m_error && aboutPlace(m_error->code) ? m_output->setFocus() : m_write->setFocus();
        }
    });
    updateButton();
}

void FixDialog::showChecked()
{
    m_problem->clear();
    m_force->setVisible(m_force->isChecked());
    const SpaceCheck& space = m_checked->space;
    if (!space.enough()) {
        m_place->setFact(Mark::Violation, tr("Free %1, but %2 are needed.").arg(bytesText(space.free), bytesText(space.needed)),
                         tr("Free space or choose another folder."));
        return;
    }
    m_place->setFact(Mark::Clean,
                     space.shared > 0 ? tr("Free %1. Needs %2; %3 are shared with the source.").arg(bytesText(space.free), bytesText(space.needed), bytesText(space.shared))
                                      : tr("Free %1. Needs %2.").arg(bytesText(space.free), bytesText(space.needed)));
}

void FixDialog::showProblem(const Error& error)
{
    FactLine* line = aboutPlace(error.code) ? m_place : m_problem;
    if (error.code == Code::FixOutputExists) {
        m_force->show();
        line->setFact(Mark::Violation, tr("%1 exists already.").arg(shownPath(error.file.empty() ? toPath(m_output->text()) : error.file)),
                      tr("Choose another name, or replace it."));
        return;
    }
    line->setFact(Mark::Violation, errorTitle(error), hint(error));
    if (line == m_problem) {
        m_place->clear();
    }
}

void FixDialog::updateSummary()
{
    m_count->setText(tr("%1 of %2 edits, %3", "checked, all, growth").arg(grouped(m_model->checkedCount()), grouped(m_model->edits().size()), bytesDelta(m_model->checkedBytes())));
    QStringList lines;
    if (m_checked) {
        std::uint64_t rewritten = 0;
        std::uint64_t whole = 0;
        std::uint64_t others = 0;
        for (const OutputFile& file : m_checked->plan.files) {
            ++(file.kind == OutputFile::Kind::Rewritten ? rewritten : file.shard != UINT32_MAX ? whole : others);
        }
        QStringList parts {tr("%n shard(s) rewritten", nullptr, plural(rewritten))};
        if (whole > 0) {
            parts.append(m_checked->space.sharesBlocks ? tr("%n cloned", "shards", plural(whole)) : tr("%n copied", "shards", plural(whole)));
        }
        if (others > 0) {
            parts.append(tr("%n other file(s) taken along", nullptr, plural(others)));
        }
        lines.append(tr("%1.", "a sentence of parts").arg(parts.join(tr(", ", "between parts of a sentence"))));
        if (const auto left = m_checked->plan.leftOut.size(); left > 0) {
            lines.append(tr("%n file(s) (is|are) left out: %1.", nullptr, plural(left)).arg(shownName(m_checked->plan.leftOut.front()) + (left > 1 ? u", \u2026"_s : QString())));
        }
        if (m_checked->plan.findingsLeft > 0) {
            lines.append(tr("%n violation(s) will be left.", nullptr, plural(m_checked->plan.findingsLeft)));
        }
    }
    const auto& edits = m_model->edits();
    const auto& made = m_checked ? m_checked->plan.edits : edits;
    if (m_checked && m_input.options.donor && !m_checked->plan.donorRefused() && std::any_of(made.begin(), made.end(), [](const Edit& edit) { return edit.op == EditOp::TakeFromDonor; })) {
        lines.append(tr("Values come from %1.").arg(shownName(lastPart(m_input.options.donor->donor()->path()))));
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
    } else if (m_model->edits().empty()) {
        reason = m_error ? tr("Nothing can be repaired here.")
            : m_donor->path().empty() && fixable(*m_input.checkpoint, *m_input.report).widened > 0
            ? tr("No cast is to be made. Name a donor to give lost precision back.")
            : tr("There is nothing to repair.");
    } else if (m_model->checkedCount() == 0) {
        reason = tr("No edit is checked.");
    } else if (!inPlace && m_output->text().trimmed().isEmpty()) {
        reason = tr("The output has no name.");
    } else if (m_error) {
        reason = aboutPlace(m_error->code) ? tr("The output needs another place.") : tr("See the sentence above.");
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
    m_savePlan->setEnabled(m_checked.has_value() && !m_donorError);
    m_copy->setEnabled(m_model->checkedCount() > 0 && !m_loading && !m_donorError);
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
        QMessageBox ask(QMessageBox::Warning, tr("Replace in Place"), tr("Replace %n file(s) of the source?", nullptr, plural(static_cast<std::uint64_t>(files.size()))), QMessageBox::Cancel, this);
        ask.setTextFormat(Qt::PlainText);
        ask.setInformativeText(tr("%1\n\nThe new files are written and verified beside the old ones, then renamed over them. The old ones are gone then.")
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
    const QString file = QFileDialog::getSaveFileName(this, tr("Save Plan"), m_output->text() + u".plan.json"_s, tr("JSON (*.json)"));
    if (file.isEmpty()) {
        return;
    }
    QSaveFile out(file);
    bool good = out.open(QIODevice::WriteOnly);
    if (good) {
        report::writePlanJson(m_checked->plan, [&out, &good](std::string_view text) {
            good = good && out.write(text.data(), static_cast<qint64>(text.size())) == static_cast<qint64>(text.size());
        });
        good = good && out.commit();
    }
    if (good) {
        Q_EMIT noted(tr("Saved %1.").arg(shownName(QFileInfo(file).fileName())));
    } else {
        m_problem->setFact(Mark::Violation, tr("%1 cannot be written: %2").arg(shownName(file), out.errorString()));
    }
}

QString FixDialog::command() const
{
    return fromUtf8(fixCommand(*m_input.checkpoint, *m_input.report, currentOptions(), m_model->edits(), m_model->checked()));
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

OneClickAnswer oneClickFix(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options, const JobContext& job)
{
    OneClickAnswer answer;
    auto plan = planFix(checkpoint, report, options, job);
    if (!plan) {
        answer.question = plan.error();
        return answer;
    }
    answer.lossy = std::any_of(plan->edits.begin(), plan->edits.end(), [](const Edit& edit) { return !edit.lossless; });
    auto space = checkSpace(*plan);
    if (!space) {
        answer.question = space.error();
        return answer;
    }
    answer.space = *space;
    if (!space->enough()) {
        answer.question = inFile(fail(Code::FixNoSpace, {std::to_string(space->free), std::to_string(space->needed)}), plan->output);
    } else if (!answer.lossy && !plan->empty()) {
        answer.plan = std::move(*plan);
    }
    return answer;
}

std::string defaultOutput(const Checkpoint& checkpoint, const QString& suffix)
{
    const std::string& folder = checkpoint.folder();
    const std::string tail = toPath(suffix);
    if (checkpoint.isFolder()) {
        return folder + tail;
    }
    const std::string name = lastPart(checkpoint.path());
    const std::size_t dot = name.rfind('.');
    const std::string stem = dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
    const std::string extension = dot == std::string::npos || dot == 0 ? std::string() : name.substr(dot);
    return folder + '/' + stem + tail + extension;
}

} // namespace ckptscope::ui
