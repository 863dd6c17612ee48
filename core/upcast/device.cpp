// SPDX-License-Identifier: Apache-2.0
#include "core/upcast/device.h"

#include <mutex>

#if defined(CKPTSCOPE_HAS_CUDA)
#include "core/upcast/cuda/cudabackend.h"
#endif

namespace ckptscope {

namespace {

struct Replacement {
    std::mutex mutex;
    std::shared_ptr<DeviceBackend> backend;
};

Replacement& replacement()
{
    static Replacement one;
    return one;
}

std::shared_ptr<DeviceBackend> ownBackend()
{
#if defined(CKPTSCOPE_HAS_CUDA)
    static const std::shared_ptr<DeviceBackend> cuda = makeCudaBackend();
    return cuda;
#else
    return nullptr;
#endif
}

} // namespace

std::shared_ptr<DeviceBackend> deviceBackend()
{
    Replacement& other = replacement();
    const std::scoped_lock lock(other.mutex);
    return other.backend != nullptr ? other.backend : ownBackend();
}

void replaceDeviceBackend(std::shared_ptr<DeviceBackend> backend)
{
    Replacement& other = replacement();
    const std::scoped_lock lock(other.mutex);
    other.backend = std::move(backend);
}

bool hasDeviceBackend() noexcept
{
#if defined(CKPTSCOPE_HAS_CUDA)
    return true;
#else
    return false;
#endif
}

} // namespace ckptscope
