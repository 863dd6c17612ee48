// SPDX-License-Identifier: Apache-2.0
#include "core/report/machine.h"

#include "core/io/extentcopy.h"
#include "core/io/machinelimits.h"
#include "core/simd/simd.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace ckptscope::report {

namespace {

namespace fs = std::filesystem;

std::string_view simdTitle(SimdLevel level) noexcept
{
    switch (level) {
    case SimdLevel::Avx512:
        return "AVX-512";
    case SimdLevel::Avx2:
        return "AVX2";
    case SimdLevel::Sse4:
        return "SSE4";
    case SimdLevel::Neon:
        return "NEON";
    case SimdLevel::Scalar:
        break;
    }
    return "none";
}

/// What the loops over elements use, and the best that there is where that is another.
std::string simdInUse()
{
    const SimdLevel best = simdLevels().back();
    std::string text(simdTitle(simdLevel()));
    if (simdLevel() != best) {
        text += " (CKPTSCOPE_SIMD; this processor has " + std::string(simdTitle(best)) + ")";
    }
    return text;
}

/// torvalds/linux include/uapi/linux/magic.h
std::string fileSystemName(std::uint64_t magic)
{
    struct Name {
        std::uint64_t magic;
        std::string_view name;
    };
    static constexpr std::array Names{
        Name{0x58465342, "xfs"},     Name{0x9123683E, "btrfs"}, Name{0xEF53, "ext4"},      Name{0x01021994, "tmpfs"},  Name{0x6969, "nfs"},
        Name{0x794c7630, "overlay"}, Name{0x65735546, "fuse"},  Name{0xFF534D42, "cifs"},  Name{0xFE534D42, "smb2"},   Name{0xca451a4e, "bcachefs"},
        Name{0x2FC12FC1, "zfs"},     Name{0xF2F52010, "f2fs"},  Name{0x00c36400, "ceph"},  Name{0x0BD00BD0, "lustre"}, Name{0x47504653, "gpfs"},
        Name{0x19830326, "beegfs"},  Name{0x4d44, "vfat"},      Name{0x2011BAB0, "exfat"}, Name{0x01021997, "9p"},     Name{0x858458f6, "ramfs"},
    };
    for (const Name& row : Names) {
        if (row.magic == magic) {
            return std::string(row.name);
        }
    }
    return "number " + std::to_string(magic);
}

/// A file to try cloning with: PATH itself, or the first regular one in it with bytes.
std::string anyFile(const fs::path& path)
{
    std::error_code code;
    if (fs::is_regular_file(path, code)) {
        return path.string();
    }
    int looked = 0;
    for (auto entry = fs::directory_iterator(path, code); !code && entry != fs::directory_iterator() && looked < 1000;
         entry.increment(code), ++looked) {
        std::error_code own;
        if (entry->is_regular_file(own) && entry->file_size(own) >= 4096 && !own) {
            return entry->path().string();
        }
    }
    return {};
}

} // namespace

Result<MachineFacts> probeMachine(const std::string& path)
{
    MachineFacts facts;
    facts.cpus = machineLimits().processors;
    facts.memory = machineLimits().memory;
    facts.simd = simdInUse();
    facts.devices = upcastDevices();
    if (path.empty()) {
        return facts;
    }
    facts.path = path;
    struct stat status { };
    if (::stat(path.c_str(), &status) != 0) {
        return inFile(errno == EACCES ? fail(Code::FilePermission) : fail(Code::FileNotFound), path);
    }
    std::error_code code;
    fs::path whole = fs::absolute(path, code).lexically_normal();
    if (!whole.has_filename()) {
        whole = whole.parent_path(); // "folder/"
    }
    facts.folder = whole.has_parent_path() ? whole.parent_path().string() : "/";
    struct statfs kind { };
    if (::statfs(facts.folder.c_str(), &kind) == 0) {
        facts.fileSystem = fileSystemName(static_cast<std::uint32_t>(kind.f_type));
    }
    struct statvfs volume { };
    if (::statvfs(facts.folder.c_str(), &volume) == 0) {
        facts.freeBytes = static_cast<std::uint64_t>(volume.f_bavail) * volume.f_frsize;
    }
    facts.writable = ::access(facts.folder.c_str(), W_OK | X_OK) == 0;
    if (const std::string file = anyFile(whole); !file.empty() && facts.writable) {
        facts.sharesBlocks = canShareBlocks(facts.folder, file);
    }
    return facts;
}

void writeMachineText(const MachineFacts& facts, const TextStyle& style, const Write& write)
{
    Table table("ll");
    table.row({"CPUs", groupedNumber(facts.cpus, style.numbers) + ", " + facts.simd}, Ink::Muted);
    table.row({"memory", byteText(facts.memory, style.numbers)}, Ink::Muted);
    for (const UpcastDevice& device : facts.devices) {
        if (device.id != "cpu") {
            const std::string room = ", " + byteText(device.freeBytes, style.numbers) + " free of " + byteText(device.totalBytes, style.numbers);
            table.row({"GPU", device.absent.empty() ? displayName(device.label) + room : "none: " + displayName(device.absent)}, Ink::Muted);
        }
    }
    table.row({"sandbox", facts.sandboxText}, Ink::Muted);
    if (!facts.path.empty()) {
        table.row({"path", displayName(facts.path)}, Ink::Muted);
        table.row({"copies go to", displayName(facts.folder) + (facts.writable ? "" : ", which is not writable")}, Ink::Muted);
        table.row({"file system", facts.fileSystem + ", " + byteText(facts.freeBytes, style.numbers) + " free"}, Ink::Muted);
        table.row({"shares blocks",
                   !facts.sharesBlocks       ? "not tried"
                       : *facts.sharesBlocks ? "yes: a repair writes only what changes"
                                             : "no: a repair copies the whole checkpoint"},
                  Ink::Muted);
    }
    table.write(style, "", write);
}

void writeMachineJson(const MachineFacts& facts, const Write& write)
{
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.doctor/1").key("cpus").number(std::uint64_t{facts.cpus}).key("memory").number(facts.memory);
    json.key("simd").text(facts.simd).key("devices").open('[');
    for (const UpcastDevice& device : facts.devices) {
        json.open('{').key("id").text(device.id).key("label").text(device.label).key("absent").textOrNull(device.absent);
        if (device.totalBytes > 0) {
            json.key("free_bytes").number(device.freeBytes).key("total_bytes").number(device.totalBytes);
        }
        json.close('}');
    }
    json.close(']').key("sandbox").boolean(facts.sandbox).key("sandbox_detail").text(facts.sandboxText);
    if (!facts.path.empty()) {
        json.key("path").text(facts.path).key("folder").text(facts.folder).key("file_system").text(facts.fileSystem);
        json.key("free_bytes").number(facts.freeBytes).key("writable").boolean(facts.writable).key("shares_blocks");
        if (facts.sharesBlocks) {
            json.boolean(*facts.sharesBlocks);
        } else {
            json.null();
        }
    }
    json.closeNamed().finish();
}

} // namespace ckptscope::report
