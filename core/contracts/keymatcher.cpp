// SPDX-License-Identifier: Apache-2.0
#include "core/contracts/keymatcher.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <mutex>

namespace ckptscope {

namespace {

constexpr std::int64_t OneMemory = 8LL << 20U; ///< bytes, of one pattern

RE2::Options options(std::int64_t memory)
{
    RE2::Options result; // Perl-like: $ is the end of the key, not of a line
    result.set_log_errors(false);
    result.set_max_mem(memory);
    return result;
}

re2::StringPiece piece(std::string_view text)
{
    return {text.data(), text.size()};
}

} // namespace

std::string regexProblem(const std::string& pattern)
{
    const RE2 regex(piece(pattern), options(OneMemory));
    return regex.ok() ? std::string() : regex.error();
}

struct KeyMatcher::Impl {
    std::unique_ptr<RE2::Set> set;      ///< null: too large for one automaton
    std::vector<std::uint32_t> numbers; ///< of the set's members
    std::vector<std::string> patterns;  ///< one a member
    std::once_flag singleMade;
    std::vector<std::unique_ptr<RE2>> single; ///< one a member, for when the set runs out of memory

    const std::vector<std::unique_ptr<RE2>>& oneByOne()
    {
        std::call_once(singleMade, [this] {
            for (const auto& pattern : patterns) {
                single.push_back(std::make_unique<RE2>(piece(pattern), options(OneMemory)));
            }
        });
        return single;
    }
};

KeyMatcher::KeyMatcher(const std::vector<std::string_view>& patterns, std::int64_t memory)
    : m_impl(std::make_unique<Impl>())
{
    m_impl->set = std::make_unique<RE2::Set>(options(memory), RE2::UNANCHORED);
    for (std::size_t n = 0; n < patterns.size(); ++n) {
        if (m_impl->set->Add(piece(patterns[n]), nullptr) >= 0) {
            m_impl->numbers.push_back(static_cast<std::uint32_t>(n));
            m_impl->patterns.emplace_back(patterns[n]);
        }
    }
    if (!m_impl->set->Compile()) {
        m_impl->set.reset();
    }
}

KeyMatcher::~KeyMatcher() = default;

void KeyMatcher::match(std::string_view key, std::vector<std::uint32_t>& out) const
{
    out.clear();
    if (m_impl->numbers.empty()) {
        return;
    }
    if (m_impl->set) {
        thread_local std::vector<int> found;
        RE2::Set::ErrorInfo error{RE2::Set::kNoError};
        if (m_impl->set->Match(piece(key), &found, &error)) {
            for (const int n : found) {
                out.push_back(m_impl->numbers[static_cast<std::size_t>(n)]);
            }
            std::sort(out.begin(), out.end());
            return;
        }
        if (error.kind == RE2::Set::kNoError) {
            return;
        }
    }
    // The automaton of all patterns outgrew its memory; one at a time RE2 falls back to a search that needs no cache.
    const auto& single = m_impl->oneByOne();
    for (std::size_t n = 0; n < single.size(); ++n) {
        if (RE2::PartialMatch(piece(key), *single[n])) {
            out.push_back(m_impl->numbers[n]);
        }
    }
}

} // namespace ckptscope
