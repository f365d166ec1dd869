// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/run_charts.h"

#include <QVBoxLayout>

#include "widgets/frame/panel.h"
#include "widgets/plots/crosshair_group.h"
#include "widgets/plots/plot_view.h"

namespace recoscope {

RunCharts::RunCharts(Theme& theme, QObject* parent)
    : QObject(parent)
    , m_theme(theme)
    , m_crosshair(new CrosshairGroup(this))
{
}

PlotView* RunCharts::makeChart(QWidget* box, const QString& title, const QString& subtitle, const QString& name)
{
    auto* panel = new Panel(m_theme, title, name);
    panel->setSubtitle(subtitle);
    auto* plot = new PlotView(m_theme, title, name + QStringLiteral("Plot"));
    plot->setCrosshairGroup(m_crosshair);
    panel->setContent(plot);
    panel->addControl(plot->makeLogSwitch());
    panel->setExportable(plot);
    static_cast<QVBoxLayout*>(box->layout())->addWidget(panel, 1);
    return plot;
}

QWidget* RunCharts::makeMain()
{
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    m_loss = makeChart(box, tr("Training loss"), tr("mean over positions, nats"), QStringLiteral("trainLoss"));
    m_valid
        = makeChart(box, tr("Validation NDCG@10"), tr("full ranking, band is 95 % CI"), QStringLiteral("trainValid"));
    return box;
}

void RunCharts::addSide(QWidget* box)
{
    m_rate = makeChart(box, tr("Learning rate"), {}, QStringLiteral("trainRate"));
    m_norm = makeChart(box, tr("Gradient norm"), tr("unclipped"), QStringLiteral("trainNorm"));
}

void RunCharts::set(PlotView* plot, PlotModel model)
{
    const PlotModel& before = plot->model();
    model.title = before.title;
    model.x.log = before.x.log;
    model.y.log = before.y.log;
    // The view grows with the data unless somebody zoomed or panned.
    const bool moved = m_whole.contains(plot) && m_whole.value(plot) != plot->visibleRange();
    plot->setModel(std::move(model), moved);
    if (!moved)
        m_whole[plot] = plot->visibleRange();
}

void RunCharts::show(const std::vector<CurveRun>& runs, std::optional<double> popularity)
{
    set(m_loss, lossModel(runs));
    set(m_valid, validModel(runs, popularity));
    set(m_rate, rateModel(runs.front()));
    set(m_norm, normModel(runs.front()));
}

} // namespace recoscope
