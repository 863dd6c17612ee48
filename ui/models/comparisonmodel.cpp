// SPDX-License-Identifier: Apache-2.0
#include "ui/models/comparisonmodel.h"

#include "core/report/text.h"
#include "ui/models/marks.h"
#include "ui/text.h"

#include <QStringList>

#include <array>
#include <cmath>

namespace ckptscope::ui {

namespace {

struct Word {
    std::string_view code;
    const char* shown; ///< QT_TRANSLATE_NOOP in context ckptscope::ui::ComparisonModel
    Mark mark;
};
constexpr std::array Words{
    Word{"added", QT_TRANSLATE_NOOP("ckptscope::ui::ComparisonModel", "only in B"), Mark::Note},
    Word{"removed", QT_TRANSLATE_NOOP("ckptscope::ui::ComparisonModel", "only in A"), Mark::Missing},
    Word{"dtype", QT_TRANSLATE_NOOP("ckptscope::ui::ComparisonModel", "dtype"), Mark::Advice},
    Word{"shape", QT_TRANSLATE_NOOP("ckptscope::ui::ComparisonModel", "shape"), Mark::Violation},
    Word{"value", QT_TRANSLATE_NOOP("ckptscope::ui::ComparisonModel", "value"), Mark::Advice},
    Word{"unreadable", QT_TRANSLATE_NOOP("ckptscope::ui::ComparisonModel", "cannot be read"), Mark::Damaged},
};

const Word& wordOf(std::string_view code)
{
    for (const Word& word : Words) {
        if (word.code == code) {
            return word;
        }
    }
    return Words.back();
}

QString changeText(const report::DiffView& view, std::uint32_t row)
{
    QStringList words;
    for (const std::string_view code : report::changes(view, row)) {
        words << ComparisonModel::tr(wordOf(code).shown);
    }
    if (!words.isEmpty()) {
        return words.join(QLatin1String(", "));
    }
    return view.valuesOf(row) != nullptr ? ComparisonModel::tr("equal") : QString();
}

QString number(double value, bool exact)
{
    return fromUtf8(exact ? numberText(value) : report::shortNumber(value));
}

/// More digits than other numbers: what is interesting lies behind 0.999.
QString cosineText(double cosine)
{
    return std::isfinite(cosine) ? QString::number(cosine, 'g', 8) : number(cosine, true);
}

const TensorInfo* sideOf(const Comparison& comparison, std::uint32_t row, bool b)
{
    const ComparisonRow& at = comparison.rows()[row];
    const auto& tensor = b ? at.b : at.a;
    return tensor ? &(b ? comparison.b() : comparison.a())->tensors()[*tensor] : nullptr;
}

} // namespace

void ComparisonModel::setRows(ComparisonPtr state, std::vector<std::uint32_t> rows)
{
    beginResetModel();
    m_state = std::move(state);
    m_rows = std::move(rows);
    endResetModel();
}

std::optional<std::uint32_t> ComparisonModel::rowAt(const QModelIndex& index) const
{
    if (!index.isValid() || index.model() != this || static_cast<std::size_t>(index.row()) >= m_rows.size()) {
        return std::nullopt;
    }
    return m_rows[static_cast<std::size_t>(index.row())];
}

QModelIndex ComparisonModel::indexOf(std::uint32_t row) const
{
    const auto found = std::find(m_rows.begin(), m_rows.end(), row);
    return found == m_rows.end() ? QModelIndex() : index(static_cast<int>(found - m_rows.begin()), 0);
}

int ComparisonModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ComparisonModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : DiffColumns;
}

