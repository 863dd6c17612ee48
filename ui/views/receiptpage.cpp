// SPDX-License-Identifier: Apache-2.0
#include "ui/views/receiptpage.h"

#include "core/report/convertreport.h"
#include "core/report/json.h"
#include "ui/dialogs/savedialog.h"
#include "ui/icons.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QEvent>
#include <QFileInfo>
#include <QFontDatabase>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPointer>
#include <QPushButton>
#include <QSaveFile>
#include <QScrollArea>
#include <QTableView>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

int plural(std::uint64_t count)
{
    return static_cast<int>(std::min<std::uint64_t>(count, 1'000'000));
}

QString baseName(const std::string& path)
{
    return shownName(toPath(QFileInfo(fromPath(path)).fileName()), 80);
}

} // namespace

void ReceiptModel::setEdits(std::vector<ReceiptEdit> edits)
{
    beginResetModel();
    m_edits = std::move(edits);
    endResetModel();
}

int ReceiptModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_edits.size());
}

/// Where the values of an edited tensor come from.
QString ReceiptModel::sourceText(std::string_view source)
{
    return source == "widened"    ? tr("widened", "values")
        : source == "narrowed"    ? tr("narrowed", "values")
        : source == "donor"       ? tr("donor's", "values")
        : source == "relabelled"  ? tr("relabelled", "values")
        : source == "dequantized" ? tr("dequantised", "values")
                                  : fromUtf8(source);
}

int ReceiptModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : Columns;
}

QVariant ReceiptModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const ReceiptEdit& edit = m_edits[static_cast<std::size_t>(index.row())];
    const bool hash = index.column() == HashBefore || index.column() == HashAfter;
    if (role == Qt::FontRole && hash) {
        return QFontDatabase::systemFont(QFontDatabase::FixedFont);
    }
    if (role == Qt::AccessibleTextRole && index.column() == Key) {
        return tr("%1, %2, was %3, is %4", "tensor, how, old and new dtype")
            .arg(shownName(edit.tensor), sourceText(edit.source), fromUtf8(dtypeName(edit.from)),
                 edit.op == EditOp::Drop ? tr("left out") : fromUtf8(dtypeName(edit.to)));
    }
    if (role == Qt::ToolTipRole && index.column() == Key) {
        return forToolTip(shownName(edit.tensor) + (edit.newKey.empty() ? QString() : u" \u2192 "_s + shownName(edit.newKey)) + u'\n'
                          + shownName(edit.file));
    }
    if (role == Qt::ToolTipRole && hash) {
        return tr("SHA-256 of the elements as stored");
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    const auto orDash = [](const std::string& text) { return text.empty() ? u"\u2013"_s : fromUtf8(text); };
    switch (index.column()) {
    case Key:
        return edit.newKey.empty() ? shownName(edit.tensor) : tr("%1 \u2192 %2", "renamed").arg(shownName(edit.tensor), shownName(edit.newKey));
    case Old:
        return fromUtf8(dtypeName(edit.from));
    case New:
        return edit.op == EditOp::Drop ? tr("left out") : fromUtf8(dtypeName(edit.to));
    case Values:
        return sourceText(edit.source);
    case HashBefore:
        return orDash(edit.sha256Before);
    case HashAfter:
        return orDash(edit.sha256After);
    default:
        return {};
    }
}

QVariant ReceiptModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Vertical) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case Key:
        return tr("Key");
    case Old:
        return tr("Old");
    case New:
        return tr("New");
    case Values:
        return tr("Values");
    case HashBefore:
        return tr("Hash before");
    case HashAfter:
        return tr("Hash after");
    default:
        return {};
    }
}

