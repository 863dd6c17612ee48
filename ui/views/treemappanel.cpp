// SPDX-License-Identifier: Apache-2.0
#include "ui/views/treemappanel.h"

#include "core/query/order.h"
#include "ui/copyas.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double PinRadius = 4;

QRectF rectOf(const TreemapRect& rect)
{
    return {rect.x, rect.y, rect.width, rect.height};
}

} // namespace

TreemapPlot::TreemapPlot(QWidget* parent)
    : Plot(parent)
{
    setObjectName(u"treemapPlot"_s);
    setAccessibleName(tr("Map"));
}

void TreemapPlot::setTreemap(DocumentPtr document, std::shared_ptr<const Treemap> map)
{
    m_document = std::move(document);
    m_map = std::move(map);
    m_root = m_map ? m_map->root() : TreemapNode();
    m_lastLayer = 0;
    for (const TensorInfo& tensor : m_document->checkpoint().tensors()) {
        m_lastLayer = std::max(m_lastLayer, layerNumber(tensor.key).value_or(0));
    }
    m_message = !m_map || m_map->order().empty() ? tr("This checkpoint holds no tensors.") : QString();
    relayout();
    Q_EMIT zoomed({});
}

void TreemapPlot::setMessage(const QString& text)
{
    m_document.reset();
    m_map.reset();
    m_message = text;
    relayout();
}

void TreemapPlot::setWeight(TreemapWeight weight)
{
    m_weight = weight;
    relayout();
}

void TreemapPlot::setColor(Color color)
{
    m_color = color;
    update();
}

void TreemapPlot::setShownTensors(const Rows& tensors)
{
    m_selected = tensors;
    update();
}

void TreemapPlot::relayout()
{
    m_size = {};
    m_rects.clear();
    m_facts.clear();
    changed();
}

const std::vector<TreemapRect>& TreemapPlot::rects(const QSizeF& size) const
{
    if (m_map && size != m_size) {
        TreemapStyle style;
        style.title = QFontMetricsF(font()).height() + 2;
        m_rects = m_map->layout(m_root, m_weight, size.width(), size.height(), style);
        m_facts.clear();
        m_facts.reserve(m_rects.size());
        for (const TreemapRect& rect : m_rects) {
            m_facts.push_back(factsOf(rect));
        }
        m_size = size;
    }
    return m_rects;
}

TreemapPlot::Facts TreemapPlot::factsOf(const TreemapRect& rect) const
{
    Facts facts;
    std::uint64_t most = 0;
    for (const TreemapNode& node : rect.members) {
        facts.bytes += m_map->weightOf(node, TreemapWeight::Bytes);
        facts.elements += m_map->weightOf(node, TreemapWeight::Elements);
        facts.tensors += node.last - node.first;
        if (rect.kind == TreemapRect::Kind::Group) {
            continue; // its content says the rest
        }
        for (std::uint32_t at = node.first; at < node.last; ++at) {
            const std::uint32_t tensor = m_map->order()[at];
            facts.violations += m_document->mark(tensor) == Mark::Violation ? 1 : 0;
            if (const std::uint64_t bytes = m_document->tensor(tensor).bytes.length; facts.largest == UINT32_MAX || bytes > most) {
                most = bytes;
                facts.largest = tensor;
            }
        }
    }
    return facts;
}

QString TreemapPlot::nameOf(const TreemapRect& rect) const
{
    if (rect.kind == TreemapRect::Kind::Merged && rect.members.size() != 1) {
        return tr("%n smaller part(s)", nullptr, static_cast<int>(rect.members.size()));
    }
    return shownName(m_map->nameOf(rect.members.front()), 200);
}

QString TreemapPlot::summary() const
{
    if (!m_message.isEmpty() || !m_map) {
        return m_message;
    }
    std::uint32_t largest = 0;
    const auto& tensors = m_document->checkpoint().tensors();
    for (std::uint32_t at = m_root.first; at < m_root.last; ++at) {
        const std::uint32_t tensor = m_map->order()[at];
        largest = at == m_root.first || tensors[tensor].bytes.length > tensors[largest].bytes.length ? tensor : largest;
    }
    return tr("%1, %2, largest %3 %4", "tensors, size, key, size")
        .arg(tensorsText(m_root.last - m_root.first), bytesText(m_map->weightOf(m_root, TreemapWeight::Bytes)), shownName(tensors[largest].key, 120),
             bytesText(tensors[largest].bytes.length));
}

