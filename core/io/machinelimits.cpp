// SPDX-License-Identifier: Apache-2.0
#include "core/io/machinelimits.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sched.h>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

namespace ckptscope {

namespace {

constexpr std::size_t MostText = 64U << 10U;
constexpr std::size_t MostLevels = 64;

/// The first bytes of a file of the kernel's; empty where there is none.
std::string textOf(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string text(MostText, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return text;
}

std::vector<std::string_view> split(std::string_view text, char at)
{
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(at), text.size());
        parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

/// A number on a line of its own; nullopt for "max", "-1" and anything else.
std::optional<std::uint64_t> numberIn(std::string_view text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.remove_suffix(1);
    }
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

class Groups {
public:
    Groups(std::string root, MachineLimits& limits)
        : m_root(std::move(root))
        , m_limits(limits)
    {
    }

    void read()
    {
        const std::string groups = textOf(m_root + "/proc/self/cgroup");
        for (const std::string_view line : split(groups, '\n')) {
            const std::size_t first = line.find(':');
            const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
            if (second == std::string_view::npos) {
                continue;
            }
            const std::string_view controllers = line.substr(first + 1, second - first - 1);
            const std::string group(line.substr(second + 1));
            if (controllers.empty()) {
                everyLevel(m_root + "/sys/fs/cgroup", group, [this](const std::string& folder) { unified(folder); });
                everyLevel(m_root + "/sys/fs/cgroup/unified", group, [this](const std::string& folder) { unified(folder); });
                continue;
            }
            for (const std::string_view name : split(controllers, ',')) {
                const std::string mounted = m_root + "/sys/fs/cgroup/" + std::string(controllers);
                if (name == "cpu") {
                    everyLevel(mounted, group, [this](const std::string& folder) {
                        quota(numberIn(textOf(folder + "/cpu.cfs_quota_us")), numberIn(textOf(folder + "/cpu.cfs_period_us")));
                    });
                } else if (name == "memory") {
                    everyLevel(mounted, group, [this](const std::string& folder) { memory(textOf(folder + "/memory.limit_in_bytes")); });
                }
            }
        }
    }

private:
    /// The group, its parent, and so on up to what is mounted. Where it lies outside of what this process sees, only that.
    template<class Look>
    void everyLevel(const std::string& mounted, std::string group, const Look& look)
    {
        if (group.find("..") != std::string::npos) {
            group.clear();
        }
        for (std::size_t level = 0; level < MostLevels; ++level) {
            while (!group.empty() && group.back() == '/') {
                group.pop_back();
            }
            look(mounted + group);
            if (group.empty()) {
                return;
            }
            group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
        }
    }

    void unified(const std::string& folder)
    {
        const std::string most = textOf(folder + "/cpu.max"); // "150000 100000", "max 100000"
        const auto words = split(std::string_view(most), ' ');
        if (words.size() == 2) {
            quota(numberIn(words[0]), numberIn(words[1]));
        }
        memory(textOf(folder + "/memory.max"));
        memory(textOf(folder + "/memory.high")); // above it a group is throttled
    }

    void quota(std::optional<std::uint64_t> share, std::optional<std::uint64_t> period)
    {
        if (share && period && *share > 0 && *period > 0) {
            const std::uint64_t processors = *share / *period + (*share % *period != 0 ? 1 : 0);
            m_limits.processors = static_cast<unsigned>(std::clamp<std::uint64_t>(processors, 1, m_limits.processors));
        }
    }

    void memory(const std::string& text)
    {
        const auto bytes = numberIn(text);
        if (!bytes || *bytes == 0 || (m_limits.memory != 0 && *bytes >= m_limits.memory)) {
            return; // version 1 says 2^63 less a page where there is no limit
        }
        m_limits.memory = *bytes;
        m_limits.cgroupMemory = *bytes;
    }

    std::string m_root;
    MachineLimits& m_limits;
};

} // namespace

MachineLimits readMachineLimits(const std::string& root, const MachineLimits& machine)
{
    MachineLimits limits = machine;
    limits.processors = std::max(1U, limits.processors);
    Groups(root, limits).read();
    return limits;
}

const MachineLimits& machineLimits()
{
    static const MachineLimits limits = [] {
        MachineLimits machine;
        cpu_set_t set;
        CPU_ZERO(&set);
        machine.processors = sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0 ? static_cast<unsigned>(CPU_COUNT(&set))
                                                                                                : std::max(1U, std::thread::hardware_concurrency());
        const long pages = ::sysconf(_SC_PHYS_PAGES);
        const long page = ::sysconf(_SC_PAGESIZE);
        machine.memory = pages > 0 && page > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) : 0;
        return readMachineLimits({}, machine);
    }();
    return limits;
}

std::uint64_t defaultMaxMemory(const MachineLimits& limits) noexcept
{
    constexpr std::uint64_t Usual = 64ULL << 20U;
    constexpr std::uint64_t Least = 1ULL << 20U;
    return limits.cgroupMemory == 0 ? Usual : std::clamp(limits.cgroupMemory / 8, Least, Usual);
}

} // namespace ckptscope
