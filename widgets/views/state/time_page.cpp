// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/state/time_page.h"

#include <QVBoxLayout>

#include <algorithm>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/panel.h"
#include "widgets/plots/event_bars.h"
#include "widgets/plots/plot_view.h"
#include "widgets/plots/scale.h"

namespace recoscope {

TimePage::TimePage(Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setNames(this, QStringLiteral("stateOverTime"), tr("State over time"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
}

void TimePage::makePanels()
{
    auto* panel = new Panel(m_theme, tr("Size of the state"), QStringLiteral("stateNorms"), this);
    panel->setSubtitle(tr("Euclidean length after each event, per layer"));
    m_norms = new PlotView(m_theme, tr("Size of the state"), QStringLiteral("stateNorms"));
    panel->setContent(m_norms);
    panel->setExportable(m_norms);
    m_effectsPanel = new Panel(m_theme, tr("What one event changes"), QStringLiteral("stateEffects"), this);
    m_effectsPanel->setSubtitle(tr("difference of the last state without the event, share of its size"));
    m_effects = new EventBars(m_theme, QStringLiteral("stateEffects"));
    m_effects->setExportHeader({tr("What one event changes"), {}, {}});
    m_effectsPanel->setContent(m_effects);
    m_effectsPanel->setExportable(m_effects);
    auto* column = static_cast<QVBoxLayout*>(layout());
    column->addWidget(panel, 3);
    column->addWidget(m_effectsPanel, 2);
}

Exportable* TimePage::mainExport() const
{
    return m_norms;
}

void TimePage::setLoading(bool loading, const QString& text)
{
    m_effectsPanel->setLoading(loading, text);
}

void TimePage::showData(std::shared_ptr<const StateData> data, int layer)
{
    m_data = std::move(data);
    m_layer = layer;
    m_effects->setRows(m_data->titles, {});
    showNorms();
}

void TimePage::setLayer(int layer)
{
    if (!m_data || layer == m_layer)
        return;
    m_layer = layer;
    showNorms();
}

void TimePage::showNorms()
{
    PlotModel plot;
    plot.title = tr("Size of the state");
    plot.protocolHash = m_data->shown().protocolHash;
    plot.seed = m_data->shown().seed;
    plot.x.name = tr("event");
    plot.x.logAllowed = false;
    const std::int64_t length = m_data->states->length;
    plot.x.ticks = Scale{1.0, static_cast<double>(std::max<std::int64_t>(2, length)), false}.ticks(8);
    plot.x.text = [data = m_data](double event) {
        return tr("%1 (%2)").arg(qRound(event)).arg(data->titles[static_cast<std::size_t>(qRound(event) - 1)]);
    };
    plot.y.decimals = 3;
    plot.y.fromZero = true;
    for (int layer = 0; layer < m_data->layerCount(); ++layer) {
        PlotSeries series;
        series.name = tr("layer %1").arg(layer + 1);
        series.slot = layer == m_layer ? m_data->slot : -1;
        for (std::int64_t event = 0; event < length; ++event) {
            series.x.push_back(static_cast<double>(event + 1));
            series.y.push_back(m_data->states->norms[static_cast<std::size_t>(layer * length + event)]);
        }
        plot.series.push_back(std::move(series));
    }
    m_norms->setModel(std::move(plot));
}

void TimePage::showEffects(const EventEffects& effects)
{
    std::vector<EventBars::Row> rows;
    for (std::int64_t layer = 0; layer < effects.layers; ++layer) {
        EventBars::Row row;
        row.name = tr("layer %1").arg(layer + 1);
        row.caption = tr("change");
        row.slot = m_data->slot;
        const auto first = effects.change.begin() + layer * effects.length;
        row.values.assign(first, first + effects.length);
        row.text = [](double value) { return format::share(value); };
        rows.push_back(std::move(row));
    }
    m_effects->setExportHeader({tr("What one event changes"), m_data->shown().protocolHash, m_data->shown().seed});
    m_effects->setRows(m_data->titles, std::move(rows));
}

} // namespace recoscope
