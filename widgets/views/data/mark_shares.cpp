// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/mark_shares.h"

#include <QHBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/row_bars.h"

namespace recoscope {

namespace {

constexpr std::size_t mostRows = 4; // the panel stands under the charts and leaves them their height

RowBars::Row shareRow(const QString& label, std::int64_t count, std::int64_t events, bool quiet)
{
    const double share = static_cast<double>(count) / static_cast<double>(events);
    return {label, static_cast<double>(count), format::share(share, 1), false, quiet};
}

} // namespace

MarkShares::MarkShares(Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
{
    setAccessibleName(tr("Surfaces and kinds of events"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    m_surfaces = addChart(tr("Surfaces"), QStringLiteral("surfaces"));
    m_kinds = addChart(tr("Kinds of events"), QStringLiteral("kinds"));
    clear();
}

MarkShares::Chart MarkShares::addChart(const QString& title, const QString& name)
{
    auto* panel = new Panel(m_theme, title, name);
    auto* bars = new RowBars(m_theme, name + QStringLiteral("Bars"), RowBars::Style::FromLeft);
    bars->setRunSlot(-1);
    bars->setValueName(QStringLiteral("events"));
    panel->setContent(bars);
    panel->setExportable(bars);
    layout()->addWidget(panel);
    return {panel, bars};
}

void MarkShares::setStatistics(const DatasetStatistics& statistics)
{
    show(m_surfaces, statistics.surfaces, statistics.interactions);
    show(m_kinds, statistics.kinds, statistics.interactions);
    setVisible(!statistics.surfaces.empty() || !statistics.kinds.empty());
}

void MarkShares::show(const Chart& chart, const std::vector<MarkCount>& counts, std::int64_t events)
{
    const std::size_t named = counts.size() > mostRows ? mostRows - 1 : counts.size();
    std::vector<RowBars::Row> rows;
    for (std::size_t i = 0; i < named; ++i)
        rows.push_back(shareRow(counts[i].name ? QString::fromStdString(*counts[i].name) : tr("not known"),
            counts[i].events, events, !counts[i].name));
    std::int64_t rest = 0;
    for (std::size_t i = named; i < counts.size(); ++i)
        rest += counts[i].events;
    if (named < counts.size())
        rows.push_back(
            shareRow(tr("%1 more").arg(format::count(static_cast<qint64>(counts.size() - named))), rest, events, true));
    chart.bars->setRows(std::move(rows));
    chart.panel->setSubtitle(tr("share of events"));
    chart.panel->setVisible(!counts.empty());
}

} // namespace recoscope
