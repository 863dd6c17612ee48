// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"
#include "ui/theme.h"

#include <QString>
#include <QWidget>

#include <functional>
#include <vector>

class QVBoxLayout;

namespace ckptscope::ui {

/// What a message bar shows. All of it is plain text.
struct Message {
    Mark mark = Mark::Damaged;
    QString title;             ///< what is, with numbers
    QString second;            ///< what can be done; may be empty
    QString details;           ///< for Details and Copy; empty: title and second
    QString action;            ///< the text of one more button ("Retry"); empty: none
    std::function<void()> run; ///< what that button does; the message closes
    QString topic = {};        ///< by which it is closed once it is no longer true
};

/// Messages under the banner, newest first, at most 3; each stays until it is closed. Takes no room while empty.
class MessageBar : public QWidget {
    Q_OBJECT
public:
    static constexpr std::size_t Most = 3;

    explicit MessageBar(QWidget* parent = nullptr);

    void add(Message message);
    /// What core says of an error, with its hint.
    void addError(const Error& error);
    void clear();
    /// Closes what speaks of this.
    void close(const QString& topic);
    [[nodiscard]] std::size_t count() const noexcept { return m_items.size(); }

private:
    QVBoxLayout* m_layout;
    std::vector<QWidget*> m_items; ///< newest first
};

} // namespace ckptscope::ui
