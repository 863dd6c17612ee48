// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/upcast/device.h"

#include <memory>

namespace ckptscope {

/// NVIDIA's GPUs through the CUDA runtime, which is linked statically and looks for the driver only when it is first
/// asked something: a program with this backend starts, and works, on a machine without one.
[[nodiscard]] std::shared_ptr<DeviceBackend> makeCudaBackend();

} // namespace ckptscope
