// SPDX-License-Identifier: Apache-2.0
#include "core/formats/formatreader.h"

#include <array>

namespace ckptscope {

std::span<const FormatReader* const> formatReaders() noexcept
{
    static const auto Readers = std::to_array<const FormatReader*>({
#define CKPTSCOPE_FORMAT(reader) &reader(),
#include "core/formats/formats.inc"
#undef CKPTSCOPE_FORMAT
    });
    return Readers;
}

Limits& limits() noexcept
{
    static Limits values;
    return values;
}

} // namespace ckptscope
