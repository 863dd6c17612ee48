// SPDX-License-Identifier: Apache-2.0
#include "ui/views/detailspanel.h"

#include "core/io/file.h"
#include "core/report/messages.h"
#include "ui/icons.h"
#include "ui/models/columns.h"
#include "ui/models/findingsmodel.h"
#include "ui/models/marks.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QDesktopServices>
#include <QEvent>
#include <QFontDatabase>
#include <QLocale>
#include <QScrollBar>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>
#include <map>

namespace ckptscope::ui {

namespace {

constexpr std::size_t LongestEntry = 4096; ///< bytes of a header entry that are shown

QString html(const QString& plain)
{
    return plain.toHtmlEscaped();
}

/// Lets a long name break: after dots and underscores, and inside what has neither.
QString breakable(const QString& plain)
{
    constexpr int Longest = 24;
    QString out;
    int run = 0;
    for (const QChar c : plain) {
        out += c;
        ++run;
        if (c == QLatin1Char('.') || c == QLatin1Char('_') || c == QLatin1Char('/') || c == QLatin1Char('-') || run >= Longest) {
            out += QChar(0x200b);
            run = 0;
        }
    }
    return html(out);
}

QString row(const QString& name, const QString& valueHtml)
{
    return QStringLiteral("<tr><td class='n'>%1</td><td class='v'>%2</td></tr>").arg(html(name), valueHtml);
}

QString heading(const QString& text)
{
    return QStringLiteral("<p class='h'>%1</p>").arg(html(text));
}

bool shipped(const Rule& rule)
{
    const Rule* ours = RuleSet::builtin()->find(rule.id);
    return ours != nullptr && ours->family == rule.family && ours->sources == rule.sources;
}

QString outcomeText(Explanation::Outcome outcome)
{
    switch (outcome) {
    case Explanation::Outcome::Decides:
        return DetailsPanel::tr("decides");
    case Explanation::Outcome::Agrees:
        return DetailsPanel::tr("agrees");
    case Explanation::Outcome::Overruled:
        return DetailsPanel::tr("overruled");
    case Explanation::Outcome::OtherArchitecture:
        return DetailsPanel::tr("other architecture");
    case Explanation::Outcome::ConfigDiffers:
        return DetailsPanel::tr("config.json differs");
    case Explanation::Outcome::NotInProfile:
        break;
    }
    return DetailsPanel::tr("not in this profile");
}

} // namespace

QVariant QuietBrowser::loadResource(int, const QUrl&)
{
    return {};
}

QString sourceLink(std::string_view source)
{
    const QString text = fromUtf8(source);
    if (text.startsWith(QLatin1String("https://"))) {
        return text;
    }
    const auto hash = text.indexOf(QLatin1Char('#'));
    const QString name = text.section(QLatin1Char(':'), 0, 0);
    const QStringList parts = (hash > 0 ? text.left(hash) : name).split(QLatin1Char('/'));
    if (hash > 0 && parts.size() == 2) {
        bool number = false;
        (void)text.mid(hash + 1).toUInt(&number);
        return number ? QStringLiteral("https://github.com/%1/issues/%2").arg(text.left(hash), text.mid(hash + 1)) : QString();
    }
    if (hash < 0 && parts.size() > 2 && !text.contains(QLatin1Char(' '))) {
        return QStringLiteral("https://github.com/%1/%2/blob/HEAD/%3").arg(parts[0], parts[1], parts.mid(2).join(QLatin1Char('/')));
    }
    return {};
}

DetailsPanel::DetailsPanel(QWidget* parent)
    : QWidget(parent)
    , m_text(new QuietBrowser(this))
    , m_copy(new QToolButton(this))
{
    m_job.setObjectName(QStringLiteral("detailsJob"));
    m_text->setObjectName(QStringLiteral("detailsText"));
    m_text->setAccessibleName(tr("Details"));
    m_text->setOpenLinks(false);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setUndoRedoEnabled(false);
    m_text->document()->setDocumentMargin(12);
    m_text->setTabChangesFocus(true);
    m_copy->setIcon(icon(QStringLiteral("copy")));
    m_copy->setAutoRaise(true);
    m_copy->setToolTip(tr("Copy the key as stored"));
    m_copy->setAccessibleName(tr("Copy Key"));
    m_copy->setMinimumSize(24, 24);
    m_copy->setFocusPolicy(Qt::StrongFocus);
    m_copy->hide(); // until one tensor is shown; it floats over the key
    connect(m_copy, &QToolButton::clicked, this, &DetailsPanel::copyKeyWanted);
    connect(m_text, &QTextBrowser::anchorClicked, this, [this](const QUrl& url) {
        if (url.scheme() == QLatin1String("scan")) {
            Q_EMIT scanWanted();
        } else if (url.scheme() == QLatin1String("filter")) {
            Q_EMIT filterWanted(url.path(QUrl::FullyDecoded));
        } else if (url.scheme() == QLatin1String("https")) {
            QDesktopServices::openUrl(url);
        }
    });
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_text);
    setMinimumWidth(200);
    m_later.setSingleShot(true);
    m_later.setInterval(0);
    connect(&m_later, &QTimer::timeout, this, &DetailsPanel::render);
    clear();
}

