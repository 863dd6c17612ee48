// SPDX-License-Identifier: Apache-2.0
#include "core/report/diff.h"

#include "core/report/messages.h"

#include <algorithm>
#include <string_view>

namespace ckptscope::report {

namespace {

std::vector<std::string_view> changesOf(const ComparisonRow& row, const ValueDifference* values)
{
    std::vector<std::string_view> words;
    const auto add = [&](bool holds, std::string_view word) {
        if (holds) {
            words.push_back(word);
        }
    };
    add(row.added(), "added");
    add(row.removed(), "removed");
    add(row.dtype, "dtype");
    add(row.shape, "shape");
    add(values != nullptr && values->changed(), "value");
    add(values != nullptr && values->error.has_value(), "unreadable");
    return words;
}

std::string sideText(const Checkpoint& checkpoint, const std::optional<std::uint32_t>& tensor)
{
    if (!tensor) {
        return "";
    }
    const TensorInfo& info = checkpoint.tensors()[*tensor];
    return displayName(info.dtypeText()) + " [" + shapeText(info.shape.data(), info.shape.size()) + "]";
}

void writeCheckpoint(JsonWriter& json, std::string_view name, const Checkpoint& checkpoint)
{
    json.key(name).open('{').key("path").text(checkpoint.path()).key("format").text(checkpoint.format());
    json.key("tensors").number(static_cast<std::uint64_t>(checkpoint.tensors().size())).closeNamed();
}

void writeSide(JsonWriter& json, std::string_view name, const Checkpoint& checkpoint, const std::optional<std::uint32_t>& tensor)
{
    json.key(name);
    if (!tensor) {
        json.null();
        return;
    }
    const TensorInfo& info = checkpoint.tensors()[*tensor];
    json.open('{').key("dtype").text(info.dtypeText()).key("shape").open('[');
    for (const std::uint64_t dim : info.shape) {
        json.number(dim);
    }
    json.close(']').key("file").text(checkpoint.shards()[info.shard].file).closeNamed();
}

void writeValues(JsonWriter& json, const ValueDifference& values, std::span<const std::uint64_t> shape)
{
    json.key("values").open('{');
    if (values.error) {
        json.key("readable").boolean(false).key("reason").text(messageText(*values.error)).closeNamed();
        return;
    }
    json.key("elements").number(values.elements).key("equal_bits").boolean(values.equalBits);
    if (values.decoded) {
        json.key("differing").number(values.differing).key("beyond_tolerance").number(values.beyond).key("one_nan").number(values.oneNan);
        json.key("max_abs").number(values.maxAbs);
        json.key("relative").number(values.relative).key("cosine").number(values.cosine).key("first");
        if (values.first) {
            json.open('{').key("index").open('[');
            for (const std::uint64_t place : unravelIndex(*values.first, shape)) {
                json.number(place);
            }
            json.close(']').key("a").text(values.firstA).key("b").text(values.firstB).close('}');
        } else {
            json.null();
        }
    }
    json.closeNamed();
}

} // namespace

const ValueDifference* DiffView::valuesOf(std::uint32_t row) const noexcept
{
    const auto found =
        std::lower_bound(values.begin(), values.end(), row, [](const ValueDifference& one, std::uint32_t wanted) { return one.row < wanted; });
    return found != values.end() && found->row == row ? &*found : nullptr;
}

bool DiffView::differs(std::uint32_t row) const noexcept
{
    const ValueDifference* compared = valuesOf(row);
    return comparison->rows()[row].differs() || (compared != nullptr && (compared->changed() || compared->error));
}

ComparisonCounts DiffView::counts() const
{
    std::vector<ComparisonRow> looked;
    looked.reserve(rows.size());
    for (const std::uint32_t row : rows) {
        looked.push_back(comparison->rows()[row]);
    }
    ComparisonCounts counts = countChanges(looked);
    for (const ValueDifference& one : values) {
        counts.value += one.changed() ? 1U : 0U;
        counts.unreadable += one.error ? 1U : 0U;
    }
    return counts;
}

std::string diffSentence(const DiffView& view, const NumberStyle& style)
{
    const ComparisonCounts counts = view.counts();
    const auto number = [&](std::uint64_t value) { return groupedNumber(value, style); };
    const bool alike = counts.dtype + counts.shape + counts.value + counts.unreadable == 0;
    std::string text = counts.added + counts.removed == 0 ? "same " + number(counts.matched) + (counts.matched == 1 ? " key" : " keys")
                                                          : number(counts.matched) + (counts.matched == 1 ? " key" : " keys") + " in both, "
            + number(counts.removed) + " only in A, " + number(counts.added) + " only in B";
    if (counts.renamed > 0) {
        text += " (" + number(counts.renamed) + " matched without " + (counts.renamed == 1 ? "its" : "their") + " prefix or holder)";
    }
    if (alike) {
        return text + (view.valuesCompared ? "; no difference in dtype, shape or value" : "; no difference in dtype or shape; values not compared");
    }
    text += "; " + number(counts.dtype) + (counts.dtype == 1 ? " differs" : " differ") + " in dtype, " + number(counts.shape) + " in shape";
    text += view.valuesCompared ? ", " + number(counts.value) + " in value" : "; values not compared";
    if (counts.unreadable > 0) {
        text += ", " + number(counts.unreadable) + " cannot be compared";
    }
    return text;
}

std::vector<std::string_view> changes(const DiffView& view, std::uint32_t row)
{
    return changesOf(view.comparison->rows()[row], view.valuesOf(row));
}

std::string changeWords(const DiffView& view, std::uint32_t row)
{
    std::string text;
    for (const std::string_view word : changes(view, row)) {
        text += text.empty() ? "" : ", ";
        text += word;
    }
    return text;
}

void writeDiffText(const DiffView& view, const TextStyle& style, const Write& write)
{
    const Comparison& comparison = *view.comparison;
    Table table(view.valuesCompared ? "llllrrrrl" : "llll");
    if (style.headings) {
        std::vector<std::string> cells{"CHANGE", "TENSOR", "A", "B"};
        if (view.valuesCompared) {
            cells.insert(cells.end(), {"MAX |A-B|", "RELATIVE", "COSINE", "DIFFERING", "FIRST"});
        }
        table.row(std::move(cells), Ink::Muted);
    }
    for (const std::uint32_t place : view.rows) {
        if (!view.differs(place)) {
            continue;
        }
        const ComparisonRow& row = comparison.rows()[place];
        const TensorInfo& shown = comparison.shown(row);
        std::string name = displayName(shown.key);
        if (row.renamed) {
            name += " (B: " + displayName(comparison.b()->tensors()[*row.b].key) + ")";
        }
        std::vector<std::string> cells{changeWords(view, place), std::move(name), sideText(*comparison.a(), row.a), sideText(*comparison.b(), row.b)};
        if (view.valuesCompared) {
            const ValueDifference* values = view.valuesOf(place);
            cells.resize(9);
            if (values != nullptr && values->error) {
                cells[8] = messageText(*values->error);
            } else if (values != nullptr && !values->decoded) {
                cells[8] = values->equalBits ? "" : "stored bits differ";
            } else if (values != nullptr && values->first) {
                cells[4] = values->oneNan > 0 && values->maxAbs == 0 ? "NaN" : shortNumber(values->maxAbs) + (values->oneNan > 0 ? ", NaN" : "");
                cells[5] = shortNumber(values->relative);
                cells[6] = shortNumber(values->cosine);
                cells[7] = groupedNumber(values->differing, style.numbers) + " of " + groupedNumber(values->elements, style.numbers);
                cells[8] = indexText(*values->first, shown.shape) + " " + values->firstA + " : " + values->firstB;
            }
        }
        table.row(std::move(cells), row.added() ? Ink::Clean : row.removed() ? Ink::Violation : Ink::Advice);
    }
    table.write(style, "", write);
}

void writeDiffJson(const DiffView& view, const Write& write)
{
    const Comparison& comparison = *view.comparison;
    const ComparisonCounts counts = view.counts();
    JsonWriter json(write);
    json.open('{').key("schema").text("ckptscope.diff/1");
    writeCheckpoint(json, "a", *comparison.a());
    writeCheckpoint(json, "b", *comparison.b());
    json.key("values_compared").boolean(view.valuesCompared).key("tolerance").number(view.tolerance).key("same").boolean(counts.same());
    json.key("counts").open('{').key("matched").number(counts.matched).key("renamed").number(counts.renamed).key("added").number(counts.added);
    json.key("removed").number(counts.removed).key("dtype").number(counts.dtype).key("shape").number(counts.shape).key("value").number(counts.value);
    json.key("unreadable").number(counts.unreadable).close('}').key("differences").open('[');
    for (const std::uint32_t place : view.rows) {
        if (!view.differs(place)) {
            continue;
        }
        const ComparisonRow& row = comparison.rows()[place];
        const TensorInfo& shown = comparison.shown(row);
        json.open('{').key("name").text(shown.key);
        if (row.renamed) {
            json.key("name_b").text(comparison.b()->tensors()[*row.b].key);
        }
        json.key("changes").open('[');
        for (const std::string_view word : changes(view, place)) {
            json.text(word);
        }
        json.close(']');
        writeSide(json, "a", *comparison.a(), row.a);
        writeSide(json, "b", *comparison.b(), row.b);
        if (const ValueDifference* values = view.valuesOf(place)) {
            writeValues(json, *values, shown.shape);
        }
        json.closeNamed();
    }
    json.close(']').closeNamed().finish();
}

} // namespace ckptscope::report
