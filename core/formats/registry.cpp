// SPDX-License-Identifier: Apache-2.0
#include "core/formats/dcp.h"
#include "core/formats/formatreader.h"
#include "core/formats/gguf.h"
#include "core/formats/npy.h"
#include "core/formats/npz.h"
#include "core/formats/safetensors.h"
#include "core/formats/torch.h"

#include <array>

namespace ckptscope {

std::span<const FormatReader* const> formatReaders() noexcept
{
    // One line a format, asked in this order. What is told by its first bytes comes first.
    static const SafetensorsReader safetensors;
    static const GgufReader gguf;
    static const NpyReader npy;
    static const DcpReader dcp;
    static const NpzReader npz;
    static const TorchReader torch; // last: pickles have no magic number
    static const auto Readers = std::to_array<const FormatReader*>({
        &gguf,
        &npy,
        &npz,
        &safetensors,
        &dcp,
        &torch,
    });
    return Readers;
}

Limits& limits() noexcept
{
    static Limits values;
    return values;
}

} // namespace ckptscope
