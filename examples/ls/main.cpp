// SPDX-License-Identifier: Apache-2.0
// Lists the tensors of a checkpoint and says what the checks say of it, with the installed library.
#include <core/contracts/check.h>
#include <core/formats/formatreader.h>
#include <core/report/messages.h>
#include <iostream>

int main(int argc, char** argv)
{
    const auto opened = ckptscope::openCheckpoint({argv + 1, argv + argc});
    if (!opened) {
        std::cerr << ckptscope::errorText(opened.error()) << '\n';
        return 2;
    }
    const ckptscope::Checkpoint& checkpoint = **opened;
    for (const ckptscope::TensorInfo& tensor : checkpoint.tensors()) {
        std::cout << ckptscope::displayName(tensor.key) << '\t' << tensor.dtypeText() << '\t';
        for (const std::uint64_t dimension : tensor.shape) {
            std::cout << '[' << dimension << ']';
        }
        std::cout << '\n';
    }
    const auto report = ckptscope::runChecks(checkpoint);
    if (!report) {
        std::cerr << ckptscope::errorText(report.error()) << '\n';
        return 2;
    }
    std::cout << checkpoint.tensors().size() << " tensors. " << ckptscope::verdictText(checkpoint, **report).title << '\n';
    return (*report)->count(ckptscope::Severity::Error) + (*report)->count(ckptscope::Severity::Violation) > 0 ? 1 : 0;
}
