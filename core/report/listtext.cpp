// SPDX-License-Identifier: Apache-2.0
#include "core/report/messages.h"
#include "core/report/text.h"

#include <algorithm>

namespace ckptscope::report {

namespace {

constexpr std::size_t KeyColumns = 100; ///< a longer key pushes its own line's cells to the right
constexpr std::size_t FlushBytes = 64U << 10U;

/// Nothing in it that displayName() would change: the common case, a million times over.
bool isPlain(std::string_view key) noexcept
{
    return key.size() <= 500 && std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
}

std::string shown(std::string_view key)
{
    return isPlain(key) ? std::string(key) : displayName(key);
}

void pad(std::string& line, std::size_t from, std::size_t width)
{
    const std::size_t have = textWidth(std::string_view(line).substr(from));
    line.append(have < width ? width - have : 0, ' ');
}

std::string shape(std::span<const std::uint64_t> dims)
{
    return shapeText(dims.data(), dims.size());
}

std::string tupleText(const std::vector<std::uint64_t>& numbers)
{
    std::string text;
    for (const std::uint64_t number : numbers) {
        text += (text.empty() ? "" : ".") + std::to_string(number);
    }
    return text;
}

std::string missingText(const Role& role)
{
    constexpr std::size_t Shown = 6;
    std::string text = "missing ";
    for (std::size_t i = 0; i < std::min(Shown, role.missing.size()); ++i) {
        text += (i > 0 ? ", " : "") + tupleText(role.missing[i]);
    }
    if (role.missing.size() > Shown) {
        text += " and " + groupedNumber(role.missing.size() - Shown) + " more";
    }
    return text;
}

/// "17" of "model.layers.17.A_log", as far as there is a number.
std::string oddText(const Checkpoint& checkpoint, const Role& role)
{
    constexpr std::size_t Shown = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(Shown, role.odd.size()); ++i) {
        const TensorInfo& tensor = checkpoint.tensors()[role.odd[i]];
        text += (i > 0 ? ", " : "") + shown(tensor.key) + " is " + displayName(tensor.dtypeText());
    }
    if (role.odd.size() > Shown) {
        text += " and " + groupedNumber(role.odd.size() - Shown) + " more differ";
    }
    return text;
}

} // namespace

std::string factsText(const Checkpoint& checkpoint, const NumberStyle& style)
{
    const auto plural = [&](std::uint64_t count, std::string_view one) {
        return groupedNumber(count, style) + ' ' + std::string(one) + (count == 1 ? "" : "s");
    };
    return checkpoint.format() + ", " + plural(checkpoint.shards().size(), checkpoint.isFolder() ? "shard" : "file") + ", "
        + plural(checkpoint.tensors().size(), "tensor") + ", " + countText(checkpoint.parameters(), style) + " parameters, "
        + byteText(checkpoint.tensorBytes(), style);
}

