// SPDX-License-Identifier: Apache-2.0
// One tensor: from what a rebuild call says and where its storage lies, to a TensorInfo.
#include "core/formats/formatreader.h"
#include "core/formats/torchobject.h"

#include <algorithm>

namespace ckptscope::torch {

namespace {

__extension__ typedef unsigned __int128 Wide; // NOLINT(modernize-use-using): __extension__ takes no alias

/// Row-major without holes; dimensions of one element may have any stride.
bool isDense(const std::vector<std::uint64_t>& shape, const std::vector<std::uint64_t>& strides)
{
    std::uint64_t expected = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
        if (shape[i] != 1 && strides[i] != expected) {
            return false;
        }
        if (__builtin_mul_overflow(expected, shape[i], &expected)) {
            return false;
        }
    }
    return true;
}

/// Index of the last element that a view touches, from its storage's start; saturates far above 64 bits.
Wide lastIndex(const TensorView& view)
{
    constexpr Wide Cap = Wide{1} << 100U;
    Wide last = view.offset;
    for (std::size_t i = 0; i < view.shape.size(); ++i) {
        last += static_cast<Wide>(view.shape[i] - 1) * view.strides[i];
        last = std::min(last, Cap);
    }
    return last;
}

class TensorAdder {
public:
    TensorAdder(const std::string& name, TensorView& view, StorageMap& storages, const EmbeddedStorages& embedded, Reading& reading)
        : m_name(name)
        , m_view(view)
        , m_storages(storages)
        , m_embedded(embedded)
        , m_reading(reading)
        , m_out(reading.out)
    {
    }

    std::uint32_t add(const ByteSource& source, const Graph& graph);

private:
    void broken(std::string why, const char* before = "")
    {
        m_out.problem(Code::TorchTensor, {m_name, before + why}, m_reading.file, std::nullopt, m_index);
        m_out.unreadable(*m_tensor, std::move(why));
        m_tensor->damaged = true;
    }
    void placeInStorage(std::uint64_t elements);
    void placeInPickle(const ByteSource& source, const Graph& graph, std::uint64_t elements);
    void placeInText(const ByteSource& source, const Graph& graph, std::uint64_t need);
    void strided(const ByteRange& storage, std::uint64_t elements, bool dense);