QString TreemapPlot::csv() const
{
    QString text = u"name,level,tensors,bytes,elements,violations\r\n"_s;
    rects(QSizeF(size()));
    for (std::size_t i = 0; i < m_rects.size(); ++i) {
        const Facts& facts = m_facts[i];
        text += QStringList{csvCell(nameOf(m_rects[i])),  QString::number(m_rects[i].level), QString::number(facts.tensors),
                            QString::number(facts.bytes), QString::number(facts.elements),   QString::number(facts.violations)}
                    .join(u',')
            + u"\r\n"_s;
    }
    return text;
}

QColor TreemapPlot::colorOf(const Facts& facts, const QPalette& colors) const
{
    if (facts.largest == UINT32_MAX) {
        return colors.color(QPalette::Window);
    }
    switch (m_color) {
    case Color::DType:
        return dtypeColor(m_document->tensor(facts.largest).dtype, colors);
    case Color::Verdict: {
        const auto mark = facts.violations > 0 ? std::optional(Mark::Violation) : m_document->mark(facts.largest);
        return markColors(mark.value_or(Mark::Unjudged), colors).ink;
    }
    case Color::Shard: {
        // steps of the golden angle keep neighbouring shards apart; lightness as that of the dtypes' colours
        const int hue = static_cast<int>(m_document->tensor(facts.largest).shard * 137U % 360U);
        return QColor::fromHsl(hue, 110, isDark(colors) ? 165 : 95);
    }
    case Color::Layer: { // from blue, the first, to orange, the last: near layers look alike
        const auto layer = layerNumber(m_document->tensor(facts.largest).key);
        if (!layer) {
            return dtypeColor(DType::Unknown, colors);
        }
        const double place = m_lastLayer == 0 ? 0 : static_cast<double>(*layer) / static_cast<double>(m_lastLayer);
        const int hue = (225 + static_cast<int>(place * 165)) % 360;
        return QColor::fromHsl(hue, 120, isDark(colors) ? 165 : 95);
    }
    }
    return {};
}

void TreemapPlot::draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const
{
    if (!m_message.isEmpty() || !m_map) {
        painter.setPen(mutedText(colors));
        painter.drawText(whole.adjusted(12, 8, -12, -8), Qt::AlignCenter | Qt::TextWordWrap, m_message);
        return;
    }
    const QFontMetricsF metrics(font());
    const auto& all = rects(whole.size());
    painter.setBrush(Qt::NoBrush);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const QRectF rect = rectOf(all[i]).translated(whole.topLeft());
        const QString name = all[i].name.empty() ? nameOf(all[i]) : shownName(all[i].name, 120);
        if (all[i].kind == TreemapRect::Kind::Group) {
            painter.fillRect(rect, colors.color(QPalette::Window));
            painter.setPen(QPen(outline(colors), 1.0));
            painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5));
            if (all[i].titled) {
                painter.setPen(colors.color(QPalette::Text));
                const QString title = tr("%1  %2", "name, size").arg(name, bytesText(m_facts[i].bytes));
                painter.drawText(
                    rect.adjusted(4, 1, -4, 0), Qt::AlignLeft | Qt::AlignTop,
                    metrics.elidedText(metrics.horizontalAdvance(title) <= rect.width() - 8 ? title : name, Qt::ElideMiddle, rect.width() - 8));
            }
            continue;
        }
        const QColor fill = colorOf(m_facts[i], colors);
        painter.fillRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), fill);
        if (rect.height() > metrics.height() + 2 && rect.width() > metrics.averageCharWidth() * 8) {
            painter.setPen(readable(dtypeLabelColor(colors), fill));
            painter.drawText(rect.adjusted(4, 1, -3, 0), Qt::AlignLeft | Qt::AlignTop, metrics.elidedText(name, Qt::ElideMiddle, rect.width() - 7));
        }
    }
    for (std::size_t i = 0; i < all.size(); ++i) { // above everything: a violation may be a pixel of the whole
        if (all[i].kind == TreemapRect::Kind::Group || m_facts[i].violations == 0 || m_color == Color::Verdict) {
            continue;
        }
        const QPointF at = rectOf(all[i]).translated(whole.topLeft()).center();
        painter.setPen(QPen(colors.color(QPalette::Base), 1.0));
        painter.setBrush(markColors(Mark::Violation, colors).ink);
        painter.drawEllipse(at, PinRadius, PinRadius);
        painter.setBrush(Qt::NoBrush);
    }
    const auto ring = [&](const TreemapRect& rect, double width) {
        painter.setPen(QPen(colors.color(QPalette::Text), width));
        painter.drawRect(rectOf(rect).translated(whole.topLeft()).adjusted(1, 1, -1, -1));
    };
    for (const TreemapRect& rect : all) {
        if (rect.kind == TreemapRect::Kind::Tensor
            && std::find(m_selected.begin(), m_selected.end(), m_map->order()[rect.node.first]) != m_selected.end()) {
            ring(rect, 3.0);
        }
    }
    if (cursorIndex() >= 0 && static_cast<std::size_t>(cursorIndex()) < all.size()) {
        ring(all[static_cast<std::size_t>(cursorIndex())], 2.0);
    }
}

