// SPDX-License-Identifier: Apache-2.0
#include "core/report/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace ckptscope::report {

std::string TextStyle::paint(std::string_view text, Ink ink) const
{
    if (!colour || ink == Ink::Plain || text.empty()) {
        return std::string(text);
    }
    std::string_view code;
    switch (ink) {
    case Ink::Plain:
        break;
    case Ink::Bold:
        code = "1";
        break;
    case Ink::Muted:
        code = "2";
        break;
    case Ink::Violation:
        code = "31";
        break;
    case Ink::Advice:
        code = "33";
        break;
    case Ink::Note:
        code = "34";
        break;
    case Ink::Clean:
        code = "32";
        break;
    }
    return "\x1b[" + std::string(code) + 'm' + std::string(text) + "\x1b[0m";
}

std::string shortNumber(double value)
{
    if (!std::isfinite(value)) {
        return numberText(value);
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4g", value);
    return text.data();
}

std::size_t textWidth(std::string_view utf8) noexcept
{
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Ink severityInk(Severity severity) noexcept
{
    switch (severity) {
    case Severity::Error:
    case Severity::Violation:
        return Ink::Violation;
    case Severity::Advice:
        return Ink::Advice;
    case Severity::Note:
        return Ink::Note;
    }
    return Ink::Plain;
}

Ink verdictInk(Verdict verdict) noexcept
{
    switch (verdict) {
    case Verdict::Damaged:
    case Verdict::Dangerous:
    case Verdict::Violations:
        return Ink::Violation;
    case Verdict::Advice:
        return Ink::Advice;
    case Verdict::NoContract:
        return Ink::Bold;
    case Verdict::Clean:
        return Ink::Clean;
    }
    return Ink::Plain;
}

void Table::row(std::vector<std::string> cells, Ink ink)
{
    m_rows.push_back({std::move(cells), ink});
}

void Table::write(const TextStyle& style, std::string_view indent, const Write& write) const
{
    std::vector<std::size_t> widths(m_alignment.size(), 0);
    for (const Row& row : m_rows) {
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            widths[i] = std::max(widths[i], textWidth(row.cells[i]));
        }
    }
    std::string line;
    for (const Row& row : m_rows) {
        line = indent;
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            const std::string gap(widths[i] - textWidth(row.cells[i]), ' ');
            const bool last = i + 1 == row.cells.size();
            line += i > 0 ? "  " : "";
            line += m_alignment[i] == 'r' ? gap : "";
            line += i == 0 ? style.paint(row.cells[i], row.ink) : row.cells[i];
            line += m_alignment[i] != 'r' && !last ? gap : "";
        }
        while (line.ends_with(' ')) {
            line.pop_back();
        }
        line += '\n';
        write(line);
    }
}

} // namespace ckptscope::report
