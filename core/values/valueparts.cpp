// SPDX-License-Identifier: Apache-2.0
#include "core/values/valueparts.h"

#include "core/fix/parts.h"
#include "core/fix/planfile.h"
#include "core/report/exactjson.h"
#include "core/values/duplicates.h"
#include "core/values/throttle.h"

#include <algorithm>
#include <numeric>

namespace ckptscope {

namespace {

using report::JsonWriter;

void writeStatistics(JsonWriter& json, const Statistics& values)
{
    json.key("count").number(values.count).key("finite").number(values.finite).key("nan").number(values.nan);
    json.key("positive_inf").number(values.positiveInf).key("negative_inf").number(values.negativeInf).key("zeros").number(values.zeros);
    json.key("denormals").number(values.denormals).key("not_bool").number(values.notBool).key("min").number(values.min).key("max").number(values.max);
    json.key("mean").number(values.mean).key("std").number(values.std).key("absmax").number(values.absMax).key("min_text").text(values.minText);
    json.key("max_text").text(values.maxText).key("constant").boolean(values.constant).key("exact").open('[');
    for (int kind = 0; kind < ExactKinds; ++kind) {
        if (values.exact.has(static_cast<ExactKind>(kind))) {
            json.number(static_cast<std::uint64_t>(kind));
        }
    }
    json.close(']').key("narrowest").text(dtypeName(values.narrowest));
}

class PartReader {
public:
    PartReader(std::string_view text, const Checkpoint& checkpoint)
        : m_json(text)
        , m_checkpoint(checkpoint)
    {
    }

    Result<ValuesPart> run(const std::string& file)
    {
        std::string schema;
        const bool read = m_json.object([&](std::string_view key) {
            if (key == "tensors") {
                return m_json.array([&] { return readTensor(m_part.values.emplace_back()); });
            }
            return key == "schema"      ? m_json.text(schema)
                : key == "tensors_hash" ? m_json.text(m_part.tensors)
                : key == "part"         ? m_json.number(m_part.part)
                : key == "parts"        ? m_json.number(m_part.parts)
                : key == "bytes"        ? m_json.number(m_part.bytes)
                                        : m_json.skip();
        });
        const auto refuse = [&](std::string why) { return inFile(fail(Code::ValuesPartFile, {std::move(why)}), file, m_json.position()); };
        if (!read || !m_json.end()) {
            return refuse(m_json.why());
        }
        if (schema != "ckptscope.values-part/1") {
            return refuse("its schema is not ckptscope.values-part/1");
        }
        if (m_part.tensors != tensorsHash(m_checkpoint)) {
            return refuse("it is of another checkpoint, or this one was changed");
        }
        if (m_part.part < 1 || m_part.part > m_part.parts || m_part.parts > MostParts) {
            return refuse("it is no part of a whole");
        }
        const auto tensors = cutTensors(m_checkpoint, m_part.parts)[m_part.part - 1];
        const bool same = std::equal(tensors.begin(), tensors.end(), m_part.values.begin(), m_part.values.end(),
                                     [](std::uint32_t tensor, const TensorValues& values) { return tensor == values.tensor; });
        return same ? Result<ValuesPart>(std::move(m_part)) : Result<ValuesPart>(refuse("it has not the tensors of its part"));
    }

private:
    bool readTensor(TensorValues& values)
    {
        Statistics statistics;
        bool counted = false;
        const bool read = m_json.object([&](std::string_view key) {
            if (key == "exact") {
                ExactSet unlisted;
                const bool good = m_json.array([&] {
                    std::uint32_t kind = 0;
                    if (!m_json.number(kind) || kind >= ExactKinds) {
                        return m_json.no("a kind that is not known");
                    }
                    unlisted.drop(static_cast<ExactKind>(kind));
                    return true;
                });
                ExactSet exact;
                for (int kind = 0; kind < ExactKinds; ++kind) {
                    if (unlisted.has(static_cast<ExactKind>(kind))) {
                        exact.drop(static_cast<ExactKind>(kind));
                    }
                }
                statistics.exact = exact;
                return good;
            }
            if (key == "narrowest") {
                std::string name;
                const bool good = m_json.text(name);
                const auto table = dtypeTable();
                const auto row = std::find_if(table.begin(), table.end(), [&](const DTypeInfo& each) { return each.name == name; });
                statistics.narrowest = row == table.end() ? DType::Unknown : row->dtype;
                return good && (row != table.end() || m_json.no("a dtype that is not known"));
            }
            if (key == "error") {
                values.error.emplace();
                return report::readExactError(m_json, *values.error);
            }
            if (key == "count") {
                counted = true;
                return m_json.number(statistics.count);
            }
            return key == "index"       ? m_json.number(values.tensor)
                : key == "finite"       ? m_json.number(statistics.finite)
                : key == "nan"          ? m_json.number(statistics.nan)
                : key == "positive_inf" ? m_json.number(statistics.positiveInf)
                : key == "negative_inf" ? m_json.number(statistics.negativeInf)
                : key == "zeros"        ? m_json.number(statistics.zeros)
                : key == "denormals"    ? m_json.number(statistics.denormals)
                : key == "not_bool"     ? m_json.number(statistics.notBool)
                : key == "min"          ? m_json.number(statistics.min)
                : key == "max"          ? m_json.number(statistics.max)
                : key == "mean"         ? m_json.number(statistics.mean)
                : key == "std"          ? m_json.number(statistics.std)
                : key == "absmax"       ? m_json.number(statistics.absMax)
                : key == "min_text"     ? m_json.text(statistics.minText)
                : key == "max_text"     ? m_json.text(statistics.maxText)
                : key == "constant"     ? m_json.boolean(statistics.constant)
                                        : m_json.skip();
        });
        if (!read || counted == values.error.has_value() || values.tensor >= m_checkpoint.tensors().size()) {
            return m_json.no("a tensor that has neither statistics nor an error");
        }
        const std::uint64_t most = elementCount(m_checkpoint.tensors()[values.tensor]).value_or(0); // a complex number counts as two
        if (counted && (statistics.count / 2 > most || statistics.finite > statistics.count || statistics.zeros > statistics.finite)) {
            return m_json.no("more values than the tensor has");
        }
        if (counted) {
            values.statistics = std::move(statistics);
        }
        return true;
    }

