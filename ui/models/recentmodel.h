// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/pathcheck.h"
#include "ui/settings.h"

#include <QAbstractListModel>

#include <vector>

namespace ckptscope::ui {

/// What was opened lately, newest first; each path is looked for as long as the list is shown.
class RecentModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role {
        NameRole = Qt::UserRole, ///< last part of the path, showable
        FolderRole,              ///< the path above it, "~" for the home folder
        FactsRole,               ///< "93,696 tensors · 65.3 GiB"
        WhenRole,
        WordRole,    ///< "violation", "not found"; empty: never judged
        VerdictRole, ///< a Mark as int; -1: never judged
        MissingRole, ///< bool
    };

    explicit RecentModel(Settings* settings, QObject* parent = nullptr);

    [[nodiscard]] const RecentEntry& entry(int row) const { return m_entries[static_cast<std::size_t>(row)]; }
    [[nodiscard]] bool missing(int row) const { return m_states[static_cast<std::size_t>(row)] == PathCheck::State::Missing; }
    /// Looks for the paths again.
    void check();

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

private:
    void load();

    Settings* m_settings;
    std::vector<RecentEntry> m_entries;
    std::vector<PathCheck::State> m_states;
    PathCheck m_check;
};

} // namespace ckptscope::ui