void DetailsPanel::clear()
{
    m_document.reset();
    m_tensors.clear();
    m_entry.clear();
    m_job.abandon();
    render();
}

void DetailsPanel::show(DocumentPtr document, Rows tensors)
{
    const bool same = m_document == document && m_tensors == tensors;
    m_document = std::move(document);
    m_tensors = std::move(tensors);
    if (same) {
        return;
    }
    m_entry.clear();
    m_job.abandon();
    m_later.start();
    if (m_document && m_tensors.size() == 1 && !m_document->missing(m_tensors.front())) {
        readHeaderEntry(m_tensors.front());
    }
}

void DetailsPanel::valuesChanged()
{
    if (!m_document || m_tensors.empty()) {
        return;
    }
    const int place = m_text->verticalScrollBar()->value();
    render();
    m_text->verticalScrollBar()->setValue(place);
}

QString DetailsPanel::plainText()
{
    if (m_later.isActive()) {
        render();
    }
    return m_text->toPlainText();
}

void DetailsPanel::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        render();
    }
}

void DetailsPanel::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const QSize size = m_copy->sizeHint().expandedTo(QSize(24, 24));
    // left of where a scroll bar may be
    m_copy->setGeometry(QRect(QPoint(width() - size.width() - 20, 6), size));
    m_copy->raise();
}

void DetailsPanel::render()
{
    m_later.stop();
    const QString fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont).family();
    const QString style = QStringLiteral("p { margin: 0 0 6px 0; } p.h { margin: 10px 0 4px 0; color: %1; } p.k { font-family: '%2'; "
                                         "font-weight: bold; "
                                         "margin: 0 36px 8px 0; } table { margin-top: 6px; } td.n { color: %1; padding: 1px 10px 1px 0; "
                                         "} td.v { padding: 1px 0; } "
                                         "pre, .f { font-family: '%2'; } a { color: %3; text-decoration: none; } .m { color: %1; }")
                              .arg(mutedText(palette()).name(), fixed, palette().color(QPalette::Link).name());
    m_text->document()->setDefaultStyleSheet(style);
    m_copy->setVisible(m_document && m_tensors.size() == 1);
    if (!m_document || m_tensors.empty()) {
        m_text->setHtml(QStringLiteral("<p class='m'>%1</p>")
                            .arg(html(m_document ? tr("Select a tensor to see its verdict and where it is stored.") : QString())));
        return;
    }
    m_text->setHtml(m_tensors.size() == 1 ? one(m_tensors.front()) : several());
}

