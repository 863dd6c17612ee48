// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/code.h"

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ckptscope {

/// Why something could not be done. Plain data: core/report/ words it in English, ui/ through tr().
struct Error {
    Code code = Code::Internal;          ///< what happened; see core/codes.inc for the sentence and its arguments
    std::string file;                    ///< as the user gave it; empty where no file is to blame
    std::optional<std::uint64_t> offset; ///< bytes from the file's start
    std::vector<std::string> args;       ///< the names and numbers of the sentence, in the order of its {0}, {1} ...
    bool operator==(const Error&) const = default;
};

/// `return fail(Code::X, {key})`: an Error without a place; add one with `inFile()`.
[[nodiscard]] inline Error fail(Code code, std::vector<std::string> args = {})
{
    return Error{code, {}, std::nullopt, std::move(args)};
}

/// Names the file, and where known the byte, that an error is about.
[[nodiscard]] inline Error inFile(Error error, std::string file, std::optional<std::uint64_t> offset = std::nullopt)
{
    error.file = std::move(file);
    if (offset) {
        error.offset = offset;
    }
    return error;
}

/// Holds a T or an Error. Follows std::expected's names, so that an alias can replace it in C++23.
template<class T = void>
class [[nodiscard]] Result {
public:
    using value_type = T;
    Result(T value) // NOLINT(google-explicit-constructor): `return value;` is the point
        : m_state(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Error error) // NOLINT(google-explicit-constructor): `return fail(...);` is the point
        : m_state(std::in_place_index<1>, std::move(error))
    {
    }
    [[nodiscard]] bool has_value() const noexcept { return m_state.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }
    [[nodiscard]] T& value() &
    {
        assert(has_value());
        return *std::get_if<0>(&m_state);
    }
    [[nodiscard]] const T& value() const&
    {
        assert(has_value());
        return *std::get_if<0>(&m_state);
    }
    [[nodiscard]] T&& value() &&
    {
        assert(has_value());
        return std::move(*std::get_if<0>(&m_state));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    [[nodiscard]] Error& error() &
    {
        assert(!has_value());
        return *std::get_if<1>(&m_state);
    }
    [[nodiscard]] const Error& error() const&
    {
        assert(!has_value());
        return *std::get_if<1>(&m_state);
    }
    [[nodiscard]] Error&& error() &&
    {
        assert(!has_value());
        return std::move(*std::get_if<1>(&m_state));
    }

private:
    std::variant<T, Error> m_state;
};

template<>
class [[nodiscard]] Result<void> {
public:
    using value_type = void;
    Result() = default;
    Result(Error error) // NOLINT(google-explicit-constructor)
        : m_error(std::move(error))
    {
    }
    [[nodiscard]] bool has_value() const noexcept { return !m_error; }
    explicit operator bool() const noexcept { return has_value(); }
    [[nodiscard]] Error& error() &
    {
        assert(m_error);
        return *m_error;
    }
    [[nodiscard]] const Error& error() const&
    {
        assert(m_error);
        return *m_error;
    }
    [[nodiscard]] Error&& error() &&
    {
        assert(m_error);
        return std::move(*m_error);
    }

private:
    std::optional<Error> m_error;
};

} // namespace ckptscope
