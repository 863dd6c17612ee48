// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/theme.h"

#include <QByteArray>
#include <QObject>
#include <QSettings>
#include <QString>
#include <QStringList>
#include <QVariant>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ckptscope::ui {

/// One entry of File > Open Recent and of the start page.
struct RecentEntry {
    std::string path; ///< absolute, as the file system has it
    QString verdict;  ///< core's verdictName(); empty: never judged
    std::uint64_t tensors = 0;
    std::uint64_t bytes = 0; ///< of the tensors
    qint64 when = 0;         ///< seconds since the epoch
    bool operator==(const RecentEntry&) const = default;
};

/// What the Preferences dialog edits, in one piece.
struct Preferences {
    Theme theme = Theme::System;
    bool reopenLast = false;
    bool reviewBeforeFixing = false; ///< the Fix button opens the dialog first
    bool scanOnOpen = false;         ///< reads the values of rule-covered tensors, up to 64 MiB
    QString profile = QStringLiteral("default");
    QStringList ruleFiles; ///< further rule files
    QString outputSuffix = QStringLiteral("-fixed");
    bool verifyAll = false; ///< re-reads every byte, not only what was cast or copied
    bool hardLinks = false; ///< untouched shards become hard links
    QString device = QStringLiteral("auto");
    bool rememberRecent = true;
    bool operator==(const Preferences&) const = default;
};

/// The settings file (INI). What it cannot give, because it is missing, wrecked or of another version, is its default;
/// a wrecked file is kept beside the new one as NAME.broken. One object a process; every setter writes at once.
class Settings : public QObject {
    Q_OBJECT
public:
    static constexpr int MaxRecent = 20;
    static constexpr int MaxFilters = 20;

    /// `file`: --settings FILE; empty: the user's own file.
    explicit Settings(const QString& file = {}, QObject* parent = nullptr);
    ~Settings() override;

    [[nodiscard]] QString fileName() const;
    /// False after a wrecked file was set aside, until the next start.
    [[nodiscard]] bool wasReadable() const noexcept { return m_readable; }

    [[nodiscard]] const Preferences& preferences() const noexcept { return m_preferences; }
    void setPreferences(const Preferences& preferences); ///< emits preferencesChanged()

    [[nodiscard]] const std::vector<RecentEntry>& recent() const noexcept { return m_recent; } ///< newest first
    void addRecent(RecentEntry entry); ///< moves an entry of the same path to the front; nothing while rememberRecent is off
    void removeRecent(const std::string& path);
    void clearRecent(); ///< also the filter history and the last folders

    [[nodiscard]] QStringList filterHistory() const { return m_filters; } ///< newest first
    void addFilter(const QString& expression);

    /// The folder that a file dialog of this purpose ("open", "export" ...) last stood in; empty: none.
    [[nodiscard]] QString lastFolder(const QString& purpose) const;
    void setLastFolder(const QString& purpose, const QString& folder);

    [[nodiscard]] QByteArray geometry() const;    ///< for QWidget::restoreGeometry()
    [[nodiscard]] QByteArray windowState() const; ///< for QMainWindow::restoreState()
    void setWindow(const QByteArray& geometry, const QByteArray& state);

    /// Everything else that a view remembers: "view/mode", "columns/flat" ... Only plain values.
    [[nodiscard]] QVariant value(const QString& key, const QVariant& fallback = {}) const;
    void setValue(const QString& key, const QVariant& value);

Q_SIGNALS:
    void preferencesChanged();
    void recentChanged();

private:
    void load();
    void saveRecent();

    std::unique_ptr<QSettings> m_file;
    Preferences m_preferences;
    std::vector<RecentEntry> m_recent;
    QStringList m_filters;
    bool m_readable = true;
};

} // namespace ckptscope::ui
