// SPDX-License-Identifier: Apache-2.0
#include "ui/views/filterbar.h"

#include "ui/icons.h"
#include "ui/text.h"
#include "ui/views/filteredit.h"

#include <QAccessible>
#include <QButtonGroup>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace ckptscope::ui {

FilterBar::FilterBar(QWidget* parent)
    : QWidget(parent)
    , m_edit(new FilterEdit(this))
    , m_help(new QToolButton(this))
    , m_count(new QLabel(this))
    , m_errorIcon(new QLabel(this))
    , m_error(new QLabel(this))
    , m_errorRow(new QWidget(this))
    , m_scan(new QPushButton(tr("Scan All Values"), m_errorRow))
{
    m_edit->setMinimumHeight(28);
    m_help->setObjectName(QStringLiteral("filterHelpButton"));
    m_help->setIcon(icon(QStringLiteral("help")));
    m_help->setToolTip(tr("What can be written into the filter"));
    m_help->setAccessibleName(tr("Filter help"));
    m_help->setAutoRaise(true);
    m_help->setMinimumSize(28, 28);
    m_help->setFocusPolicy(Qt::StrongFocus);
    m_count->setObjectName(QStringLiteral("countLabel"));
    m_count->setTextFormat(Qt::PlainText);
    m_count->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_error->setObjectName(QStringLiteral("filterError"));
    m_error->setTextFormat(Qt::PlainText);
    m_error->setWordWrap(true);

    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_edit, 1);
    row->addWidget(m_help);
    row->addWidget(m_count);
    auto* modes = new QHBoxLayout;
    modes->setSpacing(0);
    auto* group = new QButtonGroup(this);
    const std::array texts{tr("Roles"), tr("Tree"), tr("Flat")};
    const std::array tips{tr("One row a name pattern"), tr("Keys as a tree of their parts"), tr("One row a tensor, sortable by any column")};
    const std::array names{"roles", "tree", "flat"};
    for (std::size_t i = 0; i < m_modes.size(); ++i) {
        auto* button = new QPushButton(this);
        button->setObjectName(QLatin1String(names[i]) + QLatin1String("Button"));
        button->setText(texts[i]);
        button->setIcon(icon(QLatin1String(names[i])));
        button->setCheckable(true);
        button->setToolTip(tips[i]);
        button->setMinimumHeight(28);
        connect(button, &QPushButton::toggled, this, &FilterBar::lookOfModes);
        group->addButton(button, static_cast<int>(i));
        modes->addWidget(button);
        m_modes[i] = button;
    }
    row->addLayout(modes);
    connect(group, &QButtonGroup::idClicked, this, [this](int id) { Q_EMIT modeClicked(static_cast<TensorView::Mode>(id)); });

    auto* errorLayout = new QHBoxLayout(m_errorRow);
    errorLayout->setContentsMargins(4, 2, 0, 0);
    errorLayout->setSpacing(6);
    errorLayout->addWidget(m_errorIcon, 0, Qt::AlignTop);
    errorLayout->addWidget(m_error, 1);
    errorLayout->addWidget(m_scan, 0, Qt::AlignTop);
    m_scan->setObjectName(QStringLiteral("filterScanButton"));
    m_scan->setToolTip(tr("Read every value once, so that the filter can ask for it"));
    m_scan->hide();
    connect(m_scan, &QPushButton::clicked, this, &FilterBar::scanWanted);
    m_errorRow->hide();

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(row);
    layout->addWidget(m_errorRow);

    m_announce.setSingleShot(true);
    m_announce.setInterval(500);
    connect(&m_announce, &QTimer::timeout, this, [this] {
        QAccessibleEvent event(m_count, QAccessible::NameChanged);
        QAccessible::updateAccessibility(&event);
    });
    connect(m_edit, &QLineEdit::textChanged, this, &FilterBar::filterChanged);
    connect(m_edit, &FilterEdit::left, this, &FilterBar::left);
    connect(m_edit, &FilterEdit::completionsLeft, this, &FilterBar::showMistake, Qt::QueuedConnection); // typing hides and shows them
    connect(m_help, &QToolButton::clicked, this, &FilterBar::helpWanted);
    connect(m_edit, &QLineEdit::textEdited, this, [this](const QString& text) {
        if (text == QLatin1String("?")) { // the field's own way to the same table
            m_edit->clear();
            Q_EMIT helpWanted();
        }
    });
}

