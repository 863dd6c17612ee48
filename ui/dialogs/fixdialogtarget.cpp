// SPDX-License-Identifier: Apache-2.0
// What the fix dialog says of the format that is written, and of __metadata__.
#include "core/fix/place.h"
#include "ui/dialogs/donorfield.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/dialogs/placefield.h"
#include "ui/models/edittreemodel.h"
#include "ui/text.h"

#include <QComboBox>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

void FixDialog::buildTarget(QGridLayout* grid, int row)
{
    m_target = new QComboBox(this);
    m_target->setObjectName(u"fixTarget"_s);
    m_target->addItem(tr("safetensors: nothing in it can run, every loader reads it"));
    m_target->addItem(tr("torch: torch.load opens it as it did the source"));
    m_target->setCurrentIndex(m_input.options.to == FixTarget::Torch ? 1 : 0);
    m_target->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_target->setMinimumContentsLength(16);
    m_target->setToolTip(forToolTip(tr("Safetensors holds the model alone; torch keeps everything that the source holds, optimizer and all.")));
    auto* label = new QLabel(tr("Written &as"), this);
    label->setBuddy(m_target);
    grid->addWidget(label, row, 0);
    grid->addWidget(m_target, row, 1);
    connect(m_target, &QComboBox::activated, this, &FixDialog::changeTarget);
}

/// The output's name follows, unless the user has chosen another.
void FixDialog::changeTarget()
{
    const FixTarget to = m_target->currentIndex() == 1 ? FixTarget::Torch : FixTarget::Safetensors;
    if (to == m_input.options.to) {
        return;
    }
    const auto name = [this](FixTarget target) {
        return QFileInfo(fromPath(defaultOutput(*m_input.checkpoint, m_input.suffix, target))).absoluteFilePath();
    };
    const bool ours = m_place->output() == toPath(name(m_input.options.to));
    m_input.options.to = to;
    if (ours) {
        m_place->edit()->setText(name(to));
    }
    scheduleCheck();
}

bool FixDialog::wantsDonor() const
{
    if (!m_donor->path().empty()) {
        return false;
    }
    const auto& edits = m_model->edits();
    for (std::size_t i = 0; i < edits.size(); ++i) {
        if (m_model->checked()[i] && edits[i].rule == "--donor-take") {
            return true;
        }
    }
    return false;
}

QString FixDialog::metadataText() const
{
    QStringList parts;
    for (const auto& [key, value] : m_input.options.hand.metadata) {
        parts << (value ? tr("%1 = %2", "metadata").arg(shownName(key, 60), shownName(*value, 60))
                        : tr("%1 is removed", "metadata").arg(shownName(key, 60)));
    }
    constexpr qsizetype Most = 6;
    const qsizetype more = parts.size() - Most;
    QString text = parts.mid(0, Most).join(tr("; ", "between edits of metadata"));
    if (more > 0) {
        text += tr("; and %n more", nullptr, static_cast<int>(more));
    }
    return text.isEmpty() ? text : tr("In __metadata__: %1.").arg(text);
}

} // namespace ckptscope::ui
