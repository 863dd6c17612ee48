// SPDX-License-Identifier: Apache-2.0
#include "app/cli/heap.h"
#include "app/cli/program.h"

int main(int argc, char** argv)
{
    ckptscope::cli::preferLargePages(); // not in runProgram(): the Python package calls that in a process of its own making
    return ckptscope::cli::runProgram(argc, argv);
}
