// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crashmodel.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ckptscope::test {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void die(const char* what, const std::string& where)
{
    std::fprintf(stderr, "tests/support/crashmodel.cpp: %s: %s\n", what, where.c_str());
    std::abort();
}

std::string bytesOf(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in.is_open()) {
        die("cannot read", path);
    }
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

} // namespace

std::vector<TraceCall> readTrace(const std::string& file)
{
    const std::string text = bytesOf(file);
    std::vector<TraceCall> calls;
    std::size_t at = 0;
    const auto field = [&](char end) {
        const auto to = text.find(end, at);
        if (to == std::string::npos) {
            die("a torn line in", file);
        }
        std::string out = text.substr(at, to - at);
        at = to + 1;
        return out;
    };
    while (at < text.size()) {
        TraceCall call;
        call.call = field('\t');
        call.at = std::stoull(field('\t'));
        const std::size_t length = std::stoull(field('\t'));
        call.path = field('\t');
        call.other = field('\n');
        if (call.call == "write") {
            call.bytes = text.substr(at, length);
            at += length;
        }
        calls.push_back(std::move(call));
    }
    return calls;
}

CrashModel::CrashModel(std::string root)
    : m_root(std::move(root))
    , m_top(load(m_root))
{
}

CrashModel::Ref CrashModel::load(const std::string& path)
{
    auto node = m_nodes.emplace_back(std::make_shared<Node>());
    node->folder = fs::is_directory(path);
    if (!node->folder) {
        node->live = node->safe = bytesOf(path);
        return node;
    }
    for (const auto& entry : fs::directory_iterator(path)) {
        node->liveEntries[entry.path().filename().string()] = load(entry.path().string());
    }
    node->safeEntries = node->liveEntries;
    return node;
}

std::string CrashModel::relative(const std::string& path, bool& inside) const
{
    inside = path.starts_with(m_root + '/') || path == m_root;
    return inside && path.size() > m_root.size() ? path.substr(m_root.size() + 1) : std::string();
}

CrashModel::Ref CrashModel::find(const std::string& path) const
{
    bool inside = false;
    const std::string rest = relative(path, inside);
    Ref node = inside ? m_top : nullptr;
    for (const auto& part : fs::path(rest)) {
        if (!node || part.empty()) {
            continue;
        }
        const auto next = node->liveEntries.find(part.string());
        node = next == node->liveEntries.end() ? nullptr : next->second;
    }
    return node;
}

CrashModel::Ref CrashModel::parentOf(const std::string& path, std::string& name) const
{
    name = fs::path(path).filename().string();
    return find(fs::path(path).parent_path().string());
}

/// A name comes, changes or goes.
void CrashModel::step(const std::string& path, const Ref& node)
{
    std::string name;
    const Ref parent = parentOf(path, name);
    if (!parent) {
        die("a change in a folder that is not there", path);
    }
    if (node) {
        parent->liveEntries[name] = node;
    } else {
        parent->liveEntries.erase(name);
    }
    parent->pendingSteps.push_back({{name, node}});
}

void CrashModel::write(std::string& bytes, const Write& write, bool half)
{
    if (write.size) {
        bytes.resize(half ? (bytes.size() + write.at) / 2 : write.at);
        return;
    }
    const std::size_t length = half ? write.bytes.size() / 2 : write.bytes.size();
    if (bytes.size() < write.at + length) {
        bytes.resize(write.at + length);
    }
    bytes.replace(write.at, length, write.bytes, 0, length);
}

