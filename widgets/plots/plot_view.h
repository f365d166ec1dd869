// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The chart of the window: lines, steps, points and bars in run slots (colour, shape and dash), bands and capped bars,
// reference lines, direct labels, log switches, a crosshair with read-out that charts can share. Wheel zooms x,
// Shift+wheel y, drag pans, Alt+drag lassos, double click resets; with focus: arrows move the crosshair, Shift+arrows
// pan, + - 0 zoom, L and Shift+L switch log x and y, Return locks, Esc frees. Exports PNG, SVG, PDF (light theme) and
// CSV. GUI thread.
#pragma once

#include <optional>

#include <QPolygonF>
#include <QWidget>

#include "widgets/frame/exportable.h"
#include "widgets/plots/plot_model.h"

namespace recoscope {

class CrosshairGroup;
class PlotCanvas;
class PlotOverlay;
class Theme;

class PlotView : public QWidget, public Exportable {
    Q_OBJECT

public:
    PlotView(Theme& theme, const QString& title, const QString& name, QWidget* parent = nullptr);
    ~PlotView() override;

    // Shows `model`; `keepView` keeps zoom and pan (live curves), else the whole data is shown.
    void setModel(PlotModel model, bool keepView = false);
    const PlotModel& model() const { return m_model; }
    // Charts of one group show the crosshair at the same x. The group outlives the view.
    void setCrosshairGroup(CrosshairGroup* group);
    void setLogX(bool log);
    void setLogY(bool log);
    void resetView();
    // What is seen: x and y range as a rectangle in data coordinates.
    QRectF visibleRange() const;
    QPointF toPixel(double x, double y) const;
    // A button with the log switches this chart allows, for the panel's header; null when it allows none.
    QWidget* makeLogSwitch();
    QString readOut() const; // the crosshair's text, one line per series; "" without crosshair

    ExportHeader exportHeader() const override;
    QSizeF exportSize() const override;
    void drawForExport(QPainter& painter) override;
    QString csv() const override;
    QSize sizeHint() const override { return QSize(360, 200); }
    QSize minimumSizeHint() const override { return QSize(160, 110); }

signals:
    void pointClicked(int series, int index);
    void lassoed(const QPolygonF& dataPolygon);
    void logChanged();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    struct Hit {
        int series = -1;
        int index = -1;
    };
    void rebuild(bool keepView);
    void updateCrosshair();
    void stepCrosshair(int steps);
    bool handleViewKey(int key, Qt::KeyboardModifiers modifiers);
    Hit pointAt(const QPointF& pixel) const;
    bool allowsLog(Qt::Orientation orientation) const;

    Theme& m_theme;
    PlotModel m_model;
    PlotCanvas* m_canvas;
    PlotOverlay* m_overlay;
    CrosshairGroup* m_group;
    std::optional<QPointF> m_dragFrom;
    bool m_dragged = false;
    QPolygonF m_lasso;
    QString m_readOut;
};

} // namespace recoscope
