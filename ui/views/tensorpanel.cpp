// SPDX-License-Identifier: Apache-2.0
#include "ui/views/tensorpanel.h"

#include <QDockWidget>

namespace ckptscope::ui {

TensorPanel::TensorPanel(QWidget* parent)
    : QWidget(parent)
{
    m_later.setSingleShot(true);
    m_later.setInterval(0);
    connect(&m_later, &QTimer::timeout, this, [this] {
        if (m_stale && inSight()) {
            m_stale = false;
            refresh();
        }
    });
}

void TensorPanel::setDocument(DocumentPtr document, std::shared_ptr<ShardFiles> files)
{
    m_document = std::move(document);
    m_files = std::move(files);
    m_tensors.clear();
    m_missing = false;
    m_job.abandon();
    m_stale = true;
    if (!m_document) {
        m_stale = false;
        refresh();
    } else if (inSight()) {
        m_later.start();
    }
}

void TensorPanel::setTensors(const Rows& tensors, bool missing)
{
    if (tensors == m_tensors && missing == m_missing) {
        return;
    }
    m_tensors = tensors;
    m_missing = missing;
    invalidate();
}

QString TensorPanel::emptyText(const QString& usual) const
{
    return !m_document ? QString() : m_missing ? tr("What is selected is missing: no file holds its values.") : usual;
}

void TensorPanel::invalidate()
{
    m_job.abandon();
    m_stale = true;
    if (inSight()) {
        m_later.start();
    }
}

void TensorPanel::catchUp()
{
    if (m_stale) {
        m_stale = false;
        refresh();
    }
}

/// A dock behind another's tab counts as visible to Qt: it lies outside of the window.
bool TensorPanel::inSight() const
{
    return isVisible() && !visibleRegion().isEmpty();
}

void TensorPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    auto* dock = qobject_cast<QDockWidget*>(parentWidget());
    if (dock != nullptr && dock != m_dock) {
        m_dock = dock;
        connect(dock, &QDockWidget::visibilityChanged, this, [this](bool visible) { // a tab was chosen
            if (visible) {
                m_later.start();
            } else {
                leave();
            }
        });
    }
    if (m_stale) {
        m_later.start();
    }
}

void TensorPanel::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    leave();
}

void TensorPanel::leave()
{
    if (m_job.isRunning()) { // nobody looks: start anew when somebody does
        m_job.abandon();
        m_stale = true;
    }
}

} // namespace ckptscope::ui
