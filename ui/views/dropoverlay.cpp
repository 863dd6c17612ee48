// SPDX-License-Identifier: Apache-2.0
#include "ui/views/dropoverlay.h"

#include "ui/icons.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QFileInfo>
#include <QMimeData>
#include <QPainter>
#include <QRegularExpression>
#include <QUrl>

#include <algorithm>
#include <utility>

namespace ckptscope::ui {

DropPlan planDrop(const QMimeData* data)
{
    if (data == nullptr || !data->hasUrls()) {
        return {{}, DropOverlay::tr("Not a file")};
    }
    QStringList paths;
    const auto urls = data->urls();
    for (const QUrl& url : urls) {
        if (!url.isLocalFile()) {
            return {{}, DropOverlay::tr("Not a local file")};
        }
        // by its bytes: a name need not be UTF-8
        const QByteArray bytes = QByteArray::fromPercentEncoding(url.path(QUrl::FullyEncoded).toLatin1());
        paths << fromPath(std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
    }
    if (paths.size() == 1) {
        return {paths, DropOverlay::tr("Open %1").arg(nameOf(toPath(paths.front())))};
    }
    static const QRegularExpression shard(QStringLiteral("-[0-9]+-of-[0-9]+|_[0-9]+_[0-9]+\\.distcp$"));
    const auto isShard = [](const QString& path) { return path.section(QLatin1Char('/'), -1).contains(shard); };
    if (paths.size() == 2 && !(isShard(paths[0]) && isShard(paths[1]))) {
        return {paths, DropOverlay::tr("Compare %1 with %2").arg(nameOf(toPath(paths[0])), nameOf(toPath(paths[1]))), true};
    }
    const QString folder = paths.front().section(QLatin1Char('/'), 0, -2);
    const bool together =
        std::all_of(paths.cbegin(), paths.cend(), [&folder](const QString& path) { return path.section(QLatin1Char('/'), 0, -2) == folder; });
    if (!together) {
        return {{}, DropOverlay::tr("Several paths must be files of one folder")};
    }
    return {paths,
            DropOverlay::tr("Open %1 files of %2 as one checkpoint").arg(grouped(static_cast<std::uint64_t>(paths.size())), nameOf(toPath(folder)))};
}

DropOverlay::DropOverlay(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("dropOverlay"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void DropOverlay::showPlan(const DropPlan& plan, const QString& compare)
{
    m_sentence = plan.sentence;
    m_compare = plan.paths.isEmpty() ? QString() : compare;
    m_accepted = !plan.paths.isEmpty();
    m_at = {-1, -1};
    setAccessibleName(m_compare.isEmpty() ? m_sentence : m_sentence + QLatin1Char('\n') + m_compare);
    setGeometry(parentWidget()->rect());
    raise();
    show();
    update();
}

void DropOverlay::point(const QPoint& at)
{
    m_at = at;
    update();
}

bool DropOverlay::comparesAt(const QPoint& at) const
{
    return !m_compare.isEmpty() && (isRightToLeft() ? at.x() < width() / 2 : at.x() >= width() / 2);
}

void DropOverlay::paintPlace(QPainter& painter, const QRect& place, const QString& icon, const QString& sentence, bool pointed) const
{
    constexpr int Icon = 48;
    const QColor ink = m_accepted ? palette().color(QPalette::Link) : markColors(Mark::Unjudged, palette()).ink;
    if (pointed) {
        QColor tint = palette().color(QPalette::Highlight);
        tint.setAlphaF(0.15F);
        painter.setBrush(tint);
    } else {
        painter.setBrush(Qt::NoBrush);
    }
    painter.setPen(QPen(ink, pointed ? 3 : 2, pointed ? Qt::SolidLine : Qt::DashLine));
    painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    const QRect middle = place.adjusted(20, 20, -20, -20);
    paintIcon(painter, QRectF(middle.center().x() - Icon / 2.0, middle.center().y() - Icon - 8.0, Icon, Icon), icon, ink,
              palette().color(QPalette::Window));
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(middle.adjusted(0, middle.height() / 2 + 8, 0, 0), int(Qt::AlignHCenter | Qt::AlignTop) | int(Qt::TextWrapAnywhere), sentence);
}

void DropOverlay::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor veil = palette().color(QPalette::Window);
    veil.setAlphaF(0.9F);
    painter.fillRect(rect(), veil);
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.6);
    painter.setFont(large);
    constexpr int Edge = 12;
    const QRect all = rect().adjusted(Edge, Edge, -Edge, -Edge);
    const QString icon = m_accepted ? QStringLiteral("drop") : QStringLiteral("cancel");
    if (m_compare.isEmpty()) {
        paintPlace(painter, all, icon, m_sentence, false);
        return;
    }
    QRect first = all;
    first.setRight(width() / 2 - Edge / 2);
    QRect second = all;
    second.setLeft(width() / 2 + Edge / 2);
    if (isRightToLeft()) {
        std::swap(first, second);
    }
    const bool inside = rect().contains(m_at);
    paintPlace(painter, first, icon, m_sentence, inside && !comparesAt(m_at));
    paintPlace(painter, second, QStringLiteral("compare"), m_compare, inside && comparesAt(m_at));
}

} // namespace ckptscope::ui
