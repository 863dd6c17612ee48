// SPDX-License-Identifier: Apache-2.0
#include "ui/views/halflifepanel.h"

#include "core/formats/formatreader.h"
#include "ui/text.h"
#include "ui/views/halflifeplot.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

namespace ckptscope::ui {

namespace {

enum Column { After, Worst, Meaning, Columns };

QString percent(double share)
{
    return QString::number(share * 100, 'g', 3) + QStringLiteral(" %");
}

/// A word, for the table.
QString meaning(const DriftAt& at)
{
    switch (at.word()) {
    case DriftWord::None:
        return HalfLifePanel::tr("none");
    case DriftWord::Slight:
        return HalfLifePanel::tr("slight");
    case DriftWord::Some:
        return HalfLifePanel::tr("some");
    case DriftWord::Large:
        return HalfLifePanel::tr("large");
    case DriftWord::Forgotten:
        break;
    }
    return at.holding == 0 ? HalfLifePanel::tr("not felt: all is forgotten")
                           : HalfLifePanel::tr("not felt; of what is left %1").arg(percent(at.worstHolding));
}

/// The same in a sentence.
QString sentence(const DriftAt& at)
{
    switch (at.word()) {
    case DriftWord::None:
        return HalfLifePanel::tr("No head drifts.");
    case DriftWord::Slight:
        return HalfLifePanel::tr("No head drifts by more than 1 %.");
    case DriftWord::Some:
    case DriftWord::Large:
        return HalfLifePanel::tr("The head that drifts most still holds %1 of what it saw.").arg(percent(at.worstLeft));
    case DriftWord::Forgotten:
        break;
    }
    return HalfLifePanel::tr("The head that drifts most has forgotten what it saw by then, so that nothing feels it.") + QLatin1Char(' ')
        + (at.holding == 0 ? HalfLifePanel::tr("No head still holds 1 % of it.")
                           : HalfLifePanel::tr("Of the %n head(s) that still (holds|hold) 1 % of it the worst drifts by %1.", nullptr,
                                               static_cast<int>(std::min<std::uint64_t>(at.holding, 1'000'000)))
                                 .arg(percent(at.worstHolding)));
}

} // namespace

HalfLifePanel::HalfLifePanel(QWidget* parent)
    : TensorPanel(parent)
    , m_plot(new HalfLifePlot(this))
    , m_caption(new QLabel(this))
    , m_readout(new QLabel(this))
    , m_donorButton(new QPushButton(tr("&Donor"), this))
    , m_drift(new QTableWidget(3, Columns, this))
{
    auto* formula = new QPushButton(tr("F&ormula"), this);
    formula->setObjectName(QStringLiteral("halfLifeFormula"));
    formula->setCheckable(true);
    m_caption->setObjectName(QStringLiteral("halfLifeCaption"));
    m_caption->setTextFormat(Qt::PlainText);
    m_caption->setWordWrap(true);
    m_caption->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_caption->setText(
        tr("The state is multiplied at every token by exp(g), g = -exp(A_log) * softplus(x + dt_bias). With the gate's input x at 0, "
           "half of it is left after log(2) / (exp(A_log) * softplus(dt_bias)) tokens. Drift after N tokens is 1 - exp(-|r' - r| * N): r is the "
           "rate of the stored values, r' of the same in BF16, or half a step away where they are BF16 numbers already, or the donor's. Bars "
           "show that half step."));
    m_caption->hide();
    makeReadout(m_readout);
    m_readout->setObjectName(QStringLiteral("halfLifeReadout"));

    m_donorButton->setObjectName(QStringLiteral("halfLifeDonor"));
    m_donorButton->setToolTip(tr("Show another checkpoint's half-lives beside these: one that still holds the full precision"));
    auto* menu = new QMenu(m_donorButton);
    connect(menu->addAction(tr("Choose &File\u2026")), &QAction::triggered, this, [this] { chooseDonor(false); });
    connect(menu->addAction(tr("Choose F&older\u2026")), &QAction::triggered, this, [this] { chooseDonor(true); });
    QAction* none = menu->addAction(tr("&None"));
    connect(none, &QAction::triggered, this, [this] { setDonor(nullptr); });
    connect(menu, &QMenu::aboutToShow, this, [this, none] { none->setEnabled(m_donor || !m_donorPath.empty()); });
    m_donorButton->setMenu(menu);

    m_drift->setObjectName(QStringLiteral("halfLifeDrift"));
    m_drift->setAccessibleName(tr("Drift over tokens"));
    m_drift->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_drift->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_drift->setSelectionMode(QAbstractItemView::SingleSelection);
    m_drift->setTabKeyNavigation(false);
    m_drift->setShowGrid(false);
    m_drift->setWordWrap(true);
    m_drift->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_drift->verticalHeader()->hide();
    m_drift->setHorizontalHeaderLabels({tr("Tokens"), tr("Worst drift"), tr("Which is")});
    for (int column = 0; column < Columns; ++column) {
        m_drift->horizontalHeaderItem(column)->setTextAlignment(column == Meaning ? Qt::AlignLeft | Qt::AlignVCenter
                                                                                  : Qt::AlignRight | Qt::AlignVCenter);
    }
    m_drift->horizontalHeader()->setHighlightSections(false);
    m_drift->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_drift->horizontalHeader()->setSectionResizeMode(Meaning, QHeaderView::Stretch);
    m_drift->verticalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_drift->setMinimumWidth(m_drift->fontMetrics().averageCharWidth() * 42);
    m_drift->setMaximumWidth(m_drift->fontMetrics().averageCharWidth() * 56);
    m_drift->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Ignored);
    m_drift->hide();

