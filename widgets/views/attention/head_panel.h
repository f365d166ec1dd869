// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// One head in detail over the history of one user: titles, gaps, weights. The page shows one that follows the
// selection and, when asked, a second one that stays as it was pinned. GUI thread.
#pragma once

#include <memory>
#include <vector>

#include "widgets/core/attention_reading.h"
#include "widgets/frame/panel.h"
#include "widgets/views/attention/attention_data.h"

namespace recoscope {

class HeatMap;

// Which head of which user and run is shown, and how.
struct HeadChoice {
    std::shared_ptr<const AttentionData> data; // with maps
    int layer = 0;
    int head = 0;
    AttentionScale scale = AttentionScale::RowNormalised;
    int last = 20; // events; 0 = all
    std::vector<int> lit; // events in focus amber
};

class HeadPanel : public Panel {
    Q_OBJECT

public:
    // `name` is the stem of the object names: NAMEPanel, NAMEMap.
    HeadPanel(Theme& theme, const QString& title, const QString& name, QWidget* parent = nullptr);

    void showHead(const HeadChoice& choice);
    void setLit(const std::vector<int>& events);
    // Also names run and user, for a panel that does not follow the selection.
    void setNamesOrigin(bool names) { m_namesOrigin = names; }
    const HeadChoice& choice() const { return m_choice; }
    HeatMap* map() const { return m_map; }

private:
    void showRange();
    QString readOut(int row, int column, double value) const;

    HeatMap* m_map;
    HeadChoice m_choice;
    bool m_namesOrigin = false;
};

} // namespace recoscope