QString DetailsPanel::one(std::uint32_t index) const
{
    if (m_document->missing(index)) {
        return missing(index);
    }
    const TensorInfo& tensor = m_document->tensor(index);
    const auto mark = m_document->mark(index);
    const Finding* finding = m_document->finding(index);
    const Rule* rule = m_document->rule(index);
    QString text = QStringLiteral("<p class='k'>%1</p>").arg(breakable(shownName(tensor.key)));

    const QString ink = (mark ? markColors(*mark, palette()).ink : mutedText(palette())).name();
    const std::string_view muted = m_document->mutedRule(index);
    text += QStringLiteral("<p><span style='color:%1'><b>%2</b></span>")
                .arg(ink, html(muted.empty() || mark ? markTitle(mark) : markTitle(Mark::Unjudged)));
    if (!muted.empty()) {
        text += QStringLiteral("<br>%1").arg(breakable(tr("Rule %1 is muted.").arg(shownName(muted, 120))));
    }
    const QString wants = wantsText(*m_document, index);
    const QString have = shownName(tensor.dtypeText(), 60);
    if (!wants.isEmpty()) {
        text += QStringLiteral("<br>%1").arg(html(finding != nullptr && finding->what == std::nullopt ? tr("Stored as %1, wants %2.").arg(have, wants)
                                                                                                      : tr("Stored as %1, as wanted.").arg(have)));
    }
    text += QStringLiteral("</p>");
    if (const Finding* damage = m_document->damageOf(index); damage != nullptr && damage != finding && damage->what) {
        text += QStringLiteral("<p>%1</p>").arg(html(errorTitle(*damage->what)));
        const QString help = hint(*damage->what);
        text += help.isEmpty() ? QString() : QStringLiteral("<p>%1</p>").arg(html(help));
    }
    if (finding != nullptr && finding->what) {
        text += QStringLiteral("<p>%1</p>").arg(html(fromUtf8(findingText(m_document->checkpoint(), *finding, numberStyle(), translated))));
        if (!finding->others.empty()) { // the sentence names the first of them
            text += QStringLiteral("<p><a href='filter:rule:%1'>%2</a></p>")
                        .arg(html(shownName(finding->rule, 120)),
                             html(tr("True of %1, of which this is one.").arg(tensorsText(finding->others.size() + 1))));
        }
    }
    if (rule != nullptr) {
        text += QStringLiteral("<p>%1</p>").arg(html(shownName(rule->why, 0)));
    }
    if (finding != nullptr && finding->fix) {
        text += QStringLiteral("<p><b>%1</b> %2").arg(html(tr("Fix:")), html(fixText(*finding)));
        if (finding->fix->op == FindingFix::Op::Cast) {
            const auto bytes = byteSize(finding->fix->to, Document::elements(tensor));
            text += html(bytes ? tr(" (%1 to %2).").arg(bytesText(tensor.bytes.length), bytesText(*bytes)) : QStringLiteral("."));
            text += finding->fix->lossless ? QLatin1Char(' ') + html(tr("This restores the storage, not lost bits."))
                                           : QLatin1Char(' ') + html(tr("This cast can lose precision."));
        }
        text += QStringLiteral("</p>");
    }

    text += QStringLiteral("<table cellspacing='0'>");
    text += row(tr("DType"), html(have));
    if (!wants.isEmpty()) {
        text += row(tr("Wants"), html(wants));
    }
    text += row(tr("Shape"), html(shapeText(tensor)));
    text += row(tr("Elements"), html(grouped(Document::elements(tensor))));
    text += row(tr("Bytes"),
                html(tensor.bytes.length < 1024 ? grouped(tensor.bytes.length)
                                                : tr("%1 (%2)").arg(grouped(tensor.bytes.length), bytesText(tensor.bytes.length))));
    const auto& shards = m_document->checkpoint().shards();
    if (tensor.shard < shards.size()) {
        text += row(tr("Shard"), breakable(shownName(shards[tensor.shard].file)));
    }
    const bool dense = tensor.extra == nullptr || !tensor.extra->layout;
    if (dense) {
        text += row(tr("Offset"), html(tr("%1 \u2013 %2").arg(grouped(tensor.bytes.offset), grouped(tensor.bytes.end()))));
    } else if (const auto* strided = std::get_if<Strided>(&*tensor.extra->layout)) {
        QStringList strides;
        for (const std::uint64_t stride : strided->strides) {
            strides << grouped(stride);
        }
        text += row(tr("Strides"), html(strides.join(QLatin1String(", "))));
    } else if (const auto* chunks = std::get_if<Chunks>(&*tensor.extra->layout)) {
        text += row(tr("Stored in"), html(tr("%1 pieces").arg(grouped(chunks->chunks.size()))));
    } else if (const auto* packed = std::get_if<Packed>(&*tensor.extra->layout)) {
        text += row(tr("Packed"), html(shownName(packed->codec, 60)));
    }
    text += QStringLiteral("</table>");
    text += valuesOf(index);
    if (tensor.extra != nullptr) {
        for (const std::string* note : {&tensor.extra->unreadable, &tensor.extra->note, &tensor.extra->quantizer}) {
            if (!note->empty()) {
                text += QStringLiteral("<p>%1</p>").arg(breakable(shownName(*note, 2000)));
            }
        }
    }

    if (rule != nullptr) {
        const QString id = shownName(rule->id, 120);
        text += heading(tr("Rule"));
        text += QStringLiteral("<p><a href='filter:rule:%1'>%2</a><br>%3</p>").arg(html(id), breakable(id), html(shownName(rule->title, 300)));
        if (!rule->sources.empty()) {
            text += heading(tr("Sources"));
            const bool linked = shipped(*rule);
            for (const std::string& source : rule->sources) {
                const QString link = linked ? sourceLink(source) : QString();
                const QString shown = breakable(shownName(source, 300));
                text += link.isEmpty() ? QStringLiteral("<p>%1</p>").arg(shown) : QStringLiteral("<p><a href='%1'>%2</a></p>").arg(html(link), shown);
            }
        }
    }
    const auto explained = explainKey(m_document->checkpoint(), m_document->report(), tensor.key);
    if (explained.size() > 1 || (!explained.empty() && rule == nullptr)) {
        text += heading(tr("Rules that were considered"));
        for (const Explanation& e : explained) {
            const auto& rules = m_document->report().rules->rules();
            if (e.ruleIndex < rules.size()) {
                const QString detail = e.detail.empty() ? QString() : QStringLiteral(": ") + shownName(e.detail, 300);
                text += QStringLiteral("<p>%1<br><span class='m'>%2</span></p>")
                            .arg(breakable(shownName(rules[e.ruleIndex].id, 120)), html(outcomeText(e.outcome) + detail));
            }
        }
    }
    if (!m_entry.isEmpty()) {
        text += heading(tr("Header entry"));
        text += QStringLiteral("<p class='f'>%1</p>").arg(breakable(m_entry));
    }
    return text;
}

