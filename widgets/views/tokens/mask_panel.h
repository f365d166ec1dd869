// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Who sees whom, over the user's own items. GUI thread.
#pragma once

#include "widgets/frame/panel.h"
#include "widgets/views/tokens/tokens_data.h"

namespace recoscope {

class MaskPicture;

class MaskPanel : public Panel {
    Q_OBJECT

public:
    explicit MaskPanel(Theme& theme, QWidget* parent = nullptr);

    void showData(std::shared_ptr<const TokensData> data);

private:
    MaskPicture* m_mask;
};

} // namespace recoscope
