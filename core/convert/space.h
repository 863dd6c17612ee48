// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/convert/convert.h"

namespace ckptscope {

/// Whether the place where a conversion writes can take it. Nothing is shared with the source: all of it needs room.
/// A plan without an output needs none. Fails where the place cannot be asked (Code::FixOutputParent).
Result<SpaceCheck> checkSpace(const ConvertPlan& plan);

} // namespace ckptscope
