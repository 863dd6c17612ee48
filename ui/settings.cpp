// SPDX-License-Identifier: Apache-2.0
#include "ui/settings.h"

#include <QFile>
#include <QFileInfo>

#include <algorithm>
#include <array>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int Version = 1;
constexpr qsizetype MaxText = 64 * 1024; ///< of one value: a file that was tampered with must not fill memory or menus

QString text(const QSettings& file, const QString& key, const QString& fallback)
{
    const QVariant value = file.value(key);
    if (value.typeId() != QMetaType::QString) {
        return fallback;
    }
    QString read = value.toString();
    return read.size() > MaxText ? fallback : read;
}

bool flag(const QSettings& file, const QString& key, bool fallback)
{
    const QString read = file.value(key).toString();
    return read == u"true" ? true : read == u"false" ? false : fallback;
}

QStringList texts(const QSettings& file, const QString& key, int most)
{
    QStringList read = file.value(key).toStringList();
    read.removeIf([](const QString& item) { return item.isEmpty() || item.size() > MaxText; });
    read.removeDuplicates();
    return read.mid(0, most);
}

QString oneOf(const QString& value, std::initializer_list<QStringView> choices, const QString& fallback)
{
    return std::find(choices.begin(), choices.end(), QStringView(value)) != choices.end() ? value : fallback;
}

/// A suffix goes into a file name: no separators, no control characters, and not nothing.
QString suffix(const QString& value)
{
    const bool bad = value.isEmpty() || value.size() > 64
        || std::any_of(value.begin(), value.end(), [](QChar c) { return c == u'/' || c == u'\\' || c.category() == QChar::Other_Control; });
    return bad ? Preferences().outputSuffix : value;
}

} // namespace

Settings::Settings(const QString& file, QObject* parent)
    : QObject(parent)
{
    const auto open = [&file] {
        return file.isEmpty() ? std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope, u"ckptscope"_s, u"ckptscope"_s)
                              : std::make_unique<QSettings>(file, QSettings::IniFormat);
    };
    m_file = open();
    m_file->setFallbacksEnabled(false);
    if (m_file->status() == QSettings::FormatError) {
        m_readable = false;
        const QString name = m_file->fileName();
        m_file.reset();
        QFile::remove(name + u".broken"_s);
        QFile::rename(name, name + u".broken"_s);
        m_file = open();
        m_file->setFallbacksEnabled(false);
    }
    load();
}

Settings::~Settings() = default;

QString Settings::fileName() const
{
    return m_file->fileName();
}

void Settings::load()
{
    const Preferences defaults;
    m_preferences.theme = themeFromName(text(*m_file, u"general/theme"_s, {}));
    m_preferences.reopenLast = flag(*m_file, u"general/reopenLast"_s, defaults.reopenLast);
    m_preferences.reviewBeforeFixing = flag(*m_file, u"general/reviewBeforeFixing"_s, defaults.reviewBeforeFixing);
    m_preferences.scanOnOpen = flag(*m_file, u"general/scanOnOpen"_s, defaults.scanOnOpen);
    m_preferences.profile = oneOf(text(*m_file, u"rules/profile"_s, defaults.profile), {u"default", u"nemo-automodel"}, defaults.profile);
    m_preferences.ruleFiles = texts(*m_file, u"rules/files"_s, 100);
    m_preferences.outputSuffix = suffix(text(*m_file, u"fix/suffix"_s, defaults.outputSuffix));
    m_preferences.verifyAll = flag(*m_file, u"fix/verifyAll"_s, defaults.verifyAll);
    m_preferences.hardLinks = flag(*m_file, u"fix/hardLinks"_s, defaults.hardLinks);
    m_preferences.device = text(*m_file, u"fix/device"_s, defaults.device);
    m_preferences.rememberRecent = flag(*m_file, u"privacy/rememberRecent"_s, defaults.rememberRecent);

    const int count = std::min(m_file->beginReadArray(u"recent"_s), MaxRecent);
    for (int i = 0; i < count; ++i) {
        m_file->setArrayIndex(i);
        const QByteArray path = m_file->value(u"path"_s).toByteArray();
        if (path.isEmpty() || path.size() > MaxText) {
            continue;
        }
        RecentEntry entry;
        entry.path = path.toStdString();
        entry.verdict =
            oneOf(m_file->value(u"verdict"_s).toString(), {u"damaged", u"dangerous", u"violations", u"no-contract", u"advice", u"clean"}, {});
        entry.tensors = m_file->value(u"tensors"_s).toULongLong();
        entry.bytes = m_file->value(u"bytes"_s).toULongLong();
        entry.when = std::max<qint64>(0, m_file->value(u"when"_s).toLongLong());
        m_recent.push_back(std::move(entry));
    }
    m_file->endArray();
    m_filters = texts(*m_file, u"filter/history"_s, MaxFilters);
}

