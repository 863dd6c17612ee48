// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ckptscope::report {

using Write = std::function<void(std::string_view)>;

/// Writes one JSON document in pieces of about 64 KiB. Strings may hold anything: bytes that are not UTF-8 become `\xNN`, and
/// the object that closeNamed() ends then carries `"lossy_name":true`.
class JsonWriter {
public:
    explicit JsonWriter(const Write& write)
        : m_write(write)
    {
    }
    JsonWriter(const JsonWriter&) = delete;
    JsonWriter& operator=(const JsonWriter&) = delete;
    ~JsonWriter() { flush(); }

    JsonWriter& open(char bracket);  ///< '{' or '['
    JsonWriter& close(char bracket); ///< '}' or ']'
    /// Closes an object that holds names from a checkpoint; adds "lossy_name" where one of them was not UTF-8 since the last call.
    JsonWriter& closeNamed();
    JsonWriter& key(std::string_view name);     ///< ASCII that needs no escapes
    JsonWriter& nameKey(std::string_view name); ///< a key that comes from a checkpoint
    JsonWriter& text(std::string_view value);
    JsonWriter& textOrNull(std::string_view value); ///< null where empty
    JsonWriter& number(std::uint64_t value);
    JsonWriter& number(std::int64_t value);
    JsonWriter& number(double value); ///< "NaN", "Infinity", "-Infinity" where JSON has no number
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    JsonWriter& raw(std::string_view json); ///< a value that is JSON already
    /// Ends the document with a line end.
    void finish();
    void flush();

private:
    void separate();
    void quoted(std::string_view value);

    const Write& m_write;
    std::string m_buffer;
    bool m_comma = false;
    bool m_lossy = false;
};

} // namespace ckptscope::report
