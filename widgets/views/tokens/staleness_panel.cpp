// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/tokens/staleness_panel.h"

#include <QLabel>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/plots/plot_view.h"

namespace recoscope {

StalenessPanel::StalenessPanel(Theme& theme, QWidget* parent)
    : Panel(theme, tr("Staleness"), QStringLiteral("tokensStaleness"), parent)
    , m_scale(new SegmentedControl(
          {tr("NDCG@10"), tr("Shared")}, QStringLiteral("tokensStalenessScale"), tr("Accuracy or items that stay")))
    , m_stack(new QStackedWidget)
    , m_empty(new EmptyState(theme, QStringLiteral("timer"), tr("How accurate are tokens that were made a while ago?")))
    , m_plot(new PlotView(theme, tr("Staleness"), QStringLiteral("tokensStaleness")))
    , m_population(makeLabel({}, "caption"))
{
    m_empty->addAction(tr("Measure over users"), QStringLiteral("tokensMeasure"), [this] { emit measureRequested(); });
    auto* chart = new QWidget; // the header has no room for the control
    auto* column = new QVBoxLayout(chart);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(m_scale, 0, Qt::AlignRight);
    column->addWidget(m_plot, 1);
    setNames(m_population, QStringLiteral("tokensStalenessWords"), tr("Whose mean it is"));
    m_population->setWordWrap(true);
    column->addWidget(m_population);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(chart);
    setContent(m_stack);
    setExportable(m_plot);
    connect(m_scale, &SegmentedControl::currentChanged, this, &StalenessPanel::showPlot);
}

void StalenessPanel::showCurve(const std::optional<TokenStaleness>& measured, int runSlot, const ExportHeader& header)
{
    m_measured = measured;
    m_slot = runSlot;
    m_header = header;
    m_stack->setCurrentIndex(measured ? 1 : 0);
    // Below: the header has no room for it either.
    m_population->setText(
        measured ? tr("mean of %n user(s), band 95 %", nullptr, static_cast<int>(measured->users)) : QString());
    showPlot();
}

void StalenessPanel::showPlot()
{
    PlotModel plot;
    plot.title = tr("Staleness");
    plot.protocolHash = m_header.protocolHash;
    plot.seed = m_header.seed;
    plot.x.name = tr("events since the tokens were made");
    plot.x.logAllowed = plot.y.logAllowed = false;
    if (!m_measured) {
        m_plot->setModel(std::move(plot));
        return;
    }
    const bool isAccuracy = m_scale->current() == 0;
    plot.y.name = isAccuracy ? tr("NDCG@10") : tr("of the first ten");
    plot.y.decimals = isAccuracy ? 4 : 1;
    plot.y.fromZero = true;
    PlotSeries kept, lost;
    kept.name = tr("kept");
    kept.slot = m_slot;
    lost.name = tr("lost");
    kept.mark = lost.mark = PlotMark::LinePoints;
    lost.dashed = true;
    const auto add = [&](PlotSeries& series, std::int64_t events, const MeanInterval& accuracy, double shared) {
        series.x.push_back(static_cast<double>(events));
        series.y.push_back(isAccuracy ? accuracy.mean : shared);
        if (!isAccuracy)
            return;
        series.low.push_back(accuracy.mean - accuracy.halfWidth95);
        series.high.push_back(accuracy.mean + accuracy.halfWidth95);
    };
    for (const TokenStaleness::Point& point : m_measured->points) {
        add(kept, point.events, point.kept, point.sharedKept);
        add(lost, point.events, point.lost, point.sharedLost);
    }
    plot.series = {std::move(lost), std::move(kept)};
    if (isAccuracy)
        plot.references.push_back({Qt::Horizontal, m_measured->recentOnly.mean, tr("recent only"), PlotTone::Neutral,
            false, m_measured->recentOnly.mean < m_measured->allTokens.mean});
    m_plot->setModel(std::move(plot));
}

} // namespace recoscope
