// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// Owns the text and dimensions that a reader's TensorInfos point to: a bump allocator whose memory never moves.
/// Hand it to CheckpointParts::storage when done.
class PartsStorage {
public:
    [[nodiscard]] std::string_view text(std::string_view copyOf);
    /// Repeats of recent shapes are stored once: experts share theirs.
    [[nodiscard]] std::span<const std::uint64_t> shape(std::span<const std::uint64_t> copyOf);
    [[nodiscard]] TensorExtra* extra();

private:
    static constexpr std::size_t TextBlock = 256U << 10U;
    static constexpr std::size_t ShapeBlock = 4096;
    std::vector<std::unique_ptr<char[]>> m_text;
    std::size_t m_textLeft = 0;
    char* m_textNext = nullptr;
    std::vector<std::unique_ptr<std::uint64_t[]>> m_shapes;
    std::size_t m_shapesLeft = 0;
    std::uint64_t* m_shapeNext = nullptr;
    std::array<std::span<const std::uint64_t>, 8> m_recent{};
    std::size_t m_recentNext = 0;
    std::vector<std::unique_ptr<TensorExtra>> m_extras;
};

/// Collects problems, at most limits().problemsPerCode of each code; the rest is counted and told in one Code::MoreOfThese.
class ProblemSink {
public:
    explicit ProblemSink(std::vector<Problem>& out)
        : m_out(out)
    {
    }
    ProblemSink(const ProblemSink&) = delete;
    ProblemSink& operator=(const ProblemSink&) = delete;
    ~ProblemSink() { finish(); }
    /// Tells what was counted; the destructor does it where nobody did.
    void finish();
    /// With the code's usual severity.
    void add(Error what, std::optional<std::uint32_t> tensor = std::nullopt);
    void add(Severity severity, Error what, std::optional<std::uint32_t> tensor = std::nullopt);
    /// True while another problem of this code would be kept; lets callers skip the work of wording it.
    [[nodiscard]] bool wants(Code code) const noexcept;
    /// Counts one that was not worded, see wants().
    void count(Code code) noexcept { ++m_counts[code].dropped; }

private:
    struct Count {
        std::uint64_t kept = 0;
        std::uint64_t dropped = 0;
        Severity worst = Severity::Note;
        std::string file;
    };
    std::vector<Problem>& m_out;
    std::map<Code, Count> m_counts;
};

} // namespace ckptscope
