// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/theme.h"

#include <QWidget>

class QAction;
class QHBoxLayout;
class QLabel;
class QPushButton;

namespace ckptscope::ui {

class ElidedLabel;
class FlowLayout;

/// The verdict: icon, what is, why it matters, and buttons for what can be done. Tinted in the mark's colour.
class BannerWidget : public QWidget {
    Q_OBJECT
public:
    explicit BannerWidget(QWidget* parent = nullptr);

    void setVerdict(Mark mark, const QString& title, const QString& detail);
    /// A state that is no verdict yet: "Reading headers: 9 of 14 shards".
    void setBusy(const QString& title, const QString& detail = {});
    /// Small flat buttons on the detail's line; both may be hidden.
    void setProfile(const QString& text);
    void setExtra(const QString& text, const QString& toolTip);
    [[nodiscard]] QPushButton* profileButton() const noexcept { return m_profile; }
    [[nodiscard]] QPushButton* button(const char* which) const; ///< "show", "review", "fix", "reload", "cancel", "rules"
    /// Shows exactly these buttons; the first named in `primary` is the one that stands out.
    void setButtons(const QList<const char*>& which, const char* primary);
    /// Where the window is low, why it matters takes one line, and the tooltip has the rest.
    void setCompact(bool compact);
    [[nodiscard]] QString title() const;
    [[nodiscard]] QString detail() const;

Q_SIGNALS:
    void extraClicked();

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    enum class Room { Wide, Narrow, Cramped };
    void updateLook();
    /// Puts the buttons where there is room for them.
    void arrange();
    void showDetail(const QString& detail);
    void announce();
    Mark m_mark = Mark::Unjudged;
    bool m_busy = false;
    QLabel* m_icon;
    QLabel* m_title;
    QLabel* m_detail;
    ElidedLabel* m_line; ///< the same in one line
    QPushButton* m_profile;
    QPushButton* m_extra;
    QHBoxLayout* m_buttons;
    QHBoxLayout* m_below; ///< holds profile and extra where the window is narrow
    FlowLayout* m_foot;   ///< holds all of them where they would leave the text too little
    Room m_room = Room::Wide;
    bool m_compact = false;
    const char* m_primary = "";
    bool m_updating = false;
};

} // namespace ckptscope::ui
