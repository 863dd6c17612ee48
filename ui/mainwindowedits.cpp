// SPDX-License-Identifier: Apache-2.0
// Edits of single tensors and of __metadata__: asked for in the tensor views and the Metadata dock, undone like any
// other change, written by a fix. Core says what can be asked; the source is never touched.
#include "core/fix/plan.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/icons.h"
#include "ui/mainwindow.h"
#include "ui/text.h"
#include "ui/views/filterbar.h"
#include "ui/views/metadatapanel.h"

#include <QAction>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QUndoCommand>
#include <QUndoStack>

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

/// From one set of edits to another.
class HandEditCommand : public QUndoCommand {
public:
    HandEditCommand(std::shared_ptr<HandEditStore> store, HandEdits after, const QString& text, std::function<void()> changed)
        : QUndoCommand(text)
        , m_store(std::move(store))
        , m_before(m_store->edits())
        , m_after(std::move(after))
        , m_changed(std::move(changed))
    {
    }
    void redo() override { take(m_after); }
    void undo() override { take(m_before); }

private:
    void take(const HandEdits& edits)
    {
        m_store->set(edits);
        m_changed();
    }

    std::shared_ptr<HandEditStore> m_store;
    HandEdits m_before;
    HandEdits m_after;
    std::function<void()> m_changed;
};

} // namespace

void MainWindow::buildEditActions(QMenu* edit)
{
    m_undo = new QUndoStack(this);
    QAction* const first = edit->actions().isEmpty() ? nullptr : edit->actions().front();
    const auto put = [&](QAction* made, const char* name, const char* keys, const QString& tip) {
        made->setObjectName(QLatin1String(name));
        made->setShortcut(QKeySequence(QLatin1String(keys)));
        made->setToolTip(tip);
        edit->insertAction(first, made);
        m_actions.insert(QLatin1String(name), made);
    };
    put(m_undo->createUndoAction(this, tr("&Undo")), "edit.undo", "Ctrl+Z", tr("Take back the last edit of a tensor or of metadata"));
    put(m_undo->createRedoAction(this, tr("&Redo")), "edit.redo", "Ctrl+Shift+Z", tr("Do again what was taken back"));
    edit->insertSeparator(first);

    m_tensorMenu->addSeparator();
    QMenu* cast = m_tensorMenu->addMenu(tr("Cast &To"));
    cast->setToolTipsVisible(true);
    m_actions.insert(u"tensor.cast"_s, cast->menuAction());
    connect(cast, &QMenu::aboutToShow, this, [this, cast] { fillCastMenu(cast); });
    const auto on = [this](QAction* made, void (MainWindow::*slot)()) { connect(made, &QAction::triggered, this, slot); };
    on(add(m_tensorMenu, "tensor.donor", tr("Ta&ke From Donor\u2026"), {},
           tr("Take the F32 values of the selected tensors from an older checkpoint: choose it in the dialog that "
              "opens"),
           u"donor"_s),
       &MainWindow::editFromDonor);
    on(add(m_tensorMenu, "tensor.leaveOut", tr("&Leave Out of Fix"), {}, tr("A fix keeps the selected tensors as they are")),
       &MainWindow::editLeaveOut);
    on(add(m_tensorMenu, "tensor.drop", tr("&Drop From Copy"), {}, tr("The repaired copy does not hold the selected tensors")),
       &MainWindow::editDrop);
    on(add(m_tensorMenu, "tensor.forget", tr("For&get Edits"), {}, tr("What was asked of the selected tensors by hand is taken back")),
       &MainWindow::editForget);
    m_tensorMenu->addSeparator();
}

void MainWindow::addEditActions(QMenu* menu)
{
    for (const char* name : {"tensor.leaveOut", "tensor.cast", "tensor.donor", "tensor.drop", "tensor.forget"}) {
        menu->addAction(action(QLatin1String(name)));
    }
}

void MainWindow::updateEditActions()
{
    const bool can = m_document && canEdit(m_document->checkpoint()) && !m_fixJob.isRunning() && !m_openJob.isRunning();
    for (const char* name : {"tensor.cast", "tensor.donor", "tensor.leaveOut", "tensor.drop"}) {
        action(QLatin1String(name))->setEnabled(can);
    }
    action(u"tensor.forget"_s)->setEnabled(can && !m_document->hand()->empty());
}

void MainWindow::fillCastMenu(QMenu* menu)
{
    menu->clear();
    const Rows rows = m_document ? chosenTensors() : Rows();
    const auto choices = rows.empty() ? std::vector<DType>() : castChoices(m_document->checkpoint(), rows);
    if (choices.empty()) {
        menu->addAction(rows.empty() ? tr("Nothing is selected") : tr("Not all of these hold floats"))->setEnabled(false);
        return;
    }
    for (const DType to : choices) {
        const bool lossy =
            std::any_of(rows.begin(), rows.end(), [&](std::uint32_t tensor) { return !isLosslessCast(m_document->tensor(tensor).dtype, to); });
        QAction* made = menu->addAction(fromUtf8(dtypeName(to)));
        made->setToolTip(lossy ? tr("Rounds: values lose precision") : tr("Every value is kept"));
        connect(made, &QAction::triggered, this, [this, to] { castTensors(to); });
    }
}

