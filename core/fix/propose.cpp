// SPDX-License-Identifier: Apache-2.0
// From findings and wishes to edits.
#include "core/dtypes/convert.h"
#include "core/fix/plan.h"
#include "core/query/nothingmatches.h"
#include "core/text/text.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

namespace ckptscope {

namespace {

constexpr std::string_view CastRule = "--cast";
constexpr std::string_view RenameRule = "--rename";
constexpr std::string_view DropRule = "--drop";
constexpr std::string_view DonorRule = "--donor-take";

std::int64_t growth(const TensorInfo& tensor, DType to)
{
    const auto elements = elementCount(tensor);
    const auto bytes = elements ? byteSize(to, *elements) : std::nullopt;
    return bytes ? static_cast<std::int64_t>(*bytes) - static_cast<std::int64_t>(tensor.bytes.length) : 0;
}

/// At most one change of the elements and one of the name a tensor.
struct Wishes {
    std::optional<Edit> value; ///< Cast, Relabel or Drop
    bool asked = false;        ///< `value` comes from the command line, not from a finding
    std::optional<Edit> name;  ///< Rename
};

class Proposal {
public:
    Proposal(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options)
        : m_checkpoint(checkpoint)
        , m_report(report)
        , m_options(options)
    {
        if (options.tensors) {
            m_only.emplace(options.tensors->begin(), options.tensors->end());
        }
    }

    Result<std::vector<Edit>> run()
    {
        for (const auto step : {&Proposal::fromFindings, &Proposal::fromDrops, &Proposal::fromCasts, &Proposal::fromHand, &Proposal::fromRenames,
                                &Proposal::checkNames}) {
            if (auto done = (this->*step)(); !done) {
                return std::move(done).error();
            }
        }
        std::vector<Edit> edits;
        for (auto& [tensor, wish] : m_wishes) {
            const bool drop = wish.value && wish.value->op == EditOp::Drop;
            if (wish.value) {
                edits.push_back(std::move(*wish.value));
            }
            if (wish.name && !drop) {
                edits.push_back(std::move(*wish.name));
            }
        }
        return edits;
    }

    [[nodiscard]] const std::vector<Error>& notes() const noexcept { return m_notes; }

private:
    [[nodiscard]] bool wanted(std::uint32_t tensor) const { return !m_only || m_only->contains(tensor); }

    [[nodiscard]] Edit edit(std::uint32_t tensor, EditOp op, std::string_view rule) const
    {
        const TensorInfo& info = m_checkpoint.tensors()[tensor];
        Edit out;
        out.tensor = tensor;
        out.op = op;
        out.from = info.dtype;
        out.to = info.dtype;
        out.key = std::string(info.key);
        out.rule = std::string(rule);
        return out;
    }

    Result<void> fromFindings()
    {
        std::vector<bool> used(m_options.only.size());
        const bool nemo = m_report.profile == "nemo-automodel";
        for (const Finding& finding : m_report.findings) {
            if (!finding.tensor || !finding.fix || *finding.tensor >= m_checkpoint.tensors().size()) {
                continue;
            }
            const bool holder = finding.fix->op == FindingFix::Op::StripHolder;
            // NeMo's own saving never writes the holder, so its profile always takes it off.
            const bool heavy =
                finding.severity >= Severity::Violation || (finding.severity == Severity::Advice && m_options.advice) || (holder && nemo);
            if (!heavy || !chosen(finding, used) || !wanted(*finding.tensor) || m_options.hand.leftOut.contains(*finding.tensor)) {
                continue;
            }
            add(finding);
        }
        for (std::size_t i = 0; i < used.size(); ++i) {
            if (!used[i] && !known(m_options.only[i])) {
                return nothing(m_options.only[i], true);
            }
        }
        return {};
    }

    /// A rule id is tried before a glob.
    [[nodiscard]] bool chosen(const Finding& finding, std::vector<bool>& used) const
    {
        bool any = m_options.only.empty();
        const std::string_view key = m_checkpoint.tensors()[*finding.tensor].key;
        for (std::size_t i = 0; i < m_options.only.size(); ++i) {
            const std::string& only = m_options.only[i];
            if (finding.rule == only || (!isRule(only) && globMatch(only, key))) {
                used[i] = true;
                any = true;
            }
        }
        return any;
    }

    [[nodiscard]] bool isRule(const std::string& id) const { return m_report.rules && m_report.rules->find(id) != nullptr; }

