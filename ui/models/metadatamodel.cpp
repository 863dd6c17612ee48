// SPDX-License-Identifier: Apache-2.0
#include "ui/models/metadatamodel.h"

#include "ui/models/marks.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QFont>

#include <algorithm>

namespace ckptscope::ui {

namespace {

constexpr std::size_t LongestValue = 2000; ///< characters that are shown of a value
constexpr std::size_t DeepestKey = 12;     ///< parts of a key that become rows of their own; the rest stays together

QString valueText(const MetadataValue& value)
{
    struct Say {
        QString operator()(std::nullptr_t) const { return QStringLiteral("null"); }
        QString operator()(bool b) const { return b ? QStringLiteral("true") : QStringLiteral("false"); }
        QString operator()(std::int64_t n) const { return QString::number(n); }
        QString operator()(std::uint64_t n) const { return QString::number(n); }
        QString operator()(double d) const { return fromUtf8(numberText(d)); }
        QString operator()(const std::string& s) const { return shownName(s, LongestValue); }
        QString operator()(const MetadataPlace& place) const
        {
            return place.count != 0
                ? QCoreApplication::translate("ckptscope::ui::MetadataModel", "%1, %2 elements, %3")
                      .arg(shownName(place.type, 60), grouped(place.count), bytesText(place.bytes.length))
                : QCoreApplication::translate("ckptscope::ui::MetadataModel", "%1, %2").arg(shownName(place.type, 60), bytesText(place.bytes.length));
        }
    };
    return std::visit(Say{}, value);
}

} // namespace

MetadataModel::MetadataModel(QObject* parent)
    : QAbstractItemModel(parent)
    , m_nodes(1)
{
}

void MetadataModel::setDocument(const DocumentPtr& document)
{
    beginResetModel();
    m_document = document;
    collect();
    build();
    endResetModel();
}

void MetadataModel::showEdits()
{
    setDocument(m_document);
}

void MetadataModel::setSearch(const QString& text)
{
    beginResetModel();
    m_search = text;
    build();
    endResetModel();
}

/// One row a key and value: fourteen shards usually say the same.
void MetadataModel::collectMetadata()
{
    const Checkpoint& checkpoint = m_document->checkpoint();
    const HandEdits edits = m_document->hand()->edits();
    std::map<std::pair<std::string, QString>, std::pair<std::size_t, std::uint64_t>> seen; // key, value: row, files
    const auto fileOf = [&](std::uint32_t shard) {
        return shard < checkpoint.shards().size() ? shownName(checkpoint.shards()[shard].file, 120) : QString();
    };
    for (const MetadataEntry& stored : checkpoint.metadata()) {
        if (stored.origin != "__metadata__") {
            continue;
        }
        const auto [at, fresh] = seen.try_emplace({stored.key, valueText(stored.value)}, std::pair{m_entries.size(), std::uint64_t{0}});
        const std::uint64_t files = ++at->second.second;
        if (!fresh) {
            m_entries[at->second.first].from = tr("%n file(s)", nullptr, static_cast<int>(std::min<std::uint64_t>(files, 1'000'000)));
            continue;
        }
        Entry made;
        made.key = stored.key;
        made.value = at->first.second;
        const auto* text = std::get_if<std::string>(&stored.value);
        made.text = text != nullptr ? std::optional(*text) : std::nullopt;
        made.from = fileOf(stored.shard);
        made.section = QStringLiteral("__metadata__");
        made.metadata = true;
        m_entries.push_back(std::move(made));
    }
    for (const auto& [key, value] : edits.metadata) {
        bool first = true;
        for (Entry& entry : m_entries) { // several, where files differ: they will agree
            if (entry.key != key || !entry.metadata) {
                continue;
            }
            entry.edited = true;
            entry.removed = !value.has_value();
            entry.from = value ? tr("edited, was %1").arg(entry.value.left(200)) : tr("to be removed");
            if (value) {
                entry.text = *value;
                entry.value = shownName(*value, LongestValue);
            }
            first = false;
        }
        if (first && value) {
            m_entries.push_back(
                {key, shownName(*value, LongestValue), *value, tr("to be added"), QStringLiteral("__metadata__"), true, false, true, false});
        }
    }
}

void MetadataModel::collect()
{
    m_entries.clear();
    if (!m_document) {
        return;
    }
    const Checkpoint& checkpoint = m_document->checkpoint();
    collectMetadata();
    for (const PickleGlobal& global : checkpoint.globals()) {
        const bool dangerous = global.grade == PickleGlobal::Grade::Dangerous;
        const QString what = dangerous                   ? tr("names code to run; it was read as data, nothing was run")
            : global.grade == PickleGlobal::Grade::Known ? tr("known")
                                                         : tr("unknown to ckptscope");
        m_entries.push_back({global.module + '.' + global.name, global.called ? tr("%1; called").arg(what) : what, std::nullopt,
                             global.shard < checkpoint.shards().size() ? shownName(checkpoint.shards()[global.shard].file, 120) : QString(),
                             tr("Pickle globals"), false, dangerous, false, false});
    }
    for (const MetadataEntry& stored : checkpoint.metadata()) {
        if (stored.origin == "__metadata__") {
            continue;
        }
        const auto* text = std::get_if<std::string>(&stored.value);
        m_entries.push_back({stored.key, valueText(stored.value), text != nullptr ? std::optional(*text) : std::nullopt,
                             stored.shard < checkpoint.shards().size() ? shownName(checkpoint.shards()[stored.shard].file, 120) : QString(),
                             stored.origin == "gguf"         ? tr("GGUF pairs")
                                 : stored.origin == "pickle" ? tr("Pickle values")
                                                             : shownName(stored.origin, 60),
                             false, false, false, false});
    }
    for (const auto& [path, value] : checkpoint.config().values) {
        const std::string text = configText(value);
        const QString file = shownName(checkpoint.config().file, 200);
        m_entries.push_back({path, shownName(text, LongestValue), text, file, file, false, false, false, false});
    }
}

std::uint32_t MetadataModel::child(std::uint32_t parent, const std::string& part)
{
    const auto [at, fresh] = m_byPart.try_emplace({parent, part}, static_cast<std::uint32_t>(m_nodes.size()));
    if (fresh) {
        Node made;
        made.parent = parent;
        made.row = static_cast<std::uint32_t>(m_nodes[parent].children.size());
        made.name = shownName(part, 300);
        m_nodes[parent].children.push_back(at->second);
        m_nodes.push_back(std::move(made));
    }
    return at->second;
}

void MetadataModel::build()
{
    m_nodes.assign(1, {});
    m_byPart.clear();
    m_shown = 0;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const Entry& entry = m_entries[i];
        if (!m_search.isEmpty() && !shownName(entry.key, 0).contains(m_search, Qt::CaseInsensitive)
            && !entry.value.contains(m_search, Qt::CaseInsensitive)) {
            continue;
        }
        ++m_shown;
        std::uint32_t at = child(0, toUtf8(entry.section));
        std::string_view rest = entry.key;
        // keys of __metadata__ are free text, and globals are names: their dots part nothing
        const bool parts = !entry.metadata && !entry.value.isNull() && entry.section != tr("Pickle globals");
        for (std::size_t depth = 1; parts && depth < DeepestKey; ++depth) {
            const std::size_t dot = rest.find('.');
            if (dot == std::string_view::npos || dot == 0 || dot + 1 == rest.size()) {
                break;
            }
            at = child(at, std::string(rest.substr(0, dot)));
            rest.remove_prefix(dot + 1);
        }
        Node leaf; // always its own: equal keys are two rows
        leaf.parent = at;
        leaf.row = static_cast<std::uint32_t>(m_nodes[at].children.size());
        leaf.name = shownName(rest, 300);
        leaf.entry = static_cast<std::int64_t>(i);
        m_nodes[at].children.push_back(static_cast<std::uint32_t>(m_nodes.size()));
        m_nodes.push_back(std::move(leaf));
    }
    m_byPart.clear();
}

