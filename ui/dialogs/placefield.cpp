// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/placefield.h"

#include "ui/text.h"
#include "ui/views/factline.h"

#include <QCheckBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

PlaceField::PlaceField(const QString& prefix, const std::string& output, bool folder, QWidget* parent)
    : QWidget(parent)
    , m_folder(folder)
    , m_edit(new QLineEdit(fromPath(output), this))
    , m_choose(new QPushButton(tr("C&hoose\u2026"), this))
    , m_fact(new FactLine(this))
    , m_force(new QCheckBox(tr("Replace it once the new one is complete"), this))
{
    m_edit->setObjectName(prefix + u"Output"_s);
    m_edit->setAccessibleName(tr("Output"));
    m_choose->setAutoDefault(false);
    m_choose->setAccessibleName(tr("Choose the output"));
    m_choose->setToolTip(tr("Choose where it is written"));
    m_fact->setObjectName(prefix + u"Place"_s);
    m_force->setObjectName(prefix + u"Force"_s);
    m_force->hide();
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_edit, 1);
    row->addWidget(m_choose);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(row);
    column->addWidget(m_fact);
    column->addWidget(m_force);
    setFocusProxy(m_edit);

    const auto spell = [this](const QString& text) { // marks that turn text around are seen only where they are spelled out
        const QString shown = shownName(toPath(text), 0);
        m_edit->setToolTip(shown == text ? QString() : forToolTip(shown));
    };
    connect(m_edit, &QLineEdit::textChanged, this, spell);
    spell(m_edit->text());
    connect(m_edit, &QLineEdit::textEdited, this, &PlaceField::forget);
    connect(m_choose, &QPushButton::clicked, this, &PlaceField::choose);
    connect(m_force, &QCheckBox::clicked, this, &PlaceField::changed);
}

std::string PlaceField::output() const
{
    QString text = m_edit->text().trimmed();
    if (text == QLatin1String("~") || text.startsWith(QLatin1String("~/"))) { // as a shell has it
        text.replace(0, 1, QDir::homePath());
    }
    return toPath(text);
}

bool PlaceField::isEmpty() const
{
    return m_edit->text().trimmed().isEmpty();
}

bool PlaceField::force() const
{
    return m_force->isChecked();
}

void PlaceField::setCaption(const QString& caption)
{
    m_caption = caption;
}

void PlaceField::setPlaceEnabled(bool enabled)
{
    m_edit->setEnabled(enabled);
    m_choose->setEnabled(enabled);
}

void PlaceField::showNothing()
{
    m_fact->clear();
}

void PlaceField::showPending()
{
    if (m_fact->text().isEmpty()) {
        m_fact->setPending(tr("Checking the output\u2026"));
    }
}

void PlaceField::showSpace(const SpaceCheck& space)
{
    m_force->setVisible(m_force->isChecked());
    if (!space.enough()) {
        m_fact->setFact(Mark::Violation, tr("Free %1, but %2 are needed.").arg(bytesText(space.free), bytesText(space.needed)),
                        tr("Free space or choose another folder."));
        return;
    }
    m_fact->setFact(
        Mark::Clean,
        space.shared > 0
            ? tr("Free %1. Needs %2; %3 are shared with the source.").arg(bytesText(space.free), bytesText(space.needed), bytesText(space.shared))
            : tr("Free %1. Needs %2.").arg(bytesText(space.free), bytesText(space.needed)));
}

void PlaceField::showError(const Error& error)
{
    if (error.code == Code::FixOutputExists) {
        m_force->show();
        m_fact->setFact(Mark::Violation, tr("%1 exists already.").arg(shownPath(error.file.empty() ? output() : error.file)),
                        tr("Choose another name, or replace it."));
        return;
    }
    m_fact->setFact(Mark::Violation, errorTitle(error), hint(error));
}

bool PlaceField::aboutPlace(Code code)
{
    switch (code) {
    case Code::FixOutputExists:
    case Code::FixOutputIsSource:
    case Code::FixOutputInside:
    case Code::FixOutputParent:
    case Code::FixNoSpace:
    case Code::FixLinkRefused:
    case Code::FilePermission:
    case Code::FileWrite:
    case Code::FileWriteDenied:
        return true;
    default:
        return false;
    }
}

void PlaceField::choose()
{
    const QString now = m_edit->text();
    if (m_folder) {
        const QFileInfo info(now);
        const QString parent = QFileDialog::getExistingDirectory(this, m_caption, info.path());
        if (!parent.isEmpty()) {
            m_edit->setText(parent + u'/' + info.fileName());
        }
    } else {
        const QString file =
            QFileDialog::getSaveFileName(this, m_caption, now, tr("safetensors (*.safetensors)"), nullptr, QFileDialog::DontConfirmOverwrite);
        if (!file.isEmpty()) {
            m_edit->setText(file);
        }
    }
    if (m_edit->text() != now) {
        forget();
    }
}

void PlaceField::forget()
{
    m_force->setChecked(false);
    m_force->hide();
    Q_EMIT changed();
}

} // namespace ckptscope::ui
