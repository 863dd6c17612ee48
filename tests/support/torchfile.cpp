// SPDX-License-Identifier: Apache-2.0
#include "tests/support/torchfile.h"

#include "tests/support/zipfile.h"

#include <map>
#include <random>

namespace ckptscope::test {

namespace {

std::string little(std::uint64_t value, std::size_t bytes)
{
    std::string out;
    for (std::size_t i = 0; i < bytes; ++i) {
        out += static_cast<char>(value >> (8 * i) & 0xFFU);
    }
    return out;
}

std::string number(std::uint64_t value)
{
    return value < 256 ? "K" + little(value, 1) : value < 65536 ? "M" + little(value, 2) : "J" + little(value, 4);
}

/// Python's memo: what was said once is fetched the next time.
class Memo {
public:
    std::string once(const std::string& spelled)
    {
        const auto [at, fresh] = m_known.emplace(spelled, m_next);
        if (!fresh) {
            return at->second < 256 ? "h" + little(at->second, 1) : "j" + little(at->second, 4);
        }
        return spelled + put();
    }
    std::string put()
    {
        const auto index = m_next++;
        return index < 256 ? "q" + little(index, 1) : "r" + little(index, 4);
    }

private:
    std::map<std::string, std::uint32_t> m_known;
    std::uint32_t m_next = 0;
};

std::string text(const std::string& value)
{
    return "X" + little(value.size(), 4) + value;
}

std::string random(std::size_t bytes, unsigned seed)
{
    std::mt19937 engine(seed);
    std::string out(bytes, '\0');
    for (char& c : out) {
        c = static_cast<char>(engine() & 0x3FU); // small exponents: finite numbers
    }
    return out;
}

} // namespace

std::uint32_t TorchFile::storage(std::string type, std::uint32_t elementBytes, std::string data)
{
    m_storages.push_back({std::move(type), elementBytes, std::move(data)});
    return static_cast<std::uint32_t>(m_storages.size() - 1);
}

TorchFile& TorchFile::tensor(const std::string& name, std::uint32_t storage, std::uint64_t offset, const std::vector<std::uint64_t>& shape,
                             const std::vector<std::uint64_t>& strides)
{
    m_tensors.push_back({name, storage, offset, shape, strides});
    return *this;
}

TorchFile& TorchFile::dense(const std::string& name, const std::string& type, std::uint32_t elementBytes, const std::vector<std::uint64_t>& shape,
                            std::string data)
{
    std::vector<std::uint64_t> strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * shape[i];
    }
    return tensor(name, storage(type, elementBytes, std::move(data)), 0, shape, strides);
}

std::string TorchFile::bytes(bool deflated) const
{
    Memo memo;
    std::string pickle = "\x80\x02}" + memo.put() + "(";
    for (const Tensor& tensor : m_tensors) {
        const Storage& storage = m_storages[tensor.storage];
        pickle += text(tensor.name) + memo.put();
        pickle += memo.once("ctorch._utils\n_rebuild_tensor_v2\n");
        pickle += "((" + memo.once(text("storage")) + memo.once("ctorch\n" + storage.type + "\n") + memo.once(text(std::to_string(tensor.storage)));
        pickle += memo.once(text("cpu")) + number(storage.data.size() / storage.elementBytes) + "t" + memo.put() + "Q" + number(tensor.offset);
        for (const auto& sizes : {tensor.shape, tensor.strides}) {
            pickle += "(";
            for (const std::uint64_t size : sizes) {
                pickle += number(size);
            }
            pickle += "t" + memo.put();
        }
        pickle += "\x89" + memo.once("ccollections\nOrderedDict\n") + ")R" + memo.put() + "t" + memo.put() + "R" + memo.put();
    }
    pickle += "u.";
    ZipFile zip;
    zip.add("archive/data.pkl", pickle).add("archive/byteorder", "little");
    for (std::size_t i = 0; i < m_storages.size(); ++i) {
        ZipFile::Entry entry;
        entry.name = "archive/data/" + std::to_string(i);
        entry.data = m_storages[i].data;
        if (deflated) { // one stored block
            entry.bytes = entry.data.size();
            entry.crc = ZipFile::crc32(entry.data);
            entry.method = 8;
            entry.data = "\x01" + little(entry.data.size(), 2) + little(~entry.data.size(), 2) + entry.data;
        }
        zip.add(std::move(entry));
    }
    zip.add("archive/version", "3\n").add("archive/.data/serialization_id", std::string(40, '7'));
    return zip.bytes();
}

std::string writeTorchFolder(const TempDir& dir, const std::string& name)
{
    std::string weightMap;
    for (unsigned shard = 0; shard < 2; ++shard) {
        const std::string file = "pytorch_model-0000" + std::to_string(shard + 1) + "-of-00002.bin";
        const std::string layer = "model.layers." + std::to_string(shard) + ".";
        TorchFile torch;
        torch.dense(layer + "linear_attn.in_proj.weight", "BFloat16Storage", 2, {16, 32}, random(1024, shard));
        if (shard == 0) {
            torch.dense(layer + "linear_attn.A_log", "BFloat16Storage", 2, {8}, random(16, 10))
                .dense(layer + "linear_attn.dt_bias", "BFloat16Storage", 2, {8}, random(16, 11));
        } else {
            const auto flat = torch.storage("BFloat16Storage", 2, random(128, 12));
            torch.tensor(layer + "linear_attn.A_log", flat, 8, {8}, {1})
                .tensor(layer + "mlp.weight", flat, 32, {4, 8}, {1, 4})
                .tensor(layer + "linear_attn.dt_bias", flat, 16, {8}, {1});
        }
        dir.write(name + "/" + file, torch.bytes());
        for (const char* key : {"linear_attn.in_proj.weight", "linear_attn.A_log", "linear_attn.dt_bias", "mlp.weight"}) {
            if (shard == 1 || std::string(key) != "mlp.weight") {
                weightMap += (weightMap.empty() ? "" : ",") + ("\"" + layer) + key + "\":\"" + file + "\"";
            }
        }
    }
    dir.write(name + "/pytorch_model.bin.index.json", R"({"metadata":{"total_size":1},"weight_map":{)" + weightMap + "}}");
    dir.write(name + "/config.json", R"({"architectures":["Qwen3NextForCausalLM"],"model_type":"qwen3_next"})");
    dir.write(name + "/tokenizer.json", "{}");
    return dir.path(name);
}

} // namespace ckptscope::test
