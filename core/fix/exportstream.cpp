// SPDX-License-Identifier: Apache-2.0
// Elements that do not simply stand in a row in the source: gathered, unpacked, decoded, and cast on the way.
#include "core/dtypes/convert.h"
#include "core/dtypes/ggmlblocks.h"
#include "core/fix/exporter.h"
#include "core/values/elements.h"

#include <algorithm>

namespace ckptscope {

Result<void> Exporter::gather(std::uint32_t tensor, std::uint64_t from, std::uint64_t length, const Take& take)
{
    auto stream = ElementStream::open(m_shards, m_checkpoint.tensors()[tensor], static_cast<std::size_t>(m_buffer * 2));
    if (!stream) {
        return stream.error();
    }
    const std::uint64_t step = std::max<std::uint64_t>(1, m_buffer / stream->elementBytes()) * stream->elementBytes();
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(step, length)));
    for (std::uint64_t at = 0; at < length && !m_state.stopped(); at += step) {
        const auto piece = std::span(buffer).first(static_cast<std::size_t>(std::min(step, length - at)));
        if (auto done = stream->read(from + at, piece); !done) {
            return done;
        }
        if (auto done = take(at, piece); !done) {
            return done;
        }
    }
    return {};
}

Result<void> Exporter::castStream(const Edit& edit, const SourceView* view, CastNotes& notes, const Take& take)
{
    TensorInfo tensor = m_checkpoint.tensors()[edit.tensor];
    TensorExtra extra;
    const std::uint64_t shape[] = {view != nullptr ? view->elements : 0};
    if (view != nullptr) {
        tensor.dtype = view->dtype;
        tensor.shape = shape;
        tensor.shard = view->shard;
        tensor.bytes = view->bytes;
        tensor.extra = nullptr;
        if (!view->codec.empty()) {
            extra.layout = Packed{view->codec, view->bytes, {}, view->skip};
            tensor.bytes = {0, byteSize(view->dtype, view->elements).value_or(0)};
            tensor.extra = &extra;
        }
    }
    auto reader = ElementReader::open(m_shards, tensor, static_cast<std::size_t>(m_buffer));
    if (!reader) {
        return reader.error();
    }
    const bool blocks = dtypeInfo(tensor.dtype).family == DTypeFamily::Block;
    const std::uint64_t grain = std::max<std::uint64_t>(reader->grain(), 8);
    const std::uint64_t step = std::max<std::uint64_t>(grain, m_buffer / 8 / grain * grain);
    std::vector<float> decoded(blocks ? step : 0);
    std::vector<std::byte> out;
    std::uint64_t target = 0;
    for (std::uint64_t at = 0; at < reader->elements() && !m_state.stopped();) {
        const std::uint64_t count = std::min(step, reader->elements() - at);
        const auto in = reader->read(at, count);
        if (!in) {
            return in.error();
        }
        out.resize(static_cast<std::size_t>(byteSize(edit.to, count).value_or(0)));
        Result<CastLoss> made = CastLoss{};
        if (edit.op == EditOp::Relabel) {
            std::copy(in->begin(), in->end(), out.begin());
        } else if (blocks) {
            const auto values = std::span(decoded).first(static_cast<std::size_t>(count));
            if (!decodeGgmlBlocks(tensor.dtype, *in, values)) {
                return fail(Code::CastUnsupported, {std::string(dtypeName(tensor.dtype)), std::string(dtypeName(edit.to))});
            }
            made = castElements(DType::F32, std::as_bytes(values), edit.to, out, count);
        } else {
            made = castElements(tensor.dtype, *in, edit.to, out, count);
        }
        if (!made) {
            return made.error();
        }
        notes.add(*in, out, *made);
        if (take) {
            if (auto done = take(target, out); !done) {
                return done;
            }
        }
        target += out.size();
        at += count;
    }
    return {};
}

} // namespace ckptscope