ReceiptPage::ReceiptPage(QWidget* parent)
    : QWidget(parent)
    , m_model(new ReceiptModel(this))
    , m_icon(new QLabel(this))
    , m_title(new QLabel(this))
    , m_second(new QLabel(this))
    , m_facts(new QLabel(this))
    , m_table(new QTableView(this))
    , m_open(new QPushButton(tr("&Open Repaired Checkpoint"), this))
    , m_folder(new QPushButton(icon(u"folder"_s), tr("Show &Folder"), this))
{
    setObjectName(u"receiptPage"_s);
    for (QLabel* label : {m_title, m_second, m_facts}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    m_title->setObjectName(u"receiptTitle"_s);
    QSizePolicy wraps(QSizePolicy::Ignored, QSizePolicy::Preferred); // a long name wraps, it does not widen the window
    wraps.setHeightForWidth(true);
    m_title->setSizePolicy(wraps);

    auto* head = new QGridLayout;
    head->setHorizontalSpacing(12);
    head->setVerticalSpacing(4);
    head->setColumnStretch(1, 1);
    head->addWidget(m_icon, 0, 0, 2, 1, Qt::AlignTop);
    head->addWidget(m_title, 0, 1);
    head->addWidget(m_second, 1, 1);
    head->addWidget(m_facts, 2, 1);

    m_table->setObjectName(u"receiptTable"_s);
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Changed tensors"));
    m_table->setAlternatingRowColors(true);
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    QHeaderView* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setSectionResizeMode(ReceiptModel::Key, QHeaderView::Stretch);
    const int digit = fontMetrics().horizontalAdvance(u'0');
    header->resizeSection(ReceiptModel::Old, digit * 10);
    header->resizeSection(ReceiptModel::New, digit * 10);
    header->resizeSection(ReceiptModel::Values, digit * 14);
    header->resizeSection(ReceiptModel::HashBefore, digit * 24);
    header->resizeSection(ReceiptModel::HashAfter, digit * 24);

    auto* saveButton = new QPushButton(icon(u"receipt"_s), tr("&Save Receipt\u2026"), this);
    m_copy = new QPushButton(icon(u"copy"_s), tr("&Copy Command"), this);
    auto* back = new QPushButton(tr("&Back"), this);
    m_open->setObjectName(u"receiptOpen"_s);
    m_folder->setObjectName(u"receiptFolder"_s);
    saveButton->setObjectName(u"receiptSave"_s);
    m_copy->setObjectName(u"receiptCopy"_s);
    back->setObjectName(u"receiptBack"_s);
    m_open->setDefault(true);
    m_open->setToolTip(tr("Open what was written and judge it"));
    m_folder->setToolTip(tr("Show the output in the file manager"));
    saveButton->setToolTip(tr("Save this as a web page that stands alone, or as JSON"));
    m_copy->setToolTip(tr("Copy the command line that does the same"));
    back->setToolTip(tr("Return to the source's tensors (Esc)"));
    auto* first = new QHBoxLayout;
    first->addWidget(m_open);
    first->addWidget(m_folder);
    auto* second = new QHBoxLayout;
    second->addWidget(saveButton);
    second->addWidget(m_copy);
    second->addStretch(1);
    second->addWidget(back);
    for (QHBoxLayout* each : {first, second}) {
        each->setSpacing(8);
    }
    m_buttons = new QBoxLayout(QBoxLayout::LeftToRight);
    m_buttons->setSpacing(8);
    m_buttons->addLayout(first);
    m_buttons->addLayout(second, 1);

    // where the window is small the page scrolls: nothing in it is squeezed
    auto* content = new QWidget(this);
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(12);
    layout->addLayout(head);
    layout->addWidget(m_table, 1);
    layout->addLayout(m_buttons);
    constexpr int Rows = 4;
    m_table->setMinimumHeight(Rows * (fontMetrics().height() + 6));
    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(content);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(scroll);

    connect(m_open, &QPushButton::clicked, this, [this] { Q_EMIT openRequested(fromPath(m_receipt.output)); });
    connect(m_folder, &QPushButton::clicked, this, [this] {
        const QFileInfo output(fromPath(m_receipt.output));
        QDesktopServices::openUrl(QUrl::fromLocalFile(output.isDir() ? output.filePath() : output.path()));
    });
    connect(saveButton, &QPushButton::clicked, this, &ReceiptPage::save);
    connect(m_copy, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_command);
        Q_EMIT noted(tr("Copied the command."));
    });
    connect(back, &QPushButton::clicked, this, &ReceiptPage::closed);
    restyle();
}

