// SPDX-License-Identifier: Apache-2.0
// One repair in a process of its own, for tests that let it fail or kill it: fixonce SOURCE OUT [force|inplace|hard|copy|full|slowly|torch|convert]...
// Prints "done", "nothing" or an error's id; exits 0, 0 or 2. Every A_log and dt_bias becomes F32, whatever the rules say.
#include "core/convert/convert.h"
#include "core/fix/apply.h"
#include "core/formats/formatreader.h"
#include "core/io/output.h"
#include "tests/support/fixreport.h"

#include <cstdio>
#include <cstring>
#include <dlfcn.h>

using namespace ckptscope;

namespace {

void callPreloaded(const char* name)
{
    if (void* symbol = ::dlsym(RTLD_DEFAULT, name)) {
        reinterpret_cast<void (*)()>(symbol)();
    }
}

int say(const Error& error)
{
    callPreloaded("ckptscope_faults_report");
    std::printf("%s\n", codeInfo(error.code).id.data());
    return 2;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 3) {
        return 64;
    }
    FixOptions options;
    options.output = argv[2];
    JobContext job;
    job.threads = 1; // so that the Nth call is the same one in each run
    bool converts = false;
    for (int i = 3; i < argc; ++i) {
        const auto is = [&](const char* word) { return std::strcmp(argv[i], word) == 0; };
        options.force = options.force || is("force");
        options.inPlace = options.inPlace || is("inplace");
        options.link = is("hard") ? LinkChoice::Hard : is("copy") ? LinkChoice::Copy : is("reflink") ? LinkChoice::Reflink : options.link;
        options.verify = is("full") ? VerifyChoice::Full : options.verify;
        options.to = is("torch") ? FixTarget::Torch : options.to;
        converts = converts || is("convert");
        job.ioRate = is("slowly") ? 64U << 20U : job.ioRate;
    }
    callPreloaded("ckptscope_faults_arm");
    callPreloaded("ckptscope_trace_arm");
    if (options.inPlace) {
        options.output.clear();
        if (auto done = completeInPlace(argv[1]); !done) {
            return say(done.error());
        }
    }
    const auto checkpoint = openCheckpoint({argv[1]});
    if (!checkpoint) {
        return say(checkpoint.error());
    }
    if (converts) {
        ConvertOptions how;
        how.output = options.output;
        how.force = options.force;
        how.maxShardBytes = 4096;
        const auto made = planConvert(*checkpoint, how, {}, job);
        const auto receipt = made ? applyConvert(*checkpoint, *made, job) : Result<Receipt>(made.error());
        if (!receipt) {
            return say(receipt.error());
        }
        callPreloaded("ckptscope_faults_report");
        std::printf("done shared 0\n");
        return 0;
    }
    const auto plan = planFix(**checkpoint, test::fp32Report(**checkpoint), options, job);
    if (!plan) {
        return say(plan.error());
    }
    const auto receipt = applyPlan(**checkpoint, *plan, job);
    if (!receipt) {
        return say(receipt.error());
    }
    callPreloaded("ckptscope_faults_report");
    std::printf("%s shared %llu\n", receipt->output.empty() ? "nothing" : "done", static_cast<unsigned long long>(receipt->clonedBytes));
    return 0;
}