int TreemapPlot::marks() const
{
    return static_cast<int>(rects(QSizeF(size())).size());
}

int TreemapPlot::markAt(const QPointF& point) const
{
    const auto& all = rects(QSizeF(size()));
    int found = -1; // the innermost: what lies in another comes behind it
    for (std::size_t i = 0; i < all.size(); ++i) {
        found = rectOf(all[i]).contains(point) ? static_cast<int>(i) : found;
    }
    return found;
}

QString TreemapPlot::textOf(int mark) const
{
    const TreemapRect& rect = m_rects[static_cast<std::size_t>(mark)];
    Facts facts = m_facts[static_cast<std::size_t>(mark)];
    if (rect.kind == TreemapRect::Kind::Group) {
        for (std::uint32_t at = rect.node.first; at < rect.node.last; ++at) {
            facts.violations += m_document->mark(m_map->order()[at]) == Mark::Violation ? 1 : 0;
        }
    }
    const std::uint64_t all = m_map->weightOf(m_root, TreemapWeight::Bytes);
    QString text =
        tr("%1: %2, %3 (%4 %)", "name, tensors, size, share")
            .arg(nameOf(rect), rect.kind == TreemapRect::Kind::Tensor ? shapeText(m_document->tensor(facts.largest)) : tensorsText(facts.tensors),
                 bytesText(facts.bytes),
                 QString::number(100.0 * static_cast<double>(facts.bytes) / static_cast<double>(std::max<std::uint64_t>(all, 1)), 'f', 2));
    if (facts.violations > 0) {
        text += tr(", %1").arg(markCount(Mark::Violation, facts.violations));
    }
    return text;
}

/// A tensor is selected; a group, or what was merged out of one, is zoomed into.
void TreemapPlot::activated(int mark)
{
    const TreemapRect rect = m_rects[static_cast<std::size_t>(mark)];
    if (rect.kind == TreemapRect::Kind::Tensor) {
        Q_EMIT tensorClicked(m_map->order()[rect.node.first]);
    } else if (rect.members.size() == 1) {
        zoomTo(rect.members.front());
    }
}

std::vector<TreemapNode> TreemapPlot::path() const
{
    std::vector<TreemapNode> path;
    if (m_map) {
        for (TreemapNode at = m_root;; at = m_map->parentOf(at)) {
            path.insert(path.begin(), at);
            if (at == m_map->root() || path.size() > 64) {
                break;
            }
        }
    }
    return path;
}

QString TreemapPlot::crumbOf(const std::vector<TreemapNode>& path, std::size_t at) const
{
    if (at == 0) {
        return tr("All");
    }
    const std::string name = m_map->nameOf(path[at]);
    const std::string before = m_map->nameOf(path[at - 1]);
    return shownName(before.empty() || before.size() >= name.size() ? name : name.substr(before.size() + 1), 24);
}

void TreemapPlot::zoomTo(const TreemapNode& node)
{
    if (m_map && node.last - node.first > 1 && node != m_root) {
        m_root = node;
        relayout();
        Q_EMIT zoomed(m_root == m_map->root() ? QString() : shownName(m_map->nameOf(node)));
    }
}