    /// With the name that was probably meant: a rule's, where one may stand there, or a tensor's.
    [[nodiscard]] Error nothing(const std::string& glob, bool orRule) const
    {
        std::vector<std::string_view> ids;
        if (orRule && m_report.rules) {
            for (const Rule& rule : m_report.rules->rules()) {
                ids.emplace_back(rule.id);
            }
        }
        return nothingMatches(glob, m_checkpoint, ids);
    }

    /// Something of that name exists, though it asks for no edit: not a slip of the pen.
    [[nodiscard]] bool known(const std::string& only) const
    {
        if (isRule(only)) {
            return true;
        }
        return std::any_of(m_report.findings.begin(), m_report.findings.end(), [&](const Finding& f) { return f.rule == only; })
            || std::any_of(m_checkpoint.tensors().begin(), m_checkpoint.tensors().end(), [&](const TensorInfo& t) { return globMatch(only, t.key); });
    }

    void add(const Finding& finding)
    {
        const std::uint32_t tensor = *finding.tensor;
        const TensorInfo& info = m_checkpoint.tensors()[tensor];
        Wishes& wish = m_wishes[tensor];
        switch (finding.fix->op) {
        case FindingFix::Op::Cast:
        case FindingFix::Op::Relabel: {
            const bool cast = finding.fix->op == FindingFix::Op::Cast;
            const bool possible = cast
                ? canCast(info.dtype, finding.fix->to)
                : dtypeInfo(info.dtype).blockBits == dtypeInfo(finding.fix->to).blockBits && dtypeInfo(finding.fix->to).safetensors;
            // Findings come worst first: the first one's wish is kept.
            if (!possible || info.dtype == finding.fix->to || (wish.value && wish.value->op != EditOp::Drop)) {
                break;
            }
            Edit made = edit(tensor, cast ? EditOp::Cast : EditOp::Relabel, finding.rule);
            made.to = finding.fix->to;
            made.lossless = !cast || isLosslessCast(info.dtype, finding.fix->to);
            made.bytesDelta = growth(info, finding.fix->to);
            made.severity = finding.severity;
            wish.value = std::move(made);
            break;
        }
        case FindingFix::Op::StripHolder: {
            if (!wish.name && !finding.fix->newKey.empty() && finding.fix->newKey != info.key) {
                Edit made = edit(tensor, EditOp::Rename, finding.rule);
                made.newKey = finding.fix->newKey;
                made.severity = finding.severity;
                wish.name = std::move(made);
            }
            break;
        }
        case FindingFix::Op::Drop:
            if (!wish.value) {
                wish.value = dropEdit(tensor, finding.rule, finding.severity);
            }
            break;
        case FindingFix::Op::RepairIndex:
            break; // the index is written anew, and right, whenever anything is
        }
        if (!wish.value && !wish.name) {
            m_wishes.erase(tensor);
        }
    }

    [[nodiscard]] Edit dropEdit(std::uint32_t tensor, std::string_view rule, Severity severity) const
    {
        Edit made = edit(tensor, EditOp::Drop, rule);
        made.lossless = false;
        made.severity = severity;
        made.bytesDelta = -static_cast<std::int64_t>(m_checkpoint.tensors()[tensor].bytes.length);
        return made;
    }

    template<class Visit>
    Result<void> eachMatch(const std::string& glob, Visit visit)
    {
        bool any = false;
        for (std::uint32_t i = 0; i < m_checkpoint.tensors().size(); ++i) {
            if (globMatch(glob, m_checkpoint.tensors()[i].key)) {
                any = true;
                if (wanted(i)) {
                    if (auto done = visit(i); !done) {
                        return done;
                    }
                }
            }
        }
        if (!any) {
            return nothing(glob, false);
        }
        return {};
    }

    Result<void> fromDrops()
    {
        for (const std::string& glob : m_options.drops) {
            auto done = eachMatch(glob, [&](std::uint32_t i) -> Result<void> {
                Wishes& wish = m_wishes[i];
                wish.value = dropEdit(i, DropRule, Severity::Note);
                wish.asked = true;
                return {};
            });
            if (!done) {
                return done;
            }
        }
        return {};
    }

    /// A pattern such as * must not undo what a rule keeps on purpose; a name spelled out may.
    [[nodiscard]] bool keptByRule(std::uint32_t tensor, DType to) const
    {
        if (tensor >= m_report.tensors.size() || !m_report.rules) {
            return false;
        }
        const TensorVerdict& verdict = m_report.tensors[tensor];
        if (!verdict.judged || verdict.rule >= m_report.rules->rules().size()) {
            return false;
        }
        const Rule& rule = m_report.rules->rules()[verdict.rule];
        const bool weighs = rule.severity >= Severity::Violation || (rule.severity == Severity::Advice && m_options.advice);
        return weighs && std::find(rule.requiredDtypes.begin(), rule.requiredDtypes.end(), to) == rule.requiredDtypes.end();
    }

