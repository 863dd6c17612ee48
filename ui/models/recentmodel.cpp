// SPDX-License-Identifier: Apache-2.0
#include "ui/models/recentmodel.h"

#include "ui/text.h"
#include "ui/theme.h"

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

struct Split {
    std::string folder;
    std::string name;
};

Split split(std::string_view path)
{
    while (path.size() > 1 && path.ends_with('/')) {
        path.remove_suffix(1);
    }
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) {
        return {{}, std::string(path)};
    }
    return {std::string(slash == 0 ? "/" : path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

std::optional<Mark> markOfName(const QString& verdict)
{
    for (const Verdict each : {Verdict::Damaged, Verdict::Dangerous, Verdict::Violations, Verdict::NoContract, Verdict::Advice, Verdict::Clean}) {
        if (verdict == fromUtf8(verdictName(each))) {
            return markOf(each);
        }
    }
    return std::nullopt;
}

} // namespace

RecentModel::RecentModel(Settings* settings, QObject* parent)
    : QAbstractListModel(parent)
    , m_settings(settings)
{
    connect(settings, &Settings::recentChanged, this, &RecentModel::load);
    connect(&m_check, &PathCheck::answered, this, [this](int row, PathCheck::State state) {
        m_states[static_cast<std::size_t>(row)] = state;
        Q_EMIT dataChanged(index(row), index(row));
    });
    load();
}

void RecentModel::load()
{
    beginResetModel();
    m_entries = m_settings->recent();
    m_states.assign(m_entries.size(), PathCheck::State::Unknown);
    endResetModel();
    check();
}

void RecentModel::check()
{
    std::vector<std::string> paths;
    paths.reserve(m_entries.size());
    std::transform(m_entries.begin(), m_entries.end(), std::back_inserter(paths), [](const RecentEntry& entry) { return entry.path; });
    m_check.start(paths);
}

int RecentModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

QVariant RecentModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const RecentEntry& entry = m_entries[static_cast<std::size_t>(index.row())];
    const auto mark = markOfName(entry.verdict);
    switch (role) {
    case Qt::DisplayRole:
    case NameRole:
        return shownName(split(entry.path).name);
    case Qt::ToolTipRole:
        return forToolTip(shownName(entry.path, 0) + u'\n' + data(index, FactsRole).toString() + u'\n' + whenText(entry.when));
    case FolderRole:
        return shownPath(split(entry.path).folder);
    case FactsRole: {
        const int plural = static_cast<int>(std::min<std::uint64_t>(entry.tensors, 1'000'000));
        return tr("%1 tensor(s)", nullptr, plural).arg(grouped(entry.tensors)) + u" \u00b7 "_s + bytesText(entry.bytes);
    }
    case WhenRole:
        return whenText(entry.when);
    case WordRole:
        return missing(index.row())                                      ? tr("not found")
            : entry.verdict == fromUtf8(verdictName(Verdict::Dangerous)) ? tr("names code")
            : mark                                                       ? markWord(*mark)
                                                                         : QString();
    case VerdictRole:
        return mark ? static_cast<int>(*mark) : -1;
    case MissingRole:
        return missing(index.row());
    case Qt::AccessibleTextRole:
        return tr("%1, %2, %3, %4, in %5", "name, verdict, facts, when, folder")
            .arg(shownName(split(entry.path).name), data(index, WordRole).toString(), data(index, FactsRole).toString(), whenText(entry.when),
                 data(index, FolderRole).toString());
    default:
        return {};
    }
}

} // namespace ckptscope::ui
