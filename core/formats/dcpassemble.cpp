// SPDX-License-Identifier: Apache-2.0
#include "core/formats/dcp.h"

#include <algorithm>

namespace ckptscope::dcp {

std::vector<std::uint64_t> rowMajor(const std::vector<std::uint64_t>& shape)
{
    std::vector<std::uint64_t> strides(shape.size());
    std::uint64_t step = 1;
    for (std::size_t d = shape.size(); d-- > 0;) {
        strides[d] = step;
        step *= std::max<std::uint64_t>(shape[d], 1); // the box lies in a tensor whose volume was checked
    }
    return strides;
}

namespace {

bool isDense(const std::vector<std::uint64_t>& shape, const std::vector<std::uint64_t>& strides)
{
    const auto dense = rowMajor(shape);
    for (std::size_t d = 0; d < shape.size(); ++d) {
        if (shape[d] != 1 && strides[d] != dense[d]) {
            return false;
        }
    }
    return true;
}

} // namespace

std::uint32_t addAssembled(CheckpointBuilder& out, const std::string& name, const torch::ElementType& element,
                           const std::vector<std::uint64_t>& shape, const std::vector<Box>& boxes, const std::vector<Piece>& pieces,
                           const std::string& broken, const std::string& file)
{
    auto shown = shape;
    const bool pairs = element.dtype == DType::F4 && !shown.empty() && !__builtin_mul_overflow(shown.back(), std::uint64_t{2}, &shown.back());
    const auto index = out.tensorCount();
    auto& tensor = out.tensor(name, shown, element.dtype, pieces.empty() ? 0 : pieces.front().shard);
    if (element.dtype == DType::Unknown) {
        out.extra(tensor).spelling = element.spelling.empty() ? "unknown" : element.spelling;
    }
    const auto damaged = [&](std::string why, Code code, std::vector<std::string> args) {
        out.problem(code, std::move(args), file, std::nullopt, index);
        out.unreadable(tensor, std::move(why));
        tensor.damaged = true;
        return index;
    };
    if (shown.size() > limits().rank) {
        return damaged("too many dimensions", Code::DcpTensor,
                       {name, "has " + std::to_string(shown.size()) + " dimensions; at most " + std::to_string(limits().rank) + " are read"});
    }
    const auto held = coverage(shape, boxes);
    if (!held.broken.empty()) {
        return damaged(held.broken, Code::DcpTensor, {name, held.broken});
    }
    if (held.overlaps) {
        return damaged("two of its chunks overlap", Code::DcpOverlap, {name});
    }
    if (held.missing > 0) {
        return damaged(std::to_string(held.missing) + " of its elements are not stored", Code::DcpGap, {name, std::to_string(held.missing)});
    }
    if (!broken.empty()) {
        out.unreadable(tensor, "it " + broken);
        return index;
    }
    const auto elements = elementCount(shape).value_or(0);
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(elements, std::uint64_t{element.bytes}, &bytes)) {
        return damaged("too large", Code::DcpTensor, {name, "has more bytes than 64 bits can count"});
    }
    if (elements == 0) {
        return index;
    }
    std::vector<std::size_t> full;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        if (std::find(boxes[i].shape.begin(), boxes[i].shape.end(), 0U) == boxes[i].shape.end()) {
            full.push_back(i);
        }
    }
    tensor.shard = pieces[full.front()].shard;
    const auto& first = pieces[full.front()];
    if (full.size() == 1 && isDense(shape, first.strides)) {
        tensor.bytes = {first.bytes.offset, bytes};
        return index;
    }
    if (pairs || element.dtype == DType::Unknown) {
        out.unreadable(tensor, "it lies in pieces of a type whose elements are not whole bytes or not known");
        return index;
    }
    tensor.bytes = {0, bytes};
    if (full.size() == 1) {
        out.extra(tensor).layout = Strided{first.bytes, 0, first.strides};
        return index;
    }
    Chunks chunks;
    for (const auto i : full) {
        chunks.chunks.push_back({pieces[i].shard, pieces[i].bytes, boxes[i].start, boxes[i].shape, pieces[i].strides});
    }
    out.extra(tensor).layout = std::move(chunks);
    return index;
}

} // namespace ckptscope::dcp