    Result<void> fromCasts()
    {
        for (const auto& [glob, to] : m_options.casts) {
            bool possible = false;
            std::uint64_t kept = 0;
            std::string firstKept;
            std::optional<DType> impossible;
            auto done = eachMatch(glob, [&, target = to, &pattern = glob](std::uint32_t i) -> Result<void> {
                const TensorInfo& info = m_checkpoint.tensors()[i];
                if (!canCast(info.dtype, target)) {
                    impossible = impossible ? impossible : info.dtype;
                    return {};
                }
                possible = true;
                if (isGlob(pattern) && keptByRule(i, target)) {
                    firstKept = kept++ == 0 ? std::string(info.key) : firstKept;
                    return {};
                }
                Wishes& wish = m_wishes[i];
                if (wish.value && wish.asked && (wish.value->op == EditOp::Drop || wish.value->to != target)) {
                    return fail(Code::FixConflict,
                                {std::string(info.key),
                                 wish.value->op == EditOp::Drop
                                     ? std::string("one drops it, one casts it")
                                     : "one casts it to " + std::string(dtypeName(wish.value->to)) + ", one to " + std::string(dtypeName(target))});
                }
                if (wish.value && wish.value->op == EditOp::Cast && wish.value->to == target) {
                    return {}; // a finding asks for the same and says why
                }
                wish.value.reset();
                if (info.dtype == target) { // also where a finding wanted another dtype: what the user spells out counts
                    if (!wish.name) {
                        m_wishes.erase(i);
                    }
                    return {};
                }
                wish.value = castEdit(i, target, CastRule);
                wish.asked = true;
                return {};
            });
            if (!done) {
                return done;
            }
            if (!possible && impossible) {
                return fail(Code::CastUnsupported, {std::string(dtypeName(*impossible)), std::string(dtypeName(to))});
            }
            if (kept > 0) {
                m_notes.push_back(fail(Code::FixCastKept, {glob, std::string(dtypeName(to)), std::to_string(kept), firstKept}));
            }
        }
        return {};
    }

    /// Exact tensors, pointed at one by one: they count more than patterns and rules.
    Result<void> fromHand()
    {
        const auto there = [this](std::uint32_t tensor) { return tensor < m_checkpoint.tensors().size() && wanted(tensor); };
        for (const auto& [tensor, to] : m_options.hand.casts) {
            if (!there(tensor)) {
                continue;
            }
            const TensorInfo& info = m_checkpoint.tensors()[tensor];
            if (!canCast(info.dtype, to)) {
                return fail(Code::CastUnsupported, {std::string(info.dtypeText()), std::string(dtypeName(to))});
            }
            askFor(tensor, castEdit(tensor, to, CastRule));
        }
        for (const std::uint32_t tensor : m_options.hand.drops) {
            if (there(tensor)) {
                askFor(tensor, dropEdit(tensor, DropRule, Severity::Note));
            }
        }
        for (const std::uint32_t tensor : m_options.hand.donor) {
            if (!there(tensor) || !canTakeFromDonor(m_checkpoint.tensors()[tensor])) {
                continue;
            }
            const auto wish = m_wishes.find(tensor);
            const bool wide =
                wish != m_wishes.end() && wish->second.value && wish->second.value->op == EditOp::Cast && wish->second.value->to == DType::F32;
            if (!wide) { // else a finding asks for it already, and says why
                askFor(tensor, castEdit(tensor, DType::F32, DonorRule));
            }
        }
        return {};
    }

    [[nodiscard]] Edit castEdit(std::uint32_t tensor, DType to, std::string_view rule) const
    {
        const TensorInfo& info = m_checkpoint.tensors()[tensor];
        Edit made = edit(tensor, EditOp::Cast, rule);
        made.to = to;
        made.lossless = isLosslessCast(info.dtype, to);
        made.bytesDelta = growth(info, to);
        made.severity = Severity::Note;
        return made;
    }

    /// In place of what was asked of the tensor before; to its own dtype: it stays as it is.
    void askFor(std::uint32_t tensor, Edit made)
    {
        Wishes& wish = m_wishes[tensor];
        if (wish.value && wish.value->op == EditOp::Cast && made.op == EditOp::Cast && wish.value->to == made.to) {
            return; // a finding asks for the same and says why
        }
        wish.value.reset();
        if (made.op == EditOp::Cast && made.from == made.to) {
            if (!wish.name) {
                m_wishes.erase(tensor);
            }
            return;
        }
        wish.value = std::move(made);
        wish.asked = true;
    }

