// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The texts in a plot: names at the ends of lines, labels of points, of reference lines, and notes. They are placed
// anew after each layout, so that they cover as little as can be. The items belong to the plot. Used by PlotCanvas
// only.
#pragma once

#include <functional>
#include <vector>

#include <qcustomplot.h>

#include "widgets/frame/theme.h"
#include "widgets/plots/plot_model.h"

namespace recoscope {

class PlotLabels {
public:
    PlotLabels(QCustomPlot& plot, Theme& theme)
        : m_plot(plot)
        , m_theme(theme)
    {
    }

    // Forgets what the plot's clearItems() deletes.
    void clear();
    // Names of lines, and the margin that they take.
    void addEnds(const PlotModel& model, const Palette& palette);
    void addPoints(const PlotSeries& series, const Palette& palette);
    // Its pieces, upright or level, are kept clear of points' labels.
    void avoid(const PlotSeries& line);
    // `reference` is one of the model's.
    void addReference(const ReferenceLine& reference, const PlotModel& model, const Palette& palette);
    void addNote(const PlotNote& note, const Palette& palette);

    void place();

private:
    struct EndLabel {
        QCPItemText* item;
        double x, y; // data
        double height;
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

    QCPItemText* addText(const QString& text, const QColor& colour, const Palette& palette, bool bold);
    void placeEnds();
    void placePoints();
    std::vector<QPointF> placesOf(const PointLabel& label) const;
    QPointF nearestLine(const PointLabel& label, const std::function<bool(const QPointF&)>& fits) const;
    std::vector<QRectF> obstacles() const;
    void placeReferences();
    void placeNote(const Note& note);
    bool isCovered(const QRectF& rect, const QCPItemText* except) const;
    QRectF area() const { return QRectF(m_plot.axisRect()->rect()); }
    QPointF toPixel(double x, double y) const;

    QCustomPlot& m_plot;
    Theme& m_theme;
    std::vector<EndLabel> m_ends;
    std::vector<PointLabel> m_points;
    std::vector<QLineF> m_avoided; // error bars of labelled points and lines, in data coordinates
    std::vector<ReferenceLabel> m_references; // of vertical lines
    std::vector<double> m_uprights; // where those lines stand, also those without a label
    std::vector<Note> m_notes;
};

} // namespace recoscope