/// What only the index knows of.
QString DetailsPanel::missing(std::uint32_t index) const
{
    QString text = QStringLiteral("<p class='k'>%1</p>").arg(breakable(shownName(m_document->tensor(index).key)));
    text += QStringLiteral("<p><span style='color:%1'><b>%2</b></span></p>")
                .arg(markColors(Mark::Missing, palette()).ink.name(), html(markTitle(Mark::Missing)));
    text += QStringLiteral("<p>%1</p>").arg(html(missingText(*m_document, index)));
    const Finding* finding = m_document->finding(index);
    if (finding != nullptr && finding->what) {
        const QString help = hint(*finding->what);
        text += help.isEmpty() ? QString() : QStringLiteral("<p>%1</p>").arg(html(help));
    }
    text += QStringLiteral("<table cellspacing='0'>");
    const QString dash = QStringLiteral("\u2013");
    text += row(tr("DType"), dash) + row(tr("Shape"), dash);
    if (const Shard* shard = m_document->shardOf(index)) {
        text += row(tr("Shard"), breakable(shownName(shard->file)));
    }
    return text + QStringLiteral("</table>");
}

QString DetailsPanel::several() const
{
    std::uint64_t bytes = 0;
    std::uint64_t elements = 0;
    MarkCounts marks;
    std::map<QString, std::uint64_t> dtypes;
    std::map<std::uint32_t, std::uint64_t> shards;
    std::uint64_t missing = 0;
    for (const std::uint32_t index : m_tensors) {
        const TensorInfo& tensor = m_document->tensor(index);
        marks.add(m_document->mark(index));
        ++shards[tensor.shard];
        if (m_document->missing(index)) {
            ++missing;
            continue;
        }
        bytes += tensor.bytes.length;
        const std::uint64_t count = Document::elements(tensor);
        elements = elements + count < elements ? UINT64_MAX : elements + count;
        ++dtypes[shownName(tensor.dtypeText(), 60)];
    }
    QString text = QStringLiteral("<p><b>%1</b></p>").arg(html(tensorsText(m_tensors.size() - missing)));
    const std::array lines{std::pair{Mark::Damaged, marks.damaged},      std::pair{Mark::Missing, marks.missing},
                           std::pair{Mark::Violation, marks.violations}, std::pair{Mark::Advice, marks.advice},
                           std::pair{Mark::Note, marks.notes},           std::pair{Mark::Clean, marks.clean}};
    for (const auto& [mark, count] : lines) {
        if (count != 0) {
            text += QStringLiteral("<p><span style='color:%1'><b>%2</b></span></p>")
                        .arg(markColors(mark, palette()).ink.name(), html(markCount(mark, count)));
        }
    }
    text += QStringLiteral("<table cellspacing='0'>");
    if (missing < m_tensors.size()) {
        text += row(tr("Elements"), html(grouped(elements)));
        text += row(tr("Bytes"), html(tr("%1 (%2)").arg(grouped(bytes), bytesText(bytes))));
    }
    for (const auto& [dtype, count] : dtypes) {
        text += row(dtype, html(tensorsText(count)));
    }
    const auto& all = m_document->listed().shards();
    if (shards.size() == 1 && shards.begin()->first < all.size()) {
        text += row(tr("Shard"), breakable(shownName(all[shards.begin()->first].file)));
    } else {
        text += row(tr("Shards"), html(grouped(shards.size())));
    }
    text += QStringLiteral("</table>");
    return missing < m_tensors.size() ? text + valuesOfSeveral() : text;
}

