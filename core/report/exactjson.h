// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/report/jsonwriter.h"
#include "core/result.h"
#include "core/text/jsonread.h"

#include <string>
#include <string_view>

/// For JSON that is read back: names come out as they went in, also those that are not UTF-8.
namespace ckptscope::report {

/// KEY with its text; where that is not UTF-8, also KEY_base64 with its bytes, which count.
void exactText(JsonWriter& json, std::string_view key, std::string_view value);
/// An object with code, message, file, offset and args.
void exactError(JsonWriter& json, const Error& error);

/// Takes KEY and KEY_base64, in any order.
class ExactText {
public:
    /// True where `key` is one of both; `ok` then says whether its value could be read.
    bool takes(JsonReader& json, std::string_view key, std::string_view name, bool& ok);
    std::string value;

private:
    bool m_exact = false;
};
bool readExactError(JsonReader& json, Error& error);

} // namespace ckptscope::report
