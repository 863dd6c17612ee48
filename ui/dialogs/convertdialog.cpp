// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/convertdialog.h"

#include "core/convert/space.h"
#include "core/text/text.h"
#include "ui/accessible.h"
#include "ui/convertcommand.h"
#include "ui/dialogs/dialogsize.h"
#include "ui/dialogs/placefield.h"
#include "ui/icons.h"
#include "ui/models/convertmodel.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/factline.h"
#include "ui/views/rowdelegate.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int PlanAfterMs = 200; ///< after the last change

QLabel* plainLabel(QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    return label;
}

QLabel* rowLabel(const QString& text, QWidget* buddy)
{
    auto* label = new QLabel(text, buddy->parentWidget());
    label->setBuddy(buddy);
    return label;
}

int plural(std::uint64_t count)
{
    return static_cast<int>(std::min<std::uint64_t>(count, 1'000'000));
}

/// Words between spaces.
std::vector<std::string> words(const QLineEdit* edit)
{
    std::vector<std::string> out;
    const QStringList parts = edit->text().split(u' ', Qt::SkipEmptyParts);
    for (const QString& part : parts) {
        out.push_back(toUtf8(part));
    }
    return out;
}

bool hasBlocks(const Checkpoint& checkpoint)
{
    const auto& tensors = checkpoint.tensors();
    return std::any_of(tensors.begin(), tensors.end(), [](const TensorInfo& tensor) { return dtypeInfo(tensor.dtype).family == DTypeFamily::Block; });
}

} // namespace

