// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/formats/partsbuilder.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace ckptscope {

/// Collects tensors, metadata, globals and problems for readers whose tensors come one by one.
class CheckpointBuilder {
public:
    CheckpointBuilder();

    CheckpointParts& parts() noexcept { return m_parts; }

    /// Adds a tensor; the reference holds until the next one.
    TensorInfo& tensor(std::string_view key, const std::vector<std::uint64_t>& shape, DType dtype, std::uint32_t shard = 0);
    [[nodiscard]] std::uint32_t tensorCount() const noexcept { return static_cast<std::uint32_t>(m_parts.tensors.size()); }
    /// The tensor's extra, made where it has none.
    TensorExtra& extra(TensorInfo& tensor);
    /// Marks a tensor as one whose elements can't be located, and says why.
    void unreadable(TensorInfo& tensor, std::string why);

    /// Adds a problem of the code's usual severity.
    void problem(Error what, std::optional<std::uint32_t> tensor = std::nullopt) { m_problems->add(std::move(what), tensor); }
    void problem(Code code, std::vector<std::string> args, const std::string& file, std::optional<std::uint64_t> offset = std::nullopt,
                 std::optional<std::uint32_t> tensor = std::nullopt)
    {
        problem(inFile(fail(code, std::move(args)), file, offset), tensor);
    }
    /// Adds problems that another parser collected.
    void problems(std::vector<Problem> found);

    /// Adds a metadata value; beyond a cap they are only counted.
    void metadata(std::string key, MetadataValue value, std::string origin, std::uint32_t shard = 0);

    /// Adds a global; the same name in one shard only once, with the worse grade.
    void global(PickleGlobal global);

    /// Hands everything over; the builder is empty then. Sorts tensors by shard and fills Shard::tensors and
    /// firstTensor.
    CheckpointParts finish();

private:
    CheckpointParts m_parts;
    std::vector<Problem> m_found;
    std::unique_ptr<ProblemSink> m_problems;
    std::shared_ptr<PartsStorage> m_storage;
    std::map<std::tuple<std::uint32_t, std::string, std::string>, std::size_t> m_globals;
    std::uint64_t m_metadataLeftOut = 0;
};

} // namespace ckptscope
