// SPDX-License-Identifier: Apache-2.0
#include "ui/views/treemappanel.h"

#include "ui/text.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

TreemapPanel::TreemapPanel(QWidget* parent)
    : TensorPanel(parent)
    , m_plot(new TreemapPlot(this))
    , m_weight(new QComboBox(this))
    , m_color(new QComboBox(this))
    , m_up(new QPushButton(tr("&Up"), this))
    , m_crumbs(new QWidget(this))
    , m_readout(new QLabel(this))
{
    m_weight->setObjectName(u"treemapWeight"_s);
    m_weight->setAccessibleName(tr("What areas stand for"));
    m_weight->addItem(tr("Area: bytes"), static_cast<int>(TreemapWeight::Bytes));
    m_weight->addItem(tr("Area: elements"), static_cast<int>(TreemapWeight::Elements));
    m_weight->addItem(tr("Area: number of tensors"), static_cast<int>(TreemapWeight::Count));
    m_color->setObjectName(u"treemapColor"_s);
    m_color->setAccessibleName(tr("What colours stand for"));
    m_color->addItem(tr("Colour: dtype"), static_cast<int>(TreemapPlot::Color::DType));
    m_color->addItem(tr("Colour: verdict"), static_cast<int>(TreemapPlot::Color::Verdict));
    m_color->addItem(tr("Colour: shard"), static_cast<int>(TreemapPlot::Color::Shard));
    m_color->addItem(tr("Colour: layer"), static_cast<int>(TreemapPlot::Color::Layer));
    m_color->setItemData(m_color->count() - 1, tr("From blue, the first layer, to orange, the last; grey: of no layer"), Qt::ToolTipRole);
    m_up->setObjectName(u"treemapUp"_s);
    m_up->setAutoDefault(false);
    m_up->setToolTip(tr("To the group around this one (Backspace; Esc: to everything)"));
    m_up->setEnabled(false);
    makeReadout(m_readout);
    m_crumbs->setObjectName(u"treemapCrumbs"_s);
    m_crumbs->setAccessibleName(tr("Where the map is"));
    auto* crumbs = new QHBoxLayout(m_crumbs);
    crumbs->setContentsMargins(0, 0, 0, 0);
    crumbs->setSpacing(0);
    m_readout->setObjectName(u"treemapReadout"_s);
    auto* top = new QHBoxLayout;
    top->setSpacing(8);
    top->addWidget(m_weight);
    top->addWidget(m_color);
    top->addWidget(m_up);
    top->addWidget(m_crumbs);
    top->addWidget(m_readout, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->setSpacing(4);
    layout->addLayout(top);
    layout->addWidget(m_plot, 1);
    connect(m_weight, &QComboBox::currentIndexChanged, this,
            [this] { m_plot->setWeight(static_cast<TreemapWeight>(m_weight->currentData().toInt())); });
    connect(m_color, &QComboBox::currentIndexChanged, this,
            [this] { m_plot->setColor(static_cast<TreemapPlot::Color>(m_color->currentData().toInt())); });
    connect(m_up, &QPushButton::clicked, m_plot, &TreemapPlot::zoomOut);
    connect(m_plot, &TreemapPlot::zoomed, this, [this](const QString& name) {
        m_up->setEnabled(!name.isEmpty());
        showCrumbs();
    });
    connect(m_plot, &Plot::readoutChanged, m_readout, &QLabel::setText);
    connect(m_plot, &Plot::noted, this, &TensorPanel::noted);
    connect(m_plot, &TreemapPlot::tensorClicked, this, &TensorPanel::tensorChosen);
}

/// A button for each group around what is shown; of many the first and the last.
void TreemapPanel::showCrumbs()
{
    constexpr std::size_t Shown = 4;
    QLayout* row = m_crumbs->layout();
    while (QLayoutItem* item = row->takeAt(0)) {
        item->widget()->hide(); // one of them is in its own click
        item->widget()->setObjectName({});
        item->widget()->deleteLater();
        delete item;
    }
    const auto path = m_plot->path();
    if (path.size() < 2) {
        return;
    }
    const auto separator = [&](const QString& text) {
        auto* label = new QLabel(text, m_crumbs);
        label->setTextFormat(Qt::PlainText);
        row->addWidget(label);
    };
    for (std::size_t at = 0; at < path.size(); ++at) {
        if (at != 0 && at + Shown < path.size()) {
            if (at == 1) {
                separator(u"\u203a \u2026"_s);
            }
            continue;
        }
        if (at != 0) {
            separator(isRightToLeft() ? u"\u2039"_s : u"\u203a"_s);
        }
        auto* crumb = new QToolButton(m_crumbs);
        crumb->setObjectName(u"treemapCrumb%1"_s.arg(at));
        crumb->setAutoRaise(true);
        QString text = m_plot->crumbOf(path, at);
        crumb->setText(text.replace(u'&', u"&&"_s));
        crumb->setFocusPolicy(Qt::StrongFocus);
        const bool here = at + 1 == path.size();
        crumb->setEnabled(!here);
        crumb->setAccessibleName(here ? tr("Shown: %1").arg(m_plot->crumbOf(path, at)) : tr("Back to %1").arg(m_plot->crumbOf(path, at)));
        connect(crumb, &QToolButton::clicked, m_plot, [this, node = path[at]] {
            m_plot->zoomTo(node);
            m_plot->setFocus();
        });
        row->addWidget(crumb);
    }
}

void TreemapPanel::refresh()
{
    m_plot->setShownTensors(tensors());
    if (m_read == document()) {
        return;
    }
    if (!document()) {
        m_read.reset();
        m_plot->setMessage({});
        return;
    }
    m_plot->setMessage(tr("Reading\u2026"));
    m_job.start(
        {},
        [checkpoint = document()->sharedCheckpoint()](const JobContext&) -> Result<std::shared_ptr<const Treemap>> {
            return std::make_shared<const Treemap>(checkpoint);
        },
        [this](Result<std::shared_ptr<const Treemap>> map) {
            if (map) {
                m_read = document();
                m_plot->setTreemap(m_read, *map);
            }
        });
}

} // namespace ckptscope::ui
