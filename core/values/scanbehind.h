// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/pagecache.h"
#include "core/values/elementstream.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace ckptscope {

/// The shards of a checkpoint, of which a job reads each byte once. Where that is a whole model's worth, what was read is dropped from the page
/// cache; shards that were in it before stay. Shareable between threads.
class ScanBehind {
public:
    /// `bytes`: what the job is going to read.
    ScanBehind(std::shared_ptr<ShardFiles> files, std::uint64_t bytes)
        : m_files(std::move(files))
        , m_shards(bytes >= WholeModelBytes ? m_files->checkpoint().shards().size() : 0)
    {
    }

    ScanBehind(const ScanBehind&) = delete;
    ScanBehind& operator=(const ScanBehind&) = delete;
    ~ScanBehind()
    {
        for (const auto& shard : m_shards) {
            if (shard) {
                shard->end();
            }
        }
    }

    /// To be asked before the first byte of a shard is read. Null: nothing is dropped.
    [[nodiscard]] const ReadBehind* of(std::uint32_t shard)
    {
        if (shard >= m_shards.size()) {
            return nullptr;
        }
        const std::scoped_lock lock(m_mutex);
        if (!m_shards[shard]) {
            const auto file = m_files->file(shard);
            m_shards[shard] = file ? std::make_unique<ReadBehind>((*file)->fd(), (*file)->size()) : std::make_unique<ReadBehind>();
        }
        return m_shards[shard].get();
    }

private:
    std::shared_ptr<ShardFiles> m_files;
    std::mutex m_mutex;
    std::vector<std::unique_ptr<const ReadBehind>> m_shards;
};

/// What is read of one tensor, piece after piece, is dropped in stretches, and all of it when this goes.
class TensorBehind {
public:
    /// `first`: of the tensor's bytes, where reading starts. Tensors whose bytes do not stand in a row are dropped at their end.
    TensorBehind(ScanBehind& shards, const TensorInfo& tensor, std::uint64_t first = 0)
        : m_behind(shards.of(tensor.shard))
        , m_dense(tensor.extra == nullptr || !tensor.extra->layout)
        , m_begin(tensor.bytes.offset + (m_dense ? first : 0))
        , m_end(m_dense ? m_begin : m_begin + tensor.bytes.length)
    {
    }
    TensorBehind(const TensorBehind&) = delete;
    TensorBehind& operator=(const TensorBehind&) = delete;
    ~TensorBehind() { drop(); }
    void read(std::uint64_t bytes) noexcept
    {
        m_end += m_dense ? bytes : 0;
        if (m_dense && m_end - m_begin >= WriteBehind::Step) {
            drop();
        }
    }

private:
    void drop() noexcept
    {
        if (m_behind != nullptr && m_end > m_begin) {
            m_behind->passed(m_begin, m_end - m_begin);
        }
        m_begin = m_end;
    }
    const ReadBehind* m_behind;
    bool m_dense;
    std::uint64_t m_begin;
    std::uint64_t m_end;
};

} // namespace ckptscope
