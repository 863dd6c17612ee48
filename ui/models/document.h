// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/contracts/mute.h"
#include "core/fix/fixable.h"
#include "core/formats/formatreader.h"
#include "core/job.h"
#include "core/model/checkpoint.h"
#include "core/model/missing.h"
#include "core/model/roles.h"
#include "core/query/filter.h"
#include "core/query/order.h"
#include "ui/models/handeditstore.h"
#include "ui/models/marks.h"
#include "ui/models/valuestore.h"

#include <QMetaType>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ckptscope::ui {

/// Rows in the order in which a view shows them: indexes into Document::tensor().
using Rows = std::vector<std::uint32_t>;
/// The same, shared: an order of all tensors is made once and shown by several views.
using RowsPtr = std::shared_ptr<const Rows>;

/// An open checkpoint, its verdict, and what the views need of both. Made off the ui thread, then shared without locks;
/// only the cache of sort orders grows, behind a mutex.
class Document {
public:
    struct Options {
        OpenOptions open;
        CheckOptions check;
        MutedRules muted; ///< rules of which the user wants to hear no more while this checkpoint is open
    };
    /// Opens, checks and prepares. `job` reports Phase::Headers, then Phase::Checking.
    static Result<std::shared_ptr<const Document>> open(const std::vector<std::string>& paths, const Options& options, const JobContext& job);
    /// The same files, judged anew (another profile or architecture).
    [[nodiscard]] Result<std::shared_ptr<const Document>> recheck(const CheckOptions& options, const JobContext& job) const;
    /// The same judgement without what these rules say, and with what the rules say that were muted before.
    [[nodiscard]] std::shared_ptr<const Document> withMuted(MutedRules muted) const;
    /// The same judgement with what scans have found since added to it.
    [[nodiscard]] std::shared_ptr<const Document> withValues() const;
    static std::shared_ptr<const Document> make(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<const CheckReport> report,
                                                std::vector<std::string> paths = {}, Options options = {});

    [[nodiscard]] const Checkpoint& checkpoint() const noexcept { return *m_checkpoint; }
    /// Without what muted rules say: what the window shows and repairs by.
    [[nodiscard]] const CheckReport& report() const noexcept { return *m_report; }
    /// With it: what is handed on.
    [[nodiscard]] const CheckReport& wholeReport() const noexcept { return *m_wholeReport; }
    [[nodiscard]] const std::shared_ptr<const Checkpoint>& sharedCheckpoint() const noexcept { return m_checkpoint; }
    [[nodiscard]] const std::shared_ptr<const CheckReport>& sharedReport() const noexcept { return m_report; }
    /// What scans have found so far; shared by all documents of this checkpoint.
    [[nodiscard]] const std::shared_ptr<ValueStore>& values() const noexcept { return m_values; }
    /// What the user asks of single tensors; shared by all documents of this checkpoint.
    [[nodiscard]] const std::shared_ptr<HandEditStore>& hand() const noexcept { return m_hand; }
    /// One a tensor: a fix would change it, by rule or by hand.
    [[nodiscard]] std::shared_ptr<const std::vector<std::uint8_t>> edited() const;
    [[nodiscard]] const std::vector<std::string>& paths() const noexcept { return m_paths; }
    [[nodiscard]] const Options& options() const noexcept { return m_options; }
    /// The checkpoint with what its index names but no shard holds behind its tensors (withMissing()): what lists show. Whatever
    /// reads, repairs or compares takes checkpoint(), which knows only the first stored() of them.
    [[nodiscard]] const Checkpoint& listed() const noexcept { return *m_listed; }
    /// Rows that lists show: tensors, and those that are missing behind them.
    [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(m_listed->tensors().size()); }
    /// Tensors that are there.
    [[nodiscard]] std::uint32_t stored() const noexcept { return static_cast<std::uint32_t>(m_checkpoint->tensors().size()); }
    [[nodiscard]] bool missing(std::uint32_t index) const noexcept { return index >= stored(); }
    /// How many tensors are missing; more than size() - stored() where there are too many to list.
    [[nodiscard]] std::uint64_t missingCount() const noexcept { return m_missingCount; }
    [[nodiscard]] const TensorInfo& tensor(std::uint32_t index) const noexcept { return m_listed->tensors()[index]; }
    /// Where a tensor is, or should be; nullptr: unknown.
    [[nodiscard]] const Shard* shardOf(std::uint32_t tensor) const noexcept;
    [[nodiscard]] std::optional<Mark> mark(std::uint32_t tensor) const noexcept { return m_marks[tensor]; }
    /// The worst finding of a tensor, of a missing one the finding that tells why; nullptr: none.
    [[nodiscard]] const Finding* finding(std::uint32_t tensor) const noexcept;
    /// The row that a finding is about; nullopt: a file, or the whole checkpoint.
    [[nodiscard]] std::optional<std::uint32_t> subjectOf(std::uint32_t finding) const noexcept;
    /// More rows of which a finding is true: others of the tensor's role, or what is missing with a shard.
    [[nodiscard]] std::span<const std::uint32_t> alike(std::uint32_t finding) const noexcept;
    /// Why a damaged tensor is: its own error, or the one of its file; nullptr: it is not damaged, or nothing tells.
    [[nodiscard]] const Finding* damageOf(std::uint32_t tensor) const noexcept;
    /// The muted rule that would have said the worst of a tensor, or would have decided on it; empty: none.
    [[nodiscard]] std::string_view mutedRule(std::uint32_t tensor) const noexcept;
    /// The rule that decided on a tensor; nullptr: none covers it.
    [[nodiscard]] const Rule* rule(std::uint32_t tensor) const noexcept;
    /// Elements by shape, saturating where a crafted shape overflows.
    [[nodiscard]] static std::uint64_t elements(const TensorInfo& tensor) noexcept;
    /// What a repair could do about the report.
    [[nodiscard]] const Fixable& fixable() const noexcept { return m_fixable; }
    /// Of all rows, the missing ones too.
    [[nodiscard]] const std::vector<Role>& roles() const noexcept { return m_names->roles; }

