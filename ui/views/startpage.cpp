// SPDX-License-Identifier: Apache-2.0
#include "ui/views/startpage.h"

#include "ui/icons.h"
#include "ui/models/recentmodel.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/theme.h"

#include <QAction>
#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QShortcut>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int IconSize = 20;
constexpr int Gap = 12;
constexpr int NameLetters = 20; ///< that a name keeps before facts stand beside it

/// Two lines a row: icon, name and verdict; folder; at the right size and day.
class RecentDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override { return {240, 2 * option.fontMetrics.height() + 16}; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        QStyleOptionViewItem panel = option;
        initStyleOption(&panel, index);
        panel.text.clear();
        const QWidget* widget = option.widget;
        const QStyle* style = widget->style();
        style->drawControl(QStyle::CE_ItemViewItem, &panel, painter, widget);

        const bool selected = option.state.testFlag(QStyle::State_Selected);
        const bool missing = index.data(RecentModel::MissingRole).toBool();
        const QPalette& palette = option.palette;
        const QColor strong = selected ? palette.color(QPalette::HighlightedText) : missing ? mutedText(palette) : palette.color(QPalette::Text);
        const QColor soft = selected ? palette.color(QPalette::HighlightedText) : mutedText(palette);
        const int number = index.data(RecentModel::VerdictRole).toInt();
        const Mark mark = missing ? Mark::Missing : number < 0 ? Mark::Unjudged : static_cast<Mark>(number);
        const QColor ink = selected ? palette.color(QPalette::HighlightedText) : markColors(mark, palette).ink;

        const QRect box = option.rect.adjusted(Gap, 8, -Gap, -8);
        const bool mirrored = option.direction == Qt::RightToLeft;
        const auto place = [&](QRect rect) { return QStyle::visualRect(option.direction, box, rect); };
        const QString name = !missing && number < 0 ? u"file"_s : markIconName(mark);
        paintIcon(*painter, place(QRect(box.left(), box.top() + 1, IconSize, IconSize)), name, ink,
                  selected ? palette.color(QPalette::Highlight) : palette.color(QPalette::Base));

