// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Runs as lines over one axis per parameter or metric. Drag along an axis to brush: only lines inside every brush stay
// coloured, and `brushed` says which; click an axis to clear its brush, a line to point at it. Thousands of lines are
// drawn into one picture. GUI thread.
#pragma once

#include <optional>
#include <vector>

#include <QPixmap>
#include <QWidget>

#include "widgets/frame/exportable.h"
#include "widgets/plots/scale.h"

namespace recoscope {

class Theme;
struct Palette;

struct ParallelAxis {
    QString name;
    bool log = false;
    std::vector<QString> categories; // non-empty: values are indices of these
};

struct ParallelLine {
    QString name;
    int slot = -1;
    std::vector<double> values; // one per axis, NaN = missing (the line has a gap)
};

class ParallelCoordinates : public QWidget, public Exportable {
    Q_OBJECT

public:
    ParallelCoordinates(Theme& theme, const QString& title, const QString& name, QWidget* parent = nullptr);

    // Brushes stay on axes of the same name and categories, so that a refresh takes no choice away.
    void setData(std::vector<ParallelAxis> axes, std::vector<ParallelLine> lines);
    std::vector<int> brushedLines() const; // inside every brush
    void setBrush(int axis, std::optional<std::pair<double, double>> range); // data values
    void clearBrushes();
    int axisX(int axis) const;
    // Where an axis is named; names of neighbours never overlap.
    QRectF nameRect(int axis) const;
    const std::vector<ParallelLine>& lines() const { return m_lines; }

    ExportHeader exportHeader() const override { return {m_title, {}, {}}; }
    QSizeF exportSize() const override { return QSizeF(size()); }
    void drawForExport(QPainter& painter) override;
    QString csv() const override;
    QSize sizeHint() const override { return QSize(600, 220); }
    QSize minimumSizeHint() const override { return QSize(300, 140); }

signals:
    void brushed(const std::vector<int>& lines);
    void lineClicked(int line);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Axis {
        ParallelAxis what;
        Scale scale;
        std::optional<std::pair<double, double>> brush; // low, high in data values
    };
    QRectF area() const;
    double spacing() const; // between two axes
    QString nameOf(const Axis& axis) const;
    QFont nameFont() const;
    bool namesStaggered() const; // on two lines, since some are wider than the spacing
    double yOf(const Axis& axis, double value) const;
    double valueAt(const Axis& axis, double y) const;
    bool isInside(const ParallelLine& line) const;
    QPolygonF polyline(const ParallelLine& line, std::size_t from, std::size_t* end) const;
    void draw(QPainter& painter, const Palette& palette) const;
    void drawLine(QPainter& painter, const ParallelLine& line) const;
    void drawAxis(QPainter& painter, const Palette& palette, int axis) const;
    void drawTicks(QPainter& painter, const Palette& palette, int axis) const;
    int axisNear(double x) const;
    int lineNear(const QPointF& at) const;
    void changed();

    Theme& m_theme;
    QString m_title;
    std::vector<Axis> m_axes;
    std::vector<ParallelLine> m_lines;
    QPixmap m_cache;
    int m_dragAxis = -1;
    int m_keyAxis = 0;
    double m_dragStart = 0.0;
};

} // namespace recoscope