ConvertDialog::ConvertDialog(ConvertDialogInput input, QWidget* parent)
    : QDialog(parent)
    , m_input(std::move(input))
    , m_model(new ConvertModel(this))
{
    setObjectName(u"convertDialog"_s);
    m_job.setObjectName(u"convertPlanJob"_s);
    setWindowTitle(tr("Save as Safetensors"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(12);
    buildHead(layout);
    buildPlan(layout);
    buildFoot(layout);
    m_wait.setSingleShot(true);
    m_wait.setInterval(PlanAfterMs);
    connect(&m_wait, &QTimer::timeout, this, &ConvertDialog::startPlan);
    startPlan();
    new DialogSize(this, {820, 560});
}

ConvertDialog::~ConvertDialog() = default;

void ConvertDialog::buildHead(QVBoxLayout* layout)
{
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    grid->setColumnStretch(1, 1);
    layout->addLayout(grid);

    const Checkpoint& checkpoint = *m_input.checkpoint;
    auto* source = new ElidedLabel(this, Qt::ElideMiddle);
    source->setFullText(shownPath(checkpoint.path()));
    source->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    source->setAccessibleName(tr("Source: %1").arg(source->fullText()));
    source->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    auto* size = plainLabel(this);
    size->setText(tr("%1, %2, %3", "format, tensors, size")
                      .arg(shownName(checkpoint.format(), 40), tensorsText(checkpoint.tensors().size()), bytesText(checkpoint.tensorBytes())));
    auto* sourceRow = new QHBoxLayout;
    sourceRow->setSpacing(12);
    sourceRow->addWidget(source, 1);
    sourceRow->addWidget(size);
    grid->addWidget(new QLabel(tr("Source"), this), 0, 0);
    grid->addLayout(sourceRow, 0, 1);

    m_place = new PlaceField(u"convert"_s, m_input.output, true, this);
    m_place->setCaption(tr("Choose the folder that takes the new one"));
    QLabel* output = rowLabel(tr("&Output folder"), m_place->edit());
    output->setMinimumHeight(m_place->edit()->sizeHint().height());
    grid->addWidget(output, 1, 0, Qt::AlignTop);
    grid->addWidget(m_place, 1, 1);

    m_shards = new QComboBox(this);
    m_shards->setObjectName(u"convertShards"_s);
    m_shards->setEditable(true);
    m_shards->addItems({u"5GB"_s, u"2GB"_s, u"10GB"_s, u"50GB"_s});
    m_shards->setCurrentText(m_input.shardSize.isEmpty() ? u"5GB"_s : m_input.shardSize);
    m_shards->setToolTip(tr("Most bytes of tensors in a file: 5GB, 500MB, 4GiB. A larger tensor has a file to itself."));
    m_shards->lineEdit()->setAccessibleName(tr("Shards of at most"));
    m_dequantize = new QComboBox(this);
    m_dequantize->setObjectName(u"convertDequantize"_s);
    for (const DType dtype : {DType::Unknown, DType::BF16, DType::F16, DType::F32}) {
        m_dequantize->addItem(dtype == DType::Unknown ? tr("not written") : fromUtf8(dtypeName(dtype)), static_cast<int>(dtype));
    }
    m_dequantize->setCurrentIndex(1);
    m_dequantize->setToolTip(tr("safetensors has no quantised blocks: their values are written as floats, no better than the blocks"));
    m_dequantizeLabel = rowLabel(tr("&Quantised blocks as"), m_dequantize);
    const bool blocks = hasBlocks(checkpoint);
    m_dequantize->setVisible(blocks);
    m_dequantizeLabel->setVisible(blocks);
    auto* sizes = new QHBoxLayout;
    sizes->setSpacing(8);
    sizes->addWidget(m_shards);
    sizes->addSpacing(8);
    sizes->addWidget(m_dequantizeLabel);
    sizes->addWidget(m_dequantize);
    sizes->addStretch(1);
    grid->addWidget(rowLabel(tr("Shards of at &most"), m_shards), 2, 0);
    grid->addLayout(sizes, 2, 1);
    buildNames(grid, 3);

    m_fix = new QCheckBox(tr("Also cast what the rules as&k for"), this);
    m_fix->setObjectName(u"convertFix"_s);
    m_fix->setToolTip(tr("Repairs in the same pass: what violates a rule is written in the dtype that the rule wants"));
    m_fix->setChecked(true);
    m_advice = new QCheckBox(tr("and what they a&dvise"), this);
    m_advice->setObjectName(u"convertAdvice"_s);
    auto* fixes = new QHBoxLayout;
    fixes->setSpacing(12);
    fixes->addWidget(m_fix);
    fixes->addWidget(m_advice);
    fixes->addStretch(1);
    grid->addLayout(fixes, 4, 1);
    m_hand = new QCheckBox(tr("Also apply the &edits by hand"), this);
    m_hand->setObjectName(u"convertHand"_s);
    m_hand->setChecked(true);
    m_hand->setToolTip(tr("Casts, drops and what was kept out of the repair, as Review Fix shows them, and edits of __metadata__"));
    m_hand->setVisible(!m_input.hand.empty());
    grid->addWidget(m_hand, 5, 1);

    connect(m_place, &PlaceField::changed, this, &ConvertDialog::schedule);
    connect(m_shards, &QComboBox::currentTextChanged, this, &ConvertDialog::schedule);
    connect(m_dequantize, &QComboBox::currentIndexChanged, this, &ConvertDialog::schedule);
    connect(m_fix, &QCheckBox::clicked, this, [this](bool on) {
        m_advice->setEnabled(on);
        schedule();
    });
    connect(m_advice, &QCheckBox::clicked, this, &ConvertDialog::schedule);
    connect(m_hand, &QCheckBox::clicked, this, &ConvertDialog::schedule);
}

void ConvertDialog::buildNames(QGridLayout* grid, int row)
{
    m_strip = new QLineEdit(this);
    m_strip->setObjectName(u"convertStrip"_s);
    m_strip->setPlaceholderText(tr("trainers' wrappers only"));
    m_strip->setToolTip(tr("Beginnings of names that are taken off, with a space between several: model. base_model."));
    m_drop = new QLineEdit(this);
    m_drop->setObjectName(u"convertDrop"_s);
    m_drop->setPlaceholderText(tr("nothing"));
    m_drop->setToolTip(tr("Names of tensors that are not written, with * and ?, and a space between several: *.rotary_emb.inv_freq"));
    m_keep = new QCheckBox(tr("Keep e&very name"), this);
    m_keep->setObjectName(u"convertKeep"_s);
    m_keep->setToolTip(tr("Write everything under its own name: choose no part of a trainer's checkpoint, take off no wrapper"));
    for (QLineEdit* edit : {m_strip, m_drop}) {
        edit->setClearButtonEnabled(true);
        nameButtonsOf(edit);
        connect(edit, &QLineEdit::textChanged, this, &ConvertDialog::schedule);
    }
    auto* names = new QHBoxLayout;
    names->setSpacing(8);
    names->addWidget(m_strip, 1);
    names->addSpacing(8);
    names->addWidget(rowLabel(tr("&Leave out"), m_drop));
    names->addWidget(m_drop, 1);
    names->addSpacing(8);
    names->addWidget(m_keep);
    grid->addWidget(rowLabel(tr("&Take off names"), m_strip), row, 0);
    grid->addLayout(names, row, 1);
    connect(m_keep, &QCheckBox::clicked, this, [this](bool on) {
        m_strip->setPlaceholderText(on ? tr("nothing") : tr("trainers' wrappers only"));
        schedule();
    });
}

void ConvertDialog::buildPlan(QVBoxLayout* layout)
{
    m_problem = new FactLine(this);
    m_problem->setObjectName(u"convertProblem"_s);
    m_tree = new QTreeView(this);
    m_tree->setObjectName(u"convertPlan"_s);
    m_tree->setAccessibleName(tr("What is written"));
    m_tree->setModel(m_model);
    m_tree->setRootIsDecorated(false);
    m_tree->setUniformRowHeights(true);
    auto* delegate = new RowDelegate(m_tree);
    delegate->setMiddleElided({ConvertModel::Key, ConvertModel::From, ConvertModel::File});
    m_tree->setItemDelegate(delegate);
    m_tree->setAlternatingRowColors(true);
    m_tree->setAllColumnsShowFocus(true);
    m_tree->setTabKeyNavigation(false);
    m_tree->setMinimumHeight(fontMetrics().height() * 8);
    QHeaderView* header = m_tree->header();
    header->setStretchLastSection(false);
    header->setHighlightSections(false);
    header->setSectionResizeMode(ConvertModel::Key, QHeaderView::Stretch);
    const int digit = fontMetrics().horizontalAdvance(u'0');
    header->resizeSection(ConvertModel::From, digit * 24);
    header->resizeSection(ConvertModel::DTypes, digit * 14);
    header->resizeSection(ConvertModel::Size, digit * 12);
    header->resizeSection(ConvertModel::File, digit * 24);
    m_summary = plainLabel(this);
    m_summary->setObjectName(u"convertSummary"_s);
    m_summary->setWordWrap(true);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* column = new QVBoxLayout;
    column->setSpacing(8);
    column->addWidget(m_problem);
    column->addWidget(m_tree, 1);
    column->addWidget(m_summary);
    layout->addLayout(column, 1);
}

void ConvertDialog::buildFoot(QVBoxLayout* layout)
{
    m_copy = new QPushButton(icon(u"copy"_s), tr("&Copy Command"), this);
    m_copy->setObjectName(u"convertCopyCommand"_s);
    auto* cancel = new QPushButton(tr("Cancel"), this);
    for (QPushButton* button : {m_copy, cancel}) {
        button->setAutoDefault(false);
    }
    m_write = new QPushButton(tr("&Write Safetensors"), this);
    m_write->setObjectName(u"convertWrite"_s);
    m_write->setDefault(true);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_copy);
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(m_write);
    m_reason = plainLabel(this);
    m_reason->setObjectName(u"convertReason"_s);
    m_reason->setAlignment(Qt::AlignRight);
    auto* foot = new QVBoxLayout;
    foot->setSpacing(4);
    foot->addLayout(buttons);
    foot->addWidget(m_reason);
    layout->addLayout(foot);
    connect(m_copy, &QPushButton::clicked, this, &ConvertDialog::copyCommand);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_write, &QPushButton::clicked, this, [this] {
        if (m_plan && m_enough) {
            accept();
        }
    });
}

