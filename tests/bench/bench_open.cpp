// SPDX-License-Identifier: Apache-2.0
// What it costs to read a checkpoint's headers into a sorted, searchable Checkpoint: of the folder or file that
// CKPTSCOPE_BENCH_PATH names, else of 93,696 tensors made here. `script/bench compare open` sets it beside Python's reader.
#include "core/formats/formatreader.h"
#include "core/query/filter.h"
#include "tests/bench/bigmodel.h"

#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>

namespace {

using namespace ckptscope;

/// Made once, and removed when the program ends.
class Model {
public:
    Model()
    {
        if (const char* given = std::getenv("CKPTSCOPE_BENCH_PATH"); given != nullptr && *given != '\0') {
            m_path = given;
            return;
        }
        m_made = (std::filesystem::temp_directory_path() / ("ckptscope-bench-" + std::to_string(::getpid()))).string();
        m_path = bench::writeBigModel(m_made, {});
    }
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;
    ~Model()
    {
        if (!m_made.empty()) {
            std::error_code ignored;
            std::filesystem::remove_all(m_made, ignored);
        }
    }
    [[nodiscard]] const std::string& path() const { return m_path; }

private:
    std::string m_path;
    std::string m_made;
};

/// Headers read and checked, names in order (what find() needs), and the text that a filter searches.
void openCheckpointFile(benchmark::State& state)
{
    static const Model model;
    std::size_t tensors = 0;
    for (auto _ : state) {
        const auto opened = openCheckpoint({model.path()});
        if (!opened) {
            state.SkipWithError("the checkpoint does not open");
            return;
        }
        const auto text = KeyText::make(**opened);
        tensors = (*opened)->byName().size();
        benchmark::DoNotOptimize(text);
    }
    state.counters["tensors"] = static_cast<double>(tensors);
}

} // namespace

BENCHMARK(openCheckpointFile)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime(); // several threads
