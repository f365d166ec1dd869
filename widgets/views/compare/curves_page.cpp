// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/compare/curves_page.h"

#include <QComboBox>
#include <QHBoxLayout>

#include "engine/workspace/workspace.h"
#include "widgets/core/formatting.h"
#include "widgets/core/jobs.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/panel.h"
#include "widgets/plots/crosshair_group.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/compare/forest_chart.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

const QString curvesKey = QStringLiteral("compare-curves");

PlotSeries curveOf(const RunCurve& curve)
{
    PlotSeries series;
    series.name = QString::fromStdString(curve.run.name);
    series.slot = curve.slot;
    return series;
}

PlotModel overEpochs(const QString& title, const std::vector<RunCurve>& runs)
{
    PlotModel plot;
    plot.title = title;
    plot.x.name = CurvesPage::tr("epoch");
    plot.x.logAllowed = false;
    plot.x.decimals = 0;
    if (!runs.empty())
        plot.protocolHash = QString::fromStdString(runs.front().run.protocolHash);
    return plot;
}

int lastEpoch(const std::vector<RunCurve>& runs)
{
    int last = 1;
    for (const RunCurve& curve : runs)
        last = curve.epochs.empty() ? last : std::max(last, curve.epochs.back().epoch);
    return last;
}

} // namespace

PlotModel lossCurves(const std::vector<RunCurve>& runs)
{
    PlotModel plot = overEpochs(CurvesPage::tr("Training loss"), runs);
    plot.y.decimals = 4;
    for (const RunCurve& curve : runs) {
        PlotSeries series = curveOf(curve);
        for (const EpochRecord& epoch : curve.epochs) {
            series.x.push_back(epoch.epoch);
            series.y.push_back(epoch.trainLoss);
        }
        if (!series.x.empty())
            plot.series.push_back(std::move(series));
    }
    return plot;
}

PlotModel validationCurves(const std::vector<RunCurve>& runs, const std::string& metric)
{
    PlotModel plot = overEpochs(CurvesPage::tr("%1 on validation").arg(metricTitle(metric)), runs);
    plot.y.decimals = 4;
    for (const RunCurve& curve : runs) {
        PlotSeries series = curveOf(curve);
        for (const EpochRecord& epoch : curve.epochs) {
            if (epoch.valid && epoch.valid->values.contains(metric)) {
                series.x.push_back(epoch.epoch);
                series.y.push_back(epoch.valid->values.at(metric));
            }
        }
        const auto reached = curve.run.valid.find(metric);
        if (series.x.empty() && reached != curve.run.valid.end()) {
            series.x = {1.0, static_cast<double>(lastEpoch(runs))};
            series.y = {reached->second, reached->second};
            series.dashed = true;
        }
        if (!series.x.empty())
            plot.series.push_back(std::move(series));
    }
    return plot;
}

CurvesPage::CurvesPage(WorkbenchContext& context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_metric(new QComboBox)
{
    setAccessibleName(tr("Curves"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    auto* crosshair = new CrosshairGroup(this);
    const auto add = [&](const QString& title, const QString& name, Panel*& panel, PlotView*& plot) {
        panel = new Panel(context.theme, title, name);
        plot = new PlotView(context.theme, title, name);
        plot->setCrosshairGroup(crosshair);
        panel->setContent(plot);
        panel->setExportable(plot);
        row->addWidget(panel, 1);
    };
    add(tr("Training loss"), QStringLiteral("compareLossCurves"), m_lossPanel, m_loss);
    add(tr("Validation"), QStringLiteral("compareValidCurves"), m_validPanel, m_valid);
    m_lossPanel->setSubtitle(tr("mean over positions, nats; losses of unlike kinds are not comparable"));
    setNames(m_metric, QStringLiteral("compareCurveMetric"), tr("Validation metric"));
    for (const char* metric : {"ndcg@10", "hr@10", "mrr"})
        m_metric->addItem(metricTitle(metric), QString::fromLatin1(metric));
    m_validPanel->addControl(m_metric);
    m_validPanel->setSubtitle(tr("dashed: models that are counted, not trained"));
    connect(m_metric, &QComboBox::currentIndexChanged, this, &CurvesPage::draw);
}

Exportable* CurvesPage::mainExport() const
{
    return m_valid;
}

void CurvesPage::show(const std::vector<RunRecord>& runs, const QStringList& slotIds)
{
    std::vector<RunCurve> curves;
    for (const RunRecord& run : runs)
        curves.push_back({run, static_cast<int>(slotIds.indexOf(QString::fromStdString(run.id))), {}});
    m_context.jobs.run(
        {JobLane::Inspect, tr("Read epochs"), curvesKey}, this,
        [workspace = m_context.workspace, curves = std::move(curves)](Progress& progress) mutable {
            for (RunCurve& curve : curves) {
                progress.checkCancelled();
                curve.epochs = workspace->store().epochs(curve.run.id);
            }
            return std::move(curves);
        },
        [this](std::vector<RunCurve> read) {
            m_runs = std::move(read);
            draw();
        },
        [this](const JobFailure& failure) { emit failed(tr("The epochs could not be read."), failure); });
}

void CurvesPage::draw()
{
    m_loss->setModel(lossCurves(m_runs));
    PlotModel valid = validationCurves(m_runs, m_metric->currentData().toString().toStdString());
    m_validPanel->setTitle(valid.title);
    m_valid->setModel(std::move(valid));
}

} // namespace recoscope
