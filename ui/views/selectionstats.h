// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/jobrunner.h"
#include "ui/models/document.h"

#include <QTimer>
#include <QWidget>

class QLabel;
class QPushButton;
class QTreeView;

namespace ckptscope::ui {

class StatisticsModel;

/// Statistics of several tensors as a table. What no scan has read yet is read in the job of the panel that shows it:
/// at once where that is little, else when asked to. What was read is kept with the checkpoint.
class SelectionStats : public QWidget {
    Q_OBJECT
public:
    static constexpr std::uint64_t ReadAtOnce = 256ULL << 20U; ///< bytes

    /// `job` reads; whoever owns it abandons it when another selection comes.
    explicit SelectionStats(JobRunner* job, QWidget* parent = nullptr);
    void setTensors(const DocumentPtr& document, const Rows& tensors);
    void clear();
    [[nodiscard]] StatisticsModel* model() const noexcept { return m_model; }
    [[nodiscard]] QTreeView* view() const noexcept { return m_view; }
    /// The selected rows, or all, tab-separated with a header and every digit.
    void copy();
    void save(const QString& file); ///< all rows as CSV

Q_SIGNALS:
    void noted(const QString& text);
    void tensorChosen(std::uint32_t tensor);
    void scanned(); ///< the store of values knows more, for good

private:
    void read();
    void readDone(Result<ValueScanSummary> result);
    void updateHead(const QString& more = {});
    void menu(const QPoint& at);
    void chooseFile();
    void toClipboard(QChar separator);
    [[nodiscard]] Rows chosen() const;

    DocumentPtr m_document;
    Rows m_missing; ///< not read yet
    std::uint64_t m_missingBytes = 0;
    JobRunner* m_job;
    StatisticsModel* m_model;
    QLabel* m_head;
    QPushButton* m_read;
    QPushButton* m_save;
    QTreeView* m_view;
    QTimer m_tick; ///< shows what came in while the job runs
};

} // namespace ckptscope::ui
