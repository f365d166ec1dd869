// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Turns a PlotModel into QCustomPlot objects in the colours of a palette, and maps between data and pixels. Used by
// PlotView only.
#pragma once

#include <optional>
#include <vector>

#include <qcustomplot.h>

#include "widgets/frame/theme.h"
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
    void addBand(const PlotSeries& series, const Palette& palette);
    void addBars(const PlotSeries& series, const Palette& palette, QCPBarsGroup* group);
    void addErrorBars(const PlotSeries& series, const Palette& palette, QCPAbstractPlottable* plottable);
    void addReference(const ReferenceLine& reference, const PlotModel& model, const Palette& palette);
    void addNote(const PlotNote& note, const Palette& palette);
    void addPointLabels(const PlotSeries& series, const Palette& palette);
    void addEndLabels(const PlotModel& model, const Palette& palette);
    void placeEndLabels();
    void placePointLabels();
    void placeReferenceLabels();
    void placeNotes();
    QCPItemText* addText(const QString& text, const QColor& colour, const Palette& palette, bool bold);

    struct EndLabel {
        QCPItemText* item;
        double x, y; // data
    };

    struct PointLabel {
        QCPItemText* item;
        double x, y; // data
        QSizeF size;
    };

    struct ReferenceLabel {
        QCPItemText* item;
        bool left; // where the model wants it
    };

    struct Note {
        QCPItemText* item;
        QString text; // whole
    };

    Theme& m_theme;
    QCPTextElement* m_xName;
    QCPTextElement* m_yName;
    std::vector<EndLabel> m_endLabels;
    std::vector<PointLabel> m_pointLabels;
    std::vector<QLineF> m_errorBars; // of labelled points, in data coordinates
    std::vector<ReferenceLabel> m_referenceLabels;
    std::vector<Note> m_notes;
    bool m_hasView = false;
};

} // namespace recoscope
