// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the recent events read of the tokens in one layer: of all of them, and of the chosen one. GUI thread.
#pragma once

#include "widgets/frame/panel.h"
#include "widgets/views/tokens/tokens_data.h"

namespace recoscope {

class EventBars;

class ReadPanel : public Panel {
    Q_OBJECT

public:
    explicit ReadPanel(Theme& theme, QWidget* parent = nullptr);

    void showRead(const TokensData& data, int layer, int head, int token); // head -1 = mean

private:
    EventBars* m_read;
};

} // namespace recoscope
