// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/latency/frontier_panel.h"

#include <QComboBox>

#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/buttons.h"
#include "widgets/plots/plot_view.h"

namespace recoscope {

FrontierPanel::FrontierPanel(Theme& theme, const Library& library, QWidget* parent)
    : Panel(theme, tr("Accuracy against latency"), QStringLiteral("latencyFrontier"), parent)
    , m_library(library)
    , m_metric(new QComboBox)
    , m_statistic(new QComboBox)
    , m_plot(new PlotView(theme, tr("Accuracy against latency"), QStringLiteral("latencyFrontier")))
{
    setNames(m_metric, QStringLiteral("latencyMetric"), tr("Accuracy"));
    for (const char* metric : {"ndcg@10", "hr@10", "mrr"})
        m_metric->addItem(QString::fromLatin1(metric).toUpper(), QString::fromLatin1(metric));
    setNames(m_statistic, QStringLiteral("latencyStatistic"), tr("Percentile"));
    m_statistic->addItems({QStringLiteral("p50"), QStringLiteral("p95"), QStringLiteral("p99")});
    m_statistic->setCurrentIndex(static_cast<int>(LatencyStatistic::P95));
    m_plot->setToolTip(
        format::wrapped(tr("A point for each path to the lists that the accuracy is of. A click opens its users.")));
    for (QComboBox* box : {m_metric, m_statistic}) {
        addControl(box);
        connect(box, &QComboBox::activated, this, &FrontierPanel::draw);
    }
    setContent(m_plot);
    setExportable(m_plot);
    connect(m_plot, &PlotView::pointClicked, this, [this](int series) {
        if (const QString run = frontierRun(m_points, series); !run.isEmpty())
            emit runClicked(run);
    });
}

void FrontierPanel::show(Content content)
{
    m_content = std::move(content);
    setSubtitle(tr("at %n event(s); bars: 95 % CI; line: Pareto front", nullptr, static_cast<int>(m_content.history)));
    draw();
}

void FrontierPanel::draw()
{
    const FrontierRequest request{m_metric->currentData().toString().toStdString(),
        static_cast<LatencyStatistic>(m_statistic->currentIndex()), m_content.history, m_content.shown};
    m_points = frontierPoints(
        m_content.rows, request, [this](const RunId& id) { return m_library.run(QString::fromStdString(id)); });
    PlotModel plot = frontierModel(
        m_points, tr("%1 latency, ms, %2").arg(m_statistic->currentText(), m_content.request), m_metric->currentText());
    plot.title = tr("Accuracy against latency");
    m_plot->setModel(std::move(plot));
}

} // namespace recoscope
