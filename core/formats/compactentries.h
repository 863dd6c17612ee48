// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/partsbuilder.h"
#include "core/model/tensorinfo.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope {

/// What is odd about a name in a safetensors header ("like a path"); empty: nothing.
[[nodiscard]] std::string_view oddName(std::string_view key) noexcept;

/// Reads entries of a safetensors header in the spelling of the reference writer, `"NAME":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}`,
/// without a detour. It takes no other spelling: those are for the parser that knows them all.
class CompactEntries {
public:
    explicit CompactEntries(PartsStorage& storage) noexcept
        : m_storage(storage)
    {
    }
    /// What stands behind a name's colon. Gives where it ends and fills dtype, shape and bytes ({first, last} of data_offsets as they are
    /// written: {begin, end}); nullptr: another spelling, then `tensor` is unchanged.
    [[nodiscard]] const char* value(const char* at, const char* end, TensorInfo& tensor);
    /// A name in its quotes, made of plain ASCII; gives what stands behind it, nullptr: anything else.
    [[nodiscard]] static const char* name(const char* at, const char* end, std::string_view& key) noexcept;

private:
    /// A list of dimensions that was read lately; experts share theirs.
    struct Known {
        std::array<char, 40> text{}; ///< with the bracket at its end
        std::size_t bytes = 0;
        std::span<const std::uint64_t> shape;
    };
    [[nodiscard]] const char* shape(const char* at, const char* end, std::span<const std::uint64_t>& out);

    PartsStorage& m_storage;
    std::string m_dtypeText; ///< `BF16","shape":[` of the last entry
    DType m_dtype = DType::Unknown;
    std::array<Known, 4> m_known;
    std::size_t m_knownNext = 0;
    std::vector<std::uint64_t> m_dims;
};

/// A stretch of a header's entries that one thread has read.
struct EntrySlice {
    std::vector<TensorInfo> tensors; ///< bytes as CompactEntries::value() leaves them; headerOffset from the header's start
    std::shared_ptr<PartsStorage> storage;
    std::size_t end = 0;    ///< where the next entry's quote stands, or the object's closing brace
    bool whole = false;     ///< it went to where it should; else it ends at the first entry that is not compact or has an odd name
    bool ascending = false; ///< its names
};

/// Reads the entries of `header` from `from`, where an entry's quote stands, to the first one that starts at `to` or later, on several threads.
/// Slices are in order and join without a gap up to the first one that is not whole. A name may look like a seam between entries; where a
/// guess at one was wrong, the slice before it is not whole.
[[nodiscard]] std::vector<EntrySlice> readEntrySlices(std::string_view header, std::size_t from, std::size_t to, unsigned threads,
                                                      const std::stop_token& stop);

} // namespace ckptscope
