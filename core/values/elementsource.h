// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/dtype.h"
#include "core/values/elements.h"

namespace ckptscope {

/// Where histograms and heatmaps take elements from: a tensor, or the difference of two. May be read several times.
class ElementSource {
public:
    ElementSource() = default;
    ElementSource(const ElementSource&) = delete;
    ElementSource& operator=(const ElementSource&) = delete;
    virtual ~ElementSource() = default;
    [[nodiscard]] virtual DType dtype() const noexcept = 0;
    [[nodiscard]] virtual std::uint64_t elements() const noexcept = 0;
    /// As ElementReader::grain().
    [[nodiscard]] virtual std::uint64_t grain() const noexcept = 0;
    /// As ElementReader::forEach().
    virtual Result<void> forEach(std::uint64_t first, std::uint64_t count, const JobContext& job, const ElementReader::Sink& sink) = 0;
};

/// A tensor's own elements.
class TensorElements : public ElementSource {
public:
    TensorElements(ElementReader reader, DType dtype)
        : m_reader(std::move(reader))
        , m_dtype(dtype)
    {
    }
    [[nodiscard]] DType dtype() const noexcept override { return m_dtype; }
    [[nodiscard]] std::uint64_t elements() const noexcept override { return m_reader.elements(); }
    [[nodiscard]] std::uint64_t grain() const noexcept override { return m_reader.grain(); }
    Result<void> forEach(std::uint64_t first, std::uint64_t count, const JobContext& job, const ElementReader::Sink& sink) override
    {
        return m_reader.forEach(first, count, job, sink);
    }

private:
    ElementReader m_reader;
    DType m_dtype;
};

} // namespace ckptscope
