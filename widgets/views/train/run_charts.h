// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The four charts of the Train page with one crosshair: loss and validation in the middle, learning rate and gradient
// norm at the side. GUI thread.
#pragma once

#include <QHash>
#include <QObject>
#include <QRectF>

#include "widgets/views/train/live_curves.h"

class QWidget;

namespace recoscope {

class CrosshairGroup;
class PlotView;
class Theme;

class RunCharts : public QObject {
    Q_OBJECT

public:
    explicit RunCharts(Theme& theme, QObject* parent = nullptr);

    // Made once each; the layout they are put into owns them.
    QWidget* makeMain();
    void addSide(QWidget* box); // to a box with a vertical layout
    void show(const std::vector<CurveRun>& runs, std::optional<double> popularity);
    PlotView* valid() const { return m_valid; }

private:
    PlotView* makeChart(QWidget* box, const QString& title, const QString& subtitle, const QString& name);

    void set(PlotView* plot, PlotModel model);

    Theme& m_theme;
    CrosshairGroup* m_crosshair;
    PlotView* m_loss = nullptr;
    PlotView* m_valid = nullptr;
    PlotView* m_rate = nullptr;
    PlotView* m_norm = nullptr;
    QHash<PlotView*, QRectF> m_whole; // what each chart showed when nobody had moved it
};

} // namespace recoscope
