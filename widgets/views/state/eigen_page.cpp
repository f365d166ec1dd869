// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/state/eigen_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "widgets/core/formatting.h"
#include "widgets/core/state_reading.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/histogram.h"
#include "widgets/plots/plot_view.h"
#include "widgets/plots/scale.h"
#include "widgets/plots/unit_disk.h"

namespace recoscope {

namespace {

constexpr int diskStretch = 11;
constexpr int rightStretch = 14;
constexpr std::int64_t leastEvents = 20; // of the impulse response
constexpr std::int64_t mostEvents = 60;
constexpr int mostRows = 4; // of the table before it scrolls
constexpr int wantedTicks = 4;

QString eventsText(double events)
{
    if (!std::isfinite(events))
        return QStringLiteral("∞");
    return events < 10 ? format::number(events, 1) : format::count(qRound64(events));
}

PlotModel plotOf(const StateData& data, const QString& title, const QString& x)
{
    PlotModel plot;
    plot.title = title;
    plot.protocolHash = data.shown().protocolHash;
    plot.seed = data.shown().seed;
    plot.x.name = x;
    plot.x.logAllowed = plot.y.logAllowed = false;
    return plot;
}

} // namespace

EigenPage::EigenPage(Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setNames(this, QStringLiteral("stateEigenvalues"), tr("Eigenvalues"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
}

void EigenPage::makeDisk()
{
    m_diskPanel = new Panel(m_theme, tr("Eigenvalues"), QStringLiteral("stateDisk"), this);
    m_layers = new QComboBox(m_diskPanel);
    setNames(m_layers, QStringLiteral("stateLayer"), tr("Layer"));
    m_layers->addItem(tr("Layer %1").arg(1));
    m_diskPanel->addControl(m_layers);
    m_disk = new UnitDisk(m_theme, QStringLiteral("stateDisk"));
    m_disk->setExportHeader({tr("Eigenvalues"), {}, {}});
    m_diskPanel->setContent(m_disk);
    m_diskPanel->setExportable(m_disk);
    static_cast<QHBoxLayout*>(layout())->addWidget(m_diskPanel, diskStretch);
    connect(m_layers, &QComboBox::activated, this, &EigenPage::layerChosen);
    connect(m_disk, &UnitDisk::dotChosen, this, &EigenPage::showChannel);
}

void EigenPage::makePlots()
{
    auto* column = new QVBoxLayout;
    auto* plots = new QHBoxLayout;
    column->setSpacing(12);
    plots->setSpacing(12);
    const auto add = [&](const QString& title, const QString& subtitle, const QString& name) {
        auto* panel = new Panel(m_theme, title, name, this);
        auto* plot = new PlotView(m_theme, title, name);
        panel->setSubtitle(subtitle);
        panel->setContent(plot);
        panel->setExportable(plot);
        plots->addWidget(panel, 1);
        return plot;
    };
    m_histogram = add(tr("Memory length"), tr("channels"), QStringLiteral("stateMemory"));
    m_impulse = add(tr("Impulse response"), tr("real part"), QStringLiteral("stateImpulse"));
    column->addLayout(plots, 1);
    column->addWidget(makeTable());
    static_cast<QHBoxLayout*>(layout())->addLayout(column, rightStretch);
}

Panel* EigenPage::makeTable()
{
    m_tablePanel = new Panel(m_theme, tr("Layers"), QStringLiteral("stateLayers"), this);
    m_rows = new RowTableModel<LayerRow>(
        {{{tr("Layer"), {}, false, 80}, [](const LayerRow& r) { return QString::number(r.layer + 1); }, {}},
            {{tr("Median |λ|"), tr("Of the channels of the layer"), true, 96},
                [](const LayerRow& r) { return format::number(r.memory.medianMagnitude, 3); },
                [](const LayerRow& r) { return QVariant(r.memory.medianMagnitude); }},
            {{tr("Median memory"), tr("Events until 1 % is left"), true, 126},
                [](const LayerRow& r) { return tr("%1 ev").arg(eventsText(r.memory.medianEvents)); },
                [](const LayerRow& r) { return QVariant(r.memory.medianEvents); }},
            {{tr("> history"), tr("Channels that remember longer than the history"), true, 104},
                [](const LayerRow& r) { return tr("%1 of %2").arg(r.memory.beyond).arg(r.memory.channels); },
                [](const LayerRow& r) { return QVariant(static_cast<double>(r.memory.beyond)); }}},
        this);
    m_table = new RowTable(m_theme, m_rows, QStringLiteral("stateLayerTable"), tr("Layers"));
    m_table->setStretchedColumn(0);
    m_tablePanel->setBodyMargins(0, 0, 0, 4);
    m_tablePanel->setContent(m_table);
    m_tablePanel->setExportable(m_table);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (index.isValid() && m_rows->rowAt(index.row()).layer != m_layer)
            emit layerChosen(m_rows->rowAt(index.row()).layer);
    });
    return m_tablePanel;
}

Exportable* EigenPage::mainExport() const
{
    return m_disk;
}

void EigenPage::setLoading(bool loading, const QString& text)
{
    m_diskPanel->setLoading(loading, text);
}

void EigenPage::showData(std::shared_ptr<const StateData> data, int layer)
{
    // Another user of the same run keeps the channel that is looked at.
    const bool sameRun = m_data && m_data->shown().run == data->shown().run && layer == m_layer;
    m_data = std::move(data);
    m_layer = layer;
    if (!sameRun)
        m_channel = -1;
    std::vector<LayerRow> rows;
    const QSignalBlocker quiet(m_layers);
    m_layers->clear();
    for (int i = 0; i < static_cast<int>(m_data->layers.size()); ++i) {
        m_layers->addItem(tr("Layer %1").arg(i + 1));
        rows.push_back({i, m_data->layers[static_cast<std::size_t>(i)]});
    }
    m_table->setExportHeader({tr("Layers"), m_data->shown().protocolHash, m_data->shown().seed});
    const int shownRows = std::min(mostRows, static_cast<int>(rows.size()));
    m_rows->setRows(std::move(rows));
    m_table->setFixedHeight(m_table->horizontalHeader()->sizeHint().height() + m_theme.rowHeight() * shownRows + 2);
    m_tablePanel->setSubtitle(tr("history of %n event(s)", nullptr, static_cast<int>(m_data->shown().historyLength)));
    showLayer();
}

void EigenPage::setLayer(int layer)
{
    if (!m_data || layer == m_layer)
        return;
    m_layer = layer;
    m_channel = -1;
    showLayer();
}

QString EigenPage::textOf(int channel) const
{
    const std::complex<double> lambda = m_data->eigenvalue(m_layer, channel);
    const QString phase = format::number(std::arg(lambda) * 180.0 / std::numbers::pi, 1);
    return tr("channel %1").arg(channel + 1) + u'\n'
        + tr("|λ| %1 · phase %2°").arg(format::number(std::abs(lambda), 3), phase) + u'\n'
        + tr("memory %1 events").arg(eventsText(m_memory[static_cast<std::size_t>(channel)]));
}

void EigenPage::showLayer()
{
    m_memory = m_data->memoryOf(m_layer);
    std::vector<UnitDisk::Dot> dots;
    double longest = 100.0;
    for (const float events : m_data->memory) {
        if (std::isfinite(events))
            longest = std::max<double>(longest, events);
    }
    for (int c = 0; c < static_cast<int>(m_memory.size()); ++c)
        dots.push_back({m_data->eigenvalue(m_layer, c), m_memory[static_cast<std::size_t>(c)], textOf(c)});
    std::vector<UnitDisk::Ring> rings;
    for (const MemoryRing& ring : memoryRings())
        rings.push_back({ring.radius, tr("%1 ev").arg(ring.events)});
    m_disk->setExportHeader(
        {tr("Eigenvalues of layer %1").arg(m_layer + 1), m_data->shown().protocolHash, m_data->shown().seed});
    m_disk->setDisk(std::move(dots), std::move(rings), std::pow(10.0, std::ceil(std::log10(longest))));
    m_diskPanel->setSubtitle(
        tr("%n channel(s); rings: events until 1 % is left", nullptr, static_cast<int>(m_memory.size())));
    m_layers->setCurrentIndex(m_layer);
    m_table->setCurrentIndex(m_rows->index(m_rows->shownRow(m_layer), 0));
    const bool keeps = m_channel >= 0 && m_channel < static_cast<int>(m_memory.size());
    showChannel(keeps ? m_channel : channelNearest(m_memory, m_data->shown().historyLength));
}

void EigenPage::showChannel(int channel)
{
    m_channel = channel;
    m_disk->setCurrent(channel);
    showHistogram();
    showImpulse();
    emit channelChanged(channel);
}

void EigenPage::showHistogram()
{
    const std::int64_t history = m_data->shown().historyLength;
    const Histogram histogram = memoryHistogram(m_memory, history);
    PlotModel plot = histogramModel(histogram, tr("events until 1 % is left"), {});
    const PlotModel named = plotOf(*m_data, tr("Memory length"), {});
    plot.title = named.title;
    plot.protocolHash = named.protocolHash;
    plot.seed = named.seed;
    PlotSeries& bars = plot.series.front();
    const double most = *std::max_element(bars.y.begin(), bars.y.end());
    plot.y.ticks = Scale{0.0, most, false}.ticks(most < wantedTicks ? static_cast<int>(most) : wantedTicks);
    bars.name = tr("channels");
    // The bar that the chosen channel stands in.
    const double events = m_memory[static_cast<std::size_t>(m_channel)];
    const double place = histogramPosition(histogram, std::isfinite(events) ? std::max(1.0, events) : 1e300);
    const auto bin = std::clamp<std::ptrdiff_t>(qRound(place), 0, static_cast<std::ptrdiff_t>(bars.x.size()) - 1);
    PlotSeries chosen = bars;
    chosen.name = tr("with channel %1").arg(m_channel + 1);
    chosen.tone = PlotTone::Focus;
    chosen.x = {static_cast<double>(bin)};
    chosen.y = {bars.y[static_cast<std::size_t>(bin)]};
    plot.series.push_back(std::move(chosen));
    plot.references.push_back(
        {Qt::Vertical, histogramPosition(histogram, std::max<double>(1.0, static_cast<double>(history))),
            tr("history %1").arg(format::count(history)), PlotTone::Neutral, false});
    m_histogram->setModel(std::move(plot));
}

QString EigenPage::titleBack(int events) const
{
    const auto count = static_cast<int>(m_data->titles.size());
    return events < count ? m_data->titles[static_cast<std::size_t>(count - 1 - events)] : QString();
}

void EigenPage::showImpulse()
{
    PlotModel plot = plotOf(*m_data, tr("Impulse response"), tr("events after the impulse"));
    const std::int64_t events = std::clamp(m_data->shown().historyLength, leastEvents, mostEvents);
    plot.x.ticks = Scale{0.0, static_cast<double>(events), false}.ticks(wantedTicks);
    plot.x.text = [this](double n) {
        const QString title = titleBack(qRound(n));
        return title.isEmpty() ? QString::number(qRound(n)) : tr("%1 (%2)").arg(qRound(n)).arg(title);
    };
    plot.y.low = -1.08;
    plot.y.high = 1.08;
    plot.y.decimals = 3;
    plot.y.ticks = {{-1.0, format::number(-1, 0)}, {0.0, QStringLiteral("0")}, {1.0, QStringLiteral("1")}};
    const auto add = [&](int channel, PlotTone tone) {
        PlotSeries series;
        series.name = tr("channel %1").arg(channel + 1);
        series.tone = tone;
        series.dashed = tone == PlotTone::Neutral; // thinner too: only to compare with
        series.y = impulseResponse(m_data->eigenvalue(m_layer, channel), events);
        for (std::size_t n = 0; n < series.y.size(); ++n)
            series.x.push_back(static_cast<double>(n));
        plot.series.push_back(std::move(series));
    };
    for (const int channel : channelsToCompare(m_memory, m_channel))
        add(channel, PlotTone::Neutral);
    add(m_channel, PlotTone::Focus);
    m_impulse->setModel(std::move(plot));
}

} // namespace recoscope
