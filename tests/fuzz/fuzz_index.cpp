// SPDX-License-Identifier: Apache-2.0
// RUNS: 5000
// A model.safetensors.index.json beside two good shards.
#include "tests/fuzz/fuzz.h"

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace {

void write(const std::string& path, std::string_view bytes)
{
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string shard(const std::string& name)
{
    std::string header = "{\"" + name + R"(":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})";
    header.append((8 - header.size() % 8) % 8, ' ');
    return std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') + header + "abcd";
}

/// A folder in memory where there is one, removed when the program ends.
class Folder {
public:
    Folder()
    {
        char name[] = "/dev/shm/ckptscope-fuzz-XXXXXX"; // NOLINT(modernize-avoid-c-arrays): mkdtemp writes into it
        if (::mkdtemp(name) == nullptr) {
            char other[] = "/tmp/ckptscope-fuzz-XXXXXX"; // NOLINT(modernize-avoid-c-arrays)
            ckptscope::fuzz::require(::mkdtemp(other) != nullptr, "a folder can be made");
            m_path = other;
        } else {
            m_path = name;
        }
        write(m_path + "/model-00001-of-00002.safetensors", shard("a.linear_attn.A_log"));
        write(m_path + "/model-00002-of-00002.safetensors", shard("a.linear_attn.dt_bias"));
        write(m_path + "/config.json", R"({"architectures":["Qwen3NextForCausalLM"]})");
    }
    ~Folder()
    {
        for (const auto* file : {"/model-00001-of-00002.safetensors", "/model-00002-of-00002.safetensors",
                                 "/config.json", "/model.safetensors.index.json"}) {
            ::unlink((m_path + file).c_str());
        }
        ::rmdir(m_path.c_str());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const std::string& path() const { return m_path; }

private:
    std::string m_path;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ckptscope;
    static const Folder folder;
    write(folder.path() + "/model.safetensors.index.json", fuzz::textOf(data, size));
    JobContext job;
    job.threads = 1;
    const auto opened = openCheckpoint({folder.path()}, {}, job);
    fuzz::require(opened.has_value(), "two good shards open, whatever the index says");
    fuzz::visit(**opened);
    for (const auto& shard : (*opened)->shards()) {
        fuzz::require(shard.path.empty()
                          || (shard.path.starts_with(folder.path() + "/")
                              && shard.path.find('/', folder.path().size() + 1) == std::string::npos),
                      "no shard outside the folder is looked at");
    }
    fuzz::require((*opened)->tensors().size() == 2, "both shards are listed, whatever the index says");
    return 0;
}
