// SPDX-License-Identifier: Apache-2.0
#include "ui/views/metadatapanel.h"

#include "ui/accessible.h"
#include "ui/dialogs/metadatadialog.h"
#include "ui/icons.h"
#include "ui/text.h"
#include "ui/views/rowdelegate.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QTreeView>
#include <QVBoxLayout>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr std::uint64_t OpenWhenFew = 200; ///< pairs
} // namespace

MetadataPanel::MetadataPanel(QWidget* parent)
    : QWidget(parent)
    , m_model(new MetadataModel(this))
    , m_search(new QLineEdit(this))
    , m_add(new QPushButton(tr("&Add\u2026"), this))
    , m_edit(new QPushButton(tr("E&dit\u2026"), this))
    , m_remove(new QPushButton(tr("&Remove"), this))
    , m_view(new QTreeView(this))
{
    m_search->setObjectName(u"metadataSearch"_s);
    m_search->setAccessibleName(tr("Search metadata"));
    m_search->setPlaceholderText(tr("Search keys and values"));
    m_search->setClearButtonEnabled(true);
    nameButtonsOf(m_search);
    m_add->setObjectName(u"metadataAdd"_s);
    m_add->setToolTip(tr("Add a pair to __metadata__: a fix writes it"));
    m_edit->setObjectName(u"metadataEdit"_s);
    m_edit->setToolTip(tr("Change the selected pair of __metadata__: a fix writes it"));
    m_remove->setObjectName(u"metadataRemove"_s);
    m_remove->setToolTip(tr("Leave the selected pair of __metadata__ out of what a fix writes"));
    m_view->setObjectName(u"metadataView"_s);
    m_view->setAccessibleName(tr("Metadata"));
    m_view->setModel(m_model);
    m_view->setItemDelegate(new RowDelegate(m_view));
    m_view->setUniformRowHeights(true);
    m_view->setAllColumnsShowFocus(true);
    m_view->setAlternatingRowColors(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTabKeyNavigation(false);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->setExpandsOnDoubleClick(true);
    m_view->installEventFilter(this);
    m_view->header()->setStretchLastSection(false);
    m_view->header()->setSectionResizeMode(MetadataModel::Value, QHeaderView::Stretch);
    const int digit = fontMetrics().horizontalAdvance(u'0');
    m_view->setColumnWidth(MetadataModel::Key, digit * 46);
    m_view->setColumnWidth(MetadataModel::From, digit * 26);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 4, 0, 0);
    layout->setSpacing(4);
    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 0, 8, 0);
    top->addWidget(m_search, 1);
    for (QPushButton* button : {m_add, m_edit, m_remove}) {
        top->addWidget(button);
    }
    layout->addLayout(top);
    layout->addWidget(m_view);
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_model->setSearch(text);
        rebuilt();
    });
    connect(m_add, &QPushButton::clicked, this, [this] { edit(true); });
    connect(m_edit, &QPushButton::clicked, this, [this] { edit(false); });
    connect(m_remove, &QPushButton::clicked, this, &MetadataPanel::remove);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, &MetadataPanel::updateButtons);
    connect(m_view, &QTreeView::doubleClicked, this, [this](const QModelIndex& index) {
        if (m_model->entry(index) != nullptr && m_edit->isEnabled()) {
            edit(false);
        }
    });
    connect(m_view, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) { menu(m_view->viewport()->mapToGlobal(at)); });
    updateButtons();
}

void MetadataPanel::setDocument(const DocumentPtr& document)
{
    const bool same = m_document && document && m_document->sharedCheckpoint() == document->sharedCheckpoint();
    m_document = document;
    if (!same) { // judged anew it says the same
        m_search->clear();
        m_model->setDocument(document);
        rebuilt();
    }
    updateButtons();
}

void MetadataPanel::showEdits()
{
    const MetadataModel::Entry* one = current();
    const std::string key = one != nullptr ? one->key : std::string();
    m_model->showEdits();
    rebuilt();
    const QModelIndex section = m_model->index(0, 0);
    for (int row = 0; !key.empty() && row < m_model->rowCount(section); ++row) {
        const QModelIndex index = m_model->index(row, 0, section);
        if (const auto* entry = m_model->entry(index); entry != nullptr && entry->metadata && entry->key == key) {
            m_view->setCurrentIndex(index);
            break;
        }
    }
    updateButtons();
}

