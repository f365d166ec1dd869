// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Turns a PlotModel into QCustomPlot objects in the colours of a palette, and maps between data and pixels. Used by
// PlotView only.
#pragma once

#include <optional>

#include <qcustomplot.h>

#include "widgets/frame/theme.h"
#include "widgets/plots/plot_labels.h"
#include "widgets/plots/plot_model.h"

namespace recoscope {

class PlotCanvas : public QCustomPlot {
    Q_OBJECT

public:
    explicit PlotCanvas(Theme& theme, QWidget* parent = nullptr);

    // Rebuilds everything; keeps the ranges when `keepView`.
    void show(const PlotModel& model, const Palette& palette, bool keepView);
    void resetView(const PlotModel& model);

    QPointF toPixel(double x, double y) const;
    QPointF toData(const QPointF& pixel) const;
    QRectF plotArea() const { return QRectF(axisRect()->rect()); }
    void zoom(Qt::Orientation orientation, double factor, double centrePixel);
    void pan(const QPointF& pixels);

protected:
    // A plot that a layout has given no room to cannot be painted on.
    void resizeEvent(QResizeEvent* event) override
    {
        if (!event->size().isEmpty())
            QCustomPlot::resizeEvent(event);
    }

private:
    void styleAxes(const PlotModel& model, const Palette& palette);
    void addSeries(const PlotSeries& series, const Palette& palette, QCPBarsGroup* bars);
    void addLine(const PlotSeries& series, const Palette& palette);
    void addLonePoints(const PlotSeries& series, const Palette& palette);
    void addBand(const PlotSeries& series, const Palette& palette);
    void addBars(const PlotSeries& series, const Palette& palette, QCPBarsGroup* group);
    void addErrorBars(const PlotSeries& series, const Palette& palette, QCPAbstractPlottable* plottable);
    void addReference(const ReferenceLine& reference, const PlotModel& model, const Palette& palette);
    void addNote(const PlotNote& note, const Palette& palette);

    Theme& m_theme;
    PlotLabels m_labels;
    QCPTextElement* m_xName;
    QCPTextElement* m_yName;
    bool m_hasView = false;
};

} // namespace recoscope
