// SPDX-License-Identifier: Apache-2.0
#include "ui/views/treemapplot.h"

#include "core/query/order.h"
#include "ui/copyas.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>

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
    m_firstLayer = UINT64_MAX;
    m_lastLayer = 0;
    for (const TensorInfo& tensor : m_document->checkpoint().tensors()) {
        if (const auto layer = layerNumber(tensor.key)) {
            m_firstLayer = std::min<std::uint64_t>(m_firstLayer, *layer);
            m_lastLayer = std::max<std::uint64_t>(m_lastLayer, *layer);
        }
    }
    collectLegend();
    m_message = !m_map || m_map->order().empty() ? tr("This checkpoint holds no tensors.") : QString();
    relayout();
    Q_EMIT zoomed({});
}

void TreemapPlot::setMessage(const QString& text)
{
    m_document.reset();
    m_map.reset();
    m_legend.clear();
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
    collectLegend();
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
    shownRects();
    for (std::size_t i = 0; i < m_rects.size(); ++i) {
        const Facts& facts = m_facts[i];
        text += QStringList{csvCell(nameOf(m_rects[i])),  QString::number(m_rects[i].level), QString::number(facts.tensors),
                            QString::number(facts.bytes), QString::number(facts.elements),   QString::number(facts.violations)}
                    .join(u',')
            + u"\r\n"_s;
    }
    return text;
}

/// The name of what is narrow and high stands upright.
void TreemapPlot::drawName(QPainter& painter, const QRectF& rect, const QString& name) const
{
    const QFontMetricsF metrics(font());
    const double least = metrics.averageCharWidth() * 8;
    if (rect.height() > metrics.height() + 2 && rect.width() > least) {
        painter.drawText(rect.adjusted(4, 1, -3, 0), Qt::AlignLeft | Qt::AlignTop, metrics.elidedText(name, Qt::ElideMiddle, rect.width() - 7));
    } else if (rect.width() > metrics.height() + 2 && rect.height() > least) {
        painter.save();
        painter.translate(rect.bottomLeft());
        painter.rotate(-90);
        painter.drawText(QRectF(4, 1, rect.height() - 7, rect.width() - 1), Qt::AlignLeft | Qt::AlignTop,
                         metrics.elidedText(name, Qt::ElideMiddle, rect.height() - 7));
        painter.restore();
    }
}

void TreemapPlot::draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const
{
    if (!m_message.isEmpty() || !m_map) {
        painter.setPen(mutedText(colors));
        painter.drawText(whole.adjusted(12, 8, -12, -8), Qt::AlignCenter | Qt::TextWordWrap, m_message);
        return;
    }
    const QFontMetricsF metrics(font());
    const auto& all = rects(mapSize(whole.size()));
    if (const double below = whole.height() - mapSize(whole.size()).height(); below > 0) {
        drawLegend(painter, QRectF(whole.left(), whole.bottom() - below, whole.width(), below), colors);
    }
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
        painter.setPen(readable(dtypeLabelColor(colors), fill));
        drawName(painter, rect, name);
    }
    for (std::size_t i = 0; i < all.size(); ++i) { // above everything: a violation may be a pixel of the whole
        if (all[i].kind == TreemapRect::Kind::Group || m_facts[i].violations == 0 || m_color == Color::Verdict) {
            continue;
        }
        const QPointF at = rectOf(all[i]).translated(whole.topLeft()).center();
        painter.setPen(QPen(colors.color(QPalette::Base), 1.0));
        painter.setBrush(markColors(Mark::Violation, colors).ink);
        if (m_facts[i].violations == 1) {
            painter.drawEllipse(at, PinRadius, PinRadius);
        } else { // of a merged part: how many
            const QString count = grouped(m_facts[i].violations);
            QRectF pill(0, 0, std::max(metrics.horizontalAdvance(count) + 8, metrics.height()), metrics.height());
            pill.moveCenter(at);
            pill.moveLeft(std::clamp(pill.left(), whole.left() + 1, std::max(whole.right() - pill.width() - 1, whole.left() + 1)));
            painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2);
            painter.setPen(colors.color(QPalette::Base));
            painter.drawText(pill, Qt::AlignCenter, count);
        }
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
    return static_cast<int>(shownRects().size());
}

int TreemapPlot::markAt(const QPointF& point) const
{
    const auto& all = shownRects();
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
    const auto& all = shownRects();
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
    const auto& all = shownRects();
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

} // namespace ckptscope::ui
