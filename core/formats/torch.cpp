// SPDX-License-Identifier: Apache-2.0
#include "core/formats/torch.h"

#include "core/formats/torchobject.h"
#include "core/formats/zip.h"

#include <algorithm>

namespace ckptscope {

namespace {

bool startsLikeTar(std::span<const std::byte> head) noexcept
{
    const auto text = asText(head);
    return text.size() > 262 && text.substr(257, 5) == "ustar";
}

/// The first entry of an archive tells NumPy's .npz from torch's; everything else that is a zip is ours to name.
bool startsLikeNpz(std::span<const std::byte> head) noexcept
{
    if (!startsLikeZip(head) || head.size() < 30) {
        return false;
    }
    return asText(head.subspan(30)).substr(0, le16(head.data() + 26)).ends_with(".npy");
}

bool hasPickleExtension(const Source& source)
{
    constexpr std::array Extensions{".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".data", ".dat", ".joblib", ".th", ".tar"};
    return std::any_of(Extensions.begin(), Extensions.end(), [&](const char* extension) { return source.hasExtension(extension); });
}

bool startsLikeBarePickle(const Source& source)
{
    const std::span head(source.head);
    if (pickle::looksLikePickle(head)) {
        return true;
    }
    const bool cut = source.file.size() > source.head.size();
    return pickle::walksAsPickle(head, cut && hasPickleExtension(source));
}

std::string stemOf(const std::string& name)
{
    const auto slash = name.rfind('/');
    auto stem = slash == std::string::npos ? name : name.substr(slash + 1);
    if (const auto dot = stem.rfind('.'); dot != std::string::npos && dot > 0) {
        stem.resize(dot);
    }
    return stem;
}

Result<void> readBare(const ByteSource& source, const std::string& bare, torch::Reading& reading)
{
    auto parsed = pickle::parse(source, 0, reading.budget, reading.job);
    torch::EmbeddedStorages embedded;
    torch::reportPickle(parsed, source, "the pickle", reading, 0, &embedded);
    if (parsed.stopped) {
        return {};
    }
    torch::reportRest(source, parsed.end, "the file", reading);
    torch::StorageMap storages;
    torch::listObject(parsed, source, parsed.root, {}, bare, storages, embedded, reading);
    return {};
}

} // namespace

bool TorchReader::recognises(const Source& source) const noexcept
{
    if (source.isFolder) {
        return false;
    }
    const std::span head(source.head);
    if (startsLikeZip(head)) {
        return !startsLikeNpz(head);
    }
    return torch::startsLikeLegacy(head) || startsLikeBarePickle(source) || (startsLikeTar(head) && hasPickleExtension(source));
}

Result<CheckpointParts> TorchReader::open(const Source& source, const OpenOptions& /*options*/, const JobContext& job) const
{
    if (startsLikeTar(source.head)) {
        // PyTorch itself refuses it with weights_only since 2.6: CVE-2025-32434 went through it.
        return inFile(fail(Code::FormatNamed, {"a tar archive of PyTorch 0.1.1"}), source.name);
    }
    CheckpointBuilder builder;
    builder.parts().format = "torch";
    builder.parts().shards.resize(1);
    auto& shard = builder.parts().shards.front();
    shard.bytes = source.file.size();
    shard.identity = source.file.identity();

    auto reading = torch::makeReading(builder, source.name, job);
    const auto bytes = ByteSource::ofFile(source.file, {0, source.file.size()});
    const auto bare = stemOf(source.name);
    Result<void> read;
    if (startsLikeZip(source.head)) {
        read = torch::readTorchZip(bytes, {}, bare, reading);
    } else if (torch::startsLikeLegacy(source.head)) {
        read = torch::readTorchLegacy(bytes, bare, reading);
    } else {
        read = readBare(bytes, bare, reading);
    }
    auto parts = builder.finish();
    if (job.stop.stop_requested()) {
        return fail(Code::Cancelled);
    }
    if (!read) {
        if (parts.globals.empty()) {
            return read.error();
        }
        // What the pickles name must be told, also where nothing can be listed.
        parts.problems.insert(parts.problems.begin(), {codeInfo(read.error().code).severity, read.error(), std::nullopt});
    } else if (parts.tensors.empty() && parts.globals.empty() && parts.metadata.empty()) {
        const auto broken =
            std::find_if(parts.problems.begin(), parts.problems.end(), [](const Problem& p) { return p.severity == Severity::Error; });
        if (broken != parts.problems.end()) {
            return broken->what;
        }
    }
    return parts;
}

const FormatReader& torchReader() noexcept
{
    static const TorchReader reader;
    return reader;
}

} // namespace ckptscope