        painter->save();
        const QFontMetrics plain = option.fontMetrics;
        QFont boldFont = option.font;
        boldFont.setBold(true);
        const QFontMetrics bold(boldFont);
        const int line = plain.height();
        const QString facts = index.data(RecentModel::FactsRole).toString();
        const QString when = index.data(RecentModel::WhenRole).toString();
        const QString word = index.data(RecentModel::WordRole).toString();
        const int left = box.left() + IconSize + Gap;
        const int wordWidth = word.isEmpty() ? 0 : plain.horizontalAdvance(word) + 8;
        int right = qMax(plain.horizontalAdvance(facts), plain.horizontalAdvance(when)) + 1;
        if (box.right() - right - Gap - left - wordWidth < plain.averageCharWidth() * NameLetters) {
            right = -Gap; // which checkpoint it is comes first; the tooltip has the rest
        }
        const int width = box.right() - right - Gap - left;
        const int align = int((mirrored ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
        const int farAlign = int((mirrored ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);

        const QString title = bold.elidedText(index.data(RecentModel::NameRole).toString(), Qt::ElideMiddle, qMax(40, width - wordWidth));
        painter->setFont(boldFont);
        painter->setPen(strong);
        painter->drawText(place(QRect(left, box.top(), width - wordWidth, line)), align, title);
        painter->setFont(option.font);
        painter->setPen(ink);
        painter->drawText(place(QRect(left + bold.horizontalAdvance(title) + 8, box.top(), qMax(0, wordWidth), line)), align, word);
        painter->setPen(soft);
        painter->drawText(place(QRect(left, box.top() + line, width, line)), align,
                          plain.elidedText(index.data(RecentModel::FolderRole).toString(), Qt::ElideMiddle, width));
        if (right > 0) {
            painter->drawText(place(QRect(box.right() - right, box.top(), right, line)), farAlign, facts);
            painter->drawText(place(QRect(box.right() - right, box.top() + line, right, line)), farAlign, when);
        }
        painter->restore();
    }
};

QPushButton* bigButton(const QString& iconName, const QString& text, const QString& name, QWidget* parent)
{
    auto* button = new QPushButton(icon(iconName), u'\u2002' + text, parent); // an en space: the style sets icon and text too close
    button->setAccessibleName(QString(text).remove(u'&'));
    button->setObjectName(name);
    button->setMinimumSize(240, 40);
    button->setIconSize(QSize(20, 20));
    button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    return button;
}

QString withShortcut(const QString& tip, const QAction* action)
{
    const QString keys = action == nullptr ? QString() : action->shortcut().toString(QKeySequence::NativeText);
    return keys.isEmpty() ? tip : u"%1 (%2)"_s.arg(tip, keys);
}

} // namespace

StartPage::StartPage(Settings* settings, QWidget* parent)
    : QWidget(parent)
    , m_settings(settings)
    , m_model(new RecentModel(settings, this))
    , m_folder(bigButton(u"folder"_s, tr("Open &Folder\u2026"), u"startFolder"_s, this))
    , m_file(bigButton(u"file"_s, tr("&Open File\u2026"), u"startFile"_s, this))
    , m_demo(bigButton(u"demo"_s, tr("Open &Demo"), u"startDemo"_s, this))
    , m_logo(new QLabel(this))
    , m_title(new QLabel(u"ckptscope"_s, this))
    , m_tagline(new QLabel(tr("Says which tensors of a checkpoint are stored in a dtype that its model cannot bear, and repairs them."), this))
    , m_dropIcon(new QLabel(this))
    , m_drop(new QLabel(tr("or drop a checkpoint anywhere"), this))
    , m_heading(new QLabel(tr("&Recent"), this))
    , m_empty(new QLabel(tr("Checkpoints that you open will be listed here."), this))
    , m_list(new QListView(this))
{
    setObjectName(u"startPage"_s);
    m_tagline->setWordWrap(true);
    m_empty->setWordWrap(true);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setFrameShape(QFrame::StyledPanel);
    m_empty->setMargin(12);
    m_heading->setBuddy(m_list);
    setActions(nullptr, nullptr, nullptr);

    auto* head = new QHBoxLayout;
    head->setSpacing(12);
    head->addWidget(m_logo);
    head->addWidget(m_title, 1);
    auto* drop = new QHBoxLayout;
    drop->setSpacing(8);
    drop->addStretch(1);
    drop->addWidget(m_dropIcon);
    drop->addWidget(m_drop);
    drop->addStretch(1);

    auto* left = new QVBoxLayout;
    left->setSpacing(8);
    left->addStretch(1);
    left->addLayout(head);
    left->addWidget(m_tagline);
    left->addSpacing(16);
    left->addWidget(m_folder);
    left->addWidget(m_file);
    left->addWidget(m_demo);
    left->addSpacing(8);
    left->addLayout(drop);
    left->addStretch(2);
    auto* leftSide = new QWidget(this);
    leftSide->setLayout(left);
    left->setContentsMargins(0, 0, 0, 0);
    const int leftWidth = std::max(300, drop->sizeHint().width() + 16); // the one line in it that does not wrap
    auto* leftScroll = new QScrollArea(this);                           // a low window with a message and a large font
    leftScroll->setFrameShape(QFrame::NoFrame);
    leftScroll->setFocusPolicy(Qt::NoFocus);
    leftScroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    leftScroll->setWidgetResizable(true);
    leftScroll->setWidget(leftSide);
    leftScroll->setFixedWidth(leftWidth + leftScroll->verticalScrollBar()->sizeHint().width());

    m_list->setObjectName(u"startRecent"_s);
    m_list->setAccessibleName(tr("Recent checkpoints"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new RecentDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setContextMenuPolicy(Qt::CustomContextMenu);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);

    auto* right = new QVBoxLayout;
    right->setSpacing(8);
    right->addWidget(m_heading);
    right->addWidget(m_list, 1);
    right->addWidget(m_empty, 1);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(32, 24, 32, 24);
    layout->setSpacing(40);
    layout->addWidget(leftScroll);
    layout->addLayout(right, 1);

    connect(m_folder, &QPushButton::clicked, this, &StartPage::openFolderRequested);
    connect(m_file, &QPushButton::clicked, this, &StartPage::openFileRequested);
    connect(m_demo, &QPushButton::clicked, this, &StartPage::openDemoRequested);
    const auto open = [this](const QModelIndex& index) {
        if (index.isValid()) {
            Q_EMIT openRequested(fromPath(m_model->entry(index.row()).path)); // a missing one says so when it is opened
        }
    };
    connect(m_list, &QListView::clicked, this, [this, open](const QModelIndex& index) {
        if (QGuiApplication::keyboardModifiers() == Qt::NoModifier && !m_model->missing(index.row())) {
            open(index);
        }
    });
    for (const int key : {Qt::Key_Return, Qt::Key_Enter}) {
        auto* shortcut = new QShortcut(QKeySequence(key), m_list, nullptr, nullptr, Qt::WidgetShortcut);
        connect(shortcut, &QShortcut::activated, this, [this, open] { open(m_list->currentIndex()); });
    }
    auto* remove = new QShortcut(QKeySequence(Qt::Key_Delete), m_list, nullptr, nullptr, Qt::WidgetShortcut);
    connect(remove, &QShortcut::activated, this, [this] {
        if (const QModelIndex index = m_list->currentIndex(); index.isValid()) {
            m_settings->removeRecent(std::string(m_model->entry(index.row()).path));
        }
    });
    connect(m_list, &QWidget::customContextMenuRequested, this, &StartPage::showMenu);
    connect(m_model, &QAbstractItemModel::modelReset, this, &StartPage::updateEmpty);
    updateEmpty();
    restyle();
}

void StartPage::setActions(const QAction* openFolder, const QAction* openFile, const QAction* openDemo)
{
    m_folder->setToolTip(withShortcut(tr("Open a folder as one checkpoint"), openFolder));
    m_file->setToolTip(withShortcut(tr("Open a file; any shard or index opens the whole checkpoint"), openFile));
    m_demo->setToolTip(withShortcut(tr("Open a small checkpoint with faults to try things on; a fresh copy each time"), openDemo));
}

void StartPage::updateEmpty()
{
    const bool empty = m_model->rowCount() == 0;
    m_list->setVisible(!empty);
    m_empty->setVisible(empty);
}

void StartPage::showMenu(const QPoint& at)
{
    const QModelIndex index = m_list->indexAt(at);
    if (!index.isValid()) {
        return;
    }
    const std::string path = m_model->entry(index.row()).path;
    auto* menu = new QMenu(this); // not exec(): what it opens may take this page away
    menu->setObjectName(u"recentMenu"_s);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const auto add = [this, menu](const QIcon& symbol, const QString& text, auto run) {
        connect(menu->addAction(symbol, text), &QAction::triggered, this, run);
    };
    add({}, tr("&Open"), [this, path] { Q_EMIT openRequested(fromPath(path)); });
    add({}, tr("Open in &New Window"), [this, path] { Q_EMIT openInNewWindowRequested(fromPath(path)); });
    menu->addSeparator();
    add(icon(u"copy"_s), tr("&Copy Path"), [this, path] {
        QGuiApplication::clipboard()->setText(fromPath(path));
        Q_EMIT noted(tr("Copied the path."));
    });
    add({}, tr("&Remove From List"), [this, path] { m_settings->removeRecent(path); });
    menu->popup(m_list->viewport()->mapToGlobal(at));
}

void StartPage::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        restyle();
    }
}

void StartPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_model->check();
}

void StartPage::restyle()
{
    const QPalette colors = palette();
    m_logo->setPixmap(iconPixmap(u"app"_s, 48, devicePixelRatioF(), QColor(), QColor()));
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.8);
    big.setBold(true);
    m_title->setFont(big);
    QFont heading = font();
    heading.setPointSizeF(heading.pointSizeF() + 1);
    heading.setBold(true);
    m_heading->setFont(heading);
    QPalette muted = colors;
    muted.setColor(QPalette::WindowText, mutedText(colors));
    for (QLabel* label : {m_tagline, m_drop, m_empty}) {
        label->setPalette(muted);
    }
    m_dropIcon->setPixmap(iconPixmap(u"drop"_s, 16, devicePixelRatioF(), mutedText(colors), colors.color(QPalette::Window)));
}

} // namespace ckptscope::ui