ConvertOptions ConvertDialog::options() const
{
    ConvertOptions options;
    options.output = m_place->output();
    options.maxShardBytes = parseSize(toUtf8(m_shards->currentText().trimmed())).value_or(0);
    options.drops = words(m_drop);
    options.strip = words(m_strip);
    options.keepNames = m_keep->isChecked();
    options.dequantize = m_dequantize->isHidden() ? DType::Unknown : static_cast<DType>(m_dequantize->currentData().toInt());
    options.fix = m_fix->isChecked();
    options.edits.advice = m_advice->isChecked();
    options.edits.device = m_input.device;
    options.edits.muted = m_input.muted;
    if (m_hand->isChecked()) {
        options.edits.hand = m_input.hand;
    }
    options.force = m_place->force();
    return options;
}

void ConvertDialog::schedule()
{
    m_job.abandon();
    m_plan.reset();
    m_error.reset();
    m_problem->clear();
    m_wait.start();
    updateButton();
}

void ConvertDialog::startPlan()
{
    m_wait.stop();
    m_plan.reset();
    const ConvertOptions wanted = options();
    m_badSize = wanted.maxShardBytes == 0;
    if (m_badSize || m_place->isEmpty()) {
        m_place->showNothing();
        if (m_badSize) {
            m_problem->setFact(Mark::Violation, tr("%1 is not a size of a shard.").arg(shownName(m_shards->currentText(), 40)),
                               tr("Write a number and a unit, such as 5GB, 500MB or 4GiB."));
        }
        updateButton();
        return;
    }
    m_place->showPending();
    struct Planned {
        std::shared_ptr<const ConvertPlan> plan;
        SpaceCheck space;
    };
    m_job.start(
        tr("Planning"),
        [checkpoint = m_input.checkpoint, wanted, check = m_input.check](const JobContext& job) -> Result<Planned> {
            auto plan = planConvert(checkpoint, wanted, check, job);
            if (!plan) {
                return plan.error();
            }
            auto space = checkSpace(*plan);
            if (!space) {
                return space.error();
            }
            return Planned{std::make_shared<const ConvertPlan>(std::move(*plan)), *space};
        },
        [this](Result<Planned> planned) {
            m_error.reset();
            if (planned) {
                m_plan = planned->plan;
                m_enough = planned->space.enough();
                m_place->showSpace(planned->space);
                showPlan();
            } else {
                m_error = planned.error();
                showProblem(*m_error);
            }
            updateButton();
            if (std::exchange(m_firstAnswer, false)) { // the open question has the focus; without one, Enter writes
                m_error ? m_place->edit()->setFocus() : m_write->setFocus();
            }
        });
    updateButton();
}

