// SPDX-License-Identifier: Apache-2.0
#include "ui/views/metadatapanel.h"

#include "ui/accessible.h"
#include "ui/models/marks.h"
#include "ui/text.h"
#include "ui/views/rowdelegate.h"

#include <QHeaderView>
#include <QLineEdit>
#include <QTreeView>
#include <QVBoxLayout>

namespace ckptscope::ui {

namespace {

constexpr std::size_t LongestValue = 2000; ///< characters that are shown of a value

QString valueText(const MetadataValue& value)
{
    struct Say {
        QString operator()(std::nullptr_t) const { return QStringLiteral("null"); }
        QString operator()(bool b) const { return b ? QStringLiteral("true") : QStringLiteral("false"); }
        QString operator()(std::int64_t n) const { return QString::number(n); }
        QString operator()(std::uint64_t n) const { return QString::number(n); }
        QString operator()(double d) const { return fromUtf8(numberText(d)); }
        QString operator()(const std::string& s) const { return shownName(s, LongestValue); }
        QString operator()(const MetadataPlace& place) const
        {
            return place.count != 0
                ? MetadataModel::tr("%1, %2 elements, %3")
                      .arg(shownName(place.type, 60), grouped(place.count), bytesText(place.bytes.length))
                : MetadataModel::tr("%1, %2").arg(shownName(place.type, 60), bytesText(place.bytes.length));
        }
    };
    return std::visit(Say{}, value);
}

} // namespace

void MetadataModel::setDocument(const DocumentPtr& document)
{
    beginResetModel();
    m_all.clear();
    if (document) {
        const Checkpoint& checkpoint = document->checkpoint();
        for (const PickleGlobal& global : checkpoint.globals()) {
            const bool dangerous = global.grade == PickleGlobal::Grade::Dangerous;
            const QString what = dangerous ? tr("names code to run; it was read as data, nothing was run")
                : global.grade == PickleGlobal::Grade::Known ? tr("known")
                                                             : tr("unknown to ckptscope");
            m_all.push_back({shownName(global.module + '.' + global.name, 200),
                             global.called ? tr("%1; called").arg(what) : what, tr("pickle global"), dangerous});
        }
        for (const MetadataEntry& entry : checkpoint.metadata()) {
            m_all.push_back({shownName(entry.key, 300), valueText(entry.value), shownName(entry.origin, 60), false});
        }
        for (const auto& [path, value] : checkpoint.config().values) {
            m_all.push_back({shownName(path, 300), shownName(configText(value), LongestValue),
                             shownName(checkpoint.config().file, 200), false});
        }
    }
    m_shown.resize(m_all.size());
    for (std::uint32_t i = 0; i < m_shown.size(); ++i) {
        m_shown[i] = i;
    }
    endResetModel();
}

void MetadataModel::setSearch(const QString& text)
{
    beginResetModel();
    m_shown.clear();
    for (std::uint32_t i = 0; i < m_all.size(); ++i) {
        if (text.isEmpty() || m_all[i].key.contains(text, Qt::CaseInsensitive)
            || m_all[i].value.contains(text, Qt::CaseInsensitive)) {
            m_shown.push_back(i);
        }
    }
    endResetModel();
}

int MetadataModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_shown.size());
}

int MetadataModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : Columns;
}

QVariant MetadataModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) {
        return {};
    }
    const Row& row = m_all[m_shown[static_cast<std::size_t>(index.row())]];
    const QString& text = index.column() == Key ? row.key : index.column() == Value ? row.value : row.origin;
    switch (role) {
    case Qt::DisplayRole:
        return text;
    case Qt::ToolTipRole:
        return forToolTip(text);
    case MarkRole:
        return index.column() == Key && row.dangerous ? QVariant(static_cast<int>(Mark::Damaged)) : QVariant();
    case MutedRole:
        return index.column() == Origin;
    case Qt::AccessibleTextRole:
        return index.column() == Key ? QVariant(row.key + QStringLiteral(": ") + row.value) : QVariant();
    default:
        return {};
    }
}

QVariant MetadataModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (static_cast<Column>(section)) {
    case Key:
        return tr("Key");
    case Value:
        return tr("Value");
    case Origin:
        return tr("From");
    }
    return {};
}

MetadataPanel::MetadataPanel(QWidget* parent)
    : QWidget(parent)
    , m_model(new MetadataModel(this))
    , m_search(new QLineEdit(this))
    , m_view(new QTreeView(this))
{
    m_search->setObjectName(QStringLiteral("metadataSearch"));
    m_search->setAccessibleName(tr("Search metadata"));
    m_search->setPlaceholderText(tr("Search keys and values"));
    m_search->setClearButtonEnabled(true);
    nameButtonsOf(m_search);
    m_view->setObjectName(QStringLiteral("metadataView"));
    m_view->setAccessibleName(tr("Metadata"));
    m_view->setModel(m_model);
    m_view->setItemDelegate(new RowDelegate(m_view));
    m_view->setUniformRowHeights(true);
    m_view->setRootIsDecorated(false);
    m_view->setAllColumnsShowFocus(true);
    m_view->setAlternatingRowColors(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTabKeyNavigation(false);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->header()->setStretchLastSection(false);
    m_view->header()->setSectionResizeMode(MetadataModel::Value, QHeaderView::Stretch);
    const int digit = fontMetrics().horizontalAdvance(QLatin1Char('0'));
    m_view->setColumnWidth(MetadataModel::Key, digit * 46);
    m_view->setColumnWidth(MetadataModel::Origin, digit * 20);
    connect(m_search, &QLineEdit::textChanged, m_model, &MetadataModel::setSearch);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 4, 0, 0);
    layout->setSpacing(4);
    auto* top = new QHBoxLayout;
    top->setContentsMargins(8, 0, 8, 0);
    top->addWidget(m_search);
    layout->addLayout(top);
    layout->addWidget(m_view);
}

void MetadataPanel::setDocument(const DocumentPtr& document)
{
    m_search->clear();
    m_model->setDocument(document);
}

} // namespace ckptscope::ui
