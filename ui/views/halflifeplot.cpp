// SPDX-License-Identifier: Apache-2.0
#include "ui/views/halflifeplot.h"

#include "ui/copyas.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace ckptscope::ui {

namespace {
constexpr std::size_t MostMarks = 1U << 18U; ///< a channel each, in models that have one a channel

QString tokens(double count)
{
    return QString::number(count, 'g', 4);
}

bool drawable(double count)
{
    return std::isfinite(count) && count > 0;
}

QString percent(double share)
{
    return QString::number(share * 100, 'g', 3);
}
} // namespace

HalfLifePlot::HalfLifePlot(QWidget* parent)
    : Plot(parent)
{
    setObjectName(QStringLiteral("halfLifePlot"));
    setAccessibleName(tr("Half-life"));
}

void HalfLifePlot::setMessage(const QString& text)
{
    m_decays.clear();
    m_marks.clear();
    m_donor.reset();
    m_document.reset();
    m_message = text;
    changed();
}

void HalfLifePlot::setDecays(DocumentPtr document, std::vector<Decay> decays, std::shared_ptr<const DonorDecays> donor)
{
    m_document = std::move(document);
    m_decays = std::move(decays);
    m_donor = std::move(donor);
    m_marks.clear();
    m_message.clear();
    m_low = INFINITY;
    m_high = 0;
    double low = INFINITY;
    double high = 0;
    for (std::uint32_t layer = 0; layer < m_decays.size(); ++layer) {
        for (std::uint32_t head = 0; head < m_decays[layer].halfLives.size() && m_marks.size() < MostMarks; ++head) {
            const double each = m_decays[layer].halfLives[head].tokens;
            if (!drawable(each)) {
                continue;
            }
            m_marks.push_back({layer, head});
            m_low = std::min(m_low, each);
            m_high = std::max(m_high, each);
            const double partner = partnerOf(m_marks.back());
            for (const double at : {each, drawable(partner) ? partner : each}) {
                low = std::min(low, at);
                high = std::max(high, at);
            }
        }
    }
    if (m_marks.empty()) {
        m_message = tr("No head has a finite half-life.");
    } else {
        m_y = {low / 1.5, high * 1.5, true};
    }
    changed();
}

void HalfLifePlot::setShownTensors(const Rows& tensors)
{
    m_selected = tensors;
    update();
}

void HalfLifePlot::showHead(const DecayHead& head)
{
    const auto found = std::find(m_marks.begin(), m_marks.end(), head);
    if (found != m_marks.end()) {
        setCursorIndex(static_cast<int>(found - m_marks.begin()));
    }
}

const HalfLife* HalfLifePlot::theirs(const DecayHead& mark) const
{
    return m_donor && mark.decay < m_donor->of.size() && m_donor->of[mark.decay] ? &m_donor->of[mark.decay]->halfLives[mark.head] : nullptr;
}

double HalfLifePlot::partnerOf(const DecayHead& mark) const
{
    const HalfLife& mine = headOf(mark);
    const HalfLife* other = theirs(mark);
    const double partner = m_donor ? (other != nullptr ? other->tokens : 0) : mine.narrow;
    return partner != mine.tokens ? partner : 0;
}

QString HalfLifePlot::summary() const
{
    if (!m_message.isEmpty()) {
        return m_message;
    }
    std::size_t heads = 0;
    for (const Decay& decay : m_decays) {
        heads = std::max(heads, decay.halfLives.size());
    }
    QString text = tr("%n layer(s), %1, %2 to %3 tokens", nullptr, static_cast<int>(m_decays.size()))
                       .arg(tr("%n head(s) each", nullptr, static_cast<int>(heads)), tokens(m_low), tokens(m_high));
    if (m_donor) {
        text += tr("; the donor has %1 of these layers").arg(grouped(m_donor->found));
    }
    return text;
}

