// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/attention/attention_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/heat_grid.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/plot_view.h"
#include "widgets/plots/row_bars.h"
#include "widgets/views/context.h"
#include "widgets/views/runs/row_table.h"

namespace recoscope {

namespace {

constexpr int leftWidth = 262;
constexpr int rightWidth = 310;
constexpr int shownReads = 7;
constexpr double litShare = 0.6;
constexpr int mostLit = 4;
const QString loadKey = QStringLiteral("attention");
const QString explainKey = QStringLiteral("attention-explain");

HeatBlock wholeHead(const AttentionMaps& maps, int layer, int head)
{
    return {maps.head(layer, head), maps.length, 0, 0, maps.length, maps.length};
}

} // namespace

AttentionView::AttentionView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Attention"), parent)
    , m_stack(new QStackedWidget)
    , m_page(new QWidget)
    , m_empty(new EmptyState(context.theme, QStringLiteral("grid-3x3"), {}))
{
    setObjectName(QStringLiteral("attentionView"));
    m_run = new SegmentedControl(
        {tr("Run A"), tr("Run B")}, QStringLiteral("attentionRun"), tr("Run that is looked into"));
    addTitleAction(m_run);
    auto* row = new QHBoxLayout(m_page);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(makeLeft());
    row->addWidget(makeMiddle(), 1);
    row->addWidget(makeRight());
    m_stack->addWidget(m_page);
    m_stack->addWidget(m_empty);
    contentLayout()->addWidget(m_stack, 1);
    m_empty->addAction(tr("Show runs"), QStringLiteral("attentionShowRuns"),
        [this] { emit this->context().navigator.viewRequested(QStringLiteral("runs")); });
    connectParts();
}

QWidget* AttentionView::makeLeft()
{
    Theme& theme = context().theme;
    auto* panel = new Panel(theme, tr("All layers and heads"), QStringLiteral("heads"));
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    m_grid = new HeatGrid(theme, tr("All layers and heads"), QStringLiteral("attentionHeads"));
    m_grid->setTitles(
        [](int layer) { return tr("layer %1").arg(layer + 1); }, [](int head) { return tr("head %1").arg(head + 1); });
    column->addWidget(m_grid);
    m_headRows = new RowTableModel<HeadRow>(
        {{{tr("Head"), {}, false, 76},
             [this](const HeadRow& r) { return tr("L%1 · %2").arg(layer() + 1).arg(r.head + 1); }, {}},
            {{tr("Entropy"), tr("Mean over rows, nats"), true, 76},
                [](const HeadRow& r) { return format::number(r.entropy, 2); },
                [](const HeadRow& r) { return QVariant(r.entropy); }},
            {{tr("Reaches"), tr("Mean distance read back, events"), true, 80},
                [](const HeadRow& r) { return tr("%1 ev").arg(format::number(r.reach, 1)); },
                [](const HeadRow& r) { return QVariant(r.reach); }}},
        this);
    m_headTable = new RowTable(theme, m_headRows, QStringLiteral("attentionHeadTable"), tr("Heads of the layer"));
    m_headTable->setExportHeader({tr("Heads"), {}, {}});
    m_headTable->setStretchedColumn(0);
    m_headTable->setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    column->addWidget(m_headTable);
    column->addWidget(makeSeparator());
    column->addWidget(makeLabel(tr("Rank of the item after each layer"), "strong"));
    m_rankPlot = new PlotView(theme, tr("Rank of the item after each layer"), QStringLiteral("attentionRanks"));
    column->addWidget(m_rankPlot, 1);
    panel->setContent(body);
    panel->setExportable(m_rankPlot);
    panel->setFixedWidth(theme.scaled(leftWidth));
    return panel;
}

QWidget* AttentionView::makeMiddle()
{
    Theme& theme = context().theme;
    m_detail = new Panel(theme, tr("Head"), QStringLiteral("attentionDetail"));
    m_scale = new SegmentedControl(
        {tr("Raw"), tr("Row-normalised")}, QStringLiteral("attentionScale"), tr("Scale of the weights"));
    m_scale->setCurrent(1);
    m_last = new QComboBox;
    setNames(m_last, QStringLiteral("attentionLast"), tr("Events shown"));
    m_last->addItem(tr("Last 20"), 20);
    m_last->addItem(tr("Last 50"), 50);
    m_last->addItem(tr("All"), 0);
    m_detail->addControl(m_scale);
    m_detail->addControl(m_last);
    m_map = new HeatMap(theme, tr("Attention"), QStringLiteral("attentionMap"));
    m_detail->setContent(m_map);
    m_detail->setExportable(m_map);
    return m_detail;
}

QWidget* AttentionView::makeRight()
{
    Theme& theme = context().theme;
    auto* side = new QWidget;
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);

