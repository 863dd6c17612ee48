// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/tempdir.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"

#include <QApplication>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

#include <string>

namespace ckptscope::test {

inline constexpr int Patience = 20'000; ///< ms; a loaded machine is slow

/// What every test of the window starts from: one that is in sight, with settings of its own in a folder that goes with
/// it. Header only: the other tests' support knows nothing of the window.
class WindowFixture {
public:
    explicit WindowFixture(QSize size = {1280, 820})
        : settings(QString::fromStdString(dir.path("settings.ini")))
        , window(&settings)
    {
        window.resize(size);
        window.show();
    }

    /// The demo of the repository, in a folder that may be written to.
    [[nodiscard]] std::string demo(const char* name = "model") const { return dir.copyTree(name, sourcePath("resources/demo/qwen3-next-tiny-bf16")); }
    /// False: it was not shown in time.
    [[nodiscard]] bool open(const std::string& path)
    {
        QSignalSpy changed(&window, &ui::MainWindow::documentChanged);
        window.open({path});
        return QTest::qWaitFor([&] { return changed.count() > 0 && window.idle(); }, Patience) && window.document() != nullptr;
    }
    /// Triggers an action and waits for the dialog that it opens; nullptr: none came.
    template<class Dialog>
    [[nodiscard]] Dialog* openDialog(const char* action)
    {
        window.action(QLatin1String(action))->trigger();
        auto* dialog = window.findChild<Dialog*>();
        return dialog != nullptr && QTest::qWaitForWindowExposed(dialog) ? dialog : nullptr;
    }
    template<class Part>
    [[nodiscard]] Part* find(const char* name) const
    {
        return window.findChild<Part*>(QLatin1String(name));
    }

    TempDir dir;
    ui::Settings settings;
    ui::MainWindow window;
};

/// Replaces a field's text as a user does: selects all, types.
inline void retype(QLineEdit* edit, const QString& text)
{
    edit->setFocus();
    edit->selectAll();
    QTest::keyClick(edit, Qt::Key_Delete);
    QTest::keyClicks(edit, text);
}

} // namespace ckptscope::test