void Settings::setPreferences(const Preferences& preferences)
{
    if (preferences == m_preferences) {
        return;
    }
    m_preferences = preferences;
    m_preferences.outputSuffix = suffix(preferences.outputSuffix);
    const auto yesNo = [](bool value) { return value ? u"true"_s : u"false"_s; };
    m_file->setValue(u"version"_s, Version);
    m_file->setValue(u"general/theme"_s, themeName(m_preferences.theme));
    m_file->setValue(u"general/reopenLast"_s, yesNo(m_preferences.reopenLast));
    m_file->setValue(u"general/reviewBeforeFixing"_s, yesNo(m_preferences.reviewBeforeFixing));
    m_file->setValue(u"general/scanOnOpen"_s, yesNo(m_preferences.scanOnOpen));
    m_file->setValue(u"rules/profile"_s, m_preferences.profile);
    m_file->setValue(u"rules/files"_s, m_preferences.ruleFiles);
    m_file->setValue(u"fix/suffix"_s, m_preferences.outputSuffix);
    m_file->setValue(u"fix/verifyAll"_s, yesNo(m_preferences.verifyAll));
    m_file->setValue(u"fix/hardLinks"_s, yesNo(m_preferences.hardLinks));
    m_file->setValue(u"fix/device"_s, m_preferences.device);
    m_file->setValue(u"privacy/rememberRecent"_s, yesNo(m_preferences.rememberRecent));
    if (!m_preferences.rememberRecent) {
        clearRecent();
    }
    Q_EMIT preferencesChanged();
}

void Settings::addRecent(RecentEntry entry)
{
    if (!m_preferences.rememberRecent || entry.path.empty()) {
        return;
    }
    std::erase_if(m_recent, [&entry](const RecentEntry& other) { return other.path == entry.path; });
    m_recent.insert(m_recent.begin(), std::move(entry));
    if (m_recent.size() > MaxRecent) {
        m_recent.resize(MaxRecent);
    }
    saveRecent();
}

void Settings::removeRecent(const std::string& path)
{
    std::erase_if(m_recent, [&path](const RecentEntry& other) { return other.path == path; });
    saveRecent();
}

void Settings::clearRecent()
{
    m_recent.clear();
    m_filters.clear();
    m_file->remove(u"filter/history"_s);
    m_file->remove(u"folders"_s);
    saveRecent();
}

void Settings::saveRecent()
{
    m_file->remove(u"recent"_s);
    m_file->beginWriteArray(u"recent"_s, static_cast<int>(m_recent.size()));
    for (int i = 0; const RecentEntry& entry : m_recent) {
        m_file->setArrayIndex(i++);
        m_file->setValue(u"path"_s, QByteArray::fromStdString(entry.path));
        m_file->setValue(u"verdict"_s, entry.verdict);
        m_file->setValue(u"tensors"_s, static_cast<qulonglong>(entry.tensors));
        m_file->setValue(u"bytes"_s, static_cast<qulonglong>(entry.bytes));
        m_file->setValue(u"when"_s, entry.when);
    }
    m_file->endArray();
    Q_EMIT recentChanged();
}

void Settings::addFilter(const QString& expression)
{
    const QString trimmed = expression.trimmed();
    if (trimmed.isEmpty() || trimmed.size() > MaxText || !m_preferences.rememberRecent) {
        return;
    }
    m_filters.removeAll(trimmed);
    m_filters.prepend(trimmed);
    m_filters = m_filters.mid(0, MaxFilters);
    m_file->setValue(u"filter/history"_s, m_filters);
}

QString Settings::lastFolder(const QString& purpose) const
{
    return text(*m_file, u"folders/"_s + purpose, {});
}

void Settings::setLastFolder(const QString& purpose, const QString& folder)
{
    if (m_preferences.rememberRecent) {
        m_file->setValue(u"folders/"_s + purpose, folder);
    }
}

QByteArray Settings::geometry() const
{
    return m_file->value(u"window/geometry"_s).toByteArray();
}

QByteArray Settings::windowState() const
{
    return m_file->value(u"window/state"_s).toByteArray();
}

void Settings::setWindow(const QByteArray& geometry, const QByteArray& state)
{
    m_file->setValue(u"window/geometry"_s, geometry);
    m_file->setValue(u"window/state"_s, state);
}

QVariant Settings::value(const QString& key, const QVariant& fallback) const
{
    return m_file->value(u"views/"_s + key, fallback);
}

void Settings::setValue(const QString& key, const QVariant& value)
{
    m_file->setValue(u"views/"_s + key, value);
}

} // namespace ckptscope::ui