/// What a scan said of the values, or the way to one.
QString DetailsPanel::valuesOf(std::uint32_t index) const
{
    QString text = heading(tr("Values"));
    if (const auto wrong = m_document->values()->error(index)) {
        return text + QStringLiteral("<p>%1</p>").arg(html(errorTitle(*wrong)));
    }
    const auto known = m_document->values()->statistics(index);
    if (!known) {
        return text
            + QStringLiteral("<p><a href='scan:this'>%1</a> <span class='m'>%2</span></p>")
                  .arg(html(tr("Scan This Tensor")), html(tr("reads %1").arg(bytesText(m_document->tensor(index).bytes.length))));
    }
    const auto number = [](double value) { return html(QLocale().toString(value, 'g', 6)); };
    text += QStringLiteral("<table cellspacing='0'>");
    if (known->finite > 0) {
        text += row(tr("Min"), html(fromUtf8(known->minText))) + row(tr("Max"), html(fromUtf8(known->maxText)));
        text += row(tr("Mean"), number(known->mean)) + row(tr("Std"), number(known->std));
    }
    text += row(tr("NaN"), html(grouped(known->nan))) + row(tr("Inf"), html(grouped(known->inf()))) + row(tr("Zeros"), html(grouped(known->zeros)));
    text += QStringLiteral("</table>");
    if (known->narrowest != DType::Unknown && known->narrowest != m_document->tensor(index).dtype) {
        text += QStringLiteral("<p>%1</p>").arg(html(tr("Every value is exactly a %1.").arg(fromUtf8(dtypeName(known->narrowest)))));
    }
    return text;
}

