// SPDX-License-Identifier: Apache-2.0
#include "core/report/html.h"

#include "core/report/groups.h"
#include "core/report/htmlsections.h"
#include "core/report/messages.h"
#include "core/report/svgplot.h"
#include "core/report/svgtext.h"
#include "core/report/text.h"

#include <algorithm>
#include <map>

namespace ckptscope::report {

namespace {

constexpr std::size_t PlacesShown = 200;
constexpr std::size_t RolesShown = 500;

constexpr std::string_view Style =
    R"(:root{color-scheme:light dark;--ink:#1B1E21;--muted:#5C636A;--paper:#fff;--soft:#F3F4F5;--line:#D5D9DD;
--violation:#B3261E;--advice:#7A5200;--note:#1F5FA8;--clean:#1B6E3C;--unjudged:#4A5158}
@media(prefers-color-scheme:dark){:root{--ink:#ECEFF1;--muted:#A3ABB3;--paper:#1A1D20;--soft:#24272B;--line:#363B41;
--violation:#FF8A80;--advice:#F2C14E;--note:#8AB8F5;--clean:#7CD19A;--unjudged:#B8C0C8}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:72rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1.2rem 0 .2rem}
.verdict{border-left:6px solid;padding:.6rem 1rem;background:var(--soft)}.verdict p{margin:.3rem 0 0;color:var(--ink)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.2rem .8rem .2rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--muted);font-weight:600}td.n,th.n{text-align:right}code,.key{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
.muted,dt{color:var(--muted)}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.8rem 0}dd{margin:0}
.bar{height:.7rem;min-width:1px}.wide{overflow-x:auto}ul{margin:.3rem 0;padding-left:1.2rem}a{color:var(--note)}
.violation,.error{color:var(--violation)}.advice{color:var(--advice)}.note{color:var(--note)}.clean{color:var(--clean)}.unjudged{color:var(--unjudged)}
@media print{body{max-width:none;padding:0}details{display:block}})";

std::string_view verdictClass(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Damaged:
    case Verdict::Dangerous:
    case Verdict::Violations:
        return "violation";
    case Verdict::NoContract:
        return "unjudged";
    case Verdict::Advice:
        return "advice";
    case Verdict::Clean:
        break;
    }
    return "clean";
}

class Page {
public:
    Page(const std::shared_ptr<const Checkpoint>& checkpoint, const CheckReport& report, const HtmlExtras& extras, const Write& write,
         const NumberStyle& style)
        : m_shared(checkpoint)
        , m_checkpoint(*checkpoint)
        , m_report(report)
        , m_extras(extras)
        , m_write(write)
        , m_style(style)
    {
    }