void FilterBar::setDocument(const DocumentPtr& document)
{
    m_edit->setContext(document ? document->filterContext() : FilterContext());
}

QString FilterBar::text() const
{
    return m_edit->text();
}

void FilterBar::setText(const QString& text)
{
    m_edit->setText(text);
}

void FilterBar::addTerm(const QString& term)
{
    const QString before = text().trimmed();
    const bool grouped = before.contains(QLatin1String(" OR "));
    setText(before.isEmpty() ? term : grouped ? QStringLiteral("(%1) %2").arg(before, term) : before + QLatin1Char(' ') + term);
}

void FilterBar::setCounts(const FilterHits& hits, std::uint64_t stored, std::uint64_t missing)
{
    m_count->setText(!hits.all          ? tr("%1 of %2, %3").arg(grouped(hits.count), grouped(stored + missing), bytesText(hits.bytes))
                         : missing == 0 ? tensorsText(stored)
                                        : tr("%1, %2 missing").arg(tensorsText(stored), grouped(missing)));
    m_count->setToolTip(hits.all ? QString() : forToolTip(exactBytesText(hits.bytes)));
    m_announce.start();
}

void FilterBar::setMistake(const FilterError& error)
{
    QString text = sentence(error.what);
    if (!error.suggestion.empty()) {
        text = tr("%1. Did you mean %2?").arg(text, shownName(error.suggestion, 80));
    }
    const MarkColors colors = markColors(Mark::Violation, palette());
    m_errorIcon->setPixmap(iconPixmap(markIconName(Mark::Violation), 16, devicePixelRatioF(), colors.ink, palette().color(QPalette::Window)));
    QPalette own = m_error->palette();
    own.setColor(QPalette::WindowText, colors.ink);
    m_error->setPalette(own);
    m_error->setText(text);
    m_scan->hide();
    m_mistake = true;
    showMistake();
    m_edit->setMistake(error.position, error.length);
    m_edit->setAccessibleDescription(text);
}

/// Of a word that is still being typed, and can be completed, it is too early to say that it is wrong: the choices lie over the line.
void FilterBar::showMistake()
{
    if (m_mistake) {
        m_errorRow->setVisible(!m_edit->completes());
    }
}

void FilterBar::clearMistake()
{
    m_mistake = false;
    m_errorRow->hide();
    m_edit->clearMistake();
    m_edit->setAccessibleDescription({});
}

void FilterBar::setNeedsScan(const QString& word, bool running)
{
    if (word.isEmpty()) {
        clearMistake();
        return;
    }
    showNote(running ? tr("'%1' finds what the scan has reached so far.").arg(word)
                     : tr("'%1' is only known once the values were scanned.").arg(word),
             !running);
}

void FilterBar::setNeedsComparison(const QString& word)
{
    showNote(tr("'%1' is asked of a comparison: File > Compare With.").arg(word), false);
}

void FilterBar::showNote(const QString& text, bool scan)
{
    m_mistake = false;
    const MarkColors colors = markColors(Mark::Note, palette());
    m_errorIcon->setPixmap(iconPixmap(markIconName(Mark::Note), 16, devicePixelRatioF(), colors.ink, palette().color(QPalette::Window)));
    QPalette own = m_error->palette();
    own.setColor(QPalette::WindowText, colors.ink);
    m_error->setPalette(own);
    m_error->setText(text);
    m_scan->setVisible(scan);
    m_errorRow->show();
    m_edit->setAccessibleDescription(text);
}

void FilterBar::setMode(TensorView::Mode mode)
{
    modeButton(mode)->setChecked(true);
}

/// The chosen view's button stands out also where a style sinks it only a little.
void FilterBar::lookOfModes()
{
    const QColor plain = palette().color(QPalette::Button);
    const QColor chosen = palette().color(QPalette::Highlight);
    const auto mixed = [](int a, int b) { return (a * 3 + b * 2) / 5; };
    for (QPushButton* button : m_modes) {
        if (button == nullptr) {
            continue;
        }
        QPalette own;
        if (button->isChecked()) {
            own.setColor(QPalette::Button,
                         QColor(mixed(plain.red(), chosen.red()), mixed(plain.green(), chosen.green()), mixed(plain.blue(), chosen.blue())));
        }
        button->setPalette(own);
    }
}

void FilterBar::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_modes.back() != nullptr) {
        lookOfModes();
    }
}

} // namespace ckptscope::ui
