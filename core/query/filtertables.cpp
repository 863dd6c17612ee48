// SPDX-License-Identifier: Apache-2.0
#include "core/query/filternode.h"

#include <algorithm>

namespace ckptscope::query {

namespace {

constexpr std::array Fields{
    FieldSpec{"dtype", Field::DType, FieldKind::Words},
    FieldSpec{"rule", Field::Rule, FieldKind::Words},
    FieldSpec{"wants", Field::Wants, FieldKind::Words},
    FieldSpec{"shard", Field::Shard, FieldKind::Words},
    FieldSpec{"layer", Field::Layer, FieldKind::Count},
    FieldSpec{"is", Field::Is, FieldKind::Words},
    FieldSpec{"size", Field::Size, FieldKind::Bytes},
    FieldSpec{"elements", Field::Elements, FieldKind::Count},
    FieldSpec{"rank", Field::Rank, FieldKind::Count},
    FieldSpec{"shape", Field::Shape, FieldKind::Words},
    FieldSpec{"dim", Field::Dim, FieldKind::Count},
    FieldSpec{"offset", Field::Offset, FieldKind::Bytes},
    FieldSpec{"min", Field::Statistic, FieldKind::Real, Statistic::Min},
    FieldSpec{"max", Field::Statistic, FieldKind::Real, Statistic::Max},
    FieldSpec{"mean", Field::Statistic, FieldKind::Real, Statistic::Mean},
    FieldSpec{"std", Field::Statistic, FieldKind::Real, Statistic::Std},
    FieldSpec{"absmax", Field::Statistic, FieldKind::Real, Statistic::AbsMax},
    FieldSpec{"nan", Field::Statistic, FieldKind::Real, Statistic::Nan},
    FieldSpec{"inf", Field::Statistic, FieldKind::Real, Statistic::Inf},
    FieldSpec{"zero", Field::Statistic, FieldKind::Real, Statistic::Zero},
    FieldSpec{"change", Field::Change, FieldKind::Words},
};

constexpr std::array States{
    StateSpec{"violation", State::Violation, true, {}},
    StateSpec{"advice", State::Advice, true, {}},
    StateSpec{"note", State::Note, true, {}},
    StateSpec{"error", State::Error, false, {}},
    StateSpec{"laundered", State::Laundered, false, "values.laundered"},
    StateSpec{"nan", State::Nan, false, "values.nan"},
    StateSpec{"inf", State::Inf, false, "values.inf"},
    StateSpec{"zero", State::Zero, false, "values.zero"},
    StateSpec{"constant", State::Constant, false, "values.constant"},
    StateSpec{"empty", State::Empty, false, {}},
    StateSpec{"scalar", State::Scalar, false, {}},
    StateSpec{"damaged", State::Damaged, false, {}},
    StateSpec{"missing", State::Missing, false, {}},
    StateSpec{"edited", State::Edited, false, {}},
};

constexpr std::array Changes{
    ChangeSpec{"dtype", Change::DType}, ChangeSpec{"shape", Change::Shape},     ChangeSpec{"value", Change::Value},
    ChangeSpec{"added", Change::Added}, ChangeSpec{"removed", Change::Removed},
};

bool isF8(DType dtype) noexcept
{
    return dtypeName(dtype).starts_with("F8_");
}
bool isF6(DType dtype) noexcept
{
    return dtypeName(dtype).starts_with("F6_");
}
bool isBlock(DType dtype) noexcept
{
    return dtypeInfo(dtype).family == DTypeFamily::Block;
}

constexpr std::array Groups{
    DTypeGroup{"float", [](DType d) noexcept { return isRealFloat(d); }},
    DTypeGroup{"int", [](DType d) noexcept { return dtypeInfo(d).family == DTypeFamily::Integer; }},
    DTypeGroup{"complex", [](DType d) noexcept { return dtypeInfo(d).family == DTypeFamily::Complex; }},
    DTypeGroup{"fp8", isF8},
    DTypeGroup{"fp6", isF6},
    DTypeGroup{"fp4", [](DType d) noexcept { return d == DType::F4; }},
    DTypeGroup{"quant", [](DType d) noexcept { return isBlock(d) || isF8(d) || isF6(d) || d == DType::F4; }},
    DTypeGroup{"ggml", isBlock},
    DTypeGroup{"other", [](DType d) noexcept { return d == DType::Unknown; }},
};

constexpr std::array Help{
    FilterHelpRow{"gate_proj", "keys that hold this text, case ignored; words with a space between must all match"},
    FilterHelpRow{"\"quoted text\"  *.A_log  /layers\\.\\d+\\./",
                  "text as it is; a glob over the whole key, * crosses dots; a regular expression (RE2)"},
    FilterHelpRow{"-experts  (A_log OR dt_bias)", "not; either"},
    FilterHelpRow{"dtype:BF16,F16  dtype:torch.bfloat16  dtype:float  dtype:fp8  dtype:quant", "any of; aliases and families"},
    FilterHelpRow{"rule:gdn  wants:F32  shard:00003", "prefix of a rule id; dtype that a rule asks for; text of the file name"},
    FilterHelpRow{"layer:12  layer:0..11", "first number in the path"},
    FilterHelpRow{"violation  advice  note  is:violation", "severity (quote the word to search keys for it)"},
    FilterHelpRow{"is:empty  is:scalar  is:damaged  is:missing  is:edited", "state"},
    FilterHelpRow{"size>1MiB  size:1KiB..4KiB  elements>=1M  rank:2", "B, KiB..TiB are 1024s, KB..TB and K M B T are 1000s"},
    FilterHelpRow{"shape:64  shape:4096x*  dim:4096", "exact with wildcard; any dimension"},
    FilterHelpRow{"is:laundered  is:nan  is:inf  is:zero  is:constant", "state that a scan of the values finds"},
    FilterHelpRow{"min<-20  max>1e4  std>1  nan>0  zero>50%", "statistics; need a scan of the values"},
    FilterHelpRow{"change:value", "when comparing: dtype, shape, value, added, removed"},
};

} // namespace

std::span<const FieldSpec> fieldSpecs() noexcept
{
    return Fields;
}

std::span<const StateSpec> stateSpecs() noexcept
{
    return States;
}

std::span<const ChangeSpec> changeSpecs() noexcept
{
    return Changes;
}

std::span<const DTypeGroup> dtypeGroups() noexcept
{
    return Groups;
}

std::string lowerAscii(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

const FieldSpec* findField(std::string_view name) noexcept
{
    const std::string wanted = lowerAscii(name);
    const auto* found = std::find_if(Fields.begin(), Fields.end(), [&](const FieldSpec& field) { return field.name == wanted; });
    return found == Fields.end() ? nullptr : found;
}

} // namespace ckptscope::query

namespace ckptscope {

std::span<const FilterHelpRow> filterHelp() noexcept
{
    return query::Help;
}

} // namespace ckptscope