/// What was found, or is little, is all in sight.
void MetadataPanel::rebuilt()
{
    if (m_model->shown() <= OpenWhenFew) {
        m_view->expandAll();
    } else {
        for (int row = 0; row < m_model->rowCount(); ++row) {
            m_view->expand(m_model->index(row, 0));
        }
    }
    updateButtons();
}

const MetadataModel::Entry* MetadataPanel::current() const
{
    return m_model->entry(m_view->currentIndex());
}

void MetadataPanel::updateButtons()
{
    // torch files have no __metadata__; what else cannot be repaired cannot be edited
    const bool can = m_document && m_document->checkpoint().format() == "safetensors" && canEdit(m_document->checkpoint());
    const MetadataModel::Entry* one = current();
    m_add->setEnabled(can);
    m_edit->setEnabled(can && one != nullptr && one->metadata && one->text.has_value());
    m_remove->setEnabled(can && one != nullptr && one->metadata && !one->removed);
}

void MetadataPanel::edit(bool add)
{
    const MetadataModel::Entry* one = add ? nullptr : current();
    if (!add && (one == nullptr || !one->text)) {
        return;
    }
    const std::string key = one != nullptr ? one->key : std::string();
    auto* dialog = new MetadataDialog(one != nullptr ? shownName(key, 0) : QString(), one != nullptr ? fromUtf8(*one->text) : QString(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, key] {
        if (key.empty()) {
            Q_EMIT editWanted(toUtf8(dialog->key()), toUtf8(dialog->value()));
        } else if (dialog->changed()) {
            Q_EMIT editWanted(key, toUtf8(dialog->value()));
        }
    });
    dialog->open();
}

void MetadataPanel::remove()
{
    if (const MetadataModel::Entry* one = current(); one != nullptr && one->metadata) {
        Q_EMIT editWanted(std::string(one->key), std::nullopt);
    }
}

void MetadataPanel::copy()
{
    QStringList lines;
    const QModelIndexList rows = m_view->selectionModel()->selectedRows();
    for (const QModelIndex& row : rows) {
        lines << m_model->lines(row);
    }
    lines.removeDuplicates(); // a row, and one that holds it
    if (!lines.isEmpty()) {
        QGuiApplication::clipboard()->setText(lines.join(u'\n'));
        Q_EMIT noted(tr("Copied %n line(s).", nullptr, static_cast<int>(lines.size())));
    }
}

void MetadataPanel::menu(const QPoint& at)
{
    QMenu popup(this);
    connect(popup.addAction(icon(u"copy"_s), tr("&Copy")), &QAction::triggered, this, &MetadataPanel::copy);
    const MetadataModel::Entry* one = current();
    if (one != nullptr) {
        const QString value = one->text ? fromUtf8(*one->text) : one->value; // whole, as stored
        connect(popup.addAction(tr("Copy &Value")), &QAction::triggered, this, [value] { QGuiApplication::clipboard()->setText(value); });
        connect(popup.addAction(tr("Copy &Key")), &QAction::triggered, this,
                [key = fromUtf8(one->key)] { QGuiApplication::clipboard()->setText(key); });
    }
    popup.addSeparator();
    for (const QPushButton* button : {m_add, m_edit, m_remove}) {
        QAction* made = popup.addAction(button->text());
        made->setEnabled(button->isEnabled());
        connect(made, &QAction::triggered, button, &QPushButton::click);
    }
    popup.exec(at);
}

bool MetadataPanel::eventFilter(QObject* object, QEvent* event)
{
    if (object == m_view && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if ((key == Qt::Key_Return || key == Qt::Key_Enter) && m_edit->isEnabled()) {
            edit(false);
            return true;
        }
        if (key == Qt::Key_Delete && m_remove->isEnabled()) {
            remove();
            return true;
        }
    }
    return QWidget::eventFilter(object, event);
}

} // namespace ckptscope::ui
