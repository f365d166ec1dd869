// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every user as a point in rank A × rank B (both log, 1 at the top left), painted as density so that 10⁵ points stay
// readable. Drag a rectangle or Alt+drag a lasso to choose points; one point can be pinned. Paints its own image.
// GUI thread.
#pragma once

#include <optional>
#include <vector>

#include <QPolygonF>
#include <QWidget>

#include "widgets/frame/exportable.h"
#include "widgets/plots/scale.h"

namespace recoscope {

class Theme;
struct Palette;

struct DensityData {
    std::vector<double> x, y; // equal lengths, ≥ 1
    std::vector<QString> names; // per point, or empty
    QString xName, yName; // "rank of target in A"
    QString aboveText, belowText; // corners: "B better: 46.8 % of users", in run text colours
    QString protocolHash, seed;
};

class DensityScatter : public QWidget, public Exportable {
    Q_OBJECT

public:
    DensityScatter(Theme& theme, const QString& title, const QString& name, QWidget* parent = nullptr);

    void setData(DensityData data);
    void setPinned(int index); // -1 = none
    std::vector<int> selectedPoints() const { return m_selected; }
    void clearSelection();
    QPointF pixelOf(int index) const;

    ExportHeader exportHeader() const override { return {m_title, m_data.protocolHash, m_data.seed}; }
    QSizeF exportSize() const override { return QSizeF(size()); }
    void drawForExport(QPainter& painter) override;
    QString csv() const override;
    QSize sizeHint() const override { return QSize(380, 380); }
    QSize minimumSizeHint() const override { return QSize(200, 200); }

signals:
    void selected(const std::vector<int>& points); // empty when cleared
    void pointClicked(int index);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void draw(QPainter& painter, const Palette& palette);
    void drawAxes(QPainter& painter, const Palette& palette) const;
    void drawDensity(QPainter& painter, const Palette& palette);
    void drawMarks(QPainter& painter, const Palette& palette) const;
    QRectF area() const;
    QPointF toPixel(double x, double y) const;
    void choose(const QPolygonF& pixels);
    int nearest(const QPointF& pixel) const;

    Theme& m_theme;
    QString m_title;
    DensityData m_data;
    Scale m_scale{1.0, 10.0, true};
    std::vector<int> m_selected;
    QPolygonF m_outline; // of the selection, in unit coordinates
    std::optional<QPointF> m_pressed;
    bool m_lasso = false;
    QPolygonF m_drag; // pixels
    int m_pinned = -1;
};

} // namespace recoscope
