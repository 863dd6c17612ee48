// SPDX-License-Identifier: Apache-2.0
#include "ui/models/tensortreemodel.h"

#include "ui/models/tensortablemodel.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QMimeData>

#include <algorithm>
#include <bit>
#include <limits>
#include <set>
#include <span>

namespace ckptscope::ui {

namespace {

constexpr std::uint32_t Nowhere = std::numeric_limits<std::uint32_t>::max();
/// A hostile key of 32,000 dots must not nest views that deep: below this the rest of a key is one part.
constexpr std::uint16_t DeepestPart = 64;

QString say(const char* text)
{
    return QCoreApplication::translate("ckptscope::ui::TensorTreeModel", text);
}

std::uint64_t saturatingAdd(std::uint64_t a, std::uint64_t b)
{
    return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

/// Doubles as whole numbers of the same order.
std::uint64_t ordered(double value)
{
    const auto bits = std::bit_cast<std::uint64_t>(value);
    constexpr std::uint64_t Sign = 1ULL << 63U;
    return (bits & Sign) != 0 ? ~bits : bits | Sign;
}

std::size_t partEnd(std::string_view key, std::size_t start)
{
    const std::size_t dot = key.find('.', start);
    return dot == std::string_view::npos ? key.size() : dot;
}

} // namespace

void TensorTreeModel::setRows(DocumentPtr document, RowsPtr rows)
{
    beginResetModel();
    if (document != m_document) {
        m_whole.reset();
    }
    m_document = std::move(document);
    const bool whole = rows->size() == m_document->size();
    if (whole && m_whole && m_whole->rows == rows) {
        m_shape = m_whole;
        if (m_sortColumn >= 0 && statisticOf(static_cast<Column>(m_sortColumn))) {
            forgetNodes(*m_shape); // a scan may have found more since
        }
    } else {
        m_shape = shapeOf(std::move(rows));
        if (whole) {
            m_whole = m_shape;
        }
    }
    endResetModel();
}

void TensorTreeModel::judgeAnew(DocumentPtr document)
{
    m_document = std::move(document);
    const bool whole = m_shape == m_whole;
    auto shape = shapeOf(m_shape->rows);
    shape->nodes = std::move(m_shape->nodes); // the same rows make the same groups: only what they add up to is another
    shape->places = std::move(m_shape->places);
    m_shape = std::move(shape);
    m_whole = whole ? m_shape : nullptr;
    if (const int rows = rowCount(); rows != 0) {
        Q_EMIT dataChanged(index(0, 0), index(rows - 1, ColumnCount - 1));
    }
}

std::shared_ptr<TensorTreeModel::Shape> TensorTreeModel::shapeOf(RowsPtr rows) const
{
    auto shape = std::make_shared<Shape>();
    const Rows& all = *rows;
    auto& sums = shape->sums;
    sums.resize(all.size() + 1);
    std::uint32_t lastStored = Nowhere;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const TensorInfo& tensor = m_document->tensor(all[i]);
        Sums sum = sums[i];
        sum.bytes = saturatingAdd(sum.bytes, tensor.bytes.length);
        sum.elements = saturatingAdd(sum.elements, Document::elements(tensor));
        if (const auto mark = m_document->mark(all[i])) {
            sum.damaged += *mark == Mark::Damaged ? 1 : 0;
            sum.missing += *mark == Mark::Missing ? 1 : 0;
            sum.violations += *mark == Mark::Violation ? 1 : 0;
            sum.advice += *mark == Mark::Advice ? 1 : 0;
            sum.notes += *mark == Mark::Note ? 1 : 0;
            sum.clean += *mark == Mark::Clean ? 1 : 0;
        }
        if (i != 0) {
            sum.shardChanges += m_document->tensor(all[i - 1]).shard != tensor.shard ? 1 : 0;
        }
        if (!m_document->missing(all[i])) {
            const bool changes = lastStored != Nowhere && m_document->tensor(lastStored).dtypeText() != tensor.dtypeText();
            sum.dtypeChanges += changes ? 1 : 0;
            lastStored = all[i];
        }
        sums[i + 1] = sum;
    }
    sums.back().nextStored = static_cast<std::uint32_t>(all.size());
    for (std::size_t i = all.size(); i > 0; --i) {
        sums[i - 1].nextStored = m_document->missing(all[i - 1]) ? sums[i].nextStored : static_cast<std::uint32_t>(i - 1);
    }
    shape->rows = std::move(rows);
    forgetNodes(*shape);
    return shape;
}

void TensorTreeModel::forgetNodes(Shape& shape)
{
    shape.nodes.clear();
    shape.nodes.push_back(Node{0, 0, static_cast<std::uint32_t>(shape.rows->size()), 0, 0, 0, 0, 0, false});
}

void TensorTreeModel::sortSiblings(int column, Qt::SortOrder order)
{
    if (column == m_sortColumn && order == m_sortOrder) {
        return;
    }
    beginResetModel();
    m_sortColumn = column;
    m_sortOrder = order;
    forgetNodes(*m_shape);
    if (m_whole) {
        forgetNodes(*m_whole);
    }
    endResetModel();
}

void TensorTreeModel::build(std::uint32_t id) const
{
    const Node parent = m_shape->nodes[id];
    if (parent.children != 0 || parent.leaf || parent.first == parent.last) {
        return;
    }
    const auto firstChild = static_cast<std::uint32_t>(m_shape->nodes.size());
    const auto depth = static_cast<std::uint16_t>(parent.depth + 1);
    const std::size_t start = id == 0 ? 0 : parent.labelEnd + 1;
    for (std::uint32_t at = parent.first; at < parent.last;) {
        const std::string_view first = key(at);
        std::size_t end = depth >= DeepestPart ? first.size() : partEnd(first, start);
        std::uint32_t last = at + 1;
        if (end < first.size()) { // a group: every following key with the same part
            const auto sharesPart = [&](std::string_view other, std::size_t upTo) {
                return other.size() > upTo && other[upTo] == '.' && other.compare(start, upTo - start, first, start, upTo - start) == 0;
            };
            while (last < parent.last && sharesPart(key(last), end)) {
                ++last;
            }
            // Fold while the whole group goes on with one and the same part.
            for (;;) {
                const std::size_t next = partEnd(first, end + 1);
                if (next == first.size()) {
                    if (last - at == 1) {
                        end = next;
                    }
                    break;
                }
                bool same = true;
                for (std::uint32_t i = at + 1; same && i < last; ++i) {
                    same = sharesPart(key(i), next);
                }
                if (!same) {
                    break;
                }
                end = next;
            }
        }
        const bool leaf = end == first.size();
        m_shape->nodes.push_back(Node{id, at, last, static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(end), 0, 0, depth, leaf});
        at = last;
    }
    m_shape->nodes[id].firstChild = firstChild;
    m_shape->nodes[id].children = static_cast<std::uint32_t>(m_shape->nodes.size()) - firstChild;
    sortChildren(m_shape->nodes[id]);
}

void TensorTreeModel::sortChildren(const Node& parent) const
{
    if (m_sortColumn < 0) {
        return;
    }
    struct Keyed {
        std::uint64_t number = 0;
        std::string text;
        Node node;
    };
    const auto column = static_cast<Column>(m_sortColumn);
    std::vector<Keyed> children;
    children.reserve(parent.children);
    for (std::uint32_t i = 0; i < parent.children; ++i) {
        const Node& node = m_shape->nodes[parent.firstChild + i];
        const std::uint32_t tensor = row(node.first);
        const Sums sum = sums(node);
        Keyed keyed{0, {}, node};
        switch (column) {
        case Column::Elements:
            keyed.number = sum.elements;
            break;
        case Column::Size:
            keyed.number = sum.bytes;
            break;
        case Column::Shape:
            keyed.number = node.leaf ? sum.elements : 0;
            break;
        case Column::Offset:
            keyed.number = node.leaf ? m_document->tensor(tensor).bytes.offset : 0;
            break;
        case Column::Verdict: {
            // worst first when ascending, as in the flat list
            const MarkCounts counts = marks(node);
            const auto worst = counts.worst();
            const std::uint64_t rank = !worst                        ? 9
                : *worst == Mark::Damaged || *worst == Mark::Missing ? 0
                : *worst == Mark::Violation                          ? 1
                : *worst == Mark::Advice                             ? 2
                : *worst == Mark::Note                               ? 3
                                                                     : 4;
            keyed.number = (rank << 40U) + ((1ULL << 40U) - 1 - std::min<std::uint64_t>(counts.worstCount(), (1ULL << 40U) - 1));
            break;
        }
        case Column::BitsPerWeight:
            keyed.number = static_cast<std::uint64_t>(1000 * bitsPerWeight(sum.bytes, sum.elements).value_or(0));
            break;
        case Column::Key:
            keyed.number = i;
            break;
        case Column::Min:
        case Column::Max:
        case Column::Mean:
        case Column::Std:
        case Column::Nan:
        case Column::Inf:
        case Column::Zero: {
            const std::span tensors(m_shape->rows->data() + node.first, node.last - node.first);
            const auto statistic = statisticOf(column).value_or(Statistic::Min);
            const auto value = node.leaf ? m_document->values()->get(tensor, statistic) : m_document->values()->over(tensors, statistic);
            keyed.number = value ? ordered(column == Column::Zero && sum.elements != 0 ? *value / static_cast<double>(sum.elements) : *value)
                : m_sortOrder == Qt::AscendingOrder ? std::numeric_limits<std::uint64_t>::max()
                                                    : 0; // what was not scanned comes last
            break;
        }
        default:
            keyed.text = toUtf8(node.leaf ? cellText(*m_document, tensor, column) : groupText(node, column));
            break;
        }
        children.push_back(std::move(keyed));
    }
    const bool descending = m_sortOrder == Qt::DescendingOrder;
    std::stable_sort(children.begin(), children.end(), [descending](const Keyed& a, const Keyed& b) {
        const Keyed& x = descending ? b : a;
        const Keyed& y = descending ? a : b;
        return x.number != y.number ? x.number < y.number : x.text < y.text;
    });
    for (std::uint32_t i = 0; i < parent.children; ++i) {
        m_shape->nodes[parent.firstChild + i] = children[i].node;
    }
}

std::uint32_t TensorTreeModel::nodeOf(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<std::uint32_t>(index.internalId()) : 0;
}

QModelIndex TensorTreeModel::indexOfNode(std::uint32_t node, int column) const
{
    if (node == 0) {
        return {};
    }
    return createIndex(static_cast<int>(node - m_shape->nodes[m_shape->nodes[node].parent].firstChild), column, quintptr(node));
}

QModelIndex TensorTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent)) {
        return {};
    }
    return createIndex(row, column, quintptr(m_shape->nodes[nodeOf(parent)].firstChild + static_cast<std::uint32_t>(row)));
}

