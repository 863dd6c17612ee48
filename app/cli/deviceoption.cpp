// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "core/text/text.h"
#include "core/upcast/upcaster.h"

#include <CLI/CLI.hpp>

namespace ckptscope::cli {

void addDeviceOption(CLI::App& command, std::string& device, const std::string& what)
{
    command.add_option("--device", device, what + ": auto, cpu, cuda or cuda:N (default: auto)")
        ->type_name("NAME")
        ->check([](const std::string& name) {
            return isDeviceName(name) ? std::string() : displayName(name) + " is no device; it is auto, cpu, cuda or cuda:N";
        });
}

} // namespace ckptscope::cli
