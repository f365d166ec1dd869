// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Drawn over a chart without redrawing it: crosshair, values with shapes, lasso, focus ring. Used by PlotView only.
#pragma once

#include <optional>
#include <vector>

#include <QPolygonF>
#include <QWidget>

#include "widgets/frame/palette.h"

namespace recoscope {

class Theme;

class PlotOverlay : public QWidget {
    Q_OBJECT

public:
    struct Line {
        int slot = -1;
        QString name;
        QString value;
        QPointF pixel;
    };
    struct Crosshair {
        double pixelX = 0.0;
        QRectF area;
        QString heading;
        std::vector<Line> lines;
        bool locked = false;
    };

    explicit PlotOverlay(Theme& theme, QWidget* parent);
    void setCrosshair(std::optional<Crosshair> crosshair);
    void setLasso(const QPolygonF& lasso);
    void setFocusRing(bool visible);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void drawReadOut(QPainter& painter, const Crosshair& crosshair) const;

    Theme& m_theme;
    std::optional<Crosshair> m_crosshair;
    QPolygonF m_lasso;
    bool m_focusRing = false;
};

} // namespace recoscope
