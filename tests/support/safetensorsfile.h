// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptscope::test {

/// Eight bytes, little-endian.
[[nodiscard]] std::string le64(std::uint64_t value);

/// A safetensors file with any header text, true or not: its length, the text, the bytes.
[[nodiscard]] std::string rawSafetensors(std::string_view header, std::string_view data = {});
/// The same with a length that may lie.
[[nodiscard]] std::string rawSafetensors(std::uint64_t length, std::string_view header, std::string_view data = {});

/// The entry of one tensor as JSON: "name":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}. The name is escaped.
[[nodiscard]] std::string safetensorsEntry(std::string_view name, std::string_view dtype, const std::vector<std::uint64_t>& shape,
                                           std::uint64_t begin, std::uint64_t end);

/// Builds a whole, correct safetensors file, in the order of the calls. It knows nothing of core: what it writes can be
/// wrong only in the way in which the format's own documents are read twice.
class SafetensorsFile {
public:
    /// `data` is the tensor's bytes, exactly.
    SafetensorsFile& add(std::string name, std::string dtype, std::vector<std::uint64_t> shape, std::string data);
    /// Bytes of that many elements that all hold `value`, encoded for F64, F32, F16, BF16, I64 ... U8; little-endian.
    SafetensorsFile& addValue(std::string name, std::string dtype, std::vector<std::uint64_t> shape, double value);
    /// A tensor of zeros that takes no room on disk: write() leaves a hole.
    SafetensorsFile& addSparse(std::string name, std::string dtype, std::vector<std::uint64_t> shape);
    SafetensorsFile& metadata(std::string key, std::string value);
    SafetensorsFile& metadataLast() noexcept; ///< puts __metadata__ behind the tensors, as NeMo AutoModel's shards have it

    [[nodiscard]] std::string header() const;      ///< padded with spaces to a multiple of eight
    [[nodiscard]] std::uint64_t dataBytes() const; ///< of the byte buffer
    [[nodiscard]] std::string bytes() const;       ///< the whole file in memory
    void write(const std::string& path) const;     ///< holes stay holes; ends the program where it cannot

    /// Bits of one element; ends the program for a dtype that the format does not have.
    [[nodiscard]] static std::uint64_t bits(std::string_view dtype);

private:
    struct Entry {
        std::string name;
        std::string dtype;
        std::vector<std::uint64_t> shape;
        std::uint64_t length = 0;
        std::string data; ///< empty: a hole
    };
    std::vector<Entry> m_entries;
    std::vector<std::pair<std::string, std::string>> m_metadata;
    bool m_metadataLast = false;
};

/// The text of model.safetensors.index.json as transformers writes it.
[[nodiscard]] std::string indexJson(const std::vector<std::pair<std::string, std::string>>& weightMap, std::uint64_t totalSize);

} // namespace ckptscope::test
