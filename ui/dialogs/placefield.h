// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/fix/plan.h"

#include <QString>
#include <QWidget>

#include <string>

class QCheckBox;
class QLineEdit;
class QPushButton;

namespace ckptscope::ui {

class FactLine;

/// Where an output goes: its name, a button that chooses one, and what core says of the place beside it. What exists is
/// replaced only where the box that then shows is checked; another name is another question.
class PlaceField : public QWidget {
    Q_OBJECT
public:
    /// `prefix` starts the parts' object names: "fix" has fixOutput, fixPlace, fixForce. `folder`: the output is one,
    /// not a file.
    PlaceField(const QString& prefix, const std::string& output, bool folder, QWidget* parent = nullptr);

    [[nodiscard]] QLineEdit* edit() const noexcept { return m_edit; }
    [[nodiscard]] std::string output() const; ///< as bytes, without outer spaces
    [[nodiscard]] bool isEmpty() const;
    [[nodiscard]] bool force() const;
    void setCaption(const QString& caption); ///< of the dialog that chooses
    void setPlaceEnabled(bool enabled);      ///< the name and its button

    void showNothing();
    void showPending(); ///< "Checking...", unless the last answer still stands
    void showSpace(const SpaceCheck& space);
    void showError(const Error& error); ///< one that aboutPlace() says is of the place
    /// Problems of the place; every other one concerns the checkpoint or what is done to it.
    [[nodiscard]] static bool aboutPlace(Code code);

Q_SIGNALS:
    void changed(); ///< the name or the box, by the user

private:
    void choose();
    void forget();

    bool m_folder;
    QString m_caption;
    QLineEdit* m_edit;
    QPushButton* m_choose;
    FactLine* m_fact;
    QCheckBox* m_force;
};

} // namespace ckptscope::ui