QModelIndex TensorTreeModel::parent(const QModelIndex& child) const
{
    return child.isValid() ? indexOfNode(m_shape->nodes[nodeOf(child)].parent) : QModelIndex();
}

int TensorTreeModel::rowCount(const QModelIndex& parent) const
{
    if (m_shape->nodes.empty() || parent.column() > 0) {
        return 0;
    }
    const std::uint32_t node = nodeOf(parent);
    build(node);
    return static_cast<int>(m_shape->nodes[node].children);
}

int TensorTreeModel::columnCount(const QModelIndex&) const
{
    return ColumnCount;
}

bool TensorTreeModel::hasChildren(const QModelIndex& parent) const
{
    if (m_shape->nodes.empty() || parent.column() > 0) {
        return false;
    }
    const Node& node = m_shape->nodes[nodeOf(parent)];
    return !node.leaf && node.first < node.last;
}

TensorTreeModel::Sums TensorTreeModel::sums(const Node& node) const
{
    const Sums& a = m_shape->sums[node.first];
    const Sums& b = m_shape->sums[node.last];
    Sums sum;
    sum.bytes = b.bytes - a.bytes;
    sum.elements = b.elements - a.elements;
    sum.damaged = b.damaged - a.damaged;
    sum.missing = b.missing - a.missing;
    sum.violations = b.violations - a.violations;
    sum.advice = b.advice - a.advice;
    sum.notes = b.notes - a.notes;
    sum.clean = b.clean - a.clean;
    // a change at the first position is against the row before the range
    sum.nextStored = a.nextStored;
    sum.dtypeChanges = a.nextStored < node.last ? b.dtypeChanges - m_shape->sums[a.nextStored + 1].dtypeChanges : 0;
    sum.shardChanges = b.shardChanges - m_shape->sums[node.first + 1].shardChanges;
    return sum;
}