    auto* listPanel = new Panel(theme, tr("Recommendations"), QStringLiteral("attentionItems"));
    listPanel->setSubtitle(tr("point at a row to light its history"));
    m_itemRows = new RowTableModel<AttentionData::Item>(
        {{{QStringLiteral("#"), {}, true, 36},
             [this](const AttentionData::Item& item) { return QString::number(&item - m_itemRows->rows().data() + 1); },
             [this](
                 const AttentionData::Item& item) { return QVariant(double(&item - m_itemRows->rows().data() + 1)); }},
            {{tr("Title"), {}, false, 0}, [](const AttentionData::Item& item) { return item.title; }, {}},
            {{tr("Score"), {}, true, 66}, [](const AttentionData::Item& item) { return format::number(item.score, 3); },
                [](const AttentionData::Item& item) { return QVariant(double(item.score)); }}},
        this);
    m_items = new RowTable(theme, m_itemRows, QStringLiteral("attentionItemTable"), tr("Recommendations"));
    m_items->setExportHeader({tr("Recommendations"), {}, {}});
    m_items->setStretchedColumn(1);
    listPanel->setBodyMargins(0, 0, 0, 4);
    listPanel->setContent(m_items);
    listPanel->setExportable(m_items);
    column->addWidget(listPanel, 3);

    m_readsPanel = new Panel(theme, tr("What the prediction reads"), QStringLiteral("attentionReads"));
    m_readsPanel->setSubtitle(tr("last row"));
    m_reads = new RowBars(theme, QStringLiteral("attentionReads"), RowBars::Style::FromLeft);
    m_reads->setValueName(QStringLiteral("weight"));
    m_readsPanel->setContent(m_reads);
    m_readsPanel->setExportable(m_reads);
    column->addWidget(m_readsPanel, 2);
    side->setFixedWidth(theme.scaled(rightWidth));
    return side;
}

void AttentionView::connectParts()
{
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields
            & (SelectionFields(SelectionField::RunA) | SelectionField::RunB | SelectionField::User
                | SelectionField::Dataset))
            load();
        else if (fields & (SelectionFields(SelectionField::Layer) | SelectionField::Head))
            showHead();
    });
    connect(m_run, &SegmentedControl::currentChanged, this, [this] { load(); });
    connect(m_scale, &SegmentedControl::currentChanged, this, [this] { showHead(); });
    connect(m_last, &QComboBox::currentIndexChanged, this, [this] { showHead(); });
    connect(m_grid, &HeatGrid::currentChanged, this, &AttentionView::chooseHead);
    connect(m_headTable, &QAbstractItemView::clicked, this,
        [this](const QModelIndex& index) { chooseHead(layer(), m_headRows->rowAt(index.row()).head); });
    connect(m_items, &RowTable::rowHovered, this, [this](int row) { pointAt(row >= 0 ? row : m_pinned); });
    connect(m_items->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        m_pinned = index.row();
        pointAt(m_pinned);
        if (index.isValid())
            context().selection.setItem(m_itemRows->rowAt(index.row()).dataset);
    });
}

SelectionFields AttentionView::usedFields() const
{
    return SelectionFields(SelectionField::Dataset) | SelectionField::RunA | SelectionField::RunB | SelectionField::User
        | SelectionField::Item | SelectionField::Layer | SelectionField::Head;
}

void AttentionView::activate()
{
    if (m_stale)
        load();
}

Exportable* AttentionView::mainExport() const
{
    return m_map;
}

RunId AttentionView::shownRun() const
{
    const Selection& selection = context().selection;
    return (m_run->current() == 1 ? selection.runB() : selection.runA()).toStdString();
}

int AttentionView::layer() const
{
    const int last = m_data && m_data->maps ? static_cast<int>(m_data->maps->layers) - 1 : 0;
    return std::clamp(context().selection.layer(), 0, std::max(0, last));
}

int AttentionView::head() const
{
    const int last = m_data && m_data->maps ? static_cast<int>(m_data->maps->heads) - 1 : 0;
    return std::clamp(context().selection.head(), 0, std::max(0, last));
}

AttentionScale AttentionView::scale() const
{
    return m_scale->current() == 0 ? AttentionScale::Raw : AttentionScale::RowNormalised;
}

void AttentionView::showEmpty(const QString& sentence)
{
    m_data.reset();
    m_empty->setSentence(sentence);
    m_stack->setCurrentWidget(m_empty);
    setSubtitle({});
}

