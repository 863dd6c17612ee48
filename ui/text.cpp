// SPDX-License-Identifier: Apache-2.0
#include "ui/text.h"

#include "core/model/tensorinfo.h"
#include "core/report/messages.h"

#include <QCoreApplication>
#include <QLocale>

namespace ckptscope::ui {

QString fromUtf8(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }

std::string toUtf8(const QString& text) { return text.toUtf8().toStdString(); }

QString shownName(std::string_view raw, std::size_t limit) { return fromUtf8(displayName(raw, limit)); }

QString shownName(const QString& raw, std::size_t limit) { return shownName(toUtf8(raw), limit); }

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

QString grouped(std::uint64_t count) { return fromUtf8(groupedNumber(count, numberStyle())); }

QString bytesText(std::uint64_t bytes) { return fromUtf8(byteText(bytes, numberStyle())); }

QString exactBytesText(std::uint64_t bytes)
{
    return bytes == 1 ? QCoreApplication::translate("ckptscope::ui", "1 byte")
                      : QCoreApplication::translate("ckptscope::ui", "%1 bytes").arg(grouped(bytes));
}

QString shortCount(std::uint64_t count) { return fromUtf8(ckptscope::countText(count, numberStyle())); }

QString shapeText(const TensorInfo& tensor)
{
    return fromUtf8(ckptscope::shapeText(tensor.shape.data(), tensor.shape.size()));
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

QString sentence(const Error& error) { return filled(codeInfo(error.code).message, error); }

QString hint(const Error& error) { return filled(codeInfo(error.code).hint, error); }

QString place(const Error& error)
{
    if (error.file.empty()) {
        return {};
    }
    const QString file = shownName(error.file);
    return error.offset ? QCoreApplication::translate("ckptscope::ui", "%1, at byte %2").arg(file, grouped(*error.offset)) : file;
}

QString forAction(QString text) { return text.replace(QLatin1Char('&'), QLatin1String("&&")); }

QString forToolTip(const QString& text)
{
    return QLatin1String("<p style='white-space:pre-wrap'>") + text.toHtmlEscaped() + QLatin1String("</p>");
}

} // namespace ckptscope::ui