void TreemapPlot::zoomOut()
{
    if (!m_map || m_root == m_map->root()) {
        return;
    }
    const TreemapNode left = m_root;
    m_root = m_map->parentOf(left);
    relayout();
    Q_EMIT zoomed(m_root == m_map->root() ? QString() : shownName(m_map->nameOf(m_root)));
    const auto& all = rects(QSizeF(size()));
    for (std::size_t i = 0; i < all.size(); ++i) { // where one came from
        if (all[i].node == left) {
            setCursorIndex(static_cast<int>(i));
            break;
        }
    }
}

void TreemapPlot::addActions(QMenu& menu)
{
    menu.addSeparator();
    if (const int mark = cursorIndex(); mark >= 0) {
        const bool tensor = m_rects[static_cast<std::size_t>(mark)].kind == TreemapRect::Kind::Tensor;
        connect(menu.addAction(tensor ? tr("Go to Tensor") : tr("Zoom In")), &QAction::triggered, this, [this, mark] { activated(mark); });
    }
    QAction* out = menu.addAction(tr("Zoom Out"));
    out->setEnabled(m_map && m_root != m_map->root());
    connect(out, &QAction::triggered, this, &TreemapPlot::zoomOut);
}

void TreemapPlot::mousePressEvent(QMouseEvent* event)
{
    const int mark = markAt(event->position());
    setCursorIndex(mark);
    if (event->button() == Qt::LeftButton && mark >= 0 && m_rects[static_cast<std::size_t>(mark)].kind == TreemapRect::Kind::Tensor) {
        activated(mark);
    } else if (event->button() == Qt::BackButton) {
        zoomOut();
    }
}

void TreemapPlot::mouseDoubleClickEvent(QMouseEvent* event)
{
    const int mark = markAt(event->position());
    if (mark < 0) {
        return;
    }
    // within a tensor the group around it is meant
    const auto& all = rects(QSizeF(size()));
    for (int at = mark; at >= 0; --at) {
        const TreemapRect& rect = all[static_cast<std::size_t>(at)];
        if (rect.kind != TreemapRect::Kind::Tensor && rect.members.size() == 1 && rectOf(rect).contains(event->position())) {
            activated(at);
            return;
        }
    }
}

void TreemapPlot::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Backspace) {
        zoomOut();
        return;
    }
    if (event->key() == Qt::Key_Escape && m_map && m_root != m_map->root()) {
        m_root = m_map->root();
        relayout();
        Q_EMIT zoomed({});
        return;
    }
    if (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down) {
        QKeyEvent sideways(event->type(), event->key() == Qt::Key_Up ? Qt::Key_Left : Qt::Key_Right, event->modifiers());
        Plot::keyPressEvent(&sideways);
        return;
    }
    Plot::keyPressEvent(event);
}