void AttentionView::load()
{
    m_stale = !isVisible();
    if (m_stale)
        return;
    banner().clear();
    m_run->setSegmentEnabled(1, !context().selection.runB().isEmpty());
    const RunId run = shownRun();
    const int user = context().selection.user();
    if (run.empty() || user < 0) {
        showEmpty(run.empty() ? tr("Choose a run with attention, such as SASRec, as run A.")
                              : tr("Choose a user to see what the model read of the history."));
        return;
    }
    m_detail->setLoading(true, tr("reading attention…"));
    context().jobs.run(
        {JobLane::Inspect, tr("Attention of %1").arg(context().library.runName(QString::fromStdString(run))), loadKey},
        this,
        [workspace = context().workspace, run, user](
            Progress& progress) { return loadAttention(*workspace, run, user, progress); },
        [this](std::shared_ptr<const AttentionData> data) { show(std::move(data)); },
        [this](const JobFailure& failure) {
            m_detail->setLoading(false);
            showEmpty(failure.message);
            banner().showFailure(tr("The attention could not be read."), failure);
        });
}

void AttentionView::show(std::shared_ptr<const AttentionData> data)
{
    m_detail->setLoading(false);
    m_explanations.clear();
    m_explaining = false;
    m_pointed = m_pinned = -1;
    if (!data->hasAttention) {
        showEmpty(tr("This model has no attention. Choose a model with attention, such as SASRec, as run A."));
        return;
    }
    m_data = std::move(data);
    m_stack->setCurrentWidget(m_page);
    const auto maps = m_data->maps;
    m_grid->setGrid(static_cast<int>(maps->layers), static_cast<int>(maps->heads),
        [maps](int layer, int head, bool dark, const QSize& size) {
            const HeatBlock block = wholeHead(*maps, layer, head);
            HeatStyle style;
            style.causal = true;
            style.rowNormalised = true;
            style.high = heatMaximum(block, style);
            return heatImage(block, style, dark, size);
        });
    m_items->clearSelection();
    m_items->setFocusRow(-1);
    m_itemRows->setRows(m_data->recommendations);
    m_reads->setRunSlot(m_run->current());
    showRanks(-1);
    showHead();
}

void AttentionView::chooseHead(int layer, int head)
{
    SelectionState next = context().selection.state();
    next.layer = layer;
    next.head = head;
    if (next == context().selection.state())
        return;
    context().selection.change(next, tr("Choose head"));
}

void AttentionView::showHead()
{
    if (!m_data || !m_data->maps)
        return;
    const auto data = m_data;
    const AttentionMaps& maps = *data->maps;
    const bool normalised = scale() == AttentionScale::RowNormalised;
    m_grid->setCurrent(layer(), head());
    std::vector<HeadRow> rows;
    for (int h = 0; h < maps.heads; ++h) {
        const auto& summary = data->heads[static_cast<std::size_t>(layer() * maps.heads + h)];
        rows.push_back({h, summary.entropy, summary.reach});
    }
    m_headRows->setRows(std::move(rows));
    m_headTable->selectRow(m_headRows->shownRow(head()));
    m_headTable->setFixedHeight(m_headTable->horizontalHeader()->sizeHint().height()
        + context().theme.rowHeight() * static_cast<int>(std::min<std::int64_t>(maps.heads, 4)) + 2);

    HeatMapData shown;
    shown.owner = data;
    shown.values = maps.head(layer(), head());
    shown.rows = shown.columns = maps.length;
    shown.style.causal = true;
    shown.style.rowNormalised = normalised;
    shown.style.high = 0;
    shown.rowTitle = shown.columnTitle = [data](int i) { return data->titles[static_cast<std::size_t>(i)]; };
    if (!data->gaps.empty())
        shown.rowNote = [data](int i) { return data->gaps[static_cast<std::size_t>(i)]; };
    shown.readOut = [data](int row, int column, double value) {
        const auto& titles = data->titles;
        QString text = tr("%1 reads %2, %3")
                           .arg(titles[static_cast<std::size_t>(row)], titles[static_cast<std::size_t>(column)],
                               format::number(value, 3));
        if (row != column) {
            text += u'\n' + tr("%n event(s) earlier", nullptr, row - column);
            if (const auto& times = data->maps->times; !times.empty())
                text += QStringLiteral(" · ")
                    + format::gap(static_cast<double>(
                        times[static_cast<std::size_t>(row)] - times[static_cast<std::size_t>(column)]));
        }
        return text;
    };
    shown.valueName = normalised ? tr("row-normalised weight") : tr("weight");
    const RunRecord* run = context().library.run(QString::fromStdString(data->run));
    if (run) {
        shown.protocolHash = QString::fromStdString(run->protocolHash);
        shown.seed = QString::number(run->seed);
    }
    m_map->setData(std::move(shown));
    m_map->setMarkedRow(static_cast<int>(maps.length) - 1);
    const int last = m_last->currentData().toInt();
    m_map->setLast(last);
    m_detail->setTitle(tr("Layer %1, head %2").arg(layer() + 1).arg(head() + 1));
    m_detail->setSubtitle(tr("%1 of %2 events")
                              .arg(format::count(last > 0 ? std::min<std::int64_t>(last, maps.length) : maps.length),
                                  format::count(data->historyLength)));
    setSubtitle(maps.rowsSumToOne ? tr("softmax weights: each row sums to 1")
                                  : tr("weights do not sum to 1; rows are normalised here"));
    showLit();
}

