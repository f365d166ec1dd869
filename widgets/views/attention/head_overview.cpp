// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/attention/head_overview.h"

#include <QHeaderView>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/heat_grid.h"
#include "widgets/plots/heat_image.h"
#include "widgets/plots/plot_view.h"

namespace recoscope {

namespace {

constexpr int mostRows = 4; // of the table before it scrolls

QImage thumbnail(const AttentionData& data, int layer, int head, bool dark, const QSize& size)
{
    const std::vector<float>& values = data.thumbnails[static_cast<std::size_t>(layer * data.maps->heads + head)];
    const std::int64_t side = data.thumbnailSize;
    const HeatBlock block{values.data(), side, 0, 0, side, side};
    HeatStyle style;
    style.causal = true;
    style.high = heatMaximum(block, style);
    return heatImage(block, style, dark, size);
}

} // namespace

HeadOverview::HeadOverview(Theme& theme, QWidget* parent)
    : Panel(theme, tr("All layers and heads"), QStringLiteral("heads"), parent)
    , m_theme(theme)
    , m_grid(new HeatGrid(theme, tr("All layers and heads"), QStringLiteral("attentionHeads")))
    , m_ranks(new PlotView(theme, tr("Rank of the item after each layer"), QStringLiteral("attentionRanks")))
{
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    m_grid->setTitles(
        [](int layer) { return tr("layer %1").arg(layer + 1); }, [](int head) { return tr("head %1").arg(head + 1); });
    makeTable();
    column->addWidget(m_grid);
    column->addWidget(m_table);
    column->addWidget(makeSeparator());
    column->addWidget(makeLabel(tr("Rank of the item after each layer"), "strong"));
    column->addWidget(m_ranks, 1);
    setContent(body);
    setExportable(m_ranks);
    connect(m_grid, &HeatGrid::currentChanged, this, &HeadOverview::headChosen);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (index.isValid())
            emit headChosen(m_rows->rowAt(index.row()).layer, m_rows->rowAt(index.row()).head);
    });
}

void HeadOverview::makeTable()
{
    m_rows = new RowTableModel<HeadRow>(
        {{{tr("Head"), {}, false, 76}, [](const HeadRow& r) { return tr("L%1 · %2").arg(r.layer + 1).arg(r.head + 1); },
             {}},
            {{tr("Entropy"), tr("Mean over rows, nats"), true, 76},
                [](const HeadRow& r) { return format::number(r.entropy, 2); },
                [](const HeadRow& r) { return QVariant(r.entropy); }},
            {{tr("Reaches"), tr("Mean distance read back, events"), true, 80},
                [](const HeadRow& r) { return tr("%1 ev").arg(format::number(r.reach, 1)); },
                [](const HeadRow& r) { return QVariant(r.reach); }}},
        this);
    m_table = new RowTable(m_theme, m_rows, QStringLiteral("attentionHeadTable"), tr("Heads of the layer"));
    m_table->setExportHeader({tr("Heads"), {}, {}});
    m_table->setStretchedColumn(0);
}

void HeadOverview::showData(std::shared_ptr<const AttentionData> data, int runSlot)
{
    m_data = std::move(data);
    m_slot = runSlot;
    const auto shown = m_data;
    m_grid->setGrid(static_cast<int>(shown->maps->layers), static_cast<int>(shown->maps->heads),
        [shown](
            int layer, int head, bool dark, const QSize& size) { return thumbnail(*shown, layer, head, dark, size); });
    showRanks(-1);
}

void HeadOverview::setCurrent(int layer, int head)
{
    m_grid->setCurrent(layer, head);
    const AttentionMaps& maps = *m_data->maps;
    std::vector<HeadRow> rows;
    for (int h = 0; h < maps.heads; ++h) {
        const auto& summary = m_data->heads[static_cast<std::size_t>(layer * maps.heads + h)];
        rows.push_back({layer, h, summary.entropy, summary.reach});
    }
    m_rows->setRows(std::move(rows));
    m_table->setCurrentIndex(m_rows->index(m_rows->shownRow(head), 0));
    m_table->setFixedHeight(m_table->horizontalHeader()->sizeHint().height()
        + m_theme.rowHeight() * static_cast<int>(std::min<std::int64_t>(maps.heads, mostRows)) + 2);
}

void HeadOverview::showRanks(int recommendation)
{
    PlotModel plot;
    plot.title = tr("Rank of the item after each layer");
    plot.protocolHash = m_data->protocolHash;
    plot.seed = m_data->seed;
    plot.x.name = tr("layer");
    plot.x.logAllowed = false;
    plot.y.log = true;
    plot.y.inverted = true;
    plot.y.decimals = 0;
    double worst = 10.0; // so that ranks that are all 1 stand at the top
    for (int i = 0; i <= m_data->maps->layers; ++i)
        plot.x.ticks.push_back({static_cast<double>(i), i == 0 ? tr("emb.") : QString::number(i)});
    const auto add = [&](const QString& name, const std::vector<double>& ranks, int slot) {
        PlotSeries series;
        series.name = name;
        series.slot = slot;
        series.dashed = slot < 0;
        series.mark = series.dashed ? PlotMark::Line : PlotMark::LinePoints;
        for (std::size_t i = 0; i < ranks.size(); ++i)
            series.x.push_back(static_cast<double>(i));
        series.y = ranks;
        worst = std::max(worst, *std::max_element(ranks.begin(), ranks.end()));
        plot.series.push_back(std::move(series));
    };
    if (!m_data->targetRanks.empty())
        add(tr("target"), m_data->targetRanks, -1);
    const auto item = static_cast<std::size_t>(std::max(0, recommendation));
    if (item < m_data->recommendationRanks.size())
        add(tr("#%1").arg(item + 1), m_data->recommendationRanks[item], m_slot);
    plot.y.low = 0.8;
    plot.y.high = 1.25 * worst;
    m_ranks->setModel(std::move(plot));
}

} // namespace recoscope
