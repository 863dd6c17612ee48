// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/check.h"
#include "core/model/checkpoint.h"
#include "ui/theme.h"

#include <QString>

#include <cstdint>
#include <optional>

namespace ckptscope::ui {

/// The mark of one tensor: damage first, then its worst finding, then whether a rule holds. nullopt: no rule covers it.
[[nodiscard]] std::optional<Mark> tensorMark(const Checkpoint& checkpoint, const CheckReport& report, std::uint32_t tensor) noexcept;
/// A heading: "Violation", "Stored as required", "No rule covers this tensor".
[[nodiscard]] QString markTitle(std::optional<Mark> mark);
/// "72 violations", "108 hold"; empty for marks that are not counted.
[[nodiscard]] QString markCount(Mark mark, std::uint64_t count);
/// The short word of the window title: "72 violations", "clean", "advice", "damaged", "not judged".
[[nodiscard]] QString verdictWord(const CheckReport& report);
[[nodiscard]] inline Severity severityOf(Mark mark) noexcept
{
    return mark == Mark::Damaged || mark == Mark::Missing ? Severity::Error
        : mark == Mark::Violation                         ? Severity::Violation
        : mark == Mark::Advice || mark == Mark::Laundered ? Severity::Advice
                                                          : Severity::Note;
}

/// How many tensors of a group, a role or the whole carry which mark.
struct MarkCounts {
    std::uint64_t damaged = 0;
    std::uint64_t violations = 0;
    std::uint64_t advice = 0;
    std::uint64_t notes = 0;
    std::uint64_t clean = 0;
    std::uint64_t missing = 0;
    void add(std::optional<Mark> mark) noexcept;
    /// The worst mark that occurs, and how often.
    [[nodiscard]] std::optional<Mark> worst() const noexcept;
    [[nodiscard]] std::uint64_t worstCount() const noexcept;
    [[nodiscard]] QString text() const; ///< markCount() of the worst
};

/// Roles that the models here serve beside Qt's own; the delegate chooses icons and colours from them.
enum ModelRole : int {
    MarkRole = 0x0101, ///< int(Mark): the cell shows its icon and colour
    StrongRole,        ///< bool: bold, in the mark's colour
    DTypeRole,         ///< int(DType): a swatch in its family's colour
    MutedRole,         ///< bool: in the muted colour
};

} // namespace ckptscope::ui
