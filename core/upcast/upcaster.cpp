// SPDX-License-Identifier: Apache-2.0
#include "core/upcast/upcaster.h"

namespace ckptscope {

namespace {

class CpuUpcaster final : public Upcaster {
public:
    [[nodiscard]] std::string name() const override { return "cpu"; }
    Result<CastLoss> cast(DType from, std::span<const std::byte> in, DType to, std::span<std::byte> out, std::uint64_t elements) override
    {
        return castElements(from, in, to, out, elements);
    }
};

constexpr std::string_view NoCuda = "this build has no CUDA backend";

} // namespace

std::vector<UpcastDevice> upcastDevices()
{
    return {UpcastDevice{"cpu", "CPU", {}}, UpcastDevice{"cuda:0", "CUDA", std::string(NoCuda)}};
}

UpcasterChoice chooseUpcaster(std::string_view device, std::uint64_t)
{
    UpcasterChoice choice;
    choice.upcaster = std::make_unique<CpuUpcaster>();
    if (device.starts_with("cuda")) {
        choice.fallback = NoCuda;
    } else if (device != "auto" && device != "cpu") {
        choice.fallback = "there is no device " + std::string(device);
    }
    return choice;
}

} // namespace ckptscope
