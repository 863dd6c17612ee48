// SPDX-License-Identifier: Apache-2.0
#include "core/model/filemap.h"

#include <algorithm>

namespace ckptscope {

namespace {

struct Claim {
    std::uint64_t offset = 0;
    std::uint64_t end = 0;
    std::uint32_t tensor = 0;
};

/// Where a tensor's bytes lie in this file.
void claim(std::vector<Claim>& out, const TensorInfo& tensor, std::uint32_t index, std::uint32_t shard)
{
    const auto add = [&](const ByteRange& range) {
        if (range.length > 0) {
            out.push_back({range.offset, range.length > UINT64_MAX - range.offset ? UINT64_MAX : range.end(), index});
        }
    };
    if (tensor.extra == nullptr || !tensor.extra->layout) {
        if (tensor.shard == shard) {
            add(tensor.bytes);
        }
        return;
    }
    if (const auto* strided = std::get_if<Strided>(&*tensor.extra->layout)) {
        if (tensor.shard == shard) {
            add(strided->storage);
        }
    } else if (const auto* packed = std::get_if<Packed>(&*tensor.extra->layout)) {
        if (tensor.shard == shard) {
            add(packed->bytes);
        }
    } else if (const auto* chunks = std::get_if<Chunks>(&*tensor.extra->layout)) {
        for (const Chunk& chunk : chunks->chunks) {
            if (chunk.shard == shard) {
                add(chunk.bytes);
            }
        }
    }
}

class Mapper {
public:
    explicit Mapper(const Shard& shard)
        : m_shard(shard)
    {
    }

    std::vector<FilePiece> run(std::vector<Claim> claims)
    {
        std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
            return a.offset != b.offset ? a.offset < b.offset : a.end != b.end ? a.end < b.end : a.tensor < b.tensor;
        });
        // Two tensors over exactly the same bytes (tied views of one storage) share them; they do not run into each
        // other.
        claims.erase(std::unique(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) { return a.offset == b.offset && a.end == b.end; }),
                     claims.end());
        if (m_shard.dataStart > 0) {
            put(FilePiece::Kind::Header, std::min(m_shard.dataStart, m_shard.bytes), UINT32_MAX);
        }
        for (const Claim& now : claims) {
            if (now.offset > m_at) {
                put(FilePiece::Kind::Other, now.offset, UINT32_MAX);
            } else if (now.offset < m_at) {
                overlap(now);
            }
            put(FilePiece::Kind::Tensor, now.end, now.tensor);
        }
        put(FilePiece::Kind::Other, m_shard.bytes, UINT32_MAX);
        return std::move(m_out);
    }

private:
    /// Bytes that were another's already, from where this one begins: the pieces there become overlaps.
    void overlap(const Claim& now)
    {
        const std::uint64_t end = std::min(now.end, m_at);
        std::vector<FilePiece> rest;
        while (!m_out.empty() && m_out.back().end() > now.offset) {
            rest.push_back(m_out.back());
            m_out.pop_back();
        }
        for (auto piece = rest.rbegin(); piece != rest.rend(); ++piece) {
            const std::uint64_t from = std::max(piece->offset, now.offset);
            const std::uint64_t to = std::min(piece->end(), end);
            keep(*piece, piece->offset, from);
            if (from < to) {
                FilePiece both = *piece;
                both.kind = piece->kind == FilePiece::Kind::Missing ? FilePiece::Kind::Missing : FilePiece::Kind::Overlap;
                keep(both, from, to);
            }
            keep(*piece, std::max(to, from), piece->end());
        }
    }

    void keep(FilePiece piece, std::uint64_t from, std::uint64_t to)
    {
        if (from >= to) {
            return;
        }
        piece.offset = from;
        piece.length = to - from;
        if (!m_out.empty() && m_out.back().kind == piece.kind && m_out.back().tensor == piece.tensor && m_out.back().end() == from) {
            m_out.back().length += piece.length;
        } else {
            m_out.push_back(piece);
        }
    }

    /// Up to `end` from where the last piece ends; what is behind the file's end is missing.
    void put(FilePiece::Kind kind, std::uint64_t end, std::uint32_t tensor)
    {
        const std::uint64_t there = std::min(end, m_shard.bytes);
        keep({kind, 0, 0, tensor}, m_at, there);
        keep({FilePiece::Kind::Missing, 0, 0, tensor}, std::max(m_at, there), end);
        m_at = std::max(m_at, end);
    }

    const Shard& m_shard;
    std::vector<FilePiece> m_out;
    std::uint64_t m_at = 0;
};

} // namespace

std::vector<FilePiece> fileMap(const Checkpoint& checkpoint, std::uint32_t shard)
{
    if (shard >= checkpoint.shards().size()) {
        return {};
    }
    std::vector<Claim> claims;
    const auto& tensors = checkpoint.tensors();
    for (std::uint32_t i = 0; i < tensors.size(); ++i) { // pieces of a distributed tensor lie in other files than its own
        claim(claims, tensors[i], i, shard);
    }
    return Mapper(checkpoint.shards()[shard]).run(std::move(claims));
}

} // namespace ckptscope
