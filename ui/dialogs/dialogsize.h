// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <QSize>

class QDialog;

namespace ckptscope::ui {

/// The size of a dialog: at first `usual` pixels, with a large font more; later, as much more height as its texts need at its width,
/// which a layout alone does not ask for. Never more than the screen has.
class DialogSize : public QObject {
    Q_OBJECT
public:
    DialogSize(QDialog* dialog, QSize usual);

protected:
    bool eventFilter(QObject* object, QEvent* event) override;

private:
    [[nodiscard]] QSize room() const;
    QDialog* m_dialog;
};

} // namespace ckptscope::ui
