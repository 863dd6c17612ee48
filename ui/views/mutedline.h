// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/contracts/mute.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace ckptscope::ui {

/// "1 rule is muted [Unmute]": while it is so, it is said. Takes no room where nothing is muted.
class MutedLine : public QWidget {
    Q_OBJECT
public:
    explicit MutedLine(QWidget* parent = nullptr);
    void setMuted(const MutedRules& muted);
    [[nodiscard]] QString text() const;
    [[nodiscard]] QPushButton* button() const noexcept { return m_unmute; }

Q_SIGNALS:
    void unmuteWanted();

protected:
    void changeEvent(QEvent* event) override;

private:
    void restyle();
    QLabel* m_icon;
    QLabel* m_text;
    QPushButton* m_unmute;
};

} // namespace ckptscope::ui
