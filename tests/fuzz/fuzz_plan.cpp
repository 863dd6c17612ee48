// SPDX-License-Identifier: Apache-2.0
// RUNS: 3000
// A saved plan, "@DIR@" in it standing for a folder with a small checkpoint: whatever it says, what is read of it is
// written again as it was, and carrying it out touches nothing beside its partial and its OUT.
#include "core/fix/applyparts.h"
#include "core/fix/parts.h"
#include "core/fix/planfile.h"
#include "core/report/json.h"
#include "core/report/messages.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace ckptscope;

// make_plan_corpus.py writes the same ones.
std::string shard(const std::string& name)
{
    std::string header = "{\"" + name + R"(":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})";
    header.append((8 - header.size() % 8) % 8, ' ');
    return std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') + header + "abcd";
}

const std::map<std::string, std::string>& sourceFiles()
{
    static const std::map<std::string, std::string> Files{
        {"model-00001-of-00002.safetensors", shard("model.layers.0.linear_attn.A_log")},
        {"model-00002-of-00002.safetensors", shard("model.layers.0.linear_attn.dt_bias")},
        {"config.json", R"({"architectures":["Qwen3NextForCausalLM"]})"},
    };
    return Files;
}

std::string bytesOf(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// A folder in memory where there is one, removed when the program ends.
class Folder {
public:
    Folder()
    {
        char name[] = "/dev/shm/ckptscope-fuzz-XXXXXX"; // mkdtemp writes into it
        char other[] = "/tmp/ckptscope-fuzz-XXXXXX";
        m_path = ::mkdtemp(name) != nullptr ? name : ::mkdtemp(other) != nullptr ? other : "";
        fuzz::require(!m_path.empty(), "a folder can be made");
        fs::create_directory(m_path / "in");
        for (const auto& [file, bytes] : sourceFiles()) {
            std::ofstream(m_path / "in" / file, std::ios::binary) << bytes;
            const struct timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}}; // NOLINT
            fuzz::require(::utimensat(AT_FDCWD, (m_path / "in" / file).c_str(), times, 0) == 0, "a time can be set");
        }
    }
    ~Folder()
    {
        std::error_code code;
        fs::remove_all(m_path, code);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const fs::path& path() const { return m_path; }
    /// Only the source, as it was, and these two.
    void check(const FixPlan& plan) const
    {
        for (const auto& entry : fs::directory_iterator(m_path)) {
            const std::string name = entry.path().filename().string();
            fuzz::require(name == "in" || name == fs::path(plan.output).filename() || name == plan.partialName, "nothing else is written");
        }
        std::size_t files = 0;
        for (const auto& entry : fs::directory_iterator(m_path / "in")) {
            const auto found = sourceFiles().find(entry.path().filename().string());
            fuzz::require(found != sourceFiles().end() && bytesOf(entry.path()) == found->second, "the source is as it was");
            ++files;
        }
        fuzz::require(files == sourceFiles().size(), "the source is whole");
    }
    void clean() const
    {
        for (const auto& entry : fs::directory_iterator(m_path)) {
            if (entry.path().filename() != "in") {
                std::error_code code;
                fs::remove_all(entry.path(), code);
            }
        }
    }

private:
    fs::path m_path;
};

std::string withFolder(std::string text, const std::string& folder)
{
    constexpr std::string_view Word = "@DIR@";
    for (std::size_t at = text.find(Word); at != std::string::npos; at = text.find(Word, at + folder.size())) {
        text.replace(at, Word.size(), folder);
    }
    return text;
}

std::string textOf(const FixPlan& plan)
{
    std::string text;
    report::writePlanJson(plan, [&](std::string_view piece) { text += piece; });
    return text;
}

void checkCuts(const FixPlan& plan)
{
    for (const unsigned parts : {1U, 3U}) {
        std::vector<std::uint64_t> covered(plan.files.size(), 0);
        for (const auto& ranges : cutIntoParts(plan, parts)) {
            for (const FileRange& range : ranges) {
                fuzz::require(range.begin < range.end, "a stretch is not empty");
                covered[range.file] += range.end - range.begin;
            }
        }
        for (std::size_t i = 0; i < plan.files.size(); ++i) {
            fuzz::require(covered[i] == (isSmall(plan.files[i]) ? 0 : UINT64_MAX), "each byte is one part's");
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Folder folder;
    const std::string text = withFolder(std::string(fuzz::textOf(data, size)), folder.path().string());
    auto plan = readPlan(text, "plan.json");
    if (!plan) {
        fuzz::require(!errorText(plan.error()).empty(), "every error has words");
        return 0;
    }
    const auto again = readPlan(textOf(*plan), "plan.json");
    fuzz::require(again.has_value(), "what is written of a plan is a plan");
    fuzz::require(again->edits == plan->edits && again->files == plan->files && again->views == plan->views && again->sources == plan->sources
                      && again->opening == plan->opening && again->output == plan->output && again->partialName == plan->partialName,
                  "and the same one");
    checkCuts(*plan);
    if (fs::path(plan->output).parent_path() != folder.path()) {
        return 0; // a plan may name any place: not here
    }
    JobContext job;
    job.threads = 1;
    const FixPlan shown = *plan;
    auto bound = bindPlan(SavedPlan{*std::move(plan), std::string(32, '0')}, job);
    if (bound) {
        for (const unsigned part : {2U, 1U}) {
            const auto done = applyPart(*bound, part, 2, job);
            fuzz::require(done.has_value() || !errorText(done.error()).empty(), "every error has words");
        }
        folder.check(shown);
        const auto receipt = finishPlan(*bound, true, job);
        fuzz::require(receipt.has_value() || !errorText(receipt.error()).empty(), "every error has words");
        folder.check(shown);
        folder.clean();
    } else {
        fuzz::require(!errorText(bound.error()).empty(), "every error has words");
    }
    return 0;
}
