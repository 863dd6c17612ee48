// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/donorfield.h"

#include "ui/accessible.h"
#include "ui/jobs/jobrunner.h"
#include "ui/jobs/jobstrip.h"
#include "ui/text.h"
#include "ui/views/factline.h"

#include <QCheckBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int OpenAfterMs = 700; ///< after the last key; half a path is seldom a donor
}

DonorField::DonorField(QWidget* parent)
    : QWidget(parent)
    , m_edit(new QLineEdit(this))
    , m_choose(new QPushButton(tr("Choose\u2026"), this))
    , m_partial(new QCheckBox(tr("Use only the t&ensors that agree, widen the others"), this))
    , m_fact(new FactLine(this))
    , m_jobs(new JobStrip(this))
{
    m_edit->setObjectName(u"fixDonor"_s);
    m_edit->setAccessibleName(tr("Donor"));
    m_edit->setPlaceholderText(tr("no donor: widen what is stored"));
    m_edit->setToolTip(tr("An older checkpoint, in any format, that still holds the full precision"));
    m_edit->setClearButtonEnabled(true);
    nameButtonsOf(m_edit);
    m_choose->setObjectName(u"fixDonorChoose"_s);
    m_choose->setAutoDefault(false);
    m_choose->setAccessibleName(tr("Choose the donor"));
    auto* menu = new QMenu(m_choose);
    menu->addAction(tr("&File\u2026"), this, &DonorField::chooseFile);
    menu->addAction(tr("F&older\u2026"), this, &DonorField::chooseFolder);
    m_choose->setMenu(menu);
    m_partial->setObjectName(u"fixDonorPartial"_s);
    m_partial->hide();
    m_fact->setObjectName(u"fixDonorFact"_s);

    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(m_edit, 1);
    row->addWidget(m_choose);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(row);
    column->addWidget(m_jobs);
    column->addWidget(m_fact);
    column->addWidget(m_partial);

    m_wait.setSingleShot(true);
    m_wait.setInterval(OpenAfterMs);
    const auto open = [this] {
        m_wait.stop();
        if (std::exchange(m_open, false)) {
            Q_EMIT pathChanged();
        }
    };
    connect(&m_wait, &QTimer::timeout, this, open);
    connect(m_edit, &QLineEdit::editingFinished, this, open);
    connect(m_edit, &QLineEdit::textEdited, this, [this] {
        m_open = true;
        showNothing();
        m_wait.start();
        Q_EMIT pathEdited();
    });
    connect(m_partial, &QCheckBox::clicked, this, [this] {
        showMatches(m_matches);
        Q_EMIT partialChanged();
    });
}

std::string DonorField::path() const
{
    const QString text = m_edit->text().trimmed();
    return text.isEmpty() ? std::string() : toPath(QFileInfo(text).absoluteFilePath());
}

bool DonorField::partial() const
{
    return m_partial->isChecked();
}

void DonorField::watch(JobRunner* runner)
{
    m_jobs->watch(runner);
}

void DonorField::showNothing()
{
    m_matches.clear();
    m_fact->clear();
    m_partial->hide();
    m_partial->setChecked(false); // another donor is another question
}

void DonorField::showPending()
{
    m_fact->setPending(tr("Comparing the donor\u2026"));
}

void DonorField::showError(const Error& error)
{
    showNothing();
    if (error.code == Code::Cancelled) {
        m_open = true;
        m_fact->setFact(Mark::Note, tr("The donor was not compared."), tr("Press Enter in its field to compare it, or clear the field."));
    } else {
        m_fact->setFact(Mark::Violation, errorTitle(error), hint(error));
    }
}

void DonorField::showMatches(const std::vector<DonorMatch>& matches)
{
    m_matches = std::vector<DonorMatch>(matches);
    const auto refused = std::find_if(m_matches.begin(), m_matches.end(), [](const DonorMatch& match) { return !match.usable(); });
    m_partial->setVisible(refused != m_matches.end());
    if (m_matches.empty()) {
        m_fact->setFact(Mark::Note, tr("No tensor here has lost precision that a donor could give back."));
        return;
    }
    const int all = static_cast<int>(std::min<std::size_t>(m_matches.size(), 1'000'000));
    if (refused == m_matches.end()) {
        m_fact->setFact(Mark::Clean, tr("The donor fits %n tensor(s): each value rounds to the one here.", nullptr, all));
        return;
    }
    const auto fits =
        static_cast<std::uint64_t>(std::count_if(m_matches.begin(), m_matches.end(), [](const DonorMatch& match) { return match.usable(); }));
    const QString count = tr("The donor fits %1 of %n tensor(s).", nullptr, all).arg(grouped(fits));
    QString why = refused->refusal ? errorTitle(*refused->refusal) : QString();
    if (const QString more = refused->refusal ? hint(*refused->refusal) : QString(); !more.isEmpty()) {
        why += u'\n' + more;
    }
    m_fact->setFact(partial() ? Mark::Advice : Mark::Violation, count, why);
}

void DonorField::chooseFile()
{
    take(QFileDialog::getOpenFileName(this, tr("Choose the donor"), QFileInfo(m_edit->text()).path()));
}

void DonorField::chooseFolder()
{
    take(QFileDialog::getExistingDirectory(this, tr("Choose the donor's folder"), m_edit->text()));
}

void DonorField::take(const QString& path)
{
    if (path.isEmpty()) {
        return;
    }
    m_edit->setText(path);
    m_wait.stop();
    m_open = false;
    showNothing();
    Q_EMIT pathChanged();
}

} // namespace ckptscope::ui
