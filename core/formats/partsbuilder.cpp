// SPDX-License-Identifier: Apache-2.0
#include "core/formats/partsbuilder.h"

#include "core/formats/formatreader.h"

#include <algorithm>
#include <cstring>

namespace ckptscope {

std::string_view PartsStorage::text(std::string_view copyOf)
{
    if (copyOf.empty()) {
        return {};
    }
    if (copyOf.size() > m_textLeft) {
        const std::size_t room = std::max(TextBlock, copyOf.size());
        m_text.push_back(std::make_unique_for_overwrite<char[]>(room));
        m_textNext = m_text.back().get();
        m_textLeft = room;
    }
    std::memcpy(m_textNext, copyOf.data(), copyOf.size());
    const std::string_view stored(m_textNext, copyOf.size());
    m_textNext += copyOf.size();
    m_textLeft -= copyOf.size();
    return stored;
}

std::span<const std::uint64_t> PartsStorage::shape(std::span<const std::uint64_t> copyOf)
{
    if (copyOf.empty()) {
        return {};
    }
    for (const auto& known : m_recent) {
        if (std::equal(known.begin(), known.end(), copyOf.begin(), copyOf.end())) {
            return known;
        }
    }
    if (copyOf.size() > m_shapesLeft) {
        const std::size_t room = std::max(ShapeBlock, copyOf.size());
        m_shapes.push_back(std::make_unique_for_overwrite<std::uint64_t[]>(room));
        m_shapeNext = m_shapes.back().get();
        m_shapesLeft = room;
    }
    std::copy(copyOf.begin(), copyOf.end(), m_shapeNext);
    const std::span<const std::uint64_t> stored(m_shapeNext, copyOf.size());
    m_shapeNext += copyOf.size();
    m_shapesLeft -= copyOf.size();
    m_recent[m_recentNext++ % m_recent.size()] = stored;
    return stored;
}

TensorExtra* PartsStorage::extra()
{
    m_extras.push_back(std::make_unique<TensorExtra>());
    return m_extras.back().get();
}

void ProblemSink::finish()
{
    for (const auto& [code, count] : m_counts) {
        if (count.dropped > 0) {
            // Keeps the weight of what it stands for, so that a damaged file stays damaged.
            m_out.push_back(Problem{
                count.worst, Error{Code::MoreOfThese, count.file, std::nullopt, {std::to_string(count.dropped), std::string(codeInfo(code).id)}},
                std::nullopt});
        }
    }
    m_counts.clear();
}

bool ProblemSink::wants(Code code) const noexcept
{
    const auto found = m_counts.find(code);
    return found == m_counts.end() || found->second.kept < limits().problemsPerCode;
}

void ProblemSink::add(Error what, std::optional<std::uint32_t> tensor)
{
    const Severity severity = codeInfo(what.code).severity;
    add(severity, std::move(what), tensor);
}

void ProblemSink::add(Severity severity, Error what, std::optional<std::uint32_t> tensor)
{
    Count& count = m_counts[what.code];
    count.worst = std::max(count.worst, severity);
    count.file = what.file;
    if (count.kept >= limits().problemsPerCode) {
        ++count.dropped;
        return;
    }
    ++count.kept;
    m_out.push_back(Problem{severity, std::move(what), tensor});
}

} // namespace ckptscope
