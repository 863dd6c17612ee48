// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <QTimer>

#include <memory>
#include <string>
#include <vector>

namespace ckptscope::ui {

/// Asks the file system which paths exist, without ever waiting for it: a dead network mount answers late or never, and holds up
/// neither the other paths nor the window nor the end of the program.
class PathCheck : public QObject {
    Q_OBJECT
public:
    enum class State { Unknown, Exists, Missing };

    explicit PathCheck(QObject* parent = nullptr);
    ~PathCheck() override;

    /// Forgets the earlier question.
    void start(const std::vector<std::string>& paths);

Q_SIGNALS:
    /// One path has answered; `index` is its place in the last start().
    void answered(int index, ckptscope::ui::PathCheck::State state);

private:
    struct Shared;
    void poll();

    std::shared_ptr<Shared> m_shared;
    std::vector<State> m_told;
    QTimer m_timer;
};

} // namespace ckptscope::ui