void writeListText(const Checkpoint& checkpoint, const std::vector<std::uint32_t>& rows, const std::vector<ElementsHash>& hashes,
                   const TextStyle& style, const Write& write)
{
    const auto& tensors = checkpoint.tensors();
    const bool files = checkpoint.shards().size() > 1;
    std::size_t keyWidth = 3;
    std::size_t dtypeWidth = 5;
    std::size_t shapeWidth = 5;
    std::size_t sizeWidth = 4;
    for (const std::uint32_t row : rows) {
        const TensorInfo& tensor = tensors[row];
        keyWidth = std::max(keyWidth, isPlain(tensor.key) ? tensor.key.size() : textWidth(displayName(tensor.key)));
        dtypeWidth = std::max(dtypeWidth, tensor.dtypeText().size());
        shapeWidth = std::max(shapeWidth, textWidth(shape(tensor.shape)));
        sizeWidth = std::max(sizeWidth, byteText(tensor.bytes.length, style.numbers).size());
    }
    keyWidth = std::min(keyWidth, KeyColumns);
    shapeWidth = std::min<std::size_t>(shapeWidth, 40);
    dtypeWidth = std::min<std::size_t>(dtypeWidth, 24);
    std::string out;
    const auto line = [&](std::string_view key, std::string_view dtype, std::string_view dims, std::string_view size, std::string_view hash,
                          std::string_view file) {
        const std::size_t start = out.size();
        std::size_t width = keyWidth;
        const auto cell = [&](std::string_view text, std::size_t next) {
            out += text;
            pad(out, start, width);
            out += "  ";
            width += 2 + next;
        };
        cell(key, dtypeWidth);
        cell(dtype, shapeWidth);
        cell(dims, sizeWidth);
        out.append(size.size() < sizeWidth ? sizeWidth - size.size() : 0, ' ');
        out += size;
        if (!hashes.empty()) {
            out.append("  ").append(hash);
        }
        if (files) {
            out.append("  ").append(file);
        }
        out += '\n';
    };
    if (style.headings && !rows.empty()) {
        line("KEY", "DTYPE", "SHAPE", "SIZE", hashes.empty() ? "" : "SHA-256" + std::string(57, ' '), "FILE");
        out = style.paint(std::string_view(out).substr(0, out.size() - 1), Ink::Muted) + '\n';
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const TensorInfo& tensor = tensors[rows[i]];
        const std::string file = files && tensor.shard < checkpoint.shards().size() ? displayName(checkpoint.shards()[tensor.shard].file) : "";
        std::string hash;
        if (i < hashes.size()) {
            hash = hashes[i].sha256.empty() ? "(" + displayName(hashes[i].reason) + ")" : hashes[i].sha256;
        }
        line(shown(tensor.key), displayName(tensor.dtypeText()), shape(tensor.shape), byteText(tensor.bytes.length, style.numbers), hash, file);
        if (out.size() >= FlushBytes) {
            write(out);
            out.clear();
        }
    }
    write(out);
}

void writeRolesText(const Checkpoint& checkpoint, const std::vector<Role>& roles, const TextStyle& style, const Write& write)
{
    Table table("lrllrl");
    if (style.headings && !roles.empty()) {
        table.row({"PATTERN", "COUNT", "SHAPE", "DTYPE", "SIZE", ""}, Ink::Muted);
    }
    for (const Role& role : roles) {
        std::string dtypes;
        for (const auto& [dtype, count] : role.dtypes) {
            dtypes += (dtypes.empty() ? "" : ", ") + displayName(dtype) + (role.dtypes.size() > 1 ? ' ' + groupedNumber(count, style.numbers) : "");
        }
        std::string remark = role.missing.empty() ? "" : missingText(role);
        if (!role.odd.empty()) {
            remark += (remark.empty() ? "" : "; ") + oddText(checkpoint, role);
        }
        table.row({shown(role.pattern), groupedNumber(role.tensors.size(), style.numbers),
                   role.shapes.size() == 1 ? shape(role.shapes.front()) : "varies", dtypes, byteText(role.bytes, style.numbers), remark});
    }
    table.write(style, "", write);
}

void writeProblemsText(const Checkpoint& checkpoint, std::size_t limit, const TextStyle& style, const Write& write)
{
    std::size_t written = 0;
    for (const Problem& problem : checkpoint.problems()) {
        if (written++ == limit) {
            write("and " + groupedNumber(checkpoint.problems().size() - limit, style.numbers) + " more problems; --json lists them all\n");
            return;
        }
        const Ink ink = severityInk(problem.severity);
        const std::string_view grade = problem.severity == Severity::Error ? "error" : problem.severity == Severity::Note ? "note" : "warning";
        std::string text = errorText(problem.what, true, style.numbers);
        for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
            text.insert(at + 1, grade.size() + 2, ' ');
        }
        write(style.paint(grade, ink) + ": " + text + '\n');
    }
}

} // namespace ckptscope::report