void ReceiptPage::fitButtons()
{
    const int side = 2 * 12 + m_buttons->spacing();
    const int needed = m_buttons->itemAt(0)->sizeHint().width() + m_buttons->itemAt(1)->sizeHint().width() + side;
    m_buttons->setDirection(needed > width() ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
}

void ReceiptPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitButtons();
}

void ReceiptPage::setReceipt(const Receipt& receipt, const std::vector<Error>& notes, const QString& command)
{
    const QString changed = tr("%n tensor(s) changed", nullptr, plural(receipt.changedTensors()));
    const QString same = tr("%1 byte-identical", nullptr, plural(receipt.untouchedTensors)).arg(grouped(receipt.untouchedTensors));
    m_title->setText(
        receipt.output.empty()
            ? tr("There was nothing to do. No file was written.")
            : tr("Written and verified: %1. %2, %3.", "name, tensors changed, tensors the same").arg(baseName(receipt.output), changed, same));
    m_open->setText(tr("&Open Repaired Checkpoint"));
    m_json.clear();
    report::writeReceiptJson(receipt, [this](std::string_view text) { m_json += text; });
    QStringList second;
    if (receipt.findingsLeft > receipt.unmendable) { // a note tells of the others
        second.append(tr("%n violation(s) (is|are) left: their edits were not checked.", nullptr, plural(receipt.findingsLeft - receipt.unmendable)));
    }
    for (const Error& note : notes) {
        second.append(wholeSentence(note));
    }
    fill(receipt, command, std::move(second));
}

void ReceiptPage::setConverted(const ConvertPlan& plan, const Receipt& receipt, const QString& command)
{
    const QString files = tr("%n safetensors file(s)", nullptr, plural(plan.weightFiles));
    m_title->setText(
        receipt.edits.empty()
            ? tr("Written and verified: %1. %2 in %3.", "name, tensors, files").arg(baseName(receipt.output), tensorsText(plan.items.size()), files)
            : tr("Written and verified: %1. %2 in %3, %4.", "name, tensors, files, cast")
                  .arg(baseName(receipt.output), tensorsText(plan.items.size()), files,
                       tr("%n of them cast", nullptr, plural(receipt.edits.size()))));
    m_open->setText(tr("&Open Converted Checkpoint"));
    m_json.clear();
    report::writeConvertJson(plan, &receipt, [this](std::string_view text) { m_json += text; });
    QStringList second;
    if (receipt.findingsLeft > 0) {
        second.append(tr("%n violation(s) (is|are) left in it.", nullptr, plural(receipt.findingsLeft)));
    }
    for (const Error& note : plan.notes) {
        second.append(wholeSentence(note));
    }
    fill(receipt, command, std::move(second));
}

