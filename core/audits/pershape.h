// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/query/parts.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace ckptscope {

/// What is true of names whatever the numbers in them, asked once a shape (core/query/parts.h) instead of once a name.
template<class Value>
class PerShape {
public:
    PerShape(std::shared_ptr<const query::KeyParts> parts, std::vector<Value> values)
        : m_parts(std::move(parts))
        , m_values(std::move(values))
    {
    }
    /// Of a tensor, by its index.
    [[nodiscard]] const Value& operator()(std::uint32_t tensor) const noexcept { return m_values[m_parts->shapeOf(tensor)]; }
    /// False: it is the value that says nothing (0, or empty) for every shape.
    [[nodiscard]] bool any() const
    {
        return std::any_of(m_values.begin(), m_values.end(), [](const Value& value) { return value != Value(); });
    }

private:
    std::shared_ptr<const query::KeyParts> m_parts;
    std::vector<Value> m_values;
};

/// Asks `of(key)` of one name a shape; what it gives (a bool as std::uint8_t) must not depend on the numbers between the name's dots.
template<class Of>
[[nodiscard]] auto perShape(const Checkpoint& checkpoint, Of of)
{
    using Given = decltype(of(std::string_view()));
    using Value = std::conditional_t<std::is_same_v<Given, bool>, std::uint8_t, Given>;
    auto parts = query::KeyParts::of(checkpoint);
    std::vector<Value> values;
    values.reserve(parts->shapes());
    for (std::uint32_t shape = 0; shape < parts->shapes(); ++shape) {
        values.push_back(static_cast<Value>(of(checkpoint.tensors()[parts->firstOf(shape)].key)));
    }
    return PerShape<Value>(std::move(parts), std::move(values));
}

} // namespace ckptscope
