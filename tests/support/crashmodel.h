// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope::test {

/// One change that a program made (support/programs/trace.c writes them down).
struct TraceCall {
    std::string call; ///< "create", "mkdir", "write", "size", "sync", "rename", "exchange", "link", "unlink"
    std::uint64_t at = 0;
    std::string path;
    std::string other;
    std::string bytes;
};
/// Ends the program where the file is no trace.
[[nodiscard]] std::vector<TraceCall> readTrace(const std::string& file);

/// A file system that forgets, at a loss of power, as much as POSIX lets it: every write to a file, and every name in a
/// folder, that no fsync of that very file or folder has followed may be there, or not, or half (a write), each by
/// itself and in any order. Real file systems forget less (ext4 and XFS keep the order of names), so what holds here
/// holds there.
class CrashModel {
public:
    /// All files below a folder, path -> bytes; a folder as "path/".
    using Tree = std::map<std::string, std::string>;

    /// What lies below `root` on the disk now, all of it safe.
    explicit CrashModel(std::string root);

    /// Calls outside the root are passed over.
    void apply(const TraceCall& call);
    /// What the program sees.
    [[nodiscard]] Tree live() const;
    /// What may be there after a loss of power now: nothing of what is pending, all, each alone, all but each, and
    /// `random` mixtures. Each once.
    [[nodiscard]] std::set<Tree> crashes(unsigned random, std::mt19937& chance) const;

private:
    struct Node;
    using Ref = std::shared_ptr<Node>;
    /// Entries of one folder that change in one step; null: the name goes.
    using Step = std::map<std::string, Ref>;
    struct Write {
        std::uint64_t at = 0;
        std::string bytes;
        bool size = false; ///< `at` is the file's new size
    };
    struct Node {
        bool folder = false;
        std::string live;
        std::string safe;
        std::vector<Write> pendingWrites;
        std::map<std::string, Ref> liveEntries;
        std::map<std::string, Ref> safeEntries;
        std::vector<Step> pendingSteps;
    };
    enum class Fate : std::uint8_t { Lost, Half, Whole }; ///< Half: writes alone
    using Fates = std::map<const Node*,
                           std::vector<Fate>>; ///< one a pending change, the writes of a file or the steps of a folder

    [[nodiscard]] std::string relative(const std::string& path, bool& inside) const;
    [[nodiscard]] Ref find(const std::string& path) const;
    [[nodiscard]] Ref parentOf(const std::string& path, std::string& name) const;
    void step(const std::string& path, const Ref& node);
    Ref load(const std::string& path);
    static void write(std::string& bytes, const Write& write, bool half);
    static void list(const Node& node, const std::string& prefix, Tree& out);
    static void survive(const Node& node, const std::string& prefix, const Fates& fates, Tree& out);

    std::string m_root;
    std::vector<Ref> m_nodes; ///< all that there ever were
    Ref m_top;
};

/// Puts a tree onto the disk.
void writeTree(const CrashModel::Tree& tree, const std::string& folder);

} // namespace ckptscope::test
