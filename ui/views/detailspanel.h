// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/jobrunner.h"
#include "ui/models/document.h"

#include <QTextBrowser>
#include <QTimer>
#include <QWidget>

#include <cstdint>
#include <optional>

class QToolButton;

namespace ckptscope::ui {

/// A text browser that fetches nothing: no file, no image, no network.
class QuietBrowser : public QTextBrowser {
    Q_OBJECT
public:
    using QTextBrowser::QTextBrowser;
    QVariant loadResource(int type, const QUrl& name) override;
};

/// All that is known of the selected tensor, or sums where several are selected. What comes from a file is escaped;
/// links only come from rules that ship with the program.
class DetailsPanel : public QWidget {
    Q_OBJECT
public:
    explicit DetailsPanel(QWidget* parent = nullptr);

    void show(DocumentPtr document, Rows tensors);
    void clear();
    void valuesChanged();              ///< a scan found something: shows what it says, in its place
    [[nodiscard]] QString plainText(); ///< what is about to be shown too
    /// Something is about to be shown.
    [[nodiscard]] bool busy() const { return m_later.isActive() || m_job.isRunning(); }
    [[nodiscard]] QTextBrowser* browser() const noexcept { return m_text; }

Q_SIGNALS:
    void copyKeyWanted();
    void filterWanted(const QString& term);
    void scanWanted();

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void render();
    [[nodiscard]] QString one(std::uint32_t tensor) const;
    [[nodiscard]] QString missing(std::uint32_t tensor) const;
    [[nodiscard]] QString several() const;
    [[nodiscard]] QString valuesOf(std::uint32_t tensor) const;
    [[nodiscard]] QString valuesOfSeveral() const;
    void readHeaderEntry(std::uint32_t tensor);

    DocumentPtr m_document;
    Rows m_tensors;
    QuietBrowser* m_text;
    QToolButton* m_copy;
    QString m_entry; ///< the header's own words for the tensor
    QTimer m_later;  ///< laying out rich text takes longer than all else that a selection changes: the list is painted first
    JobRunner m_job;
};

/// A web address of a rule's source ("owner/repo/path:symbol", "owner/repo#12"); empty where it has none.
[[nodiscard]] QString sourceLink(std::string_view source);

} // namespace ckptscope::ui
