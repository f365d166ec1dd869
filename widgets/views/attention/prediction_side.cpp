// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/attention/prediction_side.h"

#include <algorithm>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/row_bars.h"

namespace recoscope {

namespace {

constexpr int shownReads = 7;

} // namespace

PredictionSide::PredictionSide(Theme& theme, QWidget* parent)
    : SideColumn(
        theme, {310, 250}, QStringLiteral("attentionSideTabs"), tr("What is recommended and what is read"), parent)
    , m_theme(theme)
    , m_listPanel(makeList())
    , m_readsPanel(makeReads())
{
    setAccessibleName(tr("Prediction"));
    addPanel(m_listPanel, tr("Recommended"), 3);
    addPanel(m_readsPanel, tr("Read"), 2);
}

Panel* PredictionSide::makeList()
{
    auto* panel = new Panel(m_theme, tr("Recommendations"), QStringLiteral("attentionItems"));
    panel->setSubtitle(tr("point at a row"));
    panel->setToolTip(tr("The events that lift a row are lit while you point at it; a click keeps them lit."));
    const auto place = [this](const InspectedItem& item) { return &item - m_rows->rows().data() + 1; };
    m_rows = new RowTableModel<InspectedItem>(
        {{{QStringLiteral("#"), {}, true, 36},
             [place](const InspectedItem& item) { return QString::number(place(item)); },
             [place](const InspectedItem& item) { return QVariant(static_cast<double>(place(item))); }},
            {{tr("Title"), {}, false, 0}, [](const InspectedItem& item) { return item.title; }, {}},
            {{tr("Score"), {}, true, 66}, [](const InspectedItem& item) { return format::number(item.score, 3); },
                [](const InspectedItem& item) { return QVariant(static_cast<double>(item.score)); }}},
        this);
    m_table = new RowTable(m_theme, m_rows, QStringLiteral("attentionItemTable"), tr("Recommendations"));
    m_table->setStretchedColumn(1);
    panel->setBodyMargins(0, 0, 0, 4);
    panel->setContent(m_table);
    panel->setExportable(m_table);
    connect(
        m_table, &RowTable::rowHovered, this, [this](int row) { emit pointed(row >= 0 ? sourceOf(row) : m_chosen); });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        m_chosen = index.isValid() ? sourceOf(index.row()) : -1;
        emit pointed(m_chosen);
        if (index.isValid())
            emit chosen(m_rows->rowAt(index.row()).dataset);
    });
    return panel;
}

Panel* PredictionSide::makeReads()
{
    auto* panel = new Panel(m_theme, tr("The prediction reads"), QStringLiteral("attentionReads"));
    panel->setSubtitle(tr("last row"));
    m_bars = new RowBars(m_theme, QStringLiteral("attentionReads"), RowBars::Style::FromLeft);
    m_bars->setValueName(QStringLiteral("weight"));
    panel->setContent(m_bars);
    panel->setExportable(m_bars);
    return panel;
}

int PredictionSide::sourceOf(int shownRow) const
{
    return static_cast<int>(m_rows->sourceRow(shownRow));
}

void PredictionSide::showData(const AttentionData& data, int runSlot)
{
    m_table->clearSelection();
    m_table->setFocusRow(-1);
    m_chosen = -1;
    m_table->setExportHeader({tr("Recommendations"), data.protocolHash, data.seed});
    m_rows->setRows(data.recommendations);
    m_bars->setRunSlot(runSlot);
}

void PredictionSide::showReads(const HeadChoice& choice)
{
    const AttentionData& data = *choice.data;
    m_bars->setExportHeader({tr("The prediction reads"), data.protocolHash, data.seed});
    std::vector<RowBars::Row> rows;
    for (const ReadEvent& read : predictionReads(*data.maps, choice.layer, choice.head, choice.scale, shownReads)) {
        const bool isLit
            = std::find(choice.lit.begin(), choice.lit.end(), static_cast<int>(read.event)) != choice.lit.end();
        rows.push_back({data.titles[static_cast<std::size_t>(read.event)], read.weight, format::number(read.weight, 3),
            isLit, false});
    }
    m_bars->setRows(std::move(rows));
}

void PredictionSide::setPointed(int recommendation)
{
    m_table->setFocusRow(recommendation < 0 ? -1 : m_rows->shownRow(recommendation));
}

} // namespace recoscope