void ConvertDialog::showPlan()
{
    m_model->setPlan(m_input.checkpoint, m_plan);
    const auto& tensors = m_input.checkpoint->tensors();
    const bool renamed =
        std::any_of(m_plan->items.begin(), m_plan->items.end(), [&tensors](const ConvertItem& item) { return item.key != tensors[item.tensor].key; });
    m_tree->setColumnHidden(ConvertModel::From, !renamed);
    m_tree->setColumnHidden(ConvertModel::File, m_plan->weightFiles == 1);
    const std::uint64_t others = m_plan->files.size() - m_plan->weightFiles;
    QStringList lines{tr("%1 in %2.", "tensors and size, files")
                          .arg(tr("%1, %2", "tensors, size").arg(tensorsText(m_plan->items.size()), bytesText(m_plan->tensorBytes)),
                               tr("%n safetensors file(s)", nullptr, plural(m_plan->weightFiles)))};
    if (others > 0) {
        lines.front() += u' ' + tr("%n other file(s) (comes|come) along.", nullptr, plural(others));
    }
    if (!m_plan->edits.empty()) {
        lines.front() +=
            u' ' + tr("%n tensor(s) (is|are) cast; widening restores the storage, not lost bits.", nullptr, plural(m_plan->edits.size()));
    }
    if (const QString hand = handText(); !hand.isEmpty()) {
        lines.append(hand);
    }
    if (m_plan->findingsLeft > 0) {
        lines.append(tr("%n violation(s) will be left.", nullptr, plural(m_plan->findingsLeft)));
    }
    for (const Error& note : m_plan->notes) {
        lines.append(wholeSentence(note));
    }
    m_summary->setText(lines.join(u'\n'));
}