QString HalfLifePlot::csv() const
{
    QString text = QStringLiteral("layer,tensor,head,tokens,bf16,low,high,drift_4k,drift_32k,drift_256k");
    text += m_donor ? QStringLiteral(",donor\r\n") : QStringLiteral("\r\n");
    for (std::uint32_t layer = 0; layer < m_decays.size(); ++layer) {
        const QString name = csvCell(shownName(m_document->tensor(m_decays[layer].pair.decay).key, 0));
        for (std::uint32_t head = 0; head < m_decays[layer].halfLives.size(); ++head) {
            const HalfLife& each = m_decays[layer].halfLives[head];
            const HalfLife* other = theirs({layer, head});
            QStringList cells{QString::number(layer), name, QString::number(head)};
            for (const double number : {each.tokens, each.narrow, each.low, each.high}) {
                cells << fromUtf8(numberText(number));
            }
            for (const std::uint64_t after : Decay::DriftTokens) {
                const double drift = m_donor ? (other != nullptr ? driftBetween(each.tokens, other->tokens, after) : NAN) : headDrift(each, after);
                cells << (std::isnan(drift) ? QString() : fromUtf8(numberText(drift)));
            }
            if (m_donor) {
                cells << (other != nullptr ? fromUtf8(numberText(other->tokens)) : QString());
            }
            text += cells.join(QLatin1Char(',')) + QLatin1String("\r\n");
        }
    }
    return text;
}

QPointF HalfLifePlot::pointOf(const DecayHead& mark, const QRectF& box) const
{
    const Decay& decay = m_decays[mark.decay];
    const double x = (mark.decay + (mark.head + 0.5) / static_cast<double>(decay.halfLives.size())) / static_cast<double>(m_decays.size());
    return {box.left() + x * box.width(), box.bottom() - m_y.place(decay.halfLives[mark.head].tokens) * box.height()};
}

/// The layers whose tensors are selected, as bands behind the marks: marks keep the colours of their dtypes.
void HalfLifePlot::drawSelected(QPainter& painter, const QRectF& box, const QPalette& colors) const
{
    QColor band = colors.color(QPalette::Highlight);
    band.setAlpha(60);
    const double each = box.width() / static_cast<double>(m_decays.size());
    for (std::size_t layer = 0; layer < m_decays.size(); ++layer) {
        const DecayPair& pair = m_decays[layer].pair;
        const bool chosen = std::any_of(m_selected.begin(), m_selected.end(),
                                        [&](std::uint32_t tensor) { return tensor == pair.decay || (pair.bias && tensor == *pair.bias); });
        if (chosen) {
            painter.fillRect(QRectF(box.left() + static_cast<double>(layer) * each, box.top(), std::max(each, 2.0), box.height()), band);
        }
    }
}

namespace {

/// A filled square is what is stored here; a hollow one what it would be elsewhere: in BF16, in the donor.
void drawSquare(QPainter& painter, const QPointF& at, double side, const QColor& color, bool hollow)
{
    const QRectF square(at.x() - side / 2, at.y() - side / 2, side, side);
    if (!hollow) {
        painter.fillRect(square, color);
        return;
    }
    painter.setPen(QPen(color, 1.0));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(square.adjusted(0.5, 0.5, -0.5, -0.5));
}

} // namespace

double HalfLifePlot::drawLegend(QPainter& painter, const QRectF& box, const QPalette& colors) const
{
    struct Entry {
        QColor color;
        QString text;
        bool hollow;
    };
    std::vector<Entry> entries;
    std::vector<DType> dtypes;
    bool narrow = false;
    for (const Decay& decay : m_decays) {
        if (std::find(dtypes.begin(), dtypes.end(), decay.decayDtype) == dtypes.end()) {
            dtypes.push_back(decay.decayDtype);
            entries.push_back({dtypeColor(decay.decayDtype, colors), tr("stored as %1").arg(fromUtf8(dtypeName(decay.decayDtype))), false});
        }
        narrow =
            narrow || std::any_of(decay.halfLives.begin(), decay.halfLives.end(), [](const HalfLife& each) { return each.narrow != each.tokens; });
    }
    if (m_donor) {
        const auto first = std::find_if(m_donor->of.begin(), m_donor->of.end(), [](const auto& one) { return one.has_value(); });
        if (first != m_donor->of.end()) {
            entries.push_back({dtypeColor((*first)->decayDtype, colors), tr("the donor's"), true});
        }
    } else if (narrow) {
        entries.push_back({dtypeColor(DType::BF16, colors), tr("the same in BF16"), true});
    }
    const QFontMetricsF metrics(font());
    double x = box.right();
    const double middle = box.top() - metrics.height() / 2 - 5;
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
        const double width = metrics.horizontalAdvance(entry->text);
        x -= width;
        painter.setPen(colors.color(QPalette::Text));
        painter.drawText(QRectF(x, middle - metrics.height() / 2, width + 2, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter, entry->text);
        drawSquare(painter, {x - 8, middle}, 8, entry->color, entry->hollow);
        x -= 28;
    }
    return x;
}

