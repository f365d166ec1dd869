// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Eigenvalues in the unit disk: a dot for each and one for its conjugate, darker the longer it remembers, over dashed
// rings of equal memory. Pointing at a dot tells about it; a click, or the arrow keys, choose one, and its conjugate is
// marked with a dashed ring. GUI thread.
#pragma once

#include <complex>
#include <vector>

#include "widgets/plots/painted_chart.h"
#include "widgets/plots/scale.h"

namespace recoscope {

class UnitDisk : public PaintedChart {
    Q_OBJECT

public:
    struct Dot {
        std::complex<double> at; // |at| <= 1
        double memory = 0.0; // events; may be infinite
        QString text; // read-out, the first line is the heading
    };
    struct Ring {
        double radius = 0.0;
        QString text;
    };

    UnitDisk(Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    // The colours run from 1 to `longest` events.
    void setDisk(std::vector<Dot> dots, std::vector<Ring> rings, double longest);
    void setCurrent(int dot); // -1 = none
    int current() const { return m_current; }
    const std::vector<Dot>& dots() const { return m_dots; }
    QPoint dotPosition(int dot) const;
    QString readOut() const; // of the dot pointed at, else of the chosen one

    QString csv() const override;
    QSize sizeHint() const override { return {400, 360}; }
    QSize minimumSizeHint() const override { return {240, 240}; }

signals:
    void dotChosen(int dot);

protected:
    void draw(QPainter& painter, const QRectF& area, const Palette& palette) const override;
    QString spoken() const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Frame {
        QPointF centre;
        double radius = 0.0;
        QPointF at(std::complex<double> value) const
        {
            return centre + QPointF(value.real() * radius, -value.imag() * radius);
        }
    };
    Frame frameOf(const QRectF& area) const;
    QColor colourOf(double memory, const Palette& palette) const;
    void drawGround(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void drawRings(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void drawRingNames(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void drawDots(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void drawCurrent(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void drawBar(QPainter& painter, const QRectF& area, const Palette& palette) const;
    void drawWords(QPainter& painter, const Frame& frame, const Palette& palette) const;
    std::ptrdiff_t dotsWithin(const Frame& frame, const QRectF& box) const; // would be covered by it
    int dotAt(const QPointF& pixel) const; // -1 = none; also by its conjugate
    void choose(int dot);
    void setHovered(int dot);

    std::vector<Dot> m_dots;
    std::vector<Ring> m_rings;
    Scale m_scale{1.0, 100.0, true};
    int m_current = -1;
    int m_hovered = -1;
};

} // namespace recoscope
