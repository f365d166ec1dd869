// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Strips of coloured cells over one axis of events, a strip for each token: a name and grey words on the left, the
// strip, a line of words below it. Cells without a value (NaN) are hatched. All strips share one scale, whose bar
// stands below. Pointing at an event tells its value in every strip; a click or Up and Down choose a strip, Left and
// Right move the event. GUI thread.
#pragma once

#include <functional>
#include <vector>

#include "widgets/plots/painted_chart.h"

namespace recoscope {

class HeatStrips : public PaintedChart {
    Q_OBJECT

public:
    struct Strip {
        QString name;
        QStringList words; // under the name
        std::vector<double> values; // one per event, not negative; NaN = masked
        QString note; // under the strip
        std::vector<int> marked; // events with a tick under the strip
    };
    struct Content {
        std::vector<QString> titles; // one per event, oldest first
        int first = 0; // events of the history before them
        std::vector<Strip> strips;
        QString axisName, valueName;
        std::function<QString(double)> text; // how a value reads
    };

    HeatStrips(Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    void setContent(Content content); // keeps the chosen strip and the event where they still are
    const Content& content() const { return m_content; }
    void setCurrent(int strip); // -1 = none
    int current() const { return m_current; }
    QString readOut() const; // of the event that is pointed at
    QPointF cellCentre(int strip, int event) const;

    QString csv() const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void stripChosen(int strip);

protected:
    void draw(QPainter& painter, const QRectF& area, const Palette& palette) const override;
    QString spoken() const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Frame {
        QRectF strips; // cells of all strips, without the names
        double rowHeight = 0.0, cells = 0.0, step = 0.0; // height of a row and of its cells; width of an event
    };
    int events() const { return static_cast<int>(m_content.titles.size()); }
    int strips() const { return static_cast<int>(m_content.strips.size()); }
    Frame frameOf(const QRectF& area) const;
    QRectF stripRect(const Frame& frame, int strip) const;
    QColor colourOf(double value, const Palette& palette) const;
    void drawStrip(QPainter& painter, const Frame& frame, int strip, const Palette& palette) const;
    void drawWords(QPainter& painter, const Frame& frame, int strip, const Palette& palette) const;
    void drawAxis(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void drawBar(QPainter& painter, const Frame& frame, const QRectF& area, const Palette& palette) const;
    void drawPointed(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void choose(int strip);
    void point(int event);

    Content m_content;
    double m_high = 0.0;
    int m_current = -1;
    int m_pointed = -1;
};

} // namespace recoscope
