// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/aboutdialog.h"

#include "core/contracts/rule.h"
#include "ui/icons.h"
#include "ui/text.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ckptscope::ui {

void showAbout(QWidget* parent)
{
    const auto say = [](const char* text) { return QCoreApplication::translate("ckptscope::ui::AboutDialog", text); };
    auto* dialog = new QDialog(parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(QStringLiteral("aboutDialog"));
    dialog->setWindowTitle(say("About ckptscope"));
    auto* layout = new QVBoxLayout(dialog);
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    auto* picture = new QLabel(dialog);
    constexpr int Size = 64;
    picture->setPixmap(appIcon().pixmap(Size, Size));
    row->addWidget(picture, 0, Qt::AlignTop);
    auto* text = new QLabel(say("ckptscope %1\n\nOpens model checkpoints, says which tensors lost the precision that their model needs, "
                                "and writes repaired "
                                "copies. Nothing that is found in a checkpoint is ever executed.\n\nRules: %2\nQt %3\nLicence: Apache-2.0")
                                .arg(QLatin1String(CKPTSCOPE_VERSION), fromUtf8(RuleSet::databaseVersion()), QLatin1String(qVersion())),
                            dialog);
    text->setTextFormat(Qt::PlainText);
    text->setWordWrap(true);
    text->setMinimumWidth(text->fontMetrics().averageCharWidth() * 56);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    row->addWidget(text, 1);
    layout->addLayout(row, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    layout->addWidget(buttons);
    dialog->open();
}

} // namespace ckptscope::ui
