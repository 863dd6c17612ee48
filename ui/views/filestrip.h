// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/filemap.h"
#include "ui/models/document.h"
#include "ui/views/plot.h"

#include <optional>
#include <vector>

namespace ckptscope::ui {

/// One file as a strip of its bytes: header, tensors in file order in the colours of their dtypes, holes, overlaps and
/// what is missing at its end. Violations are pins above it. Dragging zooms in.
class FileStrip : public Plot {
    Q_OBJECT
public:
    explicit FileStrip(QWidget* parent = nullptr);
    void setFile(DocumentPtr document, std::uint32_t shard, std::vector<FilePiece> pieces);
    void clear();
    [[nodiscard]] const std::vector<FilePiece>& pieces() const noexcept { return m_pieces; }
    /// Puts the cursor on a tensor that lies here; does nothing where none of it does.
    void showTensor(std::uint32_t tensor);
    [[nodiscard]] QString summary() const override;
    [[nodiscard]] QString csv() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] QSize sizeHint() const override { return minimumSizeHint(); }

Q_SIGNALS:
    void tensorClicked(std::uint32_t tensor);

protected:
    void draw(QPainter& painter, const QRectF& whole, const QPalette& colors) const override;
    [[nodiscard]] int marks() const override { return static_cast<int>(m_pieces.size()); }
    [[nodiscard]] int markAt(const QPointF& point) const override;
    [[nodiscard]] QString textOf(int mark) const override;
    void activated(int mark) override;
    void addActions(QMenu& menu) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    [[nodiscard]] QRectF stripOf(const QRectF& whole) const;
    [[nodiscard]] double placeOf(std::uint64_t offset, const QRectF& strip) const;
    [[nodiscard]] std::uint64_t offsetAt(double x, const QRectF& strip) const;
    [[nodiscard]] std::size_t pieceAt(std::uint64_t offset) const; ///< the last that begins there or before
    [[nodiscard]] QColor colorOf(const FilePiece& piece, const QPalette& colors) const;
    [[nodiscard]] QString kindText(const FilePiece& piece) const;
    void drawBytes(QPainter& painter, const QRectF& strip, const QPalette& colors) const;
    void drawTicks(QPainter& painter, const QRectF& strip, const QPalette& colors) const;
    void show(std::uint64_t from, std::uint64_t to);
    void zoomAround(int mark, double factor);

    DocumentPtr m_document;
    std::uint32_t m_shard = 0;
    std::vector<FilePiece> m_pieces;
    std::uint64_t m_end = 0;  ///< behind the last piece
    std::uint64_t m_from = 0; ///< the bytes in sight
    std::uint64_t m_to = 0;
    std::optional<QPointF> m_press;
    QPointF m_drag;
};

} // namespace ckptscope::ui