MarkCounts TensorTreeModel::marks(const Node& node) const
{
    const Sums sum = sums(node);
    return {sum.damaged, sum.violations, sum.advice, sum.notes, sum.clean, sum.missing};
}

QString TensorTreeModel::label(const Node& node) const
{
    return shownName(key(node.first).substr(node.labelStart, node.labelEnd - node.labelStart));
}

QString TensorTreeModel::groupText(const Node& node, Column column) const
{
    const Sums sum = sums(node);
    switch (column) {
    case Column::Key:
        return label(node);
    case Column::Verdict: {
        const MarkCounts counts = marks(node);
        return counts.text();
    }
    case Column::DType:
        return sum.dtypeChanges != 0 ? say("mixed") : cellText(*m_document, row(sum.nextStored < node.last ? sum.nextStored : node.first), column);
    case Column::Elements:
        return grouped(sum.elements);
    case Column::Size:
        return bytesText(sum.bytes);
    case Column::BitsPerWeight:
        return bitsText(sum.bytes, sum.elements);
    case Column::Shard: {
        if (sum.shardChanges == 0) {
            return cellText(*m_document, row(node.first), column);
        }
        std::set<std::uint32_t> shards;
        for (std::uint32_t i = node.first; i < node.last && shards.size() < m_document->checkpoint().shards().size(); ++i) {
            shards.insert(m_document->tensor(row(i)).shard);
        }
        return say("%1 shards").arg(grouped(shards.size()));
    }
    case Column::Wants:
    case Column::Shape:
    case Column::Rule:
    case Column::Offset:
        break;
    default:
        if (const auto statistic = statisticOf(column)) {
            const std::span tensors(m_shape->rows->data() + node.first, node.last - node.first);
            return statisticText(m_document->values()->over(tensors, *statistic), column, sum.elements);
        }
        break;
    }
    return {};
}

