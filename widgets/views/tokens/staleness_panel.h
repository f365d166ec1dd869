// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Accuracy, or how many of the first ten items stay, against the events since the tokens were made, over many users.
// Measured when asked for. GUI thread.
#pragma once

#include <optional>

#include "engine/inspection/token_staleness.h"
#include "widgets/frame/exportable.h"
#include "widgets/frame/panel.h"

class QLabel;
class QStackedWidget;

namespace recoscope {

class EmptyState;
class PlotView;
class SegmentedControl;

class StalenessPanel : public Panel {
    Q_OBJECT

public:
    explicit StalenessPanel(Theme& theme, QWidget* parent = nullptr);

    void showCurve(const std::optional<TokenStaleness>& measured, int runSlot, const ExportHeader& header);

signals:
    void measureRequested();

private:
    void showPlot();

    SegmentedControl* m_scale;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
    PlotView* m_plot;
    QLabel* m_population;
    std::optional<TokenStaleness> m_measured;
    ExportHeader m_header;
    int m_slot = 0;
};

} // namespace recoscope
