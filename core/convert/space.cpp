// SPDX-License-Identifier: Apache-2.0
#include "core/convert/space.h"

#include <filesystem>
#include <sys/statvfs.h>

namespace ckptscope {

Result<SpaceCheck> checkSpace(const ConvertPlan& plan)
{
    SpaceCheck space;
    if (plan.output.empty()) {
        return space;
    }
    constexpr std::uint64_t Slack = 4096; ///< what a file costs beside its bytes
    const std::string parent = std::filesystem::path(plan.output).parent_path().string();
    struct statvfs volume { };
    if (::statvfs(parent.c_str(), &volume) != 0) {
        return inFile(fail(Code::FixOutputParent, {parent}), plan.output);
    }
    space.free = static_cast<std::uint64_t>(volume.f_bavail) * volume.f_frsize;
    space.needed = plan.outputBytes + Slack * plan.files.size();
    return space;
}

} // namespace ckptscope
