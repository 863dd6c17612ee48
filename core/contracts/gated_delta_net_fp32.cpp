// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/gated_delta_net_fp32.h"
