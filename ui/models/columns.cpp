// SPDX-License-Identifier: Apache-2.0
#include "ui/models/columns.h"

#include "ui/text.h"

#include <QCoreApplication>
#include <QLocale>

namespace ckptscope::ui {

namespace {

constexpr const char* Context = "ckptscope::ui::Column";

QString say(const char* text)
{
    return QCoreApplication::translate(Context, text);
}

/// What a column cannot say of a tensor that is not there.
bool unknownOfMissing(Column column)
{
    return column != Column::Key && column != Column::Verdict && column != Column::Wants && column != Column::Rule && column != Column::Shard;
}

QString dtypeCell(const TensorInfo& tensor)
{
    const std::string_view text = tensor.dtypeText();
    return text.empty() ? QStringLiteral("?") : shownName(text, 60);
}

} // namespace

const std::array<ColumnSpec, ColumnCount>& columnSpecs() noexcept
{
    static constexpr std::array<ColumnSpec, ColumnCount> Specs{{
        {Column::Key, "key", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Key"), SortKey::Path, false, true, 38},
        {Column::Verdict, "verdict", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Verdict"), SortKey::Verdict, false, false, 15},
        {Column::DType, "dtype", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "DType"), SortKey::DType, false, false, 11},
        {Column::Wants, "wants", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Wants"), SortKey::Wants, false, false, 7},
        {Column::Shape, "shape", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Shape"), SortKey::Shape, false, false, 16},
        {Column::Elements, "elements", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Elements"), SortKey::Elements, true, false, 14},
        {Column::Size, "size", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Size"), SortKey::Size, true, false, 9},
        {Column::Rule, "rule", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Rule"), SortKey::Rule, false, false, 24},
        {Column::BitsPerWeight, "bits", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Bits/Weight"), SortKey::BitsPerWeight, true, false, 12},
        {Column::Shard, "shard", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Shard"), SortKey::Shard, false, true, 32},
        {Column::Offset, "offset", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Offset"), SortKey::Offset, true, false, 18},
        {Column::Min, "min", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Min"), SortKey::File, true, false, 12},
        {Column::Max, "max", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Max"), SortKey::File, true, false, 12},
        {Column::Mean, "mean", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Mean"), SortKey::File, true, false, 12},
        {Column::Std, "std", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Std"), SortKey::File, true, false, 12},
        {Column::Nan, "nan", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "NaN"), SortKey::File, true, false, 8},
        {Column::Inf, "inf", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Inf"), SortKey::File, true, false, 8},
        {Column::Zero, "zero", QT_TRANSLATE_NOOP("ckptscope::ui::Column", "Zero %"), SortKey::File, true, false, 8},
    }};
    return Specs;
}

const ColumnSpec& columnSpec(Column column) noexcept
{
    return columnSpecs()[static_cast<std::size_t>(column)];
}

QString columnHeader(Column column)
{
    return say(columnSpec(column).header);
}

std::optional<Statistic> statisticOf(Column column) noexcept
{
    switch (column) {
    case Column::Min:
        return Statistic::Min;
    case Column::Max:
        return Statistic::Max;
    case Column::Mean:
        return Statistic::Mean;
    case Column::Std:
        return Statistic::Std;
    case Column::Nan:
        return Statistic::Nan;
    case Column::Inf:
        return Statistic::Inf;
    case Column::Zero:
        return Statistic::Zero;
    default:
        return std::nullopt;
    }
}

QString statisticText(std::optional<double> value, Column column, std::uint64_t elements)
{
    if (!value) {
        return QStringLiteral("\u2013");
    }
    if (column == Column::Nan || column == Column::Inf) {
        return grouped(static_cast<std::uint64_t>(*value));
    }
    if (column == Column::Zero) {
        return elements == 0 ? QStringLiteral("\u2013") : QLocale().toString(100 * *value / static_cast<double>(elements), 'f', 1);
    }
    return QLocale().toString(*value, 'g', 6);
}

bool shownFirst(Column column, const Document& document)
{
    switch (column) {
    case Column::Wants:
        return document.report().tensorsChecked != 0 || !document.hand()->empty();
    case Column::Rule:
        return document.report().tensorsChecked != 0;
    case Column::BitsPerWeight:
    case Column::Offset:
    case Column::Mean:
    case Column::Std:
        return false;
    case Column::Min:
    case Column::Max:
    case Column::Nan:
    case Column::Inf:
    case Column::Zero:
        return document.values()->scanned() != 0;
    case Column::Shard:
        return document.checkpoint().shards().size() > 1;
    default:
        return true;
    }
}

QString wantsText(const Document& document, std::uint32_t tensor)
{
    const Rule* rule = document.rule(tensor);
    const Finding* finding = document.finding(tensor);
    const std::vector<DType>* wanted = rule != nullptr && !rule->requiredDtypes.empty() ? &rule->requiredDtypes
        : finding != nullptr                                                            ? &finding->want
                                                                                        : nullptr;
    if (wanted == nullptr || wanted->empty()) {
        return {};
    }
    QString text = fromUtf8(dtypeName(wanted->front()));
    for (std::size_t i = 1; i < wanted->size(); ++i) {
        text = say("%1 or %2").arg(text, fromUtf8(dtypeName((*wanted)[i])));
    }
    return text;
}

std::optional<double> bitsPerWeight(std::uint64_t bytes, std::uint64_t elements) noexcept
{
    return elements == 0 ? std::nullopt : std::optional(8.0 * static_cast<double>(bytes) / static_cast<double>(elements));
}

QString bitsText(std::uint64_t bytes, std::uint64_t elements)
{
    const auto bits = bitsPerWeight(bytes, elements);
    return bits ? QLocale().toString(*bits, 'f', 2) : QStringLiteral("\u2013");
}

QString missingText(const Document& document, std::uint32_t index)
{
    const Shard* shard = document.shardOf(index);
    const QString file = shard != nullptr ? shownName(shard->file, 200) : QString();
    if (shard == nullptr || shard->state == Shard::State::Ok) {
        return say("Missing: the index says that it is in %1, which does not hold it.").arg(file);
    }
    return shard->state == Shard::State::Missing ? say("Missing: the index says that it is in %1, which is not there.").arg(file)
                                                 : say("Missing: the index says that it is in %1, which cannot be read.").arg(file);
}

QString cellText(const Document& document, std::uint32_t index, Column column)
{
    const TensorInfo& tensor = document.tensor(index);
    if (document.missing(index) && unknownOfMissing(column)) {
        return QStringLiteral("\u2013");
    }
    switch (column) {
    case Column::Key:
        return shownName(tensor.key);
    case Column::Verdict: {
        const auto mark = document.mark(index);
        return mark ? (*mark == Mark::Clean ? say("holds") : markWord(*mark)) : QString();
    }
    case Column::DType:
        return dtypeCell(tensor);
    case Column::Wants: { // what somebody asks for counts more than what a rule wants; the tooltip has both
        const QString edit = document.hand()->text(index);
        return edit.isEmpty() ? wantsText(document, index) : edit;
    }
    case Column::Shape:
        return shapeText(tensor);
    case Column::Elements:
        return grouped(Document::elements(tensor));
    case Column::Size:
        return bytesText(tensor.bytes.length);
    case Column::Rule: {
        if (const Finding* finding = document.finding(index)) {
            return shownName(finding->rule, 120);
        }
        const Rule* rule = document.rule(index);
        return rule != nullptr ? shownName(rule->id, 120) : QString();
    }
    case Column::BitsPerWeight:
        return bitsText(tensor.bytes.length, Document::elements(tensor));
    case Column::Shard: {
        const Shard* shard = document.shardOf(index);
        return shard != nullptr ? shownName(shard->file) : QString();
    }
    case Column::Offset:
        return grouped(tensor.bytes.offset);
    default:
        break;
    }
    const auto statistic = statisticOf(column);
    return statistic ? statisticText(document.values()->get(index, *statistic), column, Document::elements(tensor)) : QString();
}

QString exactText(const Document& document, std::uint32_t index, Column column)
{
    const TensorInfo& tensor = document.tensor(index);
    if (document.missing(index) && unknownOfMissing(column)) {
        return {};
    }
    switch (column) {
    case Column::Key:
        return isUtf8(tensor.key) ? fromUtf8(tensor.key) : fromUtf8(escapeInvalidUtf8(tensor.key));
    case Column::Elements:
        return QString::number(Document::elements(tensor));
    case Column::Size:
        return QString::number(tensor.bytes.length);
    case Column::Offset:
        return QString::number(tensor.bytes.offset);
    case Column::BitsPerWeight: {
        const auto bits = bitsPerWeight(tensor.bytes.length, Document::elements(tensor));
        return bits ? QString::number(*bits, 'g', 17) : QString();
    }
    default:
        break;
    }
    if (const auto statistic = statisticOf(column)) {
        const auto value = document.values()->get(index, *statistic);
        return value ? fromUtf8(numberText(*value)) : QString();
    }
    return cellText(document, index, column);
}

QString cellToolTip(const Document& document, std::uint32_t index, Column column)
{
    const TensorInfo& tensor = document.tensor(index);
    if (document.missing(index) && column == Column::Verdict) {
        return forToolTip(missingText(document, index));
    }
    if (document.missing(index) && unknownOfMissing(column)) {
        return {};
    }
    switch (column) {
    case Column::Size:
        return forToolTip(exactBytesText(tensor.bytes.length));
    case Column::Wants:
        if (const QString edit = document.hand()->text(index); !edit.isEmpty()) {
            const QString wants = wantsText(document, index);
            return forToolTip(say("Edited by hand: %1. Nothing is written before a fix; Edit > Undo takes it back.").arg(edit)
                              + (wants.isEmpty() ? QString() : QLatin1Char('\n') + say("The rules want %1.").arg(wants)));
        }
        [[fallthrough]];
    case Column::Verdict:
    case Column::Rule:
        if (const Rule* rule = document.rule(index)) {
            return forToolTip(shownName(rule->title, 300) + QLatin1Char('\n') + shownName(rule->why, 800));
        }
        return {};
    case Column::Key:
    case Column::Shard:
        return forToolTip(cellText(document, index, column));
    case Column::Shape: {
        if (document.checkpoint().format() != "gguf" || tensor.shape.size() < 2) {
            return {};
        }
        QStringList dims; // ggml writes the fastest first
        for (auto dim = tensor.shape.rbegin(); dim != tensor.shape.rend(); ++dim) {
            dims << QString::number(*dim);
        }
        return forToolTip(say("In the file: %1, the fastest dimension first").arg(dims.join(QStringLiteral(" \u00d7 "))));
    }
    default:
        return {};
    }
}

QVariant cellRole(const Document& document, std::uint32_t index, Column column, int role)
{
    switch (role) {
    case Qt::TextAlignmentRole:
        return QVariant(int((columnSpec(column).right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    case Qt::ToolTipRole:
        return cellToolTip(document, index, column);
    case MarkRole:
        if (column == Column::Wants && !document.hand()->text(index).isEmpty()) {
            return static_cast<int>(Mark::Note);
        }
        if (column == Column::Verdict || column == Column::DType) {
            const auto mark = document.mark(index);
            if (mark && (column == Column::Verdict || *mark == Mark::Violation)) {
                return static_cast<int>(*mark);
            }
        }
        return {};
    case StrongRole:
        return column == Column::DType && document.mark(index) == Mark::Violation;
    case DTypeRole:
        return column == Column::DType && !document.missing(index) ? QVariant(static_cast<int>(document.tensor(index).dtype)) : QVariant();
    case MutedRole:
        return document.missing(index) || column == Column::Rule || column == Column::Shard || column == Column::Offset;
    default:
        return {};
    }
}

QString spokenRow(const Document& document, std::uint32_t index, const QString& name)
{
    if (document.missing(index)) {
        return say("%1, missing").arg(name);
    }
    const TensorInfo& tensor = document.tensor(index);
    const QString verdict = cellText(document, index, Column::Verdict);
    const QString wants = wantsText(document, index);
    QString text = name;
    if (!verdict.isEmpty()) {
        text += QLatin1String(", ") + verdict;
    }
    text += QLatin1String(", ") + dtypeCell(tensor);
    if (!wants.isEmpty()) {
        text += QLatin1String(", ") + say("wants %1").arg(wants);
    }
    if (const QString edit = document.hand()->text(index); !edit.isEmpty()) {
        text += QLatin1String(", ") + say("edited: %1").arg(edit);
    }
    return text + QLatin1String(", ") + elementsText(Document::elements(tensor));
}

} // namespace ckptscope::ui