    const std::string& m_name;
    TensorView& m_view;
    StorageMap& m_storages;
    const EmbeddedStorages& m_embedded;
    Reading& m_reading;
    CheckpointBuilder& m_out;
    TensorInfo* m_tensor = nullptr;
    std::uint32_t m_index = 0;
};

std::uint32_t TensorAdder::add(const ByteSource& source, const Graph& graph)
{
    auto& element = m_view.element;
    if (m_view.storage.embedded != NoNode) {
        const auto found = m_embedded.find(m_view.storage.embedded);
        if (found != m_embedded.end()) {
            if (!m_view.untyped) {
                element = found->second.element;
            }
            m_view.storage.element = found->second.element;
            m_view.storage.elements = found->second.elements;
        }
    }
    // torch counts pairs of 4-bit floats, we count elements: huggingface/safetensors
    // bindings/python/py_src/safetensors/torch.py does the same.
    const bool pairs = element.dtype == DType::F4;
    auto shape = m_view.shape;
    if (pairs && !shape.empty() && !__builtin_mul_overflow(shape.back(), std::uint64_t{2}, &shape.back())) {
    } else if (pairs) {
        element = {DType::Unknown, "torch:float4_e2m1fn_x2", 1, false};
    }
    m_index = m_out.tensorCount();
    m_tensor = &m_out.tensor(m_name, shape, element.dtype, m_reading.shard);
    if (element.dtype == DType::Unknown) {
        m_out.extra(*m_tensor).spelling = element.spelling.empty() ? "unknown" : element.spelling;
    }
    if (!m_view.note.empty()) {
        m_out.extra(*m_tensor).note = m_view.note;
    }
    if (!m_view.quantizer.empty()) {
        m_out.extra(*m_tensor).quantizer = m_view.quantizer;
    }
    if (m_view.conjugated || m_view.negated) {
        auto& extra = m_out.extra(*m_tensor);
        extra.conjugated = m_view.conjugated;
        extra.negated = m_view.negated;
    }
    if (!m_view.quantizer.empty()) { // one value a channel: tensors of their own
        for (const auto& [part, node] : m_view.parts) {
            m_out.extra(*m_tensor).parts.push_back(m_name + "." + part);
        }
    }
    if (!m_view.broken.empty()) {
        broken(m_view.broken, "cannot be read: ");
        return m_index;
    }
    if (shape.size() > limits().rank) {
        broken("has " + std::to_string(shape.size()) + " dimensions; at most " + std::to_string(limits().rank) + " are read");
        return m_index;
    }
    const auto elements = elementCount(m_view.shape);
    if (!elements || !elementCount(shape)) {
        broken("has sizes that multiply to more than 64 bits can count");
        return m_index;
    }
    switch (m_view.holds) {
    case TensorView::Holds::Nothing:
        m_out.unreadable(*m_tensor, m_view.why);
        break;
    case TensorView::Holds::Parts: {
        auto& extra = m_out.extra(*m_tensor);
        extra.sparseLayout = m_view.sparse;
        for (const auto& [part, node] : m_view.parts) {
            extra.parts.push_back(m_name + "." + part);
        }
        m_out.unreadable(*m_tensor, m_view.why);
        break;
    }
    case TensorView::Holds::Bytes:
        placeInPickle(source, graph, *elements);
        break;
    case TensorView::Holds::Storage:
        placeInStorage(*elements);
        break;
    }
    return m_index;
}

void TensorAdder::placeInPickle(const ByteSource& source, const Graph& graph, std::uint64_t elements)
{
    if (!m_view.why.empty()) {
        m_out.unreadable(*m_tensor, m_view.why);
        return;
    }
    if (m_view.bytes == NoNode) {
        if (elements > 0) {
            broken("has elements by its shape, but no bytes are stored");
        }
        return;
    }
    const auto& place = graph.place(m_view.bytes);
    std::uint64_t need = 0;
    if (m_view.element.bytes == 0) {
        need = place.length; // a type without a spelling of ours: its stored bytes
    } else if (__builtin_mul_overflow(elements, std::uint64_t{m_view.element.bytes}, &need)) {
        broken("has more bytes than 64 bits can count");
        return;
    }
    if (m_view.latin) {
        placeInText(source, graph, need);
        return;
    }
    if (need != place.length) {
        broken("needs " + std::to_string(need) + " bytes by its dtype and shape, but " + std::to_string(place.length) + " are stored");
        return;
    }
    if (!source.stored()) {
        m_out.unreadable(*m_tensor, "it stands in a pickle that is compressed or nested in text");
        return;
    }
    if (m_view.element.bigEndian) {
        m_out.extra(*m_tensor).bigEndian = true;
    }
    const ByteRange bytes{source.fileOffset(place.offset), place.length};
    m_view.offset = 0;
    strided(bytes, elements, m_view.strides.empty() || elements == 0 || isDense(m_view.shape, m_view.strides));
}

/// Bytes that protocol 2 spells as text: a character each, of one or two bytes.
void TensorAdder::placeInText(const ByteSource& source, const Graph& graph, std::uint64_t need)
{
    const auto& place = graph.place(m_view.bytes);
    std::uint64_t least = place.length / 2;
    std::uint64_t most = place.length;
    if (!graph.isLong(m_view.bytes)) {
        const auto text = graph.text(m_view.bytes);
        least = static_cast<std::uint64_t>(
            std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
        most = least;
    }
    if (need < least || need > most) {
        broken("needs " + std::to_string(need) + " bytes by its dtype and shape, but " + (least == most ? "" : "at most ") + std::to_string(most)
               + " are stored");
        return;
    }
    if (!source.stored() || place.decoded) {
        m_out.unreadable(*m_tensor, "it stands in a pickle that is compressed or nested in text");
        return;
    }
    if (m_view.element.bytes == 0) {
        m_out.unreadable(*m_tensor, "its bytes are spelled as text (pickle protocol 2)");
        return;
    }
    if (m_view.element.bigEndian) {
        m_out.extra(*m_tensor).bigEndian = true;
    }
    Packed packed;
    packed.codec = "latin1";
    packed.bytes = {source.fileOffset(place.offset), place.length};
    const bool dense = m_view.strides.empty() || need == 0 || isDense(m_view.shape, m_view.strides);
    packed.strides = dense ? std::vector<std::uint64_t>() : m_view.strides;
    m_tensor->bytes = {0, need};
    m_out.extra(*m_tensor).layout = std::move(packed);
}

void TensorAdder::strided(const ByteRange& storage, std::uint64_t elements, bool dense)
{
    const std::uint64_t size = m_view.element.bytes;
    // The view was checked against its storage: no product below overflows.
    const auto logical = size == 0 ? storage.length : elements * size;
    if (elements == 0) {
        m_tensor->bytes = {storage.offset, 0};
        return;
    }
    if (dense) {
        m_tensor->bytes = {storage.offset + m_view.offset * size, logical};
        return;
    }
    if (m_tensor->dtype == DType::Unknown || m_tensor->dtype == DType::F4) {
        m_out.unreadable(*m_tensor, "a strided view of a type whose elements are not whole bytes or not known");
        return;
    }
    m_out.extra(*m_tensor).layout = Strided{storage, m_view.offset, m_view.strides};
    m_tensor->bytes = {0, std::min(logical, storage.length)};
}

void TensorAdder::placeInStorage(std::uint64_t elements)
{
    const auto& ref = m_view.storage;
    const StoragePlace* place = nullptr;
    std::string key(ref.key);
    if (ref.embedded != NoNode) {
        key = "embedded storage";
        if (const auto found = m_embedded.find(ref.embedded); found != m_embedded.end()) {
            place = &found->second.place;
        }
    } else if (ref.location == "meta") {
        m_out.unreadable(*m_tensor, "a meta tensor: no elements are stored");
        return;
    } else {
        m_storages.used.insert(key);
        if (const auto found = m_storages.places.find(key); found != m_storages.places.end()) {
            place = &found->second;
        }
    }
    if (place == nullptr) {
        m_out.problem(Code::TorchStorageMissing, {m_name, key}, m_reading.file, std::nullopt, m_index);
        m_out.unreadable(*m_tensor, "its storage is not in the file");
        m_tensor->damaged = true;
        return;
    }
    if (!place->missing.empty() && place->whole) {
        m_out.unreadable(*m_tensor, place->missing);
        return;
    }
    if (!place->missing.empty()) {
        m_out.problem(Code::TorchTensor, {m_name, "cannot be read: " + place->missing}, m_reading.file, place->bytes.offset, m_index);
        m_out.unreadable(*m_tensor, place->missing);
        m_tensor->damaged = true;
        return;
    }
    const std::uint64_t size = m_view.element.bytes;
    // Storage bounds: what the pickle declares, and what is there. The record decides (pytorch/pytorch PR 170085 is
    // about the difference).
    Wide declared = static_cast<Wide>(ref.elements) * ref.element.bytes;
    Wide start = 0; // of a legacy window
    if (ref.viewElements) {
        start = static_cast<Wide>(ref.viewOffset) * ref.element.bytes;
        if (start + static_cast<Wide>(*ref.viewElements) * ref.element.bytes > declared) {
            broken("is a window that reaches over its storage's end");
            return;
        }
        declared = static_cast<Wide>(*ref.viewElements) * ref.element.bytes;
    }
    if (elements > 0) {
        const auto end = (lastIndex(m_view) + 1) * size;
        if (end > declared) {
            broken("reaches over the end of its storage: it needs " + std::to_string(static_cast<std::uint64_t>(std::min<Wide>(end, UINT64_MAX)))
                   + " bytes, the storage has " + std::to_string(static_cast<std::uint64_t>(std::min<Wide>(declared, UINT64_MAX))));
            return;
        }
        if (start + end > place->unpacked) {
            broken("lies in a storage that is shorter than declared: " + std::to_string(place->unpacked) + " bytes are there");
            return;
        }
    }
    const bool swapped = m_storages.bigEndian && size > 1 && ref.embedded == NoNode;
    if (swapped && m_view.untyped) {
        m_out.problem(Code::TorchByteOrder, {m_name}, m_reading.file, std::nullopt, m_index);
        m_out.unreadable(*m_tensor, "a big-endian file does not say whether this dtype's bytes were swapped");
        return;
    }
    if (swapped) {
        m_out.extra(*m_tensor).bigEndian = true;
    }
    const bool dense = elements == 0 || isDense(m_view.shape, m_view.strides);
    if (!place->codec.empty()) {
        if (!dense && (m_tensor->dtype == DType::Unknown || m_tensor->dtype == DType::F4)) {
            m_out.unreadable(*m_tensor, "a strided view of a type whose elements are not whole bytes");
            return;
        }
        Packed packed;
        packed.codec = place->codec;
        packed.bytes = place->bytes;
        packed.skip = place->skip + static_cast<std::uint64_t>(start) + m_view.offset * size;
        packed.strides = dense ? std::vector<std::uint64_t>() : m_view.strides;
        m_tensor->bytes = {0, elements * size};
        m_out.extra(*m_tensor).layout = std::move(packed);
        return;
    }
    strided({place->bytes.offset + static_cast<std::uint64_t>(start), static_cast<std::uint64_t>(std::min<Wide>(declared, place->bytes.length))},
            elements, dense);
}

} // namespace

std::uint32_t addTensor(const std::string& name, TensorView view, const Graph& graph, const ByteSource& source, StorageMap& storages,
                        const EmbeddedStorages& embedded, Reading& reading)
{
    return TensorAdder(name, view, storages, embedded, reading).add(source, graph);
}

} // namespace ckptscope::torch