    JsonReader m_json;
    const Checkpoint& m_checkpoint;
    ValuesPart m_part;
};

} // namespace

std::vector<std::vector<std::uint32_t>> cutTensors(const Checkpoint& checkpoint, unsigned parts)
{
    parts = std::clamp(parts, 1U, MostParts);
    const auto& tensors = checkpoint.tensors();
    std::vector<std::uint32_t> order(tensors.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return tensors[a].shard != tensors[b].shard ? tensors[a].shard < tensors[b].shard : tensors[a].bytes.offset < tensors[b].bytes.offset;
    });
    constexpr std::uint64_t Least = 4096; ///< what a tensor costs beside its bytes
    std::vector<std::uint64_t> costs(tensors.size());
    long double total = 0;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        costs[i] = Least + std::min<std::uint64_t>(logicalBytes(tensors[i]).value_or(0), UINT64_MAX / 2);
        total += static_cast<long double>(costs[i]);
    }
    std::vector<std::vector<std::uint32_t>> out(parts);
    long double before = 0;
    for (const std::uint32_t tensor : order) { // by where its middle lies
        const long double middle = before + static_cast<long double>(costs[tensor]) / 2;
        out[std::min(parts - 1, static_cast<unsigned>(middle * parts / total))].push_back(tensor);
        before += static_cast<long double>(costs[tensor]);
    }
    for (auto& part : out) {
        std::sort(part.begin(), part.end());
    }
    return out;
}