    Result<void> fromRenames()
    {
        for (const auto& [from, to] : m_options.renames) {
            bool any = false;
            for (std::uint32_t i = 0; i < m_checkpoint.tensors().size(); ++i) {
                const std::string_view key = m_checkpoint.tensors()[i].key;
                if (!key.starts_with(from)) {
                    continue;
                }
                any = true;
                if (!wanted(i)) {
                    continue;
                }
                Wishes& wish = m_wishes[i];
                // A holder that is taken off as well: the prefix changes in the name without it.
                const bool stripped = wish.name && wish.name->rule != RenameRule;
                if (wish.name && !stripped) {
                    continue; // an earlier --rename took it
                }
                const std::string base = stripped && std::string_view(wish.name->newKey).starts_with(from) ? wish.name->newKey : std::string(key);
                Edit made = edit(i, EditOp::Rename, RenameRule);
                made.newKey = to + base.substr(from.size());
                made.severity = Severity::Note;
                if (made.newKey == key) {
                    if (!wish.value && !wish.name) {
                        m_wishes.erase(i);
                    }
                    continue;
                }
                wish.name = std::move(made);
            }
            if (!any) {
                return fail(Code::FixNothingMatches, {from});
            }
        }
        return {};
    }

    Result<void> checkNames()
    {
        const bool renames = std::any_of(m_wishes.begin(), m_wishes.end(), [](const auto& entry) { return entry.second.name.has_value(); });
        if (!renames) {
            return {};
        }
        std::unordered_set<std::string_view> stays;
        for (std::uint32_t i = 0; i < m_checkpoint.tensors().size(); ++i) {
            const auto wish = m_wishes.find(i);
            const bool dropped = wish != m_wishes.end() && wish->second.value && wish->second.value->op == EditOp::Drop;
            if (!dropped && (wish == m_wishes.end() || !wish->second.name)) {
                stays.insert(m_checkpoint.tensors()[i].key);
            }
        }
        for (const auto& [tensor, wish] : m_wishes) {
            const bool dropped = wish.value && wish.value->op == EditOp::Drop;
            if (!wish.name || dropped) {
                continue;
            }
            const std::string& key = wish.name->newKey;
            if (key.empty() || key == "__metadata__" || !isUtf8(key)) {
                return fail(Code::FixConflict, {wish.name->key, "its new name " + key + " cannot be stored"});
            }
            if (!stays.insert(key).second) {
                return fail(Code::FixConflict, {wish.name->key, "another tensor would be named " + key + " too"});
            }
        }
        return {};
    }

    const Checkpoint& m_checkpoint;
    const CheckReport& m_report;
    const FixOptions& m_options;
    std::vector<Error> m_notes;
    std::optional<std::set<std::uint32_t>> m_only;
    std::map<std::uint32_t, Wishes> m_wishes;
};

} // namespace

std::string_view editOpName(EditOp op) noexcept
{
    switch (op) {
    case EditOp::Cast:
        return "cast";
    case EditOp::Relabel:
        return "relabel";
    case EditOp::TakeFromDonor:
        return "donor";
    case EditOp::Rename:
        return "rename";
    case EditOp::Drop:
        return "drop";
    }
    return "cast";
}

std::optional<LinkChoice> linkChoiceFromName(std::string_view name) noexcept
{
    if (name == "auto") {
        return LinkChoice::Auto;
    }
    if (name == "copy") {
        return LinkChoice::Copy;
    }
    if (name == "reflink") {
        return LinkChoice::Reflink;
    }
    return name == "hard" ? std::optional(LinkChoice::Hard) : std::nullopt;
}

std::optional<VerifyChoice> verifyChoiceFromName(std::string_view name) noexcept
{
    if (name == "edited") {
        return VerifyChoice::Edited;
    }
    return name == "full" ? std::optional(VerifyChoice::Full) : std::nullopt;
}

Result<std::vector<Edit>> proposeEdits(const Checkpoint& checkpoint, const CheckReport& report, const FixOptions& options, std::vector<Error>* notes)
{
    Proposal proposal(checkpoint, report, options);
    auto edits = proposal.run();
    if (edits && notes != nullptr) {
        notes->insert(notes->end(), proposal.notes().begin(), proposal.notes().end());
    }
    return edits;
}

} // namespace ckptscope
