// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A small coloured word: "running", "stopped", "sampled-100". The colour repeats what the word says.
#pragma once

#include <QLabel>

#include "widgets/frame/palette.h"

namespace recoscope {

class Theme;

class ChipLabel : public QLabel {
    Q_OBJECT

public:
    explicit ChipLabel(Theme& theme, QWidget* parent = nullptr);
    void setChip(StatusTone tone, const QString& text); // hidden for an empty text

private:
    void restyle();

    Theme& m_theme;
    StatusTone m_tone = StatusTone::Neutral;
};

} // namespace recoscope
