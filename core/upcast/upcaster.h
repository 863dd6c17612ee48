// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/dtypes/convert.h"
#include "core/result.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ckptscope {

/// Casts chunks of elements on some device. An implementation that fails says why; the caller then goes on with the CPU.
class Upcaster {
public:
    virtual ~Upcaster() = default;
    [[nodiscard]] virtual std::string name() const = 0; ///< "cpu", "cuda:0 (NVIDIA H100)"
    virtual Result<CastLoss> cast(DType from, std::span<const std::byte> in, DType to, std::span<std::byte> out, std::uint64_t elements) = 0;
};

/// Where a cast can run. Absent ones are listed with the reason.
struct UpcastDevice {
    std::string id;      ///< "cpu", "cuda:0"
    std::string label;   ///< for people
    std::string absent;  ///< empty: usable
};
[[nodiscard]] std::vector<UpcastDevice> upcastDevices();

struct UpcasterChoice {
    std::unique_ptr<Upcaster> upcaster; ///< never null
    std::string fallback;               ///< why it is not the device that was asked for; empty: it is
};
/// `device`: "auto", "cpu", "cuda", "cuda:N". A device that is not there gives the CPU and says so.
[[nodiscard]] UpcasterChoice chooseUpcaster(std::string_view device, std::uint64_t bytesToCast);

} // namespace ckptscope