QVariant TensorTreeModel::groupData(const Node& node, Column column, int role) const
{
    switch (role) {
    case Qt::DisplayRole:
        return groupText(node, column);
    case Qt::TextAlignmentRole:
        return cellRole(*m_document, row(node.first), column, role);
    case Qt::ToolTipRole:
        if (column == Column::Key) {
            return forToolTip(shownName(key(node.first).substr(0, node.labelEnd)) + QLatin1Char('\n') + tensorsText(node.last - node.first));
        }
        return column == Column::Size ? QVariant(forToolTip(exactBytesText(sums(node).bytes))) : QVariant();
    case MarkRole: {
        const auto worst = marks(node).worst();
        return column == Column::Verdict && worst ? QVariant(static_cast<int>(*worst)) : QVariant();
    }
    case DTypeRole:
        if (const Sums sum = sums(node); column == Column::DType && sum.dtypeChanges == 0 && sum.nextStored < node.last) {
            return static_cast<int>(m_document->tensor(row(sum.nextStored)).dtype);
        }
        return {};
    case MutedRole:
        return (column != Column::Key && column != Column::Verdict) || sums(node).nextStored >= node.last;
    case Qt::AccessibleTextRole: {
        if (column != Column::Key) {
            return {};
        }
        const QString count = tensorsText(node.last - node.first);
        const QString verdict = marks(node).text();
        return verdict.isEmpty() ? say("%1, %2").arg(label(node), count) : say("%1, %2 in %3").arg(label(node), verdict, count);
    }
    default:
        return {};
    }
}

