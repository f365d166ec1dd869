// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the state keeps: the share of each event of the history in the score of one item, a row for run A and one for
// run B, and what the chosen channel still holds of each event. GUI thread.
#pragma once

#include "widgets/frame/panel.h"
#include "widgets/views/state/state_data.h"

namespace recoscope {

class EventBars;
class SegmentedControl;

class KeptPanel : public Panel {
    Q_OBJECT

public:
    explicit KeptPanel(Theme& theme, QWidget* parent = nullptr);

    // `kept` null: still being worked out; the rows of the runs follow.
    void showData(std::shared_ptr<const StateData> data, std::shared_ptr<const KeptShares> kept);
    void setChannel(int layer, int channel); // channel -1 = no row

private:
    void showRows();
    void showSubtitle();

    std::shared_ptr<const StateData> m_data;
    std::shared_ptr<const KeptShares> m_kept;
    int m_layer = 0;
    int m_channel = -1;
    SegmentedControl* m_scale;
    EventBars* m_bars;
};

} // namespace recoscope
