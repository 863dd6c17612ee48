// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <string_view>

namespace ckptscope::pickle {

/// Grades a name that a pickle would import, by exact name for what is known and by module prefix for what runs code.
/// Python 2 names are mapped as CPython's unpickler does for protocols below 3. A dotted name ("a.b", protocol 4) walks
/// attributes: it is dangerous where any step of it is. Sources of the lists: pytorch/pytorch
/// torch/_weights_only_unpickler.py, mmaitre314/picklescan src/picklescan/scanner.py, trailofbits/fickling
/// fickling/fickle.py and analysis.py, protectai/modelscan modelscan/settings.py, and our own.
[[nodiscard]] PickleGlobal::Grade gradeGlobal(std::string_view module, std::string_view name);

} // namespace ckptscope::pickle
