// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/metadatadialog.h"

#include <QFontDatabase>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTextDocument>
#include <QVBoxLayout>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

MetadataDialog::MetadataDialog(const QString& key, const QString& value, QWidget* parent)
    : QDialog(parent)
    , m_key(new QLineEdit(key, this))
    , m_value(new QPlainTextEdit(value, this))
    , m_accept(new QPushButton(key.isEmpty() ? tr("&Add") : tr("&Set"), this))
{
    setObjectName(u"metadataDialog"_s);
    setWindowTitle(key.isEmpty() ? tr("Add to __metadata__") : tr("Edit __metadata__"));
    m_key->setObjectName(u"metadataKey"_s);
    m_key->setReadOnly(!key.isEmpty());
    m_value->setObjectName(u"metadataValue"_s);
    m_value->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_value->setTabChangesFocus(true);
    m_value->setMinimumHeight(fontMetrics().height() * 5);
    auto* hint = new QLabel(tr("The source is not touched: a fix writes this into its copy. Edit > Undo takes it back."), this);
    hint->setTextFormat(Qt::PlainText);
    hint->setWordWrap(true);
    auto* cancel = new QPushButton(tr("Cancel"), this);
    cancel->setAutoDefault(false);
    m_accept->setObjectName(u"metadataAccept"_s);
    m_accept->setDefault(true);
    auto* form = new QFormLayout;
    form->addRow(tr("&Key"), m_key);
    form->addRow(tr("&Value"), m_value);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(m_accept);
    auto* layout = new QVBoxLayout(this);
    layout->addLayout(form);
    layout->addWidget(hint);
    layout->addLayout(buttons);
    const auto check = [this] { m_accept->setEnabled(!m_key->text().isEmpty()); };
    connect(m_key, &QLineEdit::textChanged, this, check);
    connect(m_accept, &QPushButton::clicked, this, &QDialog::accept);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    check();
    if (key.isEmpty()) {
        m_key->setFocus();
    } else {
        m_value->setFocus();
        m_value->selectAll();
    }
    resize(fontMetrics().averageCharWidth() * 72, sizeHint().height());
}

QString MetadataDialog::key() const
{
    return m_key->text();
}

bool MetadataDialog::changed() const
{
    return m_value->document()->isModified();
}

QString MetadataDialog::value() const
{
    return m_value->toPlainText();
}

} // namespace ckptscope::ui
