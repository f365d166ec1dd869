// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Base of the small charts that paint themselves: one draw() serves the screen (theme of the window) and the exports
// (light theme). A subclass gives its picture, its data as CSV and a sentence for screen readers. GUI thread.
#pragma once

#include <QWidget>

#include "widgets/frame/exportable.h"
#include "widgets/frame/palette.h"

namespace recoscope {

class Theme;

class PaintedChart : public QWidget, public Exportable {
    Q_OBJECT

public:
    PaintedChart(Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    void setExportHeader(const ExportHeader& header);
    ExportHeader exportHeader() const override { return m_header; }
    QSizeF exportSize() const override { return size(); }
    void drawForExport(QPainter& painter) override;

protected:
    virtual void draw(QPainter& painter, const QRectF& area, const Palette& palette) const = 0;
    virtual QString spoken() const = 0; // title, n, extremes
    void dataChanged(); // repaint and speak anew
    Theme& theme() const { return m_theme; }
    void paintEvent(QPaintEvent* event) override;

private:
    Theme& m_theme;
    ExportHeader m_header;
};

// Text elided to the width of `area`.
void drawElided(QPainter& painter, const QRectF& area, Qt::Alignment alignment, const QString& text);

} // namespace recoscope
