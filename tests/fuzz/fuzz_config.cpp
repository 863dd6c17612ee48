// SPDX-License-Identifier: Apache-2.0
// A config.json.
#include "core/contracts/gated_delta_net_fp32.h"
#include "core/model/modelconfig.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ckptscope;
    const auto config = ModelConfig::parse(std::string(fuzz::textOf(data, size)), "config.json");
    fuzz::require(config.state == ModelConfig::State::Ok || !config.why.empty(), "what is broken says why");
    fuzz::require(config.state == ModelConfig::State::Ok || config.architectures.empty(), "a broken config names no architecture");
    for (const auto& [path, value] : config.values) {
        (void)configText(value);
        fuzz::require(config.find(path) != nullptr, "every value is found by its path");
    }
    (void)config.dimension("num_hidden_layers");
    (void)gated_delta_net_fp32::has_gated_delta_net_fp32_checkpoint_contract(config.architectures);
    return 0;
}