void MainWindow::castTensors(DType to)
{
    editTensors(tr("cast to %1").arg(fromUtf8(dtypeName(to))), [this, to](HandEdits& edits, std::uint32_t tensor) {
        edits.cast(m_document->checkpoint(), tensor, to, m_document->finding(tensor) != nullptr);
    });
}

void MainWindow::editLeaveOut()
{
    editTensors(tr("leave out of fix"), [](HandEdits& edits, std::uint32_t tensor) { edits.leftOut.insert(tensor); });
}

void MainWindow::editDrop()
{
    editTensors(tr("drop"), [](HandEdits& edits, std::uint32_t tensor) { edits.drops.insert(tensor); });
}

void MainWindow::editForget()
{
    editTensors(tr("forget edits"), [](HandEdits&, std::uint32_t) {});
}

void MainWindow::editFromDonor()
{
    const std::uint64_t before = m_document ? m_document->hand()->version() : 0;
    editTensors(tr("take from donor"), [this](HandEdits& edits, std::uint32_t tensor) {
        if (canTakeFromDonor(m_document->tensor(tensor))) {
            edits.donor.insert(tensor);
        }
    });
    if (!m_document || m_document->hand()->version() == before) {
        return;
    }
    if (m_document->hand()->edits().donor.empty()) {
        note(tr("A donor gives F32 values: none of these tensors holds floats that it could replace."));
        return;
    }
    review(); // it asks for the donor first
}

/// Asks something of every chosen tensor, as one step of undo; what was asked of them before is forgotten.
void MainWindow::editTensors(const QString& what, const std::function<void(HandEdits& edits, std::uint32_t tensor)>& ask)
{
    const Rows rows = m_document ? chosenTensors() : Rows();
    if (rows.empty()) {
        noteNothing();
        return;
    }
    HandEdits edits = m_document->hand()->edits();
    for (const std::uint32_t tensor : rows) {
        edits.forget(tensor);
        ask(edits, tensor);
    }
    pushEdits(
        std::move(edits),
        tr("%1: %2", "edit, tensors").arg(what, rows.size() == 1 ? shownName(m_document->tensor(rows.front()).key, 60) : tensorsText(rows.size())));
}

void MainWindow::editMetadata(const std::string& key, const std::optional<std::string>& value)
{
    if (!m_document) {
        return;
    }
    HandEdits edits = m_document->hand()->edits();
    edits.setMetadata(m_document->checkpoint(), key, value);
    pushEdits(std::move(edits), (value ? tr("set %1") : tr("remove %1")).arg(shownName(key, 60)));
}

void MainWindow::pushEdits(HandEdits edits, const QString& text)
{
    if (edits == m_document->hand()->edits()) {
        return;
    }
    const bool first = m_document->hand()->empty();
    m_undo->push(new HandEditCommand(m_document->hand(), std::move(edits), text, [this] { handEditsChanged(); }));
    if (first && !m_document->hand()->empty()) {
        note(tr("Nothing is written yet: Review Fix shows this edit and writes the copy."));
    }
}

/// Shows the edits as they are now, wherever they show.
void MainWindow::handEditsChanged()
{
    if (!m_document) {
        return;
    }
    if (!m_document->hand()->empty()) {
        m_view->showEditColumn();
    }
    m_view->valuesChanged();
    m_metadata->showEdits();
    if (m_filterAsksEdits) {
        applyFilterText(m_filterBar->text());
    }
    updateActions();
}

void MainWindow::carryEdits(const Document& next)
{
    const HandEdits before = m_document->hand()->edits();
    if (before.empty()) {
        return;
    }
    std::size_t lost = 0;
    next.hand()->set(carriedOver(before, m_document->checkpoint(), next.checkpoint(), lost));
    if (lost > 0) {
        note(tr("%n edit(s) are gone: their tensors are not there any more, or are others.", nullptr,
                static_cast<int>(std::min<std::size_t>(lost, 1'000'000))));
    }
}

bool MainWindow::mayDropEdits()
{
    if (!m_document || m_document->hand()->empty() || m_document->hand()->edits() == m_writtenEdits) {
        return true;
    }
    const HandEdits edits = m_document->hand()->edits();
    const std::size_t count = edits.casts.size() + edits.drops.size() + edits.donor.size() + edits.leftOut.size() + edits.metadata.size();
    QMessageBox ask(QMessageBox::Question, tr("Edits"),
                    tr("%n edit(s) by hand were not written.", nullptr, static_cast<int>(std::min<std::size_t>(count, 1'000'000))),
                    QMessageBox::NoButton, this);
    ask.setObjectName(u"editsQuestion"_s);
    ask.setTextFormat(Qt::PlainText);
    ask.setInformativeText(tr("A fix writes them into a copy; without one they are lost."));
    QPushButton* discard = ask.addButton(tr("&Discard Edits"), QMessageBox::DestructiveRole);
    QPushButton* stay = ask.addButton(QMessageBox::Cancel);
    ask.setDefaultButton(stay);
    ask.exec();
    return ask.clickedButton() == discard;
}

} // namespace ckptscope::ui