    auto* top = new QHBoxLayout;
    top->addWidget(formula);
    top->addWidget(m_donorButton);
    top->addWidget(m_readout, 1);
    auto* body = new QHBoxLayout;
    body->addWidget(m_plot, 2);
    body->addWidget(m_drift, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->setSpacing(4);
    layout->addLayout(top);
    layout->addWidget(m_caption);
    layout->addLayout(body, 1);
    connect(formula, &QPushButton::toggled, m_caption, &QWidget::setVisible);
    connect(m_plot, &Plot::readoutChanged, m_readout, &QLabel::setText);
    connect(m_plot, &Plot::noted, this, &TensorPanel::noted);
    connect(m_plot, &HalfLifePlot::tensorClicked, this, &TensorPanel::tensorChosen);
    connect(m_drift, &QTableWidget::activated, this, [this](const QModelIndex& index) {
        if (index.isValid() && m_read) {
            Q_EMIT tensorChosen(m_worst[static_cast<std::size_t>(index.row())]);
        }
    });
}

void HalfLifePanel::chooseDonor(bool folder)
{
    const QString title = tr("Choose a Donor");
    const QString path = folder ? QFileDialog::getExistingDirectory(this, title) : QFileDialog::getOpenFileName(this, title);
    if (!path.isEmpty()) {
        openDonor(toPath(path));
    }
}

void HalfLifePanel::setDonor(std::shared_ptr<const Checkpoint> donor)
{
    m_donor = std::move(donor);
    m_donorPath.clear();
    m_donorOf = document();
    again();
}

void HalfLifePanel::openDonor(const std::string& path)
{
    m_donor.reset();
    m_donorPath = path;
    m_donorOf = document();
    again();
}

void HalfLifePanel::again()
{
    m_read.reset();
    invalidate();
}

void HalfLifePanel::showDrift(const Read& read)
{
    const auto rows = driftOf(read.decays, read.donor.get());
    for (int row = 0; row < 3; ++row) {
        const DriftAt& at = rows[static_cast<std::size_t>(row)];
        m_worst[static_cast<std::size_t>(row)] = read.decays[at.worstHead.decay].pair.decay;
        const QString whose =
            tr("%1, head %2").arg(shownName(document()->tensor(m_worst[static_cast<std::size_t>(row)]).key, 120), QString::number(at.worstHead.head));
        const QString tip = (at.worst > 0 ? whose + QStringLiteral("\n") : QString()) + sentence(at);
        const std::array texts{grouped(at.tokens), percent(at.worst), meaning(at)};
        for (int column = 0; column < Columns; ++column) {
            const QString& text = texts[static_cast<std::size_t>(column)];
            // from right to left "100 %" must not become "% 100"
            auto* item = new QTableWidgetItem(isRightToLeft() ? QChar(0x2068) + text + QChar(0x2069) : text);
            item->setTextAlignment(column == Meaning ? Qt::AlignLeft | Qt::AlignVCenter : Qt::AlignRight | Qt::AlignVCenter);
            item->setToolTip(forToolTip(tip));
            item->setData(Qt::AccessibleDescriptionRole, tip);
            m_drift->setItem(row, column, item);
        }
    }
    m_drift->show();
}

void HalfLifePanel::refresh()
{
    m_plot->setShownTensors(tensors());
    m_donorButton->setEnabled(document() != nullptr);
    if (m_donorOf != document()) { // another checkpoint has nothing to do with this donor
        m_donor.reset();
        m_donorPath.clear();
        m_donorOf.reset();
    }
    if (!document()) {
        m_read.reset();
        m_plot->setMessage({});
        m_drift->hide();
        return;
    }
    if (m_read == document()) {
        return; // the plot is of the whole checkpoint: a selection only marks
    }
    m_plot->setMessage(tr("Reading\u2026"));
    m_drift->hide();
    m_job.start(
        tr("Reading decay parameters"),
        [shards = files(), donor = m_donor, path = m_donorPath](const JobContext& job) -> Result<Read> {
            Read read;
            for (const DecayPair& pair : findDecayPairs(shards->checkpoint())) {
                auto decay = computeDecay(shards, pair, job);
                if (!decay) {
                    return std::move(decay).error();
                }
                read.decays.push_back(*std::move(decay));
            }
            auto other = donor;
            if (!path.empty()) {
                auto opened = openCheckpoint({path}, {}, job);
                if (!opened) {
                    return std::move(opened).error();
                }
                other = *std::move(opened);
            }
            if (other) {
                auto theirs = computeDonorDecays(shards->checkpoint(), read.decays, other, job);
                if (!theirs) {
                    return std::move(theirs).error();
                }
                read.donor = std::make_shared<DonorDecays>(*std::move(theirs));
            }
            return read;
        },
        [this](Result<Read> read) {
            if (!read && read.error().code != Code::Cancelled && !m_donorPath.empty()) { // ours alone, then
                Q_EMIT noted(errorTitle(read.error()));
                m_donorPath.clear();
                again();
                return;
            }
            if (!read) {
                m_plot->setMessage(read.error().code == Code::Cancelled ? tr("Cancelled.") : errorTitle(read.error()));
                return;
            }
            m_read = document();
            m_donorPath.clear();
            m_donor = read->donor ? read->donor->donor : nullptr;
            if (read->donor && read->donor->found == 0) {
                Q_EMIT noted(tr("The donor has no decay parameters of these names and lengths."));
                read->donor.reset();
                m_donor.reset();
            }
            if (read->decays.empty()) {
                m_plot->setMessage(tr("This checkpoint has no decay parameters (A_log, ssm_a)."));
                return;
            }
            showDrift(*read);
            m_plot->setDecays(document(), std::move(read->decays), std::move(read->donor));
        });
}

} // namespace ckptscope::ui
