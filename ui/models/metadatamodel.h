// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/models/document.h"

#include <QAbstractItemModel>
#include <QString>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ckptscope::ui {

/// `__metadata__`, config.json, GGUF pairs, pickle values and pickle globals as one searchable tree, all plain text.
/// What several files say alike is one row. What a fix will write in `__metadata__` stands in place of what is stored,
/// marked.
class MetadataModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column : int { Key, Value, From };
    static constexpr int Columns = 3;
    explicit MetadataModel(QObject* parent = nullptr);

    void setDocument(const DocumentPtr& document);
    void showEdits(); ///< the document's edits by hand have changed
    void setSearch(const QString& text);
    [[nodiscard]] std::uint64_t shown() const noexcept { return m_shown; } ///< pairs, without what the search hides

    /// What a row stands for.
    struct Entry {
        std::string key;                 ///< whole, as stored
        QString value;                   ///< as shown
        std::optional<std::string> text; ///< as stored, where it is held
        QString from;                    ///< file, or files
        QString section;                 ///< the row at the top that it stands under
        bool metadata = false;           ///< of `__metadata__`
        bool dangerous = false;
        bool edited = false; ///< a fix would change it
        bool removed = false;
    };
    /// nullptr for rows that only hold others.
    [[nodiscard]] const Entry* entry(const QModelIndex& index) const;
    /// "key: tab, value" of a row, or of every row below it; keys whole, control characters as escapes, values as
    /// shown.
    [[nodiscard]] QStringList lines(const QModelIndex& index) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Node {
        std::uint32_t parent = 0; ///< 0: the root
        std::uint32_t row = 0;
        QString name;
        std::int64_t entry = -1; ///< index into m_entries
        std::vector<std::uint32_t> children;
    };
    void collect();
    void collectMetadata();
    void build();
    std::uint32_t child(std::uint32_t parent, const std::string& part);
    [[nodiscard]] std::uint32_t nodeOf(const QModelIndex& index) const
    {
        return index.isValid() ? static_cast<std::uint32_t>(index.internalId()) : 0;
    }

    DocumentPtr m_document;
    QString m_search;
    std::vector<Entry> m_entries;
    std::vector<Node> m_nodes;                                               ///< the first is the root
    std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> m_byPart; ///< while it is built
    std::uint64_t m_shown = 0;
};

} // namespace ckptscope::ui
