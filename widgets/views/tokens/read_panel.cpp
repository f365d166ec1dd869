// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/tokens/read_panel.h"

#include "widgets/core/formatting.h"
#include "widgets/core/token_reading.h"
#include "widgets/plots/event_bars.h"

namespace recoscope {

ReadPanel::ReadPanel(Theme& theme, QWidget* parent)
    : Panel(theme, tr("Read by recent events"), QStringLiteral("tokensRead"), parent)
    , m_read(new EventBars(theme, QStringLiteral("tokensRead")))
{
    m_read->setExportHeader({tr("What recent events read of the tokens"), {}, {}});
    m_read->setToolTip(
        format::wrapped(tr("Of all that a recent event reads in this layer: the share that goes to tokens.")));
    setContent(m_read);
    setExportable(m_read);
}

void ReadPanel::showRead(const TokensData& data, int layer, int head, int token)
{
    const TokenMaps& maps = *data.maps;
    const std::vector<float> shares = maps.readBy(layer, head);
    std::vector<EventBars::Row> rows(maps.tokens() > 1 ? 2 : 1);
    const std::int64_t held = maps.shape.tokensHeld(maps.segments);
    rows[0].name = maps.tokens() > 1 ? tr("all %1 tokens").arg(held) : tr("the token");
    rows[0].values = recentShares(maps, shares, -1);
    rows[0].slot = data.slot;
    if (rows.size() > 1) {
        rows[1].name = tr("token %1").arg(token % maps.shape.tokens + 1);
        rows[1].values = recentShares(maps, shares, token);
        if (maps.segments > 1)
            rows[1].caption = tr("of segment %1").arg(token / maps.shape.tokens + 1);
    }
    for (EventBars::Row& row : rows)
        row.text = [](double value) { return format::share(value); };
    m_read->setExportHeader(data.header(tr("What recent events read of the tokens, layer %1").arg(layer + 1)));
    m_read->setRows({data.titles.begin() + maps.older(), data.titles.end()}, std::move(rows));
    m_read->setNumbered(static_cast<int>(maps.older()) + 1);
    setSubtitle(tr("share"));
}

} // namespace recoscope
