// SPDX-License-Identifier: Apache-2.0
#include "ui/text.h"

#include "core/model/tensorinfo.h"
#include "core/report/messages.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QLocale>

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(ckptscope::ui)
};

} // namespace

QString fromUtf8(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

std::string toUtf8(const QString& text)
{
    return text.toUtf8().toStdString();
}

QString shownName(std::string_view raw, std::size_t limit)
{
    return fromUtf8(displayName(raw, limit));
}

QString shownName(const QString& raw, std::size_t limit)
{
    return shownName(toUtf8(raw), limit);
}

namespace {
// Bytes of a file's name that are not UTF-8, as half of a surrogate pair: what no text holds, and Python does the same.
constexpr char16_t StrayByte = 0xdc00;

/// Bytes of the character at `at`; 0: they are not UTF-8.
std::size_t characterAt(std::string_view text, std::size_t at)
{
    for (std::size_t length = 1; length <= 4 && at + length <= text.size(); ++length) {
        if (isUtf8(text.substr(at, length))) {
            return length;
        }
    }
    return 0;
}
} // namespace

std::string toPath(const QString& path)
{
    const auto stray = [](QChar c) { return c.unicode() >= StrayByte + 0x80 && c.unicode() <= StrayByte + 0xff; };
    std::string bytes;
    for (qsizetype at = 0; at < path.size();) {
        qsizetype end = at;
        while (end < path.size() && (!stray(path[end]) || (end > at && path[end - 1].isHighSurrogate()))) {
            ++end;
        }
        const QByteArray text = QFile::encodeName(path.sliced(at, end - at));
        bytes.append(text.constData(), static_cast<std::size_t>(text.size()));
        if (end < path.size()) {
            bytes.push_back(static_cast<char>(path[end].unicode() - StrayByte));
            ++end;
        }
        at = end;
    }
    return bytes;
}

QString fromPath(std::string_view path)
{
    QString text;
    std::size_t plain = 0; // where what is not in the text yet begins
    const auto take = [&](std::size_t end) { text += QFile::decodeName(QByteArray(path.data() + plain, static_cast<qsizetype>(end - plain))); };
    for (std::size_t at = 0; at < path.size();) {
        if (const std::size_t length = characterAt(path, at); length != 0) {
            at += length;
            continue;
        }
        take(at);
        text += QChar(static_cast<char16_t>(StrayByte + static_cast<unsigned char>(path[at])));
        plain = ++at;
    }
    take(path.size());
    return text;
}

QString nameOf(const std::string& path)
{
    std::string_view rest(path);
    while (rest.size() > 1 && rest.back() == '/') {
        rest.remove_suffix(1);
    }
    const std::size_t slash = rest.rfind('/');
    return shownName(slash == std::string_view::npos || rest.size() == 1 ? rest : rest.substr(slash + 1), 80);
}

QString shownPath(std::string_view path)
{
    const std::string home = toPath(QDir::homePath());
    if (home.size() > 1 && path.starts_with(home) && (path.size() == home.size() || path[home.size()] == '/')) {
        return shownName("~" + std::string(path.substr(home.size())), 1000);
    }
    return shownName(path, 1000);
}

const NumberStyle& numberStyle()
{
    static const NumberStyle style = [] {
        const QLocale locale;
        NumberStyle made;
        // The C locale groups nothing; long counts are then hard to read, so English grouping stands in.
        if (locale.language() != QLocale::C) {
            made.groupSeparator = toUtf8(locale.groupSeparator());
            made.decimalPoint = toUtf8(locale.decimalPoint());
        }
        return made;
    }();
    return style;
}

QString grouped(std::uint64_t count)
{
    return fromUtf8(groupedNumber(count, numberStyle()));
}

QString bytesText(std::uint64_t bytes)
{
    return fromUtf8(byteText(bytes, numberStyle()));
}

QString exactBytesText(std::uint64_t bytes)
{
    return bytes == 1 ? QCoreApplication::translate("ckptscope::ui", "1 byte")
                      : QCoreApplication::translate("ckptscope::ui", "%1 bytes").arg(grouped(bytes));
}

QString shortCount(std::uint64_t count)
{
    return fromUtf8(ckptscope::countText(count, numberStyle()));
}

QString tensorsText(std::uint64_t count)
{
    return count == 1 ? QCoreApplication::translate("ckptscope::ui", "1 tensor")
                      : QCoreApplication::translate("ckptscope::ui", "%1 tensors").arg(grouped(count));
}

QString elementsText(std::uint64_t count)
{
    return count == 1 ? QCoreApplication::translate("ckptscope::ui", "1 element")
                      : QCoreApplication::translate("ckptscope::ui", "%1 elements").arg(grouped(count));
}

QString shapeText(const TensorInfo& tensor)
{
    return fromUtf8(ckptscope::shapeText(tensor.shape.data(), tensor.shape.size()));
}

QString bytesDelta(std::int64_t bytes)
{
    if (bytes == 0) {
        return bytesText(0);
    }
    const auto size = bytes < 0 ? 0 - static_cast<std::uint64_t>(bytes) : static_cast<std::uint64_t>(bytes);
    return (bytes < 0 ? u"\u2212 "_s : u"+ "_s) + bytesText(size);
}

QString whenText(qint64 secondsSinceEpoch)
{
    if (secondsSinceEpoch <= 0) {
        return {};
    }
    const QDateTime when = QDateTime::fromSecsSinceEpoch(secondsSinceEpoch);
    const qint64 days = when.date().daysTo(QDate::currentDate());
    if (days == 0) {
        const QLocale locale;
        return locale.language() == QLocale::C ? when.toString(u"HH:mm"_s) : locale.toString(when.time(), QLocale::ShortFormat);
    }
    return days == 1 ? Texts::tr("Yesterday") : QLocale().toString(when.date(), QLocale::ShortFormat);
}

QString severityWord(Severity severity)
{
    switch (severity) {
    case Severity::Note:
        return Texts::tr("note");
    case Severity::Advice:
        return Texts::tr("advice");
    case Severity::Violation:
        return Texts::tr("violation");
    case Severity::Error:
        break;
    }
    return Texts::tr("damage");
}

namespace {

QString filled(std::string_view text, const Error& error)
{
    if (text.empty()) {
        return {};
    }
    const QString translated = QCoreApplication::translate("codes", std::string(text).c_str());
    return fromUtf8(fillMessage(toUtf8(translated), error.args, numberStyle()));
}

} // namespace

std::string translated(const char* context, const char* source)
{
    return toUtf8(QCoreApplication::translate(context, source));
}

QString sentence(const Error& error)
{
    return filled(codeInfo(error.code).message, error);
}

QString wholeSentence(const Error& error)
{
    QString what = sentence(error);
    if (!what.isEmpty() && codeInfo(error.code).message.front() != '{') {
        what[0] = what[0].toUpper();
    }
    return what + u'.';
}

QString hint(const Error& error)
{
    // Core's hints name options of the command line; here stands what the window offers instead.
    switch (error.code) {
    case Code::LinkOutside:
        return Texts::tr("Open the file that it points to, or copy it into the folder.");
    case Code::SeveralCheckpoints:
        return Texts::tr("Open one of these files.");
    case Code::FixDamaged:
        return Texts::tr("Mend first what Findings calls damage.");
    case Code::FixFormat:
        return Texts::tr("Save it as safetensors, then repair the copy.");
    case Code::FixOutputExists:
        return Texts::tr("Choose another name, or let it be replaced once the new one is complete.");
    case Code::FixOutputIsSource:
        return Texts::tr("Choose another place; the source is written to only by Replace in place.");
    case Code::ConvertCannot:
        return Texts::tr("Leave them out by name.");
    case Code::ConvertBlocks:
        return Texts::tr("Choose what their values become: a larger file, and no better than the blocks.");
    case Code::ConvertPart:
    case Code::ConvertLeftOut:
        return Texts::tr("Keep every name to write everything.");
    case Code::FixLinkRefused:
        return Texts::tr("Choose to share blocks only where the file system can.");
    default:
        break;
    }
    return filled(hintTemplate(error), error);
}

QString place(const Error& error)
{
    if (error.file.empty()) {
        return {};
    }
    const QString file = shownName(error.file);
    return error.offset ? QCoreApplication::translate("ckptscope::ui", "%1, at byte %2").arg(file, grouped(*error.offset)) : file;
}

QString errorTitle(const Error& error)
{
    QString what = sentence(error);
    if (error.file.empty()) {
        if (!what.isEmpty()) {
            what[0] = what[0].toUpper();
        }
        return what;
    }
    return Texts::tr("%1: %2", "file and place, what is wrong").arg(place(error), what);
}

QString errorDetails(const Error& error)
{
    QString text = errorTitle(error);
    if (const QString advice = hint(error); !advice.isEmpty()) {
        text += u'\n' + advice;
    }
    return text + u"\n("_s + fromUtf8(codeInfo(error.code).id) + u')';
}

std::string shellQuoted(std::string_view word)
{
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || std::string_view("_-./:=,+@%").find(c) != std::string_view::npos;
    };
    if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) {
        return std::string(word);
    }
    const bool control = std::any_of(word.begin(), word.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (!control && isUtf8(word)) {
        std::string quoted = "'";
        for (const char c : word) {
            c == '\'' ? quoted += "'\\''" : quoted += c;
        }
        return quoted + "'";
    }
    // What a terminal would act on, or cannot show: octal escapes in $'...'.
    std::string quoted = "$'";
    for (const char c : word) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\'' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (byte < 0x20 || byte >= 0x7f) {
            quoted += '\\';
            quoted += static_cast<char>('0' + (byte >> 6U));
            quoted += static_cast<char>('0' + ((byte >> 3U) & 7U));
            quoted += static_cast<char>('0' + (byte & 7U));
        } else {
            quoted += c;
        }
    }
    return quoted + "'";
}

QString forAction(QString text)
{
    return text.replace(QLatin1Char('&'), QLatin1String("&&"));
}

QString forWindowTitle(QString text)
{
    return text.replace(QLatin1String("[*]"), QLatin1String("[*][*]"));
}

QString forToolTip(const QString& text)
{
    return QLatin1String("<p style='white-space:pre-wrap'>") + text.toHtmlEscaped() + QLatin1String("</p>");
}

} // namespace ckptscope::ui
