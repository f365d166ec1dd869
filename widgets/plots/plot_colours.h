// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Colours of what a PlotModel names by tone or by slot.
#pragma once

#include "widgets/frame/palette.h"
#include "widgets/plots/plot_model.h"

namespace recoscope {

inline QColor toneColour(PlotTone tone, const Palette& palette)
{
    switch (tone) {
    case PlotTone::Accent: return palette.accent;
    case PlotTone::Focus: return palette.focusMark;
    case PlotTone::Neutral: break;
    }
    return palette.neutralLine;
}

inline QColor toneText(PlotTone tone, const Palette& palette)
{
    switch (tone) {
    case PlotTone::Accent: return palette.accentText;
    case PlotTone::Focus: return palette.focusText;
    case PlotTone::Neutral: break;
    }
    return palette.text;
}

inline RunColours seriesColours(const PlotSeries& series, const Palette& palette)
{
    if (series.slot >= 0 || series.tone == PlotTone::Neutral)
        return palette.run(series.slot);
    return {toneColour(series.tone, palette), toneText(series.tone, palette)};
}

} // namespace recoscope