/// What both have: how values came to be, sizes, what was left out, the changed tensors.
void ReceiptPage::fill(const Receipt& receipt, const QString& command, QStringList second)
{
    m_receipt = receipt;
    m_command = command;
    m_title->setAccessibleName(m_title->text());
    const auto has = [&receipt](std::string_view source) {
        return std::any_of(receipt.edits.begin(), receipt.edits.end(), [source](const ReceiptEdit& edit) { return edit.source == source; });
    };
    QStringList values;
    if (has("donor")) {
        values.append(tr("Values come from the donor."));
    }
    if (has("widened")) {
        values.append(tr("Widening restores the storage, not lost bits."));
    }
    if (has("narrowed")) {
        values.append(tr("Narrowing rounded values to the nearest that the new dtype has."));
    }
    if (!receipt.fallback.empty()) {
        values.append(tr("The CPU did the work: %1.", "why not the GPU").arg(fromUtf8(receipt.fallback)));
    }
    if (!receipt.muted.empty()) {
        QStringList names;
        for (const std::string& rule : receipt.muted) {
            names.append(shownName(rule, 80));
        }
        second.append(tr("Muted, neither mended nor counted: %1.", "rules").arg(names.join(u", "_s)));
    }
    second = values + second;
    m_second->setText(second.join(u' '));
    m_second->setVisible(!second.isEmpty());

    QStringList facts{tr("%1 written", "size").arg(bytesText(receipt.copiedBytes))};
    if (receipt.clonedBytes > 0) {
        facts.append(tr("%1 shared with the source", "size").arg(bytesText(receipt.clonedBytes)));
    }
    facts.append(tr("%1 read back and compared", "size").arg(bytesText(receipt.comparedBytes)));
    facts.append(receipt.device == "cpu" ? tr("on the CPU") : tr("on %1", "a device").arg(fromUtf8(receipt.device)));
    facts.append(fromUtf8(durationText(receipt.seconds)));
    QString line = facts.join(u" \u00b7 "_s);
    if (!receipt.leftOut.empty()) {
        QStringList names;
        for (const std::string& name : receipt.leftOut) {
            names.append(shownName(name, 80));
        }
        line += u'\n' + tr("Left out: %1", "names of files").arg(names.mid(0, 5).join(u", "_s) + (names.size() > 5 ? u", \u2026"_s : QString()));
    }
    m_facts->setText(receipt.output.empty() ? QString() : line);
    m_facts->setVisible(!receipt.output.empty());
    m_open->setEnabled(!receipt.output.empty());
    m_folder->setEnabled(!receipt.output.empty());
    m_copy->setVisible(!command.isEmpty());
    m_model->setEdits(receipt.edits);
    restyle();
}

QString ReceiptPage::title() const
{
    return m_title->text();
}

void ReceiptPage::save()
{
    const QStringList kinds = m_page ? QStringList{tr("Web page (*.html)"), tr("JSON (*.json)")} : QStringList{tr("JSON (*.json)")};
    const QPointer<ReceiptPage> self(this);
    const QString file =
        chooseSaveFile(this, tr("Save Receipt"), fromPath(m_receipt.output) + (m_page ? u".receipt.html"_s : u".receipt.json"_s), kinds);
    if (self && !file.isEmpty()) {
        saveAs(file);
    }
}

void ReceiptPage::saveAs(const QString& file)
{
    if (m_page && (file.endsWith(u".html"_s, Qt::CaseInsensitive) || file.endsWith(u".htm"_s, Qt::CaseInsensitive))) {
        Q_EMIT pageWanted(file);
        return;
    }
    QSaveFile out(file);
    bool good = out.open(QIODevice::WriteOnly);
    if (good) {
        good = out.write(m_json.data(), static_cast<qint64>(m_json.size())) == static_cast<qint64>(m_json.size()) && out.commit();
    }
    if (good) {
        Q_EMIT noted(tr("Saved %1.").arg(shownName(QFileInfo(file).fileName())));
    } else {
        Q_EMIT failed(tr("%1 cannot be written: %2").arg(shownName(file), out.errorString()), tr("Choose another folder."));
    }
}

void ReceiptPage::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        restyle();
    }
}

void ReceiptPage::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape) {
        Q_EMIT closed();
        return;
    }
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && m_open->isEnabled()) {
        m_open->click();
        return;
    }
    QWidget::keyPressEvent(event);
}

void ReceiptPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_open->setFocus();
}

void ReceiptPage::restyle()
{
    const QPalette colors = palette();
    m_icon->setPixmap(iconPixmap(u"clean"_s, 32, devicePixelRatioF(), markColors(Mark::Clean, colors).ink, colors.color(QPalette::Window)));
    m_icon->setFixedSize(32, 32);
    QFont bold = font();
    bold.setPointSizeF(bold.pointSizeF() + 1);
    bold.setBold(true);
    m_title->setFont(bold);
    QPalette muted = colors;
    muted.setColor(QPalette::WindowText, mutedText(colors));
    m_facts->setPalette(muted);
}

} // namespace ckptscope::ui