void HalfLifePlot::draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const
{
    if (!m_message.isEmpty() || m_marks.empty()) {
        painter.setPen(mutedText(colors));
        painter.drawText(whole.adjusted(12, 8, -12, -8), Qt::AlignCenter | Qt::TextWordWrap, m_message);
        return;
    }
    const QRectF box = inner(whole);
    drawSelected(painter, box, colors);
    const double room = drawLegend(painter, box, colors) - box.left(); // the title gives way to it
    const QFontMetricsF metrics(font());
    const QString title =
        room < 8 * metrics.averageCharWidth() ? QString() : metrics.elidedText(tr("Half-life in tokens, at gate input 0"), Qt::ElideRight, room);
    drawAxes(painter, box, {0, static_cast<double>(m_decays.size()), false, false, true}, m_y, title,
             tr("layers in the order of their names; heads from left to right within each"), colors);
    painter.setClipRect(box.adjusted(-4, -4, 4, 4));
    const auto y = [&](double count) { return box.bottom() - m_y.place(std::clamp(count, m_y.low, m_y.high)) * box.height(); };
    for (std::size_t i = 0; i < m_marks.size(); ++i) {
        const DecayHead& mark = m_marks[i];
        const HalfLife& each = headOf(mark);
        const QPointF at = pointOf(mark, box);
        painter.setPen(QPen(mutedText(colors), 1.0));
        if (each.low > 0 && std::isfinite(each.high)) {
            painter.drawLine(QPointF(at.x(), y(each.low)), QPointF(at.x(), y(each.high)));
        }
        if (const double partner = partnerOf(mark); drawable(partner)) {
            painter.drawLine(at, QPointF(at.x(), y(partner)));
            const DType dtype = m_donor ? m_donor->of[mark.decay]->decayDtype : DType::BF16;
            drawSquare(painter, {at.x(), y(partner)}, 5, dtypeColor(dtype, colors), true);
        }
        drawSquare(painter, at, 4, dtypeColor(m_decays[mark.decay].decayDtype, colors), false);
        if (static_cast<int>(i) == cursorIndex()) {
            painter.setPen(QPen(colors.color(QPalette::Text), 1.5));
            painter.drawRect(QRectF(at.x() - 4, at.y() - 4, 8, 8));
        }
    }
    painter.setClipping(false);
}

int HalfLifePlot::markAt(const QPointF& point) const
{
    const QRectF box = inner(QRectF(rect()));
    int best = -1;
    double nearest = 144; // 12 px
    for (std::size_t i = 0; i < m_marks.size(); ++i) {
        const QPointF away = pointOf(m_marks[i], box) - point;
        const double distance = QPointF::dotProduct(away, away);
        if (distance < nearest) {
            nearest = distance;
            best = static_cast<int>(i);
        }
    }
    return best;
}

QString HalfLifePlot::textOf(int index) const
{
    const DecayHead& mark = m_marks[static_cast<std::size_t>(index)];
    const HalfLife& each = headOf(mark);
    const HalfLife* other = theirs(mark);
    QString text = tr("%1, head %2: %3 tokens")
                       .arg(shownName(m_document->tensor(m_decays[mark.decay].pair.decay).key, 60), QString::number(mark.head), tokens(each.tokens));
    text += other != nullptr         ? tr("; the donor's %1").arg(tokens(other->tokens))
        : m_donor                    ? tr("; the donor has no such layer")
        : each.narrow != each.tokens ? tr("; in BF16 %1").arg(tokens(each.narrow))
                                     : tr("; before rounding %1 to %2").arg(tokens(each.low), tokens(each.high));
    if (m_donor && other == nullptr) {
        return text;
    }
    const auto drift = [&](std::uint64_t after) {
        return percent(other != nullptr ? driftBetween(each.tokens, other->tokens, after) : headDrift(each, after));
    };
    text += tr("; drift after 4k, 32k, 256k tokens: %1, %2, %3 %")
                .arg(drift(Decay::DriftTokens[0]), drift(Decay::DriftTokens[1]), drift(Decay::DriftTokens[2]));
    return text;
}

void HalfLifePlot::activated(int mark)
{
    Q_EMIT tensorClicked(m_decays[m_marks[static_cast<std::size_t>(mark)].decay].pair.decay);
}

} // namespace ckptscope::ui
