// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/attention/head_panel.h"

#include "widgets/core/formatting.h"
#include "widgets/plots/heat_map.h"

namespace recoscope {

HeadPanel::HeadPanel(Theme& theme, const QString& title, const QString& name, QWidget* parent)
    : Panel(theme, title, name, parent)
    , m_map(new HeatMap(theme, title, name + u"Map"))
{
    setContent(m_map);
    setExportable(m_map);
    connect(m_map, &HeatMap::scrolled, this, &HeadPanel::showRange);
}

void HeadPanel::showHead(const HeadChoice& choice)
{
    const bool sameData = choice.data == m_choice.data;
    const bool sameRange = sameData && choice.last == m_choice.last;
    m_choice = choice;
    const auto data = choice.data;
    const AttentionMaps& maps = *data->maps;
    HeatMapData shown;
    shown.owner = data;
    shown.values = maps.head(choice.layer, choice.head);
    shown.rows = shown.columns = maps.length;
    shown.style.causal = true;
    shown.style.rowNormalised = choice.scale == AttentionScale::RowNormalised;
    shown.style.high = 0;
    shown.rowTitle = shown.columnTitle = [data](int i) { return data->titles[static_cast<std::size_t>(i)]; };
    if (!data->gaps.empty())
        shown.rowNote = [data](int i) { return data->gaps[static_cast<std::size_t>(i)]; };
    shown.readOut = [this](int row, int column, double value) { return readOut(row, column, value); };
    shown.valueName = shown.style.rowNormalised ? tr("row-normalised weight") : tr("weight");
    shown.focusName = tr("lifts the pointed-at item");
    shown.protocolHash = data->protocolHash;
    shown.seed = data->seed;
    m_map->setData(std::move(shown));
    if (!sameRange)
        m_map->setLast(choice.last);
    m_map->setFocusColumns(choice.lit);
    setTitle(tr("Layer %1, head %2").arg(choice.layer + 1).arg(choice.head + 1));
    showRange();
}

void HeadPanel::setLit(const std::vector<int>& events)
{
    m_choice.lit = events;
    m_map->setFocusColumns(events);
}

void HeadPanel::showRange()
{
    if (!m_choice.data)
        return;
    const QRect cells = m_map->shownCells();
    const std::int64_t all = m_choice.data->maps->length;
    QString text
        = tr("%1 of %2 events").arg(format::count(cells.height()), format::count(m_choice.data->historyLength));
    if (cells.top() + cells.height() < all || cells.left() != cells.top())
        text
            = tr("events %1–%2 of %3")
                  .arg(format::count(cells.top() + 1), format::count(cells.top() + cells.height()), format::count(all));
    if (m_namesOrigin)
        text = tr("pinned: user %1, %2").arg(m_choice.data->userName, m_choice.data->runName) + QStringLiteral(" · ")
            + text;
    setSubtitle(text);
}

QString HeadPanel::readOut(int row, int column, double value) const
{
    const AttentionData& data = *m_choice.data;
    const auto title = [&](int event) { return data.titles[static_cast<std::size_t>(event)]; };
    QString text = tr("%1 reads %2").arg(title(row), title(column)) + u'\n';
    text += tr("weight %1").arg(format::number(value, 3));
    double sum = 0.0;
    for (int c = 0; c <= row; ++c)
        sum += m_map->shownValue(row, c);
    if (sum > 0)
        text += QStringLiteral(" · ") + tr("%1× the row mean").arg(format::number(value * (row + 1) / sum, 1));
    if (row == column)
        return text;
    text += u'\n' + tr("%n event(s) earlier", nullptr, row - column);
    if (const auto& times = data.maps->times; !times.empty())
        text += QStringLiteral(" · ")
            + format::gap(
                static_cast<double>(times[static_cast<std::size_t>(row)] - times[static_cast<std::size_t>(column)]));
    return text;
}

} // namespace recoscope
