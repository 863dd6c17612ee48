// SPDX-License-Identifier: Apache-2.0
#include "core/fix/donor.h"

#include "core/dtypes/convert.h"
#include "core/text/text.h"
#include "core/values/elements.h"
#include "core/values/elementtext.h"
#include "core/values/statistics.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace ckptscope {

namespace {

constexpr std::uint64_t PieceElements = 1ULL << 17U;

std::string dimensions(std::span<const std::uint64_t> shape)
{
    return shapeText(shape.data(), shape.size());
}

/// A float of whole bytes, as both sides must be.
bool isComparable(DType dtype) noexcept
{
    return isRealFloat(dtype) && dtypeInfo(dtype).blockBits % 8 == 0;
}

bool isNanAt(DType dtype, std::span<const std::byte> packed, std::uint64_t index) noexcept
{
    const double value = decodeElement(dtype, packed, index);
    return value != value;
}

/// Elements whose bytes differ, two NaNs aside; `first` is the first of them.
std::uint64_t differing(DType dtype, std::span<const std::byte> a, std::span<const std::byte> b, std::uint64_t elements,
                        std::optional<std::uint64_t>& first)
{
    if (std::memcmp(a.data(), b.data(), a.size()) == 0) {
        return 0;
    }
    const std::size_t size = dtypeInfo(dtype).blockBits / 8U;
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < elements; ++i) {
        const auto at = static_cast<std::size_t>(i) * size;
        if (std::memcmp(a.data() + at, b.data() + at, size) != 0 && !(isNanAt(dtype, a, i) && isNanAt(dtype, b, i))) {
            first = first ? first : std::optional(i);
            ++count;
        }
    }
    return count;
}

/// Casts into a buffer that grows as needed; every cast here is between float dtypes that castElements() knows.
Result<std::span<const std::byte>> cast(DType from, std::span<const std::byte> in, DType to, std::uint64_t elements, std::vector<std::byte>& buffer)
{
    if (from == to) {
        return in;
    }
    buffer.resize(static_cast<std::size_t>(elements) * dtypeInfo(to).blockBits / 8U);
    if (auto done = castElements(from, in, to, buffer, elements); !done) {
        return std::move(done).error();
    }
    return std::span<const std::byte>(buffer);
}

} // namespace

DonorMatcher::DonorMatcher(std::shared_ptr<const Checkpoint> ours, std::shared_ptr<const Checkpoint> donor, DonorOptions options)
    : m_ours(std::move(ours))
    , m_donor(std::move(donor))
    , m_options(options)
    , m_ourFiles(std::make_shared<ShardFiles>(m_ours))
    , m_donorFiles(std::make_shared<ShardFiles>(m_donor))
    , m_names(*m_donor)
{
}

std::optional<std::uint32_t> DonorMatcher::find(std::uint32_t tensor) const
{
    return m_names.find(m_ours->tensors()[tensor]);
}

Result<DType> DonorMatcher::launderedFrom(std::uint32_t tensor, const JobContext& job) const
{
    {
        const std::scoped_lock lock(m_mutex);
        if (const auto found = m_known.find(tensor); found != m_known.end() && found->second.launderedFrom) {
            return *found->second.launderedFrom;
        }
    }
    auto statistics = computeStatistics(m_ourFiles, tensor, job);
    if (!statistics) {
        return std::move(statistics).error();
    }
    const DType from = statistics->laundered(m_ours->tensors()[tensor].dtype) ? statistics->launderedFrom() : DType::Unknown;
    const std::scoped_lock lock(m_mutex);
    m_known[tensor].launderedFrom = from;
    return from;
}

Result<bool> DonorMatcher::launderedHere(std::uint32_t tensor, const JobContext& job) const
{
    const auto from = launderedFrom(tensor, job);
    if (!from) {
        return from.error();
    }
    return *from != DType::Unknown;
}

Result<DonorMatch> DonorMatcher::match(std::uint32_t tensor, const JobContext& job) const
{
    {
        const std::scoped_lock lock(m_mutex);
        if (const auto found = m_known.find(tensor); found != m_known.end() && found->second.match) {
            return *found->second.match;
        }
    }
    auto judged = judge(tensor, job);
    if (judged) {
        const std::scoped_lock lock(m_mutex);
        m_known[tensor].match = *judged;
    }
    return judged;
}

Result<DonorMatch> DonorMatcher::judge(std::uint32_t tensor, const JobContext& job) const
{
    const TensorInfo& ours = m_ours->tensors()[tensor];
    const std::string key(ours.key);
    DonorMatch match;
    match.tensor = tensor;
    match.donorTensor = find(tensor);
    if (!match.donorTensor) {
        match.refusal = fail(Code::DonorMissing, {key});
        return match;
    }
    const TensorInfo& theirs = m_donor->tensors()[*match.donorTensor];
    match.donorDtype = theirs.dtype;
    const auto refuse = [&](Code code, std::vector<std::string> args) {
        match.refusal = inFile(fail(code, std::move(args)), m_donor->shards()[theirs.shard].file);
        return match;
    };
    if (!std::equal(ours.shape.begin(), ours.shape.end(), theirs.shape.begin(), theirs.shape.end())) {
        return refuse(Code::DonorShape, {key, dimensions(theirs.shape), dimensions(ours.shape)});
    }
    for (const auto* one : {&ours, &theirs}) {
        if (!one->readable()) {
            return refuse(Code::DonorUnreadable, {std::string(one->key), one->damaged ? "damaged" : one->extra->unreadable});
        }
    }
    match.elements = elementCount(ours).value_or(0);
    match.roundedTo = ours.dtype;
    const auto wrongDtype = [&] { return refuse(Code::DonorDtype, {key, std::string(theirs.dtypeText()), std::string(ours.dtypeText())}); };
    if (!isComparable(ours.dtype) || !isComparable(theirs.dtype)) {
        return wrongDtype();
    }
    const std::uint16_t ourBits = dtypeInfo(ours.dtype).blockBits;
    const std::uint16_t theirBits = dtypeInfo(theirs.dtype).blockBits;
    if (theirBits < 32 || theirBits < ourBits) {
        return wrongDtype();
    }
    if (ourBits >= 32) { // only where our precision is lost already is there something to restore
        const auto from = launderedFrom(tensor, job);
        if (!from) {
            return from.error();
        }
        if (*from != DType::Unknown) {
            match.roundedTo = *from;
        } else if (ourBits == theirBits) {
            return wrongDtype();
        }
    }
    if (auto compared = compare(match, ours, theirs, job); !compared) {
        return std::move(compared).error();
    }
    return match;
}