void CrashModel::apply(const TraceCall& call)
{
    bool inside = false;
    (void)relative(call.path, inside);
    if (!inside) {
        return;
    }
    if (call.call == "create" || call.call == "mkdir") {
        auto node = m_nodes.emplace_back(std::make_shared<Node>());
        node->folder = call.call == "mkdir";
        step(call.path, node);
        return;
    }
    const Ref node = find(call.path);
    if (!node) {
        die("a call on what is not there", call.call + ' ' + call.path);
    }
    if (call.call == "write" || call.call == "size") {
        const Write change{call.at, call.bytes, call.call == "size"};
        write(node->live, change, false);
        node->pendingWrites.push_back(change);
    } else if (call.call == "sync") {
        node->safe = node->live;
        node->pendingWrites.clear();
        node->safeEntries = node->liveEntries;
        node->pendingSteps.clear();
    } else if (call.call == "unlink") {
        step(call.path, nullptr);
    } else if (call.call == "link") {
        step(call.other, node);
    } else if (call.call == "rename" || call.call == "exchange") {
        std::string from;
        std::string to;
        const Ref parent = parentOf(call.path, from);
        if (parent != parentOf(call.other, to)) {
            die("the model knows renames in one folder alone", call.path);
        }
        const Ref other = call.call == "exchange" ? find(call.other) : nullptr;
        parent->liveEntries[to] = node;
        if (other) {
            parent->liveEntries[from] = other;
        } else {
            parent->liveEntries.erase(from);
        }
        parent->pendingSteps.push_back({{from, other}, {to, node}}); // one step, as every journalling file system makes it
    } else {
        die("an unknown call", call.call);
    }
}

void CrashModel::list(const Node& node, const std::string& prefix, Tree& out)
{
    for (const auto& [name, entry] : node.liveEntries) {
        if (entry->folder) {
            out[prefix + name + '/'];
            list(*entry, prefix + name + '/', out);
        } else {
            out[prefix + name] = entry->live;
        }
    }
}

CrashModel::Tree CrashModel::live() const
{
    Tree out;
    list(*m_top, {}, out);
    return out;
}

void CrashModel::survive(const Node& node, const std::string& prefix, const Fates& fates, Tree& out)
{
    auto entries = node.safeEntries;
    for (std::size_t i = 0; i < node.pendingSteps.size(); ++i) {
        if (fates.at(&node)[i] == Fate::Lost) {
            continue;
        }
        for (const auto& [name, entry] : node.pendingSteps[i]) {
            if (entry) {
                entries[name] = entry;
            } else {
                entries.erase(name);
            }
        }
    }
    for (const auto& [name, entry] : entries) {
        if (entry->folder) {
            out[prefix + name + '/'];
            survive(*entry, prefix + name + '/', fates, out);
            continue;
        }
        std::string bytes = entry->safe;
        for (std::size_t i = 0; i < entry->pendingWrites.size(); ++i) {
            if (const Fate fate = fates.at(entry.get())[i]; fate != Fate::Lost) {
                write(bytes, entry->pendingWrites[i], fate == Fate::Half);
            }
        }
        out[prefix + name] = std::move(bytes);
    }
}

std::set<CrashModel::Tree> CrashModel::crashes(unsigned random, std::mt19937& chance) const
{
    Fates none;
    Fates all;
    std::vector<std::pair<const Node*, std::size_t>> pending;
    for (const Ref& node : m_nodes) {
        const std::size_t count = node->folder ? node->pendingSteps.size() : node->pendingWrites.size();
        none[node.get()].assign(count, Fate::Lost);
        all[node.get()].assign(count, Fate::Whole);
        for (std::size_t i = 0; i < count; ++i) {
            pending.emplace_back(node.get(), i);
        }
    }
    std::set<Tree> trees;
    const auto add = [&](const Fates& fates) {
        Tree tree;
        survive(*m_top, {}, fates, tree);
        trees.insert(std::move(tree));
    };
    add(none);
    add(all);
    for (const auto& [node, i] : pending) {
        none[node][i] = Fate::Whole;
        add(none);
        none[node][i] = Fate::Lost;
        all[node][i] = Fate::Lost;
        add(all);
        all[node][i] = node->folder ? Fate::Whole : Fate::Half;
        add(all);
        all[node][i] = Fate::Whole;
    }
    for (unsigned round = 0; pending.size() > 1 && round < random; ++round) {
        for (const auto& [node, i] : pending) {
            const auto drawn = chance() % 3;
            none[node][i] = drawn == 0 ? Fate::Lost : drawn == 1 && !node->folder ? Fate::Half : Fate::Whole;
        }
        add(none);
    }
    return trees;
}

void writeTree(const CrashModel::Tree& tree, const std::string& folder)
{
    fs::create_directories(folder);
    for (const auto& [name, bytes] : tree) {
        const std::string path = folder + '/' + name;
        if (name.ends_with('/')) {
            fs::create_directories(path);
            continue;
        }
        fs::create_directories(fs::path(path).parent_path());
        std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
}

} // namespace ckptscope::test
