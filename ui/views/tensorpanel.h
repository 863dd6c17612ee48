// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/values/elementstream.h"
#include "ui/jobs/jobrunner.h"
#include "ui/models/document.h"

#include <QPointer>
#include <QTimer>
#include <QWidget>

#include <memory>

class QDockWidget;

namespace ckptscope::ui {

/// A dock that shows values of the selected tensors. It reads only while it is in sight; a new selection, another document or a
/// closed one stops what it read before.
class TensorPanel : public QWidget {
    Q_OBJECT
public:
    explicit TensorPanel(QWidget* parent = nullptr);
    /// `files` belongs to the document; both null: none is open.
    void setDocument(DocumentPtr document, std::shared_ptr<ShardFiles> files);
    /// `missing`: tensors are selected, but none that is there.
    void setTensors(const Rows& tensors, bool missing = false);
    [[nodiscard]] JobRunner* job() noexcept { return &m_job; }
    [[nodiscard]] bool busy() const noexcept { return m_job.isRunning() || m_later.isActive(); }

Q_SIGNALS:
    void noted(const QString& text);
    void tensorChosen(std::uint32_t tensor);

protected:
    /// Shows the tensors at hand anew; called in sight only. No document: there is nothing to show.
    virtual void refresh() = 0;
    [[nodiscard]] const DocumentPtr& document() const noexcept { return m_document; }
    [[nodiscard]] const std::shared_ptr<ShardFiles>& files() const noexcept { return m_files; }
    [[nodiscard]] const Rows& tensors() const noexcept { return m_tensors; }
    /// What an empty panel says: `usual`, where no tensor is selected.
    [[nodiscard]] QString emptyText(const QString& usual) const;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;
    void invalidate();
    void catchUp(); ///< refreshes now what would be refreshed once it is in sight

private:
    [[nodiscard]] bool inSight() const;
    void leave();

    QPointer<QDockWidget> m_dock;
    DocumentPtr m_document;
    std::shared_ptr<ShardFiles> m_files;
    Rows m_tensors;
    bool m_missing = false;
    bool m_stale = true;
    QTimer m_later; ///< docks that are rearranged are in sight for a moment only

protected:
    JobRunner m_job; ///< last: it waits for its threads before the rest goes
};

} // namespace ckptscope::ui