Result<void> DonorMatcher::compare(DonorMatch& match, const TensorInfo& ours, const TensorInfo& theirs, const JobContext& job) const
{
    auto ourReader = ElementReader::open(m_ourFiles, ours);
    if (!ourReader) {
        return std::move(ourReader).error();
    }
    auto theirReader = ElementReader::open(m_donorFiles, theirs);
    if (!theirReader) {
        return std::move(theirReader).error();
    }
    std::vector<std::byte> roundedBuffer;
    std::vector<std::byte> oursBuffer;
    std::vector<std::byte> againBuffer;
    bool finer = false;
    std::array<std::string, 3> values; // the donor's, what it rounds to, ours
    for (std::uint64_t at = 0; at < match.elements; at += PieceElements) {
        if (job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        const std::uint64_t now = std::min(PieceElements, match.elements - at);
        const auto our = ourReader->read(at, now);
        if (!our) {
            return our.error();
        }
        const auto their = theirReader->read(at, now);
        if (!their) {
            return their.error();
        }
        const auto rounded = cast(theirs.dtype, *their, match.roundedTo, now, roundedBuffer);
        if (!rounded) {
            return rounded.error();
        }
        const auto asOurs = cast(match.roundedTo, *rounded, ours.dtype, now, oursBuffer);
        if (!asOurs) {
            return asOurs.error();
        }
        std::optional<std::uint64_t> first;
        match.disagreeing += differing(ours.dtype, *asOurs, *our, now, first);
        if (first && !match.firstDisagreeing) {
            match.firstDisagreeing = at + *first;
            values = {elementText(theirs.dtype, *their, *first), elementText(match.roundedTo, *rounded, *first),
                      elementText(ours.dtype, *our, *first)};
        }
        if (!finer) {
            const auto again = cast(match.roundedTo, *rounded, theirs.dtype, now, againBuffer);
            if (!again) {
                return again.error();
            }
            std::optional<std::uint64_t> unused;
            finer = differing(theirs.dtype, *again, *their, now, unused) > 0;
        }
    }
    const std::string key(ours.key);
    const std::string& file = m_donor->shards()[theirs.shard].file;
    if (match.disagreeing > 0) {
        Error error = inFile(fail(Code::DonorDisagrees,
                                  {key, indexText(*match.firstDisagreeing, ours.shape), values[0], values[1], values[2],
                                   std::to_string(match.disagreeing), std::to_string(match.elements)}),
                             file);
        (match.agreement() < m_options.minimumAgreement ? match.refusal : match.disagreement) = std::move(error);
    }
    if (!match.refusal && !finer && match.elements > 0) {
        match.refusal = inFile(fail(Code::DonorLaundered, {key, std::string(dtypeName(match.roundedTo))}), file);
    }
    return {};
}

Result<std::vector<DonorMatch>> DonorMatcher::match(std::span<const std::uint32_t> tensors, const JobContext& job) const
{
    std::uint64_t total = 0;
    for (const std::uint32_t tensor : tensors) {
        total += logicalBytes(m_ours->tensors()[tensor]).value_or(0);
    }
    std::vector<DonorMatch> matches;
    matches.reserve(tensors.size());
    std::uint64_t done = 0;
    for (const std::uint32_t tensor : tensors) {
        auto one = match(tensor, job);
        if (!one) {
            return std::move(one).error();
        }
        matches.push_back(std::move(*one));
        done += logicalBytes(m_ours->tensors()[tensor]).value_or(0);
        job.progress(Phase::Scanning, done, total);
    }
    return matches;
}

Result<void> readDonorValues(const DonorMatcher& matcher, std::uint32_t donorTensor, DType to, const JobContext& job,
                             const std::function<Result<void>(std::span<const std::byte> packed)>& take)
{
    const TensorInfo& tensor = matcher.donor()->tensors()[donorTensor];
    auto reader = ElementReader::open(matcher.donorFiles(), tensor);
    if (!reader) {
        return std::move(reader).error();
    }
    std::vector<std::byte> buffer;
    for (std::uint64_t at = 0; at < reader->elements(); at += PieceElements) {
        if (job.stop.stop_requested()) {
            return fail(Code::Cancelled);
        }
        const std::uint64_t now = std::min(PieceElements, reader->elements() - at);
        const auto piece = reader->read(at, now);
        if (!piece) {
            return piece.error();
        }
        const auto packed = cast(tensor.dtype, *piece, to, now, buffer);
        if (!packed) {
            return packed.error();
        }
        if (auto taken = take(*packed); !taken) {
            return taken;
        }
    }
    return {};
}

} // namespace ckptscope