QVariant TensorTreeModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || !m_document) {
        return {};
    }
    const Node& node = m_shape->nodes[nodeOf(index)];
    const auto column = static_cast<Column>(index.column());
    if (!node.leaf) {
        return groupData(node, column, role);
    }
    const std::uint32_t tensor = row(node.first);
    switch (role) {
    case Qt::DisplayRole:
        return column == Column::Key ? label(node) : cellText(*m_document, tensor, column);
    case Qt::AccessibleTextRole:
        return column == Column::Key ? QVariant(spokenRow(*m_document, tensor, label(node))) : QVariant();
    case Qt::AccessibleDescriptionRole: {
        if (column == Column::Key && m_document->missing(tensor)) {
            return missingText(*m_document, tensor);
        }
        const Rule* rule = column == Column::Key ? m_document->rule(tensor) : nullptr;
        return rule != nullptr ? QVariant(shownName(rule->why, 800)) : QVariant();
    }
    default:
        return cellRole(*m_document, tensor, column, role);
    }
}

QVariant TensorTreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    return columnHeaderData(section, orientation, role);
}

Qt::ItemFlags TensorTreeModel::flags(const QModelIndex& index) const
{
    if (!index.isValid()) {
        return Qt::NoItemFlags;
    }
    const Qt::ItemFlags flags = Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemIsDragEnabled;
    return m_shape->nodes[nodeOf(index)].leaf ? flags | Qt::ItemNeverHasChildren : flags;
}

QStringList TensorTreeModel::mimeTypes() const
{
    return {QStringLiteral("text/plain")};
}

QMimeData* TensorTreeModel::mimeData(const QModelIndexList& indexes) const
{
    Rows tensors;
    for (const QModelIndex& index : indexes) {
        if (index.column() == 0) {
            collect(index, tensors);
        }
    }
    return m_document ? keysAsMime(*m_document, tensors) : nullptr;
}

std::optional<std::uint32_t> TensorTreeModel::tensorAt(const QModelIndex& index) const
{
    if (!index.isValid() || index.model() != this) {
        return std::nullopt;
    }
    const Node& node = m_shape->nodes[nodeOf(index)];
    return node.leaf ? std::optional(row(node.first)) : std::nullopt;
}

void TensorTreeModel::collect(const QModelIndex& index, Rows& out) const
{
    if (index.isValid() && index.model() == this) {
        const Node& node = m_shape->nodes[nodeOf(index)];
        out.insert(out.end(), m_shape->rows->begin() + node.first, m_shape->rows->begin() + node.last);
    }
}

QModelIndex TensorTreeModel::indexOf(std::uint32_t tensor) const
{
    if (!m_document || tensor >= m_document->size()) {
        return {};
    }
    if (m_shape->places.empty()) {
        m_shape->places.assign(m_document->size(), Nowhere);
        for (std::size_t i = 0; i < m_shape->rows->size(); ++i) {
            m_shape->places[(*m_shape->rows)[i]] = static_cast<std::uint32_t>(i);
        }
    }
    const std::uint32_t place = m_shape->places[tensor];
    if (place == Nowhere) {
        return {};
    }
    std::uint32_t at = 0;
    while (!m_shape->nodes[at].leaf) {
        build(at);
        const Node node = m_shape->nodes[at];
        std::uint32_t child = node.firstChild;
        while (child < node.firstChild + node.children && !(m_shape->nodes[child].first <= place && place < m_shape->nodes[child].last)) {
            ++child;
        }
        if (child == node.firstChild + node.children) {
            return {};
        }
        at = child;
    }
    return indexOfNode(at);
}

std::string TensorTreeModel::pathOf(const QModelIndex& index) const
{
    if (!index.isValid()) {
        return {};
    }
    const Node& node = m_shape->nodes[nodeOf(index)];
    return std::string(key(node.first).substr(0, node.labelEnd));
}

} // namespace ckptscope::ui