QString DetailsPanel::valuesOfSeveral() const
{
    const ValueStore& values = *m_document->values();
    Rows stored;
    std::uint64_t scanned = 0;
    for (const std::uint32_t index : m_tensors) {
        if (!m_document->missing(index)) {
            stored.push_back(index);
            scanned += values.known(index) ? 1 : 0;
        }
    }
    QString text = heading(tr("Values"));
    if (scanned > 0) {
        text += QStringLiteral("<table cellspacing='0'>");
        for (const auto& [name, statistic] : {std::pair(tr("Min"), Statistic::Min), std::pair(tr("Max"), Statistic::Max)}) {
            if (const auto value = values.over(stored, statistic)) {
                text += row(name, html(QLocale().toString(*value, 'g', 6)));
            }
        }
        for (const auto& [name, statistic] :
             {std::pair(tr("NaN"), Statistic::Nan), std::pair(tr("Inf"), Statistic::Inf), std::pair(tr("Zeros"), Statistic::Zero)}) {
            if (const auto value = values.over(stored, statistic)) {
                text += row(name, html(grouped(static_cast<std::uint64_t>(*value))));
            }
        }
        text += QStringLiteral("</table>");
    }
    if (scanned < stored.size()) {
        text += QStringLiteral("<p><a href='scan:these'>%1</a> <span class='m'>%2</span></p>")
                    .arg(html(tr("Scan These Tensors")), html(tr("%1 of %2 scanned").arg(grouped(scanned), tensorsText(stored.size()))));
    }
    return text;
}

void DetailsPanel::readHeaderEntry(std::uint32_t index)
{
    const TensorInfo& tensor = m_document->tensor(index);
    const auto& shards = m_document->checkpoint().shards();
    if (m_document->checkpoint().format() != "safetensors" || tensor.shard >= shards.size()) {
        return;
    }
    const Shard& shard = shards[tensor.shard];
    if (shard.state == Shard::State::Missing || tensor.headerOffset >= shard.headerBytes) {
        return;
    }
    const std::uint64_t at = 8 + tensor.headerOffset;
    const std::uint64_t length = std::min<std::uint64_t>(LongestEntry, shard.headerBytes - tensor.headerOffset);
    m_job.start(
        {},
        [path = shard.path, at, length](const JobContext&) -> Result<std::string> {
            const auto file = File::open(path);
            if (!file) {
                return file.error();
            }
            std::vector<std::byte> bytes(length);
            const auto got = file->readSome(at, bytes);
            if (!got) {
                return got.error();
            }
            return std::string(reinterpret_cast<const char*>(bytes.data()), *got);
        },
        [this](Result<std::string> text) {
            if (!text) {
                return; // the message bar is for what the user asked for; this only adds
            }
            // the entry ends with the brace that closes its object; strings may hold braces
            bool inString = false;
            std::size_t depth = 0;
            std::size_t end = 0;
            for (std::size_t i = 0; i < text->size(); ++i) {
                const char c = (*text)[i];
                if (inString) {
                    i += c == '\\' ? 1 : 0;
                    inString = c != '"';
                } else if (c == '"') {
                    inString = true;
                } else if (c == '{') {
                    ++depth;
                } else if (c == '}') {
                    if (depth <= 1) {
                        end = depth == 1 ? i + 1 : i;
                        break;
                    }
                    --depth;
                }
            }
            m_entry = shownName(end == 0 ? std::string_view(*text) : std::string_view(*text).substr(0, end), 1000);
            m_later.start();
        });
}

} // namespace ckptscope::ui
