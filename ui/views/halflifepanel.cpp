// SPDX-License-Identifier: Apache-2.0
#include "ui/views/halflifepanel.h"

#include "ui/text.h"
#include "ui/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace ckptscope::ui {

namespace {
constexpr std::size_t MostMarks = 1U << 18U; ///< a channel each, in models that have one a channel

QString tokens(double count)
{
    return QString::number(count, 'g', 4);
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
    m_document.reset();
    m_message = text;
    changed();
}

void HalfLifePlot::setDecays(DocumentPtr document, std::vector<Decay> decays)
{
    m_document = std::move(document);
    m_decays = std::move(decays);
    m_marks.clear();
    m_message.clear();
    double low = INFINITY;
    double high = 0;
    for (std::uint32_t layer = 0; layer < m_decays.size(); ++layer) {
        for (std::uint32_t head = 0; head < m_decays[layer].halfLives.size() && m_marks.size() < MostMarks; ++head) {
            const HalfLife& each = m_decays[layer].halfLives[head];
            if (std::isfinite(each.tokens) && each.tokens > 0) {
                m_marks.push_back({layer, head});
                low = std::min(low, each.tokens);
                high = std::max(high, each.tokens);
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

QString HalfLifePlot::summary() const
{
    if (!m_message.isEmpty()) {
        return m_message;
    }
    std::size_t heads = 0;
    for (const Decay& decay : m_decays) {
        heads = std::max(heads, decay.halfLives.size());
    }
    return tr("%n layer(s), %1, %2 to %3 tokens", nullptr, static_cast<int>(m_decays.size()))
        .arg(tr("%n head(s) each", nullptr, static_cast<int>(heads)), tokens(m_y.low * 1.5), tokens(m_y.high / 1.5));
}

QString HalfLifePlot::csv() const
{
    QString text = QStringLiteral("layer,head,tokens,bf16,low,high\r\n");
    for (std::size_t layer = 0; layer < m_decays.size(); ++layer) {
        for (std::size_t head = 0; head < m_decays[layer].halfLives.size(); ++head) {
            const HalfLife& each = m_decays[layer].halfLives[head];
            text += QStringLiteral("%1,%2,").arg(layer).arg(head);
            text += QStringList{fromUtf8(numberText(each.tokens)), fromUtf8(numberText(each.narrow)), fromUtf8(numberText(each.low)),
                                fromUtf8(numberText(each.high))}
                        .join(QLatin1Char(','))
                + QLatin1String("\r\n");
        }
    }
    return text;
}

QPointF HalfLifePlot::pointOf(const MarkPlace& mark, const QRectF& box) const
{
    const Decay& decay = m_decays[mark.layer];
    const double x = (mark.layer + (mark.head + 0.5) / static_cast<double>(decay.halfLives.size())) / static_cast<double>(m_decays.size());
    return {box.left() + x * box.width(), box.bottom() - m_y.place(decay.halfLives[mark.head].tokens) * box.height()};
}

void HalfLifePlot::draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const
{
    if (!m_message.isEmpty() || m_marks.empty()) {
        painter.setPen(mutedText(colors));
        painter.drawText(whole.adjusted(12, 8, -12, -8), Qt::AlignCenter | Qt::TextWordWrap, m_message);
        return;
    }
    const QRectF box = inner(whole);
    drawAxes(painter, box, {0, static_cast<double>(m_decays.size()), false}, m_y, tr("Half-life in tokens, at gate input 0"),
             tr("decay tensors in the order of the file; heads from left to right within it"), colors);
    const QColor stored = dtypeColor(DType::F32, colors);
    const QColor narrow = dtypeColor(DType::BF16, colors);
    painter.setClipRect(box.adjusted(-4, -4, 4, 4));
    for (std::size_t i = 0; i < m_marks.size(); ++i) {
        const MarkPlace& mark = m_marks[i];
        const Decay& decay = m_decays[mark.layer];
        const HalfLife& each = decay.halfLives[mark.head];
        const QPointF at = pointOf(mark, box);
        const auto y = [&](double count) { return box.bottom() - m_y.place(std::clamp(count, m_y.low, m_y.high)) * box.height(); };
        painter.setPen(QPen(mutedText(colors), 1.0));
        if (each.low > 0 && std::isfinite(each.high)) {
            painter.drawLine(QPointF(at.x(), y(each.low)), QPointF(at.x(), y(each.high)));
        }
        if (each.narrow > 0 && std::isfinite(each.narrow) && each.narrow != each.tokens) {
            painter.fillRect(QRectF(at.x() - 2, y(each.narrow) - 2, 4, 4), narrow);
        }
        const bool chosen = std::find(m_selected.begin(), m_selected.end(), decay.pair.decay) != m_selected.end();
        const bool current = static_cast<int>(i) == cursorIndex();
        painter.fillRect(QRectF(at.x() - 2, at.y() - 2, 4, 4), chosen ? markColors(Mark::Violation, colors).ink : stored);
        if (current) {
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
    const MarkPlace& mark = m_marks[static_cast<std::size_t>(index)];
    const Decay& decay = m_decays[mark.layer];
    const HalfLife& each = decay.halfLives[mark.head];
    QString text = tr("%1, head %2: %3 tokens").arg(shownName(m_document->tensor(decay.pair.decay).key, 120), QString::number(mark.head), tokens(each.tokens));
    text += each.narrow != each.tokens ? tr("; in BF16 %1").arg(tokens(each.narrow))
                                       : tr("; before rounding %1 to %2").arg(tokens(each.low), tokens(each.high));
    text += tr("; worst drift of its layer after 4k, 32k, 256k tokens: %1, %2, %3 %")
                .arg(QString::number(decay.drift[0] * 100, 'g', 3), QString::number(decay.drift[1] * 100, 'g', 3),
                     QString::number(decay.drift[2] * 100, 'g', 3));
    return text;
}

void HalfLifePlot::activated(int mark)
{
    Q_EMIT tensorClicked(m_decays[m_marks[static_cast<std::size_t>(mark)].layer].pair.decay);
}

HalfLifePanel::HalfLifePanel(QWidget* parent)
    : TensorPanel(parent)
    , m_plot(new HalfLifePlot(this))
    , m_caption(new QLabel(this))
    , m_readout(new QLabel(this))
{
    auto* formula = new QPushButton(tr("F&ormula"), this);
    formula->setObjectName(QStringLiteral("halfLifeFormula"));
    formula->setCheckable(true);
    m_caption->setObjectName(QStringLiteral("halfLifeCaption"));
    m_caption->setTextFormat(Qt::PlainText);
    m_caption->setWordWrap(true);
    m_caption->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_caption->setText(tr("The state is multiplied at every token by exp(g), g = -exp(A_log) * softplus(x + dt_bias). With the gate's input x at 0, "
                          "half of it is left after log(2) / (exp(A_log) * softplus(dt_bias)) tokens. Drift after N tokens is 1 - exp(-|r' - r| * N): r is the "
                          "rate of the stored values, r' of the same in BF16, or half a step away where they are BF16 numbers already. Bars show that half step."));
    m_caption->hide();
    m_readout->setTextFormat(Qt::PlainText);
    m_readout->setObjectName(QStringLiteral("halfLifeReadout"));
    m_readout->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* top = new QHBoxLayout;
    top->addWidget(formula);
    top->addWidget(m_readout, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->setSpacing(4);
    layout->addLayout(top);
    layout->addWidget(m_caption);
    layout->addWidget(m_plot, 1);
    connect(formula, &QPushButton::toggled, m_caption, &QWidget::setVisible);
    connect(m_plot, &Plot::readoutChanged, m_readout, &QLabel::setText);
    connect(m_plot, &Plot::noted, this, &TensorPanel::noted);
    connect(m_plot, &HalfLifePlot::tensorClicked, this, &TensorPanel::tensorChosen);
}

void HalfLifePanel::refresh()
{
    m_plot->setShownTensors(tensors());
    if (!document()) {
        m_read.reset();
        m_plot->setMessage({});
        return;
    }
    if (m_read == document()) {
        return; // the plot is of the whole checkpoint: a selection only marks
    }
    m_plot->setMessage(tr("Reading\u2026"));
    m_job.start(
        tr("Reading decay parameters"),
        [shards = files()](const JobContext& job) -> Result<std::vector<Decay>> {
            std::vector<Decay> decays;
            for (const DecayPair& pair : findDecayPairs(shards->checkpoint())) {
                auto decay = computeDecay(shards, pair, job);
                if (!decay) {
                    return std::move(decay).error();
                }
                decays.push_back(*std::move(decay));
            }
            return decays;
        },
        [this](Result<std::vector<Decay>> decays) {
            if (!decays) {
                m_plot->setMessage(decays.error().code == Code::Cancelled ? tr("Cancelled.") : errorTitle(decays.error()));
                return;
            }
            m_read = document();
            if (decays->empty()) {
                m_plot->setMessage(tr("This checkpoint has no decay parameters (A_log, ssm_a)."));
            } else {
                m_plot->setDecays(document(), *std::move(decays));
            }
        });
}

} // namespace ckptscope::ui
