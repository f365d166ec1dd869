// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/state/kept_panel.h"

#include <algorithm>
#include <cmath>

#include "widgets/core/formatting.h"
#include "widgets/frame/run_words.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/plots/event_bars.h"

namespace recoscope {

KeptPanel::KeptPanel(Theme& theme, QWidget* parent)
    : Panel(theme, tr("What the state keeps"), QStringLiteral("stateKept"), parent)
    , m_scale(new SegmentedControl(
          {tr("Share"), tr("Signed")}, QStringLiteral("stateKeptScale"), tr("Size or direction of the shares"), this))
    , m_bars(new EventBars(theme, QStringLiteral("stateKept")))
{
    m_bars->setExportHeader({tr("What the state keeps"), {}, {}});
    addControl(m_scale);
    setContent(m_bars);
    setExportable(m_bars);
    connect(m_scale, &SegmentedControl::currentChanged, this, &KeptPanel::showRows);
    connect(m_bars, &EventBars::rangeChanged, this, &KeptPanel::showSubtitle);
}

void KeptPanel::showData(std::shared_ptr<const StateData> data, std::shared_ptr<const KeptShares> kept)
{
    m_data = std::move(data);
    m_kept = std::move(kept);
    m_bars->setExportHeader({tr("What the state keeps"), m_data->shown().protocolHash, m_data->shown().seed});
    showRows();
}

void KeptPanel::setChannel(int layer, int channel)
{
    m_layer = layer;
    m_channel = channel;
    showRows();
}

void KeptPanel::showRows()
{
    if (!m_data)
        return;
    const std::size_t events = m_data->titles.size();
    const bool isSigned = m_scale->current() == 1;
    std::vector<EventBars::Row> rows;
    for (std::size_t slot = 0; slot < m_data->runs.size() && m_kept; ++slot) {
        const KeptShares::Row& kept = m_kept->rows[slot];
        if (!m_data->runs[slot] && kept.note.isEmpty())
            continue;
        EventBars::Row row;
        row.name
            = m_data->runs[slot] ? modelTitle(m_data->runs[slot]->model) : tr("Run %1").arg(slot == 0 ? u'A' : u'B');
        row.caption = !kept.note.isEmpty() ? kept.note : kept.isAttention ? tr("attention") : tr("leave one out");
        row.slot = static_cast<int>(slot);
        row.values = kept.shares;
        row.values.resize(events, std::nan(""));
        if (!isSigned)
            std::transform(
                row.values.begin(), row.values.end(), row.values.begin(), [](double value) { return std::abs(value); });
        row.outlined = kept.lifting;
        row.text = [](double value) { return format::share(value); };
        rows.push_back(std::move(row));
    }
    if (m_channel >= 0 && m_data->hasEigenvalues()) {
        EventBars::Row row;
        row.name = tr("channel %1").arg(m_channel + 1);
        row.caption = tr("Re λⁿ, layer %1").arg(m_layer + 1);
        row.values = impulseResponse(
            m_data->eigenvalue(m_layer, m_channel), std::max<std::int64_t>(0, static_cast<std::int64_t>(events) - 1));
        std::reverse(row.values.begin(), row.values.end());
        row.text = [](double value) { return format::number(value, 3); };
        rows.push_back(std::move(row));
    }
    m_bars->setRows(m_data->titles, std::move(rows));
    showSubtitle();
}

void KeptPanel::showSubtitle()
{
    if (!m_data || !m_kept)
        return;
    QString text = m_kept->item.prepared < 0 ? tr("nothing is recommended")
        : m_kept->isChosen
        ? tr("share of each event in the score of %1").arg(m_kept->item.title)
        : tr("share of each event in the score of %1 (first recommendation)").arg(m_kept->item.title);
    if (m_bars->shownEvents() < m_bars->events())
        text += QStringLiteral("; ")
            + tr("events %1–%2 of %3")
                  .arg(format::count(m_bars->firstShown() + 1),
                      format::count(m_bars->firstShown() + m_bars->shownEvents()), format::count(m_bars->events()));
    setSubtitle(text);
}

} // namespace recoscope
