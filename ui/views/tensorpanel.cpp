// SPDX-License-Identifier: Apache-2.0
#include "ui/views/tensorpanel.h"

namespace ckptscope::ui {

TensorPanel::TensorPanel(QWidget* parent)
    : QWidget(parent)
{
}

void TensorPanel::setDocument(DocumentPtr document, std::shared_ptr<ShardFiles> files)
{
    m_document = std::move(document);
    m_files = std::move(files);
    m_tensors.clear();
    m_job.abandon();
    m_stale = true;
    if (isVisible() || !m_document) {
        m_stale = false;
        refresh();
    }
}

void TensorPanel::setTensors(const Rows& tensors)
{
    if (tensors == m_tensors) {
        return;
    }
    m_tensors = tensors;
    invalidate();
}

void TensorPanel::invalidate()
{
    m_job.abandon();
    m_stale = true;
    if (isVisible()) {
        m_stale = false;
        refresh();
    }
}

void TensorPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_stale) {
        m_stale = false;
        refresh();
    }
}

} // namespace ckptscope::ui
