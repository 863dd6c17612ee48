// SPDX-License-Identifier: Apache-2.0
// What the fix dialog is put together from; what it does is in fixdialog.cpp.
#include "ui/accessible.h"
#include "ui/dialogs/devicebox.h"
#include "ui/dialogs/donorfield.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/dialogs/placefield.h"
#include "ui/icons.h"
#include "ui/models/edittreemodel.h"
#include "ui/text.h"
#include "ui/views/elidedlabel.h"
#include "ui/views/factline.h"
#include "ui/views/rowdelegate.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QShortcut>
#include <QTreeView>
#include <QUndoStack>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

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

} // namespace

void FixDialog::buildHead(QVBoxLayout* layout)
{
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(8);
    grid->setColumnStretch(1, 1);
    layout->addLayout(grid);

    const Checkpoint& checkpoint = *m_input.checkpoint;
    auto* source = new ElidedLabel(this, Qt::ElideMiddle);
    source->setObjectName(u"fixSource"_s);
    source->setFullText(shownPath(checkpoint.path()));
    source->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    source->setAccessibleName(tr("Source: %1").arg(source->fullText()));
    source->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    auto* size = plainLabel(this);
    size->setText(tr("%1, %2", "size, number of shards")
                      .arg(bytesText(checkpoint.tensorBytes()),
                           tr("%n shard(s)", nullptr, static_cast<int>(std::min<std::size_t>(checkpoint.shards().size(), 1'000'000)))));
    auto* sourceRow = new QHBoxLayout;
    sourceRow->setSpacing(12);
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
    m_device = new DeviceBox(this);
    for (QComboBox* box : {m_profile, static_cast<QComboBox*>(m_device)}) {
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

    m_place = new PlaceField(u"fix"_s, m_input.options.output, checkpoint.isFolder(), this);
    m_place->setCaption(checkpoint.isFolder() ? tr("Choose the folder that takes the repaired copy") : tr("Write the repaired copy as"));
    QLabel* output = rowLabel(tr("&Output"), m_place->edit());
    output->setMinimumHeight(m_place->edit()->sizeHint().height());
    const bool torch = checkpoint.format() == "torch";
    if (torch) {
        buildTarget(grid, 2);
    }
    const int row = torch ? 3 : 2;
    grid->addWidget(output, row, 0, Qt::AlignTop);
    grid->addWidget(m_place, row, 1);

    m_donor = new DonorField(this);
    m_donor->watch(&m_editsJob);
    m_donor->watch(&m_checkJob);
    QLabel* valuesFrom = rowLabel(tr("&Values from"), m_donor->edit());
    valuesFrom->setMinimumHeight(m_donor->edit()->sizeHint().height());
    grid->addWidget(valuesFrom, row + 1, 0, Qt::AlignTop);
    grid->addWidget(m_donor, row + 1, 1);
    connect(m_donor, &DonorField::pathEdited, this, &FixDialog::dropDonor);
    connect(m_donor, &DonorField::pathChanged, this, [this] { loadEdits(std::nullopt); });
    connect(m_donor, &DonorField::partialChanged, this, [this] {
        m_model->setPartial(m_donor->partial());
        scheduleCheck();
    });

    connect(m_profile, &QComboBox::activated, this, &FixDialog::changeProfile);
    connect(m_device, &QComboBox::activated, this, [this] {
        m_input.options.device = m_device->device();
        scheduleCheck();
    });
    connect(m_place, &PlaceField::changed, this, &FixDialog::scheduleCheck);
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
    m_savePlan->setObjectName(u"fixSavePlan"_s);
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
        m_place->setPlaceEnabled(!on);
        scheduleCheck();
    });
    connect(m_savePlan, &QPushButton::clicked, this, &FixDialog::savePlan);
    connect(m_copy, &QPushButton::clicked, this, &FixDialog::copyCommand);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_write, &QPushButton::clicked, this, &FixDialog::confirm);
}

} // namespace ckptscope::ui
