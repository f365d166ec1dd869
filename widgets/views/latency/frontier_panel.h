// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Accuracy against latency: a point for each run, machine and path to the lists that the accuracy is of, at one history
// length. GUI thread.
#pragma once

#include "widgets/frame/panel.h"
#include "widgets/views/latency/latency_charts.h"

class QComboBox;

namespace recoscope {

class Library;
class PlotView;

class FrontierPanel : public Panel {
    Q_OBJECT

public:
    struct Content {
        std::vector<MeasuredRow> rows; // of one batch
        std::int64_t history = 0;
        MachineKey shown; // points of others are named after theirs
        QString request; // "one request"
    };

    FrontierPanel(Theme& theme, const Library& library, QWidget* parent = nullptr); // which outlives the panel

    void show(Content content);

signals:
    void runClicked(const QString& run);

private:
    void draw();

    const Library& m_library;
    QComboBox* m_metric;
    QComboBox* m_statistic;
    PlotView* m_plot;
    Content m_content;
    std::vector<FrontierPoint> m_points; // as they are drawn
};

} // namespace recoscope