void AttentionView::showReads()
{
    std::vector<int> lit;
    if (m_pointed >= 0 && m_pointed < static_cast<int>(m_explanations.size()))
        lit = liftingEvents(m_explanations[static_cast<std::size_t>(m_pointed)], litShare, mostLit);
    std::vector<RowBars::Row> rows;
    for (const ReadEvent& read : predictionReads(*m_data->maps, layer(), head(), scale(), shownReads)) {
        const bool isLit = std::find(lit.begin(), lit.end(), static_cast<int>(read.event)) != lit.end();
        rows.push_back({m_data->titles[static_cast<std::size_t>(read.event)], read.weight,
            format::number(read.weight, 3), isLit, false});
    }
    m_reads->setRows(std::move(rows));
}

void AttentionView::pointAt(int row)
{
    if (!m_data || row == m_pointed)
        return;
    m_pointed = row;
    m_items->setFocusRow(row);
    showRanks(row);
    if (row >= 0 && m_explanations.empty())
        explainAll();
    showLit();
}

void AttentionView::explainAll()
{
    if (m_explaining || m_data->recommendations.empty())
        return;
    m_explaining = true;
    context().jobs.run(
        {JobLane::Inspect, tr("Leave one event out"), explainKey}, this,
        [data = m_data](Progress& progress) {
            std::vector<std::int32_t> items;
            for (const AttentionData::Item& item : data->recommendations)
                items.push_back(item.prepared);
            return std::make_pair(data, data->session->explain(data->history.view(), items, progress));
        },
        [this](std::pair<std::shared_ptr<const AttentionData>, std::vector<Explanation>> result) {
            m_explaining = false;
            if (result.first != m_data)
                return;
            m_explanations = std::move(result.second);
            showLit();
        },
        [this](const JobFailure& failure) {
            m_explaining = false;
            banner().showFailure(tr("The events could not be weighed."), failure);
        });
}

void AttentionView::showLit()
{
    if (!m_data || !m_data->maps)
        return;
    std::vector<int> columns;
    if (m_pointed >= 0 && m_pointed < static_cast<int>(m_explanations.size()))
        columns = liftingEvents(m_explanations[static_cast<std::size_t>(m_pointed)], litShare, mostLit);
    m_map->setFocusColumns(columns);
    showReads();
}

void AttentionView::showRanks(int row)
{
    PlotModel plot;
    plot.title = tr("Rank of the item after each layer");
    plot.x.name = tr("layer");
    plot.x.logAllowed = false;
    plot.y.log = true;
    plot.y.inverted = true;
    plot.y.decimals = 0;
    const std::size_t points = static_cast<std::size_t>(m_data->maps->layers) + 1;
    for (std::size_t i = 0; i < points; ++i)
        plot.x.ticks.push_back({static_cast<double>(i), i == 0 ? tr("emb.") : QString::number(i)});
    const auto add = [&](const QString& name, const std::vector<double>& ranks, bool dashed) {
        PlotSeries series;
        series.name = name;
        series.slot = dashed ? -1 : m_run->current();
        series.mark = dashed ? PlotMark::Line : PlotMark::LinePoints;
        series.dashed = dashed;
        for (std::size_t i = 0; i < ranks.size(); ++i)
            series.x.push_back(static_cast<double>(i));
        series.y = ranks;
        plot.series.push_back(std::move(series));
    };
    if (!m_data->targetRanks.empty())
        add(tr("target"), m_data->targetRanks, true);
    const int item = row >= 0 ? row : 0;
    if (item < static_cast<int>(m_data->recommendationRanks.size())) {
        const auto& ranks = m_data->recommendationRanks[static_cast<std::size_t>(item)];
        add(tr("#%1").arg(item + 1), ranks, false);
    }
    m_rankPlot->setModel(std::move(plot));
}

} // namespace recoscope
