// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/rulesdialog.h"

#include "ui/accessible.h"
#include "ui/dialogs/dialogsize.h"
#include "ui/icons.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/views/detailspanel.h"
#include "ui/views/rowdelegate.h"

#include <QDialogButtonBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSplitter>
#include <QTableView>
#include <QTextBrowser>
#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

QString dtypesText(const Rule& rule)
{
    QStringList names;
    for (const DType dtype : rule.requiredDtypes) {
        names.append(fromUtf8(dtypeName(dtype)));
    }
    return names.join(RuleListModel::tr(" or ", "between dtypes"));
}

QString architecturesText(const Rule& rule)
{
    if (rule.architectures.empty()) {
        return RuleListModel::tr("any");
    }
    QStringList names;
    for (const std::string& name : rule.architectures) {
        names.append(shownName(name, 200));
    }
    return names.join(u", "_s);
}

/// A source as a link to where it stands; only for the rules that ship with the program.
QString sourceHtml(const std::string& source, bool trusted)
{
    const QString escaped = shownName(source, 1000).toHtmlEscaped();
    const QString link = trusted ? sourceLink(source) : QString();
    return link.isEmpty() ? escaped : u"<a href=\"%1\">%2</a>"_s.arg(link.toHtmlEscaped(), escaped);
}

/// A pattern as it is written in the rule: showable, its backslashes single.
QString patternText(const std::string& pattern)
{
    return shownName(pattern, 2000).replace(u"\\\\"_s, u"\\"_s);
}

} // namespace

RuleListModel::RuleListModel(std::shared_ptr<const RuleSet> rules, QObject* parent)
    : QAbstractTableModel(parent)
    , m_rules(rules ? std::move(rules) : RuleSet::builtin())
{
    m_haystacks.reserve(m_rules->rules().size());
    for (const Rule& rule : m_rules->rules()) {
        QStringList parts{shownName(rule.id),      shownName(rule.title),  severityWord(rule.severity), dtypesText(rule),
                          architecturesText(rule), shownName(rule.why, 0), shownName(rule.keyRegex, 0)};
        for (const std::string& source : rule.sources) {
            parts.append(shownName(source, 0));
        }
        m_haystacks.push_back(parts.join(u'\n').toLower());
    }
    m_shown.resize(m_rules->rules().size());
    std::iota(m_shown.begin(), m_shown.end(), 0U);
}

void RuleListModel::setFilter(const QString& text)
{
    const QStringList words = text.toLower().split(u' ', Qt::SkipEmptyParts);
    beginResetModel();
    m_shown.clear();
    for (std::uint32_t i = 0; i < m_haystacks.size(); ++i) {
        if (std::all_of(words.begin(), words.end(), [&](const QString& word) { return m_haystacks[i].contains(word); })) {
            m_shown.push_back(i);
        }
    }
    endResetModel();
}

int RuleListModel::rowOf(const QString& id) const
{
    const std::string wanted = toUtf8(id);
    const auto found = std::find_if(m_shown.begin(), m_shown.end(), [&](std::uint32_t i) { return m_rules->rules()[i].id == wanted; });
    return found == m_shown.end() ? -1 : static_cast<int>(found - m_shown.begin());
}

int RuleListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_shown.size());
}

int RuleListModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : Columns;
}

QVariant RuleListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const Rule& rule = this->rule(index.row());
    if (role == Qt::DecorationRole && index.column() == Weight) {
        return markIcon(markOf(rule.severity));
    }
    if (role == Qt::AccessibleTextRole && index.column() == Id) {
        return tr("%1, %2, %3, wants %4, for %5", "rule, title, severity, dtypes, architectures")
            .arg(shownName(rule.id), shownName(rule.title), severityWord(rule.severity), dtypesText(rule), architecturesText(rule));
    }
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole) {
        return {};
    }
    QString text;
    switch (index.column()) {
    case Id:
        text = shownName(rule.id);
        break;
    case Title:
        text = shownName(rule.title);
        break;
    case Weight:
        text = severityWord(rule.severity);
        break;
    case Wants:
        text = dtypesText(rule);
        break;
    case Architectures:
        text = architecturesText(rule);
        break;
    default:
        break;
    }
    return role == Qt::ToolTipRole ? forToolTip(text) : text;
}

QVariant RuleListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Vertical) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case Id:
        return tr("Rule");
    case Title:
        return tr("Title");
    case Weight:
        return tr("Severity");
    case Wants:
        return tr("Wants");
    case Architectures:
        return tr("Architectures");
    default:
        return {};
    }
}