QString ComparisonModel::cellText(std::uint32_t row, DiffColumn column) const
{
    const TensorInfo& shown = m_state->comparison->shown(m_state->comparison->rows()[row]);
    const ValueDifference* values = m_state->view.valuesOf(row);
    const bool known = values != nullptr && !values->error && values->decoded;
    const QString dash = QStringLiteral("\u2013");
    const QString unknown = m_state->comparison->rows()[row].comparable() && values == nullptr ? dash : QString();
    switch (column) {
    case DiffColumn::Key:
        return shownName(shown.key);
    case DiffColumn::Change:
        return changeText(m_state->view, row);
    case DiffColumn::DTypeA:
    case DiffColumn::DTypeB: {
        const TensorInfo* side = sideOf(*m_state->comparison, row, column == DiffColumn::DTypeB);
        return side != nullptr ? shownName(side->dtypeText(), 60) : QString();
    }
    case DiffColumn::ShapeA:
    case DiffColumn::ShapeB: {
        const TensorInfo* side = sideOf(*m_state->comparison, row, column == DiffColumn::ShapeB);
        return side != nullptr ? shapeText(*side) : QString();
    }
    case DiffColumn::MaxAbs:
        return !known            ? unknown
            : values->oneNan > 0 ? (values->maxAbs > 0 ? number(values->maxAbs, false) + QStringLiteral(", NaN") : QStringLiteral("NaN"))
                                 : number(values->maxAbs, false);
    case DiffColumn::Relative:
        return known ? number(values->relative, false) : unknown;
    case DiffColumn::Cosine:
        return known ? cosineText(values->cosine) : unknown;
    case DiffColumn::Differing:
        return !known                         ? unknown
            : values->differing == 0          ? QStringLiteral("0 %")
            : differingShare(*values) < 0.001 ? tr("%1 of %2").arg(grouped(values->differing), grouped(values->elements))
                                              : QString::number(100 * differingShare(*values), 'g', 3) + QStringLiteral(" %");
    case DiffColumn::EqualBits:
        return values == nullptr ? unknown : values->error ? QString() : values->equalBits ? tr("yes") : tr("no");
    }
    return {};
}

QString ComparisonModel::exactText(std::uint32_t row, DiffColumn column) const
{
    if (!m_state) {
        return {};
    }
    const ValueDifference* values = m_state->view.valuesOf(row);
    const bool known = values != nullptr && !values->error && values->decoded;
    switch (column) {
    case DiffColumn::Key:
        return fromUtf8(m_state->comparison->shown(m_state->comparison->rows()[row]).key);
    case DiffColumn::MaxAbs:
        return known ? number(values->maxAbs, true) : QString();
    case DiffColumn::Relative:
        return known ? number(values->relative, true) : QString();
    case DiffColumn::Cosine:
        return known ? number(values->cosine, true) : QString();
    case DiffColumn::Differing:
        return known ? QString::number(values->differing) : QString();
    default:
        return cellText(row, column);
    }
}

