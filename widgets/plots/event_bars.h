// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bars over the events of one history, a row for each run, layer or channel, all on one axis of item titles at a slant.
// Each row has a scale of its own, whose ends stand beside it.
// Or all events side by side on an axis of numbers (setNumbered), where their titles have no room.
// The newest events are shown, as many as have room; the wheel, Page Up and Page Down, Home and End move to others.
// Pointing at an event, or the arrow keys, outline it in every row and tell its values. GUI thread.
#pragma once

#include <functional>
#include <vector>

#include "widgets/plots/painted_chart.h"

namespace recoscope {

class EventBars : public PaintedChart {
    Q_OBJECT

public:
    struct Row {
        QString name, caption; // left of the bars
        int slot = -1; // run slot: colour and shape; -1 = neutral
        std::vector<double> values; // one per event, oldest first; NaN = this row does not have the event
        std::vector<int> outlined; // events in focus amber, bold in the axis
        std::function<QString(double)> text; // how a value reads
    };

    EventBars(Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    void setRows(std::vector<QString> titles, std::vector<Row> rows);
    // Events that do not all fit with their titles are all shown, numbered from `first` on; 0: as many as fit.
    void setNumbered(int first);
    const std::vector<Row>& rows() const { return m_rows; }
    int firstShown() const { return m_first; }
    int shownEvents() const; // as many as have room
    int events() const { return static_cast<int>(m_titles.size()); }
    int pointed() const { return m_pointed; } // -1 = none
    QString readOut() const; // of the event that is pointed at
    QRectF barColumn(int event) const; // of a shown event, over all rows

    QString csv() const override; // of the shown events
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void rangeChanged(); // other events are shown

protected:
    void draw(QPainter& painter, const QRectF& area, const Palette& palette) const override;
    QString spoken() const override;
    void resizeEvent(QResizeEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Frame {
        QRectF plot; // rows, without names and titles
        double step = 0.0; // width of an event
        double rowHeight = 0.0;
    };
    bool isNumbered() const { return m_firstNumber > 0 && roomForTitles() < events(); }
    int roomForTitles() const; // events
    struct Range {
        double low = 0.0, high = 0.0;
    };
    Frame frameOf(const QRectF& area) const;
    static Range rangeOf(const Row& row); // 0 is always in it
    bool isOutlined(int event) const;
    void drawRow(QPainter& painter, const Frame& frame, int row, const Palette& palette) const;
    void drawName(QPainter& painter, const Frame& frame, int row, const Palette& palette) const;
    void drawTitles(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void drawNumbers(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void drawPointed(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void scrollTo(int first);
    void point(int event); // scrolls until it is seen
    int eventAt(const QPointF& pixel) const; // -1 = none

    std::vector<QString> m_titles;
    std::vector<Row> m_rows;
    int m_first = 0;
    int m_firstNumber = 0; // of the first event, where they are numbered
    int m_pointed = -1;
    int m_wheel = 0; // eighths of a degree not yet used
};

} // namespace recoscope
