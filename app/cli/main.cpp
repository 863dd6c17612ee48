// SPDX-License-Identifier: Apache-2.0
#include "core/formats/formatreader.h"

int main() { return 0; }