/// Which edits by hand are in it, and which cannot be.
QString ConvertDialog::handText() const
{
    const HandEdits& hand = m_input.hand;
    if (hand.empty()) {
        return {};
    }
    if (!m_hand->isChecked()) {
        return tr("Edits by hand are not applied.");
    }
    QStringList parts;
    if (!hand.casts.empty()) {
        parts << tr("%n cast(s)", nullptr, plural(hand.casts.size()));
    }
    if (!hand.drops.empty()) {
        parts << tr("%n tensor(s) dropped", nullptr, plural(hand.drops.size()));
    }
    if (!hand.leftOut.empty()) {
        parts << tr("%n tensor(s) kept out of the repair", nullptr, plural(hand.leftOut.size()));
    }
    if (!hand.metadata.empty()) {
        parts << tr("%n edit(s) of __metadata__", nullptr, plural(hand.metadata.size()));
    }
    QString text = parts.isEmpty() ? QString() : tr("By hand: %1.").arg(parts.join(u", "_s));
    if (!hand.donor.empty()) {
        text += (text.isEmpty() ? QString() : u" "_s)
            + tr("%n tensor(s) (gets|get) nothing from a donor here: a donor is only compared in Review Fix.", nullptr, plural(hand.donor.size()));
    }
    return text;
}

void ConvertDialog::showProblem(const Error& error)
{
    m_model->setPlan(nullptr, nullptr);
    m_summary->clear();
    if (PlaceField::aboutPlace(error.code)) {
        m_place->showError(error);
    } else {
        m_place->showNothing();
        m_problem->setFact(Mark::Violation, errorTitle(error), hint(error));
    }
}

void ConvertDialog::updateButton()
{
    QString reason;
    if (m_place->isEmpty()) {
        reason = tr("The output has no name.");
    } else if (m_badSize) {
        reason = tr("The shards have no size.");
    } else if (m_error) {
        reason = m_error->code == Code::FixOutputExists ? tr("The output exists already.")
            : PlaceField::aboutPlace(m_error->code)     ? tr("The output needs another place.")
                                                        : tr("See the sentence above.");
    } else if (!m_plan) {
        reason = tr("Planning\u2026");
    } else if (!m_enough) {
        reason = tr("The output needs more space.");
    }
    m_write->setEnabled(reason.isEmpty());
    m_copy->setEnabled(!m_place->isEmpty() && !m_badSize);
    m_reason->setText(reason);
    m_write->setAccessibleDescription(reason);
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, mutedText(muted));
    m_reason->setPalette(muted);
}

QString ConvertDialog::command() const
{
    return fromUtf8(convertCommand(*m_input.checkpoint, options(), m_input.check, m_plan.get()));
}

QString ConvertDialog::shardSize() const
{
    return m_shards->currentText().trimmed();
}

void ConvertDialog::copyCommand()
{
    QGuiApplication::clipboard()->setText(command());
    Q_EMIT noted(tr("Copied the command."));
    m_copy->setText(tr("Copied"));
    QTimer::singleShot(1500, m_copy, [this] { m_copy->setText(tr("&Copy Command")); });
}

void ConvertDialog::done(int result)
{
    m_wait.stop();
    m_job.abandon();
    QDialog::done(result);
}

std::string defaultConvertOutput(const Checkpoint& checkpoint)
{
    constexpr std::string_view Suffix = "-safetensors";
    if (checkpoint.isFolder()) {
        return checkpoint.folder() + std::string(Suffix);
    }
    std::string name = checkpoint.path().substr(checkpoint.path().rfind('/') + 1);
    if (const std::size_t dot = name.rfind('.'); dot != std::string::npos && dot != 0) {
        name.resize(dot);
    }
    return checkpoint.folder() + '/' + name + std::string(Suffix);
}

} // namespace ckptscope::ui
