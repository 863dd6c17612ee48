// SPDX-License-Identifier: Apache-2.0
#include "ui/copyas.h"

#include "core/report/json.h"
#include "core/report/messages.h"
#include "ui/models/columns.h"
#include "ui/models/findingsmodel.h"
#include "ui/models/rolesmodel.h"
#include "ui/text.h"

#include <QStringList>

#include <algorithm>

namespace ckptscope::ui {

namespace {

QStringList headers(const QList<int>& columns)
{
    QStringList cells;
    for (const int column : columns) {
        cells << columnHeader(static_cast<Column>(column));
    }
    return cells;
}

QStringList cells(const Document& document, std::uint32_t tensor, const QList<int>& columns)
{
    QStringList texts;
    for (const int column : columns) {
        texts << exactText(document, tensor, static_cast<Column>(column));
    }
    return texts;
}

/// A key for a text: what of it is no UTF-8 is spelled out.
QString keyText(std::string_view key)
{
    return isUtf8(key) ? fromUtf8(key) : fromUtf8(escapeInvalidUtf8(key));
}

/// Tabs, line ends and characters that are not seen as escapes, so that a pasted table keeps its cells.
QString tableCell(const QString& text)
{
    QString out;
    const auto points = text.toUcs4();
    for (const char32_t point : points) {
        switch (point) {
        case '\t':
            out += QLatin1String("\\t");
            break;
        case '\n':
            out += QLatin1String("\\n");
            break;
        case '\r':
            out += QLatin1String("\\r");
            break;
        default: {
            const QChar::Category kind = QChar::category(point);
            const bool unseen =
                kind == QChar::Other_Control || kind == QChar::Other_Format || kind == QChar::Separator_Line || kind == QChar::Separator_Paragraph;
            out += !unseen        ? QString::fromUcs4(&point, 1)
                : point < 0x10000 ? QStringLiteral("\\u%1").arg(uint(point), 4, 16, QLatin1Char('0'))
                                  : QStringLiteral("\\U%1").arg(uint(point), 8, 16, QLatin1Char('0'));
        }
        }
    }
    return out;
}

QString markdownCell(const QString& text)
{
    QString out = tableCell(text);
    for (const char c : {'\\', '`', '|', '*', '_', '<', '>', '[', ']'}) {
        out.replace(QLatin1Char(c), QLatin1Char('\\') + QString(QLatin1Char(c)));
    }
    return out;
}

template<class Cell>
QString joined(const QStringList& texts, QLatin1String separator, Cell cell)
{
    QStringList out;
    for (const QString& text : texts) {
        out << cell(text);
    }
    return out.join(separator);
}

QString jsonObjects(const Document& document, const Rows& tensors)
{
    QByteArray text = tensors.size() == 1 ? "" : "[\n";
    const char* before = "";
    for (const std::uint32_t tensor : tensors) { // as `ckptscope ls --json` lists them: what is there
        text += before;
        report::writeTensorJson(document.checkpoint(), document.tensor(tensor),
                                [&text](std::string_view piece) { text.append(piece.data(), static_cast<qsizetype>(piece.size())); });
        before = ",\n";
    }
    text += tensors.size() == 1 ? "" : "\n]";
    return QString::fromUtf8(text).trimmed();
}

} // namespace

QString csvCell(const QString& text)
{
    QString cell = text;
    if (!cell.isEmpty()) {
        // a spreadsheet skips leading white space before it looks for a formula, so the guard does too
        const auto unseen = [](QChar c) { return c.isSpace() || c.category() == QChar::Other_Format || c.category() == QChar::Other_Control; };
        const auto at = std::find_if_not(cell.cbegin(), cell.cend(), unseen);
        const QChar first = at == cell.cend() ? QChar() : *at;
        bool number = false;
        (void)cell.toDouble(&number);
        const bool control = cell.front() == QLatin1Char('\t') || cell.front() == QLatin1Char('\r');
        // the wide forms too: spreadsheets of East Asian users read them alike
        if (control || (!first.isNull() && QStringView(u"=@\uff1d\uff20\uff0b\uff0d").contains(first))
            || ((first == QLatin1Char('+') || first == QLatin1Char('-')) && !number)) {
            cell.prepend(QLatin1Char('\''));
        }
    }
    const bool quote = cell.contains(QLatin1Char('"')) || cell.contains(QLatin1Char(',')) || cell.contains(QLatin1Char('\n'))
        || cell.contains(QLatin1Char('\r')) || cell != cell.trimmed();
    return quote ? QLatin1Char('"') + cell.replace(QLatin1Char('"'), QLatin1String("\"\"")) + QLatin1Char('"') : cell;
}

QString pythonRepr(const QString& text)
{
    const bool doubleQuotes = text.contains(QLatin1Char('\'')) && !text.contains(QLatin1Char('"'));
    const QLatin1Char quote(doubleQuotes ? '"' : '\'');
    QString out(quote);
    const auto points = text.toUcs4();
    for (const uint point : points) {
        if (point == '\\' || point == uint(quote.toLatin1())) {
            out += QLatin1Char('\\');
            out += QChar(static_cast<char16_t>(point));
        } else if (point == '\n') {
            out += QLatin1String("\\n");
        } else if (point == '\r') {
            out += QLatin1String("\\r");
        } else if (point == '\t') {
            out += QLatin1String("\\t");
        } else if (!QChar::isPrint(point) || (QChar::isSpace(point) && point != ' ')) {
            out += point < 0x100  ? QStringLiteral("\\x%1").arg(point, 2, 16, QLatin1Char('0'))
                : point < 0x10000 ? QStringLiteral("\\u%1").arg(point, 4, 16, QLatin1Char('0'))
                                  : QStringLiteral("\\U%1").arg(point, 8, 16, QLatin1Char('0'));
        } else {
            out += QString::fromUcs4(reinterpret_cast<const char32_t*>(&point), 1);
        }
    }
    return out + quote;
}

QString copyText(const Document& document, const Rows& tensors, const QList<int>& columns, CopyFormat format)
{
    QStringList lines;
    switch (format) {
    case CopyFormat::Table:
        if (tensors.size() > 1) {
            lines << headers(columns).join(QLatin1Char('\t'));
        }
        for (const std::uint32_t tensor : tensors) {
            lines << joined(cells(document, tensor, columns), QLatin1String("\t"), tableCell);
        }
        break;
    case CopyFormat::Key:
        for (const std::uint32_t tensor : tensors) {
            lines << keyText(document.tensor(tensor).key);
        }
        break;
    case CopyFormat::Csv:
        lines << joined(headers(columns), QLatin1String(","), csvCell);
        for (const std::uint32_t tensor : tensors) {
            lines << joined(cells(document, tensor, columns), QLatin1String(","), csvCell);
        }
        return lines.join(QLatin1String("\r\n")) + QLatin1String("\r\n");
    case CopyFormat::Markdown: {
        lines << QStringLiteral("| %1 |").arg(joined(headers(columns), QLatin1String(" | "), markdownCell));
        QStringList rule;
        for (const int column : columns) {
            rule << (columnSpec(static_cast<Column>(column)).right ? QStringLiteral("---:") : QStringLiteral("---"));
        }
        lines << QStringLiteral("| %1 |").arg(rule.join(QLatin1String(" | ")));
        for (const std::uint32_t tensor : tensors) {
            lines << QStringLiteral("| %1 |").arg(joined(cells(document, tensor, columns), QLatin1String(" | "), markdownCell));
        }
        break;
    }
    case CopyFormat::Json:
        return jsonObjects(document, storedOnly(document, tensors));
    case CopyFormat::Filter:
        for (const std::uint32_t tensor : tensors) {
            lines << quotedKey(document.tensor(tensor).key);
        }
        return lines.join(QLatin1String(" OR "));
    case CopyFormat::Python:
        for (const std::uint32_t tensor : tensors) {
            lines << pythonRepr(keyText(document.tensor(tensor).key));
        }
        return QLatin1Char('[') + lines.join(QLatin1String(", ")) + QLatin1Char(']');
    }
    return lines.join(QLatin1Char('\n'));
}

QString findingsText(const Document& document, CopyFormat format)
{
    const Checkpoint& checkpoint = document.checkpoint();
    const bool markdown = format == CopyFormat::Markdown;
    QString text;
    const auto line = [&](const QStringList& row) {
        text += markdown ? QLatin1String("| ") + joined(row, QLatin1String(" | "), markdownCell) + QLatin1String(" |\n")
                         : joined(row, QLatin1String(","), csvCell) + QLatin1String("\r\n");
    };
    line({QStringLiteral("severity"), QStringLiteral("rule"), QStringLiteral("tensor"), QStringLiteral("file"), QStringLiteral("offset"),
          QStringLiteral("finding"), QStringLiteral("fix")});
    if (markdown) {
        text += QLatin1String("|---|---|---|---|---|---|---|\n");
    }
    for (const Finding& finding : document.wholeReport().findings) {
        const auto row = [&](const QString& key, const QString& file) {
            line({markWord(markOf(finding.severity)), shownName(finding.rule, 0), key, file,
                  finding.offset ? QString::number(*finding.offset) : QString(),
                  fromUtf8(findingText(checkpoint, finding, numberStyle(), translated)), fixText(finding)});
        };
        const auto ofTensor = [&](std::uint32_t tensor) {
            const TensorInfo& info = checkpoint.tensors()[tensor];
            row(keyText(info.key), info.shard < checkpoint.shards().size() ? keyText(checkpoint.shards()[info.shard].file) : QString());
        };
        if (finding.tensor) {
            ofTensor(*finding.tensor);
        } else {
            row(keyText(finding.key), keyText(finding.file));
        }
        for (const std::uint32_t other : finding.others) {
            ofTensor(other);
        }
    }
    return text;
}

} // namespace ckptscope::ui