const MetadataModel::Entry* MetadataModel::entry(const QModelIndex& index) const
{
    const std::int64_t at = index.isValid() ? m_nodes[nodeOf(index)].entry : -1;
    return at >= 0 ? &m_entries[static_cast<std::size_t>(at)] : nullptr;
}

QStringList MetadataModel::lines(const QModelIndex& index) const
{
    QStringList out;
    std::vector<std::uint32_t> open{nodeOf(index)};
    while (!open.empty()) {
        const Node& node = m_nodes[open.back()];
        open.pop_back();
        if (node.entry >= 0) {
            const Entry& one = m_entries[static_cast<std::size_t>(node.entry)];
            out << shownName(one.key, 0) + QLatin1Char('\t') + one.value;
        }
        open.insert(open.end(), node.children.rbegin(), node.children.rend());
    }
    return out;
}

QModelIndex MetadataModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent)) {
        return {};
    }
    return createIndex(row, column, quintptr{m_nodes[nodeOf(parent)].children[static_cast<std::size_t>(row)]});
}

QModelIndex MetadataModel::parent(const QModelIndex& child) const
{
    const std::uint32_t up = child.isValid() ? m_nodes[nodeOf(child)].parent : 0;
    return up == 0 ? QModelIndex() : createIndex(static_cast<int>(m_nodes[up].row), 0, quintptr{up});
}

int MetadataModel::rowCount(const QModelIndex& parent) const
{
    return parent.column() > 0 ? 0 : static_cast<int>(m_nodes[nodeOf(parent)].children.size());
}

int MetadataModel::columnCount(const QModelIndex&) const
{
    return Columns;
}

QVariant MetadataModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const Node& node = m_nodes[nodeOf(index)];
    const Entry* one = entry(index);
    const auto text = [&]() -> QString {
        switch (index.column()) {
        case Key:
            return node.name;
        case Value:
            return one != nullptr ? one->value : QString();
        default:
            return one == nullptr || one->from == one->section ? QString() : one->from;
        }
    };
    switch (role) {
    case Qt::DisplayRole:
        return text();
    case Qt::ToolTipRole:
        return forToolTip(one != nullptr && index.column() == Key ? shownName(one->key) : text());
    case Qt::FontRole:
        if (one != nullptr && one->removed && index.column() != From) {
            QFont font;
            font.setStrikeOut(true);
            return font;
        }
        return {};
    case MarkRole:
        if (index.column() != Key || one == nullptr) {
            return {};
        }
        return one->dangerous ? QVariant(static_cast<int>(Mark::Damaged)) : one->edited ? QVariant(static_cast<int>(Mark::Note)) : QVariant();
    case MutedRole:
        return index.column() == From && (one == nullptr || !one->edited);
    case Qt::AccessibleTextRole:
        if (index.column() != Key) {
            return {};
        }
        return one == nullptr
            ? QVariant(node.name)
            : QVariant(shownName(one->key) + QStringLiteral(": ") + one->value + (one->edited ? QStringLiteral(", ") + one->from : QString()));
    default:
        return {};
    }
}

QVariant MetadataModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (static_cast<Column>(section)) {
    case Key:
        return tr("Key");
    case Value:
        return tr("Value");
    case From:
        return tr("From");
    }
    return {};
}

} // namespace ckptscope::ui