TreemapPanel::TreemapPanel(QWidget* parent)
    : TensorPanel(parent)
    , m_plot(new TreemapPlot(this))
    , m_weight(new QComboBox(this))
    , m_color(new QComboBox(this))
    , m_up(new QPushButton(tr("&Up"), this))
    , m_crumbs(new QWidget(this))
    , m_readout(new QLabel(this))
{
    m_weight->setObjectName(u"treemapWeight"_s);
    m_weight->setAccessibleName(tr("What areas stand for"));
    m_weight->addItem(tr("Area: bytes"), static_cast<int>(TreemapWeight::Bytes));
    m_weight->addItem(tr("Area: elements"), static_cast<int>(TreemapWeight::Elements));
    m_weight->addItem(tr("Area: number of tensors"), static_cast<int>(TreemapWeight::Count));
    m_color->setObjectName(u"treemapColor"_s);
    m_color->setAccessibleName(tr("What colours stand for"));
    m_color->addItem(tr("Colour: dtype"), static_cast<int>(TreemapPlot::Color::DType));
    m_color->addItem(tr("Colour: verdict"), static_cast<int>(TreemapPlot::Color::Verdict));
    m_color->addItem(tr("Colour: shard"), static_cast<int>(TreemapPlot::Color::Shard));
    m_color->addItem(tr("Colour: layer"), static_cast<int>(TreemapPlot::Color::Layer));
    m_color->setItemData(m_color->count() - 1, tr("From blue, the first layer, to orange, the last; grey: of no layer"), Qt::ToolTipRole);
    m_up->setObjectName(u"treemapUp"_s);
    m_up->setAutoDefault(false);
    m_up->setToolTip(tr("To the group around this one (Backspace; Esc: to everything)"));
    m_up->setEnabled(false);
    m_readout->setTextFormat(Qt::PlainText);
    m_crumbs->setObjectName(u"treemapCrumbs"_s);
    m_crumbs->setAccessibleName(tr("Where the map is"));
    auto* crumbs = new QHBoxLayout(m_crumbs);
    crumbs->setContentsMargins(0, 0, 0, 0);
    crumbs->setSpacing(0);
    m_readout->setObjectName(u"treemapReadout"_s);
    m_readout->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* top = new QHBoxLayout;
    top->setSpacing(8);
    top->addWidget(m_weight);
    top->addWidget(m_color);
    top->addWidget(m_up);
    top->addWidget(m_crumbs);
    top->addWidget(m_readout, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->setSpacing(4);
    layout->addLayout(top);
    layout->addWidget(m_plot, 1);
    connect(m_weight, &QComboBox::currentIndexChanged, this,
            [this] { m_plot->setWeight(static_cast<TreemapWeight>(m_weight->currentData().toInt())); });
    connect(m_color, &QComboBox::currentIndexChanged, this,
            [this] { m_plot->setColor(static_cast<TreemapPlot::Color>(m_color->currentData().toInt())); });
    connect(m_up, &QPushButton::clicked, m_plot, &TreemapPlot::zoomOut);
    connect(m_plot, &TreemapPlot::zoomed, this, [this](const QString& name) {
        m_up->setEnabled(!name.isEmpty());
        showCrumbs();
    });
    connect(m_plot, &Plot::readoutChanged, m_readout, &QLabel::setText);
    connect(m_plot, &Plot::noted, this, &TensorPanel::noted);
    connect(m_plot, &TreemapPlot::tensorClicked, this, &TensorPanel::tensorChosen);
}

/// A button for each group around what is shown; of many the first and the last.
void TreemapPanel::showCrumbs()
{
    constexpr std::size_t Shown = 4;
    QLayout* row = m_crumbs->layout();
    while (QLayoutItem* item = row->takeAt(0)) {
        item->widget()->hide(); // one of them is in its own click
        item->widget()->setObjectName({});
        item->widget()->deleteLater();
        delete item;
    }
    const auto path = m_plot->path();
    if (path.size() < 2) {
        return;
    }
    const auto separator = [&](const QString& text) {
        auto* label = new QLabel(text, m_crumbs);
        label->setTextFormat(Qt::PlainText);
        row->addWidget(label);
    };
    for (std::size_t at = 0; at < path.size(); ++at) {
        if (at != 0 && at + Shown < path.size()) {
            if (at == 1) {
                separator(u"\u203a \u2026"_s);
            }
            continue;
        }
        if (at != 0) {
            separator(isRightToLeft() ? u"\u2039"_s : u"\u203a"_s);
        }
        auto* crumb = new QToolButton(m_crumbs);
        crumb->setObjectName(u"treemapCrumb%1"_s.arg(at));
        crumb->setAutoRaise(true);
        QString text = m_plot->crumbOf(path, at);
        crumb->setText(text.replace(u'&', u"&&"_s));
        crumb->setFocusPolicy(Qt::StrongFocus);
        const bool here = at + 1 == path.size();
        crumb->setEnabled(!here);
        crumb->setAccessibleName(here ? tr("Shown: %1").arg(m_plot->crumbOf(path, at)) : tr("Back to %1").arg(m_plot->crumbOf(path, at)));
        connect(crumb, &QToolButton::clicked, m_plot, [this, node = path[at]] {
            m_plot->zoomTo(node);
            m_plot->setFocus();
        });
        row->addWidget(crumb);
    }
}

void TreemapPanel::refresh()
{
    m_plot->setShownTensors(tensors());
    if (m_read == document()) {
        return;
    }
    if (!document()) {
        m_read.reset();
        m_plot->setMessage({});
        return;
    }
    m_plot->setMessage(tr("Reading\u2026"));
    m_job.start(
        {},
        [checkpoint = document()->sharedCheckpoint()](const JobContext&) -> Result<std::shared_ptr<const Treemap>> {
            return std::make_shared<const Treemap>(checkpoint);
        },
        [this](Result<std::shared_ptr<const Treemap>> map) {
            if (map) {
                m_read = document();
                m_plot->setTreemap(m_read, *map);
            }
        });
}

} // namespace ckptscope::ui