    /// All tensors, sorted; cached. The first call for a key may take some 50 ms for 100,000 tensors.
    [[nodiscard]] std::shared_ptr<const Rows> order(SortKey key, bool descending) const;
    /// The same where it is known already; null: it would have to be made.
    [[nodiscard]] std::shared_ptr<const Rows> knownOrder(SortKey key, bool descending) const;
    /// All tensors by a statistic; those that were not scanned come last either way.
    [[nodiscard]] Rows order(Statistic statistic, bool descending) const;
    /// Tensors with a violation (with none: with advice, then with any finding), in path order: what F8 walks.
    [[nodiscard]] const Rows& marked() const noexcept { return m_marked; }
    /// What a filter looks at; its pointers live as long as this.
    [[nodiscard]] FilterContext filterContext() const;

private:
    /// What follows from the tensors' names alone, whatever the verdict: made beside the checks, shared by all judgements.
    struct Names {
        explicit Names(const std::shared_ptr<const Checkpoint>& checkpoint);
        std::shared_ptr<const Checkpoint> listed;
        std::vector<Role> roles;
        std::shared_ptr<const KeyText> keys;
        std::shared_ptr<const Rows> pathOrder;
    };
    Document() = default;
    static std::shared_ptr<const Document> make(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<const CheckReport> report,
                                                std::shared_ptr<ValueStore> values, std::vector<std::string> paths, Options options,
                                                const Document* before = nullptr, std::shared_ptr<const Names> names = {});
    void prepare();
    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::shared_ptr<const Checkpoint> m_listed;
    std::uint64_t m_missingCount = 0;
    std::vector<std::uint32_t> m_missingFindings;      ///< one a missing tensor
    std::shared_ptr<const CheckReport> m_headerReport; ///< without what the values say
    std::shared_ptr<const CheckReport> m_wholeReport;  ///< with it, and with what muted rules say
    std::shared_ptr<const CheckReport> m_report;
    std::map<std::uint32_t, Rows> m_missingOf; ///< by the finding that tells of them
    std::shared_ptr<ValueStore> m_values;
    std::shared_ptr<HandEditStore> m_hand;
    std::vector<std::string> m_paths;
    Options m_options;
    std::vector<std::optional<Mark>> m_marks;
    Fixable m_fixable;
    std::shared_ptr<const Names> m_names;
    Rows m_marked;
    mutable std::mutex m_mutex;
    mutable std::shared_ptr<const std::vector<std::uint8_t>> m_edited;
    mutable std::uint64_t m_editedVersion = 0; ///< of m_hand, when m_edited was made
    mutable std::vector<std::pair<std::pair<SortKey, bool>, std::shared_ptr<const Rows>>> m_orders;
};

using DocumentPtr = std::shared_ptr<const Document>;

/// What a filter leaves of a document.
struct FilterHits {
    bool all = true;               ///< nothing was filtered out; then `hit` is empty
    std::vector<std::uint8_t> hit; ///< one a tensor
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
};
[[nodiscard]] FilterHits applyFilter(const Document& document, const Filter& filter, const JobContext& job = {});
/// Those of these rows that are there: what can be read, scanned, repaired or exported.
[[nodiscard]] Rows storedOnly(const Document& document, Rows rows);
/// The rows of `order` that are hit.
[[nodiscard]] Rows keepHits(const Rows& order, const FilterHits& hits);
/// The same; where nothing was filtered out, `order` itself.
[[nodiscard]] RowsPtr keepHits(RowsPtr order, const FilterHits& hits);

/// Above this many tensors a filter or sort runs as a job instead of in the key press.
inline constexpr std::uint32_t DirectRows = 200'000;

} // namespace ckptscope::ui

Q_DECLARE_METATYPE(ckptscope::ui::DocumentPtr)