QVariant ComparisonModel::data(const QModelIndex& index, int role) const
{
    const auto row = rowAt(index);
    if (!row) {
        return {};
    }
    const auto column = static_cast<DiffColumn>(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return cellText(*row, column);
    case Qt::TextAlignmentRole:
        return QVariant(int((column >= DiffColumn::MaxAbs ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    case Qt::ToolTipRole: {
        if (column == DiffColumn::Key) {
            const ComparisonRow& at = m_state->comparison->rows()[*row];
            QString text = cellText(*row, column);
            if (at.renamed) {
                text += QLatin1Char('\n') + tr("in B: %1").arg(shownName(m_state->comparison->b()->tensors()[*at.b].key));
            }
            return forToolTip(text);
        }
        return column >= DiffColumn::MaxAbs ? QVariant(exactText(*row, column)) : QVariant();
    }
    case Qt::AccessibleTextRole:
        if (column == DiffColumn::Key) {
            const QString change = changeText(m_state->view, *row);
            return cellText(*row, column) + QLatin1String(", ") + (change.isEmpty() ? tr("no difference in dtype or shape") : change);
        }
        return {};
    case MarkRole:
        if (column == DiffColumn::Change) {
            const auto codes = report::changes(m_state->view, *row);
            if (!codes.empty()) {
                return int(wordOf(codes.front()).mark);
            }
            return m_state->view.valuesOf(*row) != nullptr ? QVariant(int(Mark::Clean)) : QVariant();
        }
        return {};
    case DTypeRole:
        if (column == DiffColumn::DTypeA || column == DiffColumn::DTypeB) {
            const TensorInfo* side = sideOf(*m_state->comparison, *row, column == DiffColumn::DTypeB);
            return side != nullptr ? QVariant(int(side->dtype)) : QVariant();
        }
        return {};
    default:
        return {};
    }
}

QVariant ComparisonModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= DiffColumns) {
        return {};
    }
    const auto column = static_cast<DiffColumn>(section);
    if (role == Qt::TextAlignmentRole) {
        return QVariant(int((column >= DiffColumn::MaxAbs ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    static const std::array<const char*, DiffColumns> names{QT_TR_NOOP("Key"),
                                                            QT_TR_NOOP("Change"),
                                                            QT_TR_NOOP("A DType"),
                                                            QT_TR_NOOP("B DType"),
                                                            QT_TR_NOOP("A Shape"),
                                                            QT_TR_NOOP("B Shape"),
                                                            QT_TR_NOOP("Max |A\u2212"
                                                                       "B|"),
                                                            QT_TR_NOOP("Relative"),
                                                            QT_TR_NOOP("Cosine"),
                                                            QT_TR_NOOP("Differing"),
                                                            QT_TR_NOOP("Equal Bits")};
    static const std::array<const char*, DiffColumns> tips{
        "",
        "",
        "",
        "",
        "",
        "",
        QT_TR_NOOP("Largest difference of two values; NaN where only one of them is"),
        QT_TR_NOOP("\u2016"
                   "A\u2212"
                   "B\u2016 / \u2016"
                   "A\u2016 over values that are finite on both sides"),
        QT_TR_NOOP("Cosine of the angle between A and B as vectors"),
        QT_TR_NOOP("Elements that differ: in their bits where the dtypes are equal, else as numbers"),
        QT_TR_NOOP("One dtype, and every stored bit is the same")};
    if (role == Qt::DisplayRole) {
        return tr(names[static_cast<std::size_t>(section)]);
    }
    if (role == Qt::ToolTipRole && *tips[static_cast<std::size_t>(section)] != '\0') {
        return tr(tips[static_cast<std::size_t>(section)]);
    }
    return {};
}

Qt::ItemFlags ComparisonModel::flags(const QModelIndex& index) const
{
    return index.isValid() ? Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemNeverHasChildren : Qt::NoItemFlags;
}

QString comparisonDetails(const ComparisonState& state, std::uint32_t row)
{
    const Comparison& comparison = *state.comparison;
    const ComparisonRow& at = comparison.rows()[row];
    QStringList lines;
    for (const bool b : {false, true}) {
        const TensorInfo* side = sideOf(comparison, row, b);
        const QString name = b ? QStringLiteral("B") : QStringLiteral("A");
        if (side == nullptr) {
            lines << ComparisonModel::tr("%1: not there").arg(name);
            continue;
        }
        const Checkpoint& checkpoint = b ? *comparison.b() : *comparison.a();
        lines << ComparisonModel::tr("%1: %2, %3 [%4], %5, in %6")
                     .arg(name, shownName(side->key), shownName(side->dtypeText(), 60), shapeText(*side), bytesText(side->bytes.length),
                          shownName(checkpoint.shards()[side->shard].file, 120));
    }
    const ValueDifference* values = state.view.valuesOf(row);
    if (values == nullptr) {
        lines << (at.comparable()    ? ComparisonModel::tr("Values: not compared yet.")
                      : at.a && at.b ? ComparisonModel::tr("Values: not comparable, the shapes differ.")
                                     : QString());
    } else if (values->error) {
        lines << ComparisonModel::tr("Values: %1").arg(sentence(*values->error));
    } else if (!values->decoded) {
        lines << (values->equalBits ? ComparisonModel::tr("Values: the stored bits are equal.")
                                    : ComparisonModel::tr("Values: the stored bits differ."));
    } else if (!values->first) {
        lines << (values->equalBits ? ComparisonModel::tr("Values: all bits are equal.") : ComparisonModel::tr("Values: all numbers are equal."));
    } else {
        lines << ComparisonModel::tr("Values: %1 of %2 differ, first at %3: A %4, B %5; max |A\u2212"
                                     "B| %6, relative %7, cosine %8.")
                     .arg(grouped(values->differing), grouped(values->elements), fromUtf8(indexText(*values->first, comparison.shown(at).shape)),
                          fromUtf8(values->firstA), fromUtf8(values->firstB), number(values->maxAbs, true), number(values->relative, false),
                          cosineText(values->cosine));
    }
    lines.removeAll(QString());
    return lines.join(QLatin1Char('\n'));
}

} // namespace ckptscope::ui