    void run(const std::vector<Role>& roles)
    {
        const VerdictText verdict = verdictText(m_checkpoint, m_report, m_style);
        m_write("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
        const Receipt* receipt = m_extras.receipt ? &*m_extras.receipt : nullptr;
        m_write(htmlText(receipt != nullptr ? receiptSentence(*receipt, m_style) : verdict.title) + "</title>\n<style>\n");
        m_write(Style);
        m_write("\n");
        m_write(plotStyle());
        m_write("\n</style></head><body>\n");
        if (receipt != nullptr) {
            writeReceiptSection(*receipt, m_write, m_style);
            m_write("<h2>The source, as it was</h2>\n");
        }
        const std::string_view heading = receipt != nullptr ? "h3" : "h1";
        m_write("<header class=\"verdict " + std::string(verdictClass(m_report.verdict)) + "\"><" + std::string(heading) + '>'
                + htmlText(verdict.title) + "</" + std::string(heading) + '>');
        if (!verdict.detail.empty()) {
            m_write("<p>" + htmlText(verdict.detail) + "</p>");
        }
        m_write("</header>\n");
        facts();
        dtypes();
        findings();
        writeDecaySection(m_checkpoint, m_extras, m_write, m_style);
        writeStatisticsSection(m_checkpoint, m_extras, m_write, m_style);
        listRoles(roles);
        files();
        m_write("<p class=\"muted\">Made by ckptscope " CKPTSCOPE_VERSION ".</p>\n</body></html>\n");
    }

private:
    [[nodiscard]] std::string number(std::uint64_t value) const { return groupedNumber(value, m_style); }

    void fact(std::string_view name, const std::string& html) { m_write("<dt>" + std::string(name) + "</dt><dd>" + html + "</dd>\n"); }

    void facts()
    {
        m_write("<dl>\n");
        fact("Path", "<span class=\"key\">" + shown(m_checkpoint.path(), 0) + "</span>");
        fact("Holds", htmlText(factsText(m_checkpoint, m_style)));
        std::string names;
        for (const std::string& name : m_report.architecture.names) {
            names += (names.empty() ? "" : ", ") + shown(name);
        }
        const auto from = m_report.architecture.from;
        fact("Model",
             (names.empty() ? "not known" : names)
                 + (from == ArchitectureChoice::From::Inferred        ? " (inferred from keys)"
                        : from == ArchitectureChoice::From::Argument  ? " (as the user said)"
                        : from == ArchitectureChoice::From::ModelType ? " (by its model_type)"
                        : from == ArchitectureChoice::From::Family    ? " (by its family)"
                                                                      : ""));
        fact("Rules",
             "profile " + shown(m_report.profile) + ", " + number(m_report.rulesApplied.size()) + " cover " + number(m_report.tensorsChecked)
                 + (m_report.tensorsChecked == 1 ? " tensor" : " tensors"));
        m_write("</dl>\n");
    }

    void dtypes()
    {
        struct Sum {
            std::uint64_t tensors = 0;
            std::uint64_t bytes = 0;
            DType dtype = DType::Unknown;
        };
        std::map<std::string, Sum> sums;
        std::uint64_t all = 0;
        for (const TensorInfo& tensor : m_checkpoint.tensors()) {
            Sum& sum = sums[std::string(tensor.dtypeText())];
            ++sum.tensors;
            sum.dtype = tensor.dtype;
            sum.bytes += tensor.bytes.length;
            all += tensor.bytes.length;
        }
        std::vector<std::pair<std::string, Sum>> sorted(sums.begin(), sums.end());
        std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
        m_write("<h2>Where the bytes are</h2>\n<table><tr><th>DType</th><th class=\"n\">Tensors</th><th "
                "class=\"n\">Bytes</th><th>Share</th></tr>\n");
        for (const auto& [name, sum] : sorted) {
            const std::string share = fixedText(all == 0 ? 0.0 : 100.0 * static_cast<double>(sum.bytes) / static_cast<double>(all));
            m_write("<tr><td>" + shown(name, 40) + "</td><td class=\"n\">" + number(sum.tensors) + "</td><td class=\"n\">"
                    + htmlText(byteText(sum.bytes, m_style)) + "</td><td style=\"width:40%\"><div class=\"bar " + std::string(dtypeClass(sum.dtype))
                    + "\" style=\"width:" + share + "%\" title=\"" + share + " %\"></div></td></tr>\n");
        }
        m_write("</table>\n");
        m_write(treemapSvg(m_shared, m_report, m_style));
    }

    void findings()
    {
        m_write("<h2>Findings</h2>\n");
        const auto groups = groupFindings(m_checkpoint, m_report, m_style);
        if (groups.empty()) {
            m_write("<p>None.</p>\n");
        }
        for (const FindingGroup& group : groups) {
            const std::string severity(severityName(group.severity));
            m_write("<h3><span class=\"" + severity + "\">" + severity + "</span> <code>" + shown(group.rule) + "</code>"
                    + (group.findings.size() > 1 ? " <span class=\"muted\">" + number(group.findings.size()) + " times</span>" : std::string())
                    + "</h3>\n<p>" + htmlText(group.sentence) + (group.hint.empty() ? "" : "<br>" + htmlText(group.hint)) + "</p>\n");
            places(group);
            why(group);
        }
    }

    void places(const FindingGroup& group)
    {
        std::vector<std::string> all;
        std::size_t more = 0;
        const auto add = [&](auto place) {
            if (all.size() == PlacesShown) {
                ++more;
            } else if (std::string text = place(); !text.empty()) {
                all.push_back(std::move(text));
            }
        };
        for (const Finding* finding : group.findings) {
            add([&] { return findingPlace(m_checkpoint, *finding, m_style); });
            for (const std::uint32_t other : finding->others) {
                add([&] { return displayName(m_checkpoint.tensors()[other].key); });
            }
        }
        if (all.empty()) {
            return;
        }
        m_write(all.size() > 5 ? "<details><summary>Where</summary><ul>\n" : "<ul>\n");
        for (const std::string& place : all) {
            m_write("<li class=\"key\">" + htmlText(place) + "</li>\n");
        }
        if (more > 0) {
            m_write("<li class=\"muted\">and " + number(more) + " more</li>\n");
        }
        m_write(all.size() > 5 ? "</ul></details>\n" : "</ul>\n");
    }

    void why(const FindingGroup& group)
    {
        if (!m_report.rules || group.ruleIndex >= m_report.rules->rules().size()) {
            return;
        }
        const Rule& rule = m_report.rules->rules()[group.ruleIndex];
        m_write("<p>" + shown(rule.why, 0) + "</p>\n<ul class=\"muted\">\n");
        for (const std::string& source : rule.sources) {
            const std::string text = shown(source, 0);
            // a source is a sentence, or an address; of a user's own rule file it may be anything
            const bool link = source.starts_with("https://") && source.find_first_of(" \t\"'<>") == std::string::npos;
            m_write(link ? "<li><a rel=\"noreferrer\" href=\"" + text + "\">" + text + "</a></li>\n" : "<li>" + text + "</li>\n");
        }
        m_write("</ul>\n");
    }

    void listRoles(const std::vector<Role>& roles)
    {
        m_write("<h2>Roles</h2>\n<table><tr><th>Pattern</th><th "
                "class=\"n\">Tensors</th><th>DType</th><th>Shape</th><th class=\"n\">Bytes</th></tr>\n");
        for (std::size_t i = 0; i < std::min(roles.size(), RolesShown); ++i) {
            const Role& role = roles[i];
            std::string dtypeNames;
            for (const auto& [name, count] : role.dtypes) {
                dtypeNames += (dtypeNames.empty() ? "" : ", ") + shown(name, 40) + (role.dtypes.size() > 1 ? " (" + number(count) + ")" : "");
            }
            const std::string shape = role.shapes.size() == 1 ? shapeText(role.shapes.front().data(), role.shapes.front().size()) : "varies";
            m_write("<tr><td class=\"key\">" + shown(role.pattern) + "</td><td class=\"n\">" + number(role.tensors.size()) + "</td><td>" + dtypeNames
                    + "</td><td>" + htmlText(shape) + "</td><td class=\"n\">" + htmlText(byteText(role.bytes, m_style)) + "</td></tr>\n");
        }
        m_write("</table>\n");
        if (roles.size() > RolesShown) {
            m_write("<p class=\"muted\">and " + number(roles.size() - RolesShown) + " more</p>\n");
        }
    }

    void files()
    {
        m_write("<h2>Files</h2>\n<table><tr><th>File</th><th class=\"n\">Bytes</th><th "
                "class=\"n\">Tensors</th><th>State</th></tr>\n");
        for (const Shard& shard : m_checkpoint.shards()) {
            const std::string_view state = shard.state == Shard::State::Missing ? "missing"
                : shard.state == Shard::State::Unreadable                       ? "unreadable"
                : shard.state == Shard::State::Damaged                          ? "damaged"
                : shard.listed                                                  ? "whole"
                                                                                : "whole, but the index does not name it";
            m_write("<tr><td class=\"key\">" + shown(shard.file) + "</td><td class=\"n\">" + number(shard.bytes) + "</td><td class=\"n\">"
                    + number(shard.tensors) + "</td><td" + (shard.state == Shard::State::Ok ? "" : " class=\"violation\"") + ">" + std::string(state)
                    + "</td></tr>\n");
        }
        m_write("</table>\n");
    }

    const std::shared_ptr<const Checkpoint>& m_shared;
    const Checkpoint& m_checkpoint;
    const CheckReport& m_report;
    const HtmlExtras& m_extras;
    const Write& m_write;
    const NumberStyle& m_style;
};

} // namespace

std::string shown(std::string_view name, std::size_t limit)
{
    return htmlText(displayName(name, limit));
}

std::string htmlText(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

Result<HtmlExtras> readHtmlExtras(const std::shared_ptr<const Checkpoint>& checkpoint, const JobContext& job)
{
    HtmlExtras extras;
    auto decays = computeDecays(checkpoint, job);
    if (!decays) {
        return std::move(decays).error();
    }
    extras.decays = *std::move(decays);
    auto values = countDecayValues(checkpoint, extras.decays, {64}, job);
    if (!values) {
        return std::move(values).error();
    }
    extras.decayValues = *std::move(values);
    return extras;
}

void writeCheckHtml(const std::shared_ptr<const Checkpoint>& checkpoint, const CheckReport& report, const std::vector<Role>& roles,
                    const Write& write, const NumberStyle& style, const HtmlExtras& extras)
{
    Page(checkpoint, report, extras, write, style).run(roles);
}

} // namespace ckptscope::report