Result<ValuesPart> scanPart(const std::shared_ptr<const Checkpoint>& checkpoint, unsigned part, unsigned parts, const JobContext& job)
{
    if (parts < 1 || parts > MostParts || part < 1 || part > parts) {
        return fail(Code::UsageError, {"a part is I/N, with I from 1 to N and N at most " + std::to_string(MostParts)});
    }
    ValuesPart out;
    out.tensors = tensorsHash(*checkpoint);
    out.part = part;
    out.parts = parts;
    const auto tensors = cutTensors(*checkpoint, parts)[part - 1];
    auto scanned = scanValues(
        checkpoint, tensors, nullptr,
        [&](const TensorValues& one) {
            out.values.push_back(one);
            out.values.back().findings.clear(); // who merges judges
        },
        job);
    if (!scanned) {
        return scanned.error();
    }
    out.bytes = scanned->bytes;
    std::sort(out.values.begin(), out.values.end(), [](const TensorValues& a, const TensorValues& b) { return a.tensor < b.tensor; });
    return out;
}

std::string valuesPartText(const ValuesPart& part)
{
    std::string out;
    const report::Write write = [&](std::string_view text) { out += text; };
    {
        JsonWriter json(write);
        json.open('{')
            .key("schema")
            .text("ckptscope.values-part/1")
            .key("tensors_hash")
            .text(part.tensors)
            .key("part")
            .number(std::uint64_t{part.part});
        json.key("parts").number(std::uint64_t{part.parts}).key("bytes").number(part.bytes).key("tensors").open('[');
        for (const TensorValues& values : part.values) {
            json.open('{').key("index").number(std::uint64_t{values.tensor});
            if (values.statistics) {
                writeStatistics(json, *values.statistics);
            } else {
                json.key("error");
                report::exactError(json, values.error.value_or(fail(Code::Internal)));
            }
            json.close('}');
        }
        json.close(']').close('}').finish();
    }
    return out;
}

Result<ValuesPart> readValuesPart(std::string_view text, const std::string& file, const Checkpoint& checkpoint)
{
    return PartReader(text, checkpoint).run(file);
}

Result<ValueScanSummary> mergeParts(const std::shared_ptr<const Checkpoint>& checkpoint, const CheckReport& report,
                                    const std::vector<ValuesPart>& parts, const JobContext& job)
{
    const unsigned whole = parts.empty() ? 0 : parts.front().parts;
    std::vector<bool> seen(whole, false);
    for (const ValuesPart& part : parts) {
        const std::string name = "part " + std::to_string(part.part) + " of " + std::to_string(part.parts);
        if (part.parts != whole) {
            return fail(Code::ValuesPartFile, {name + " goes with no part of " + std::to_string(whole)});
        }
        if (seen[part.part - 1]) {
            return fail(Code::ValuesPartFile, {name + " is given twice"});
        }
        seen[part.part - 1] = true;
    }
    std::string missing;
    for (unsigned part = 0; part < whole; ++part) {
        missing += seen[part] ? "" : (missing.empty() ? "part " : ", ") + std::to_string(part + 1);
    }
    if (whole == 0 || !missing.empty()) {
        return fail(Code::ValuesPartMissing, {whole == 0 ? "no part is given" : missing + " of " + std::to_string(whole)});
    }
    std::vector<const TensorValues*> all;
    ValueScanSummary summary;
    for (const ValuesPart& part : parts) {
        summary.bytes += part.bytes;
        for (const TensorValues& values : part.values) {
            all.push_back(&values);
        }
    }
    std::sort(all.begin(), all.end(), [](const TensorValues* a, const TensorValues* b) { return a->tensor < b->tensor; });
    DuplicateSearch duplicates;
    for (const TensorValues* values : all) {
        ++summary.tensors;
        if (!values->statistics) {
            ++summary.unreadable;
            continue;
        }
        auto findings = valueFindings(*checkpoint, values->tensor, *values->statistics, &report);
        std::move(findings.begin(), findings.end(), std::back_inserter(summary.findings));
        duplicates.add(*checkpoint, values->tensor, *values->statistics);
    }
    Throttle throttle(job.ioRate);
    if (auto copies = duplicates.find(*checkpoint, std::make_shared<ShardFiles>(checkpoint), job,
                                      [&](std::uint64_t bytes) { throttle.pass(bytes, job.stop); })) {
        summary.findings.push_back(std::move(*copies));
    }
    if (job.stop.stop_requested()) {
        return fail(Code::Cancelled);
    }
    return summary;
}

} // namespace ckptscope