RulesDialog::RulesDialog(std::shared_ptr<const RuleSet> rules, QWidget* parent)
    : QDialog(parent)
    , m_model(new RuleListModel(std::move(rules), this))
    , m_filter(new QLineEdit(this))
    , m_count(new QLabel(this))
    , m_table(new QTableView(this))
    , m_details(new QuietBrowser(this))
{
    setObjectName(u"rulesDialog"_s);
    setWindowTitle(tr("Rules"));
    m_filter->setObjectName(u"rulesFilter"_s);
    m_filter->setPlaceholderText(tr("Filter rules"));
    m_filter->setAccessibleName(tr("Filter rules"));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(icon(u"filter"_s), QLineEdit::LeadingPosition);
    nameButtonsOf(m_filter);
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    row->addWidget(m_filter, 1);
    row->addWidget(m_count);

    m_table->setObjectName(u"rulesTable"_s);
    m_table->setAccessibleName(tr("Rules"));
    m_table->setModel(m_model);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setAlternatingRowColors(true);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(RowDelegate::rowHeight(fontMetrics()));
    m_table->setItemDelegate(new RowDelegate(m_table));
    QHeaderView* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setStretchLastSection(true);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    const int digit = fontMetrics().horizontalAdvance(u'0');
    header->resizeSection(RuleListModel::Id, digit * 26);
    header->resizeSection(RuleListModel::Title, digit * 38);
    header->resizeSection(RuleListModel::Weight, digit * 14);
    header->resizeSection(RuleListModel::Wants, digit * 12);

    m_details->setObjectName(u"rulesDetails"_s);
    m_details->setAccessibleName(tr("The selected rule"));
    m_details->setOpenExternalLinks(true);
    m_details->document()->setDocumentMargin(8);

    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(m_table);
    splitter->addWidget(m_details);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setChildrenCollapsible(false);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(8);
    layout->addLayout(row);
    layout->addWidget(splitter, 1);
    layout->addWidget(buttons);
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);

    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_model->setFilter(text);
        updateCount();
        m_table->selectRow(0);
        showDetails();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &RulesDialog::showDetails);
    updateCount();
    m_table->selectRow(0);
    new DialogSize(this, {900, 640});
}

void RulesDialog::showRule(const QString& id)
{
    if (m_model->rowOf(id) < 0) {
        m_filter->clear();
    }
    if (const int row = m_model->rowOf(id); row >= 0) {
        m_table->selectRow(row);
        m_table->scrollTo(m_model->index(row, 0));
    }
}

void RulesDialog::updateCount()
{
    m_count->setText(tr("%1 of %2", "rules shown, all rules").arg(grouped(static_cast<std::uint64_t>(m_model->rowCount())), grouped(m_model->all())));
}

void RulesDialog::showDetails()
{
    const QModelIndex index = m_table->currentIndex();
    if (!index.isValid()) {
        m_details->setPlainText(tr("No rule matches."));
        return;
    }
    const Rule& rule = m_model->rule(index.row());
    const bool trusted = !rule.family.starts_with('/') && rule.family.find('/') == std::string::npos; // a user's file is its path
    const auto code = [](const std::string& text) { return u"<code>"_s + shownName(text, 2000).toHtmlEscaped() + u"</code>"_s; };
    QString html = u"<h3 style=\"margin:0\">%1</h3><p style=\"margin:0 0 8px 0\">%2</p><p style=\"margin:0 0 8px 0\">%3</p>"_s.arg(
        shownName(rule.title).toHtmlEscaped(), code(rule.id), shownName(rule.why, 0).toHtmlEscaped());
    const auto line = [&html](const QString& name, const QString& value) {
        html += u"<tr><td style=\"padding-right:16px\">%1</td><td>%2</td></tr>"_s.arg(name.toHtmlEscaped(), value);
    };
    html += u"<table cellspacing=\"2\" style=\"margin-top:8px\">"_s;
    line(tr("Severity"), severityWord(rule.severity).toHtmlEscaped());
    line(tr("Wants"), dtypesText(rule).toHtmlEscaped());
    line(tr("Architectures"), architecturesText(rule).toHtmlEscaped());
    line(tr("Keys"), u"<code>"_s + patternText(rule.keyRegex).toHtmlEscaped() + u"</code>"_s);
    for (const auto& [path, values] : rule.when) {
        QStringList texts;
        for (const ConfigValue& value : values) {
            texts.append(shownName(configText(value)));
        }
        line(tr("Where"),
             tr("%1 is %2", "configuration path, values").arg(shownName(path), texts.join(tr(" or ", "between values"))).toHtmlEscaped());
    }
    if (!rule.shape.empty()) {
        line(tr("Shape"), shownName(rule.shape).toHtmlEscaped());
    }
    for (std::size_t i = 0; i < rule.sources.size(); ++i) {
        line(i == 0 ? tr("Sources") : QString(), sourceHtml(rule.sources[i], trusted));
    }
    if (!trusted) {
        line(tr("From"), shownName(rule.family).toHtmlEscaped());
    }
    html += u"</table>"_s;
    m_details->setHtml(html);
}

void RulesDialog::changeEvent(QEvent* event)
{
    QDialog::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        showDetails(); // links take the palette's colour when the page is made
    }
}

} // namespace ckptscope::ui
