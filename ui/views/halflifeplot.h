// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/values/drift.h"
#include "ui/models/document.h"
#include "ui/views/plot.h"

#include <memory>
#include <vector>

namespace ckptscope::ui {

/// How long each head of each layer remembers, on a log axis of tokens. Beside it, joined, the same in BF16 where that
/// differs, or a donor's.
class HalfLifePlot : public Plot {
    Q_OBJECT
public:
    explicit HalfLifePlot(QWidget* parent = nullptr);
    /// `donor`: of these decays; null: none.
    void setDecays(DocumentPtr document, std::vector<Decay> decays, std::shared_ptr<const DonorDecays> donor = {});
    void setMessage(const QString& text);
    void setShownTensors(const Rows& tensors);
    /// Puts the cursor on a head.
    void showHead(const DecayHead& head);
    [[nodiscard]] const DonorDecays* donor() const noexcept { return m_donor.get(); }
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QString csv() const override;

Q_SIGNALS:
    void tensorClicked(std::uint32_t tensor);

protected:
    void draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const override;
    [[nodiscard]] int marks() const override { return static_cast<int>(m_marks.size()); }
    [[nodiscard]] int markAt(const QPointF& point) const override;
    [[nodiscard]] QString textOf(int mark) const override;
    void activated(int mark) override;

private:
    [[nodiscard]] QPointF pointOf(const DecayHead& mark, const QRectF& box) const;
    [[nodiscard]] const HalfLife& headOf(const DecayHead& mark) const { return m_decays[mark.decay].halfLives[mark.head]; }
    /// The donor's of the same head; null: it has none.
    [[nodiscard]] const HalfLife* theirs(const DecayHead& mark) const;
    /// What a head is joined with: the donor's half-life, or its own in BF16; 0: nothing.
    [[nodiscard]] double partnerOf(const DecayHead& mark) const;
    double drawLegend(QPainter& painter, const QRectF& box, const QPalette& colors) const; ///< where it begins
    void drawSelected(QPainter& painter, const QRectF& box, const QPalette& colors) const;

    DocumentPtr m_document;
    std::vector<Decay> m_decays;
    std::shared_ptr<const DonorDecays> m_donor;
    std::vector<DecayHead> m_marks;
    Rows m_selected;
    PlotAxis m_y{1, 10, true};
    double m_low = 0; ///< of our own half-lives
    double m_high = 0;
    QString m_message;
};

} // namespace ckptscope::ui
