// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Who sees whom in one pass: rows read columns, both in bands (segments, tokens, recent events). What a row sees is
// blue, what stands before it and is blocked is red and hatched, what comes later is hatched. Bands of tokens are drawn
// wider. Pointing at a cell, or the arrow keys, name its row and column. GUI thread.
#pragma once

#include <functional>
#include <vector>

#include "widgets/plots/painted_chart.h"

namespace recoscope {

class MaskPicture : public PaintedChart {
    Q_OBJECT

public:
    struct Band {
        QString name; // "84 older"
        QString shortName; // over its column, where that is narrow
        int rows = 0;
        bool isTokens = false;
    };
    struct Mask {
        std::vector<Band> bands;
        std::function<bool(int row, int column)> sees; // the same for all of two different bands
        std::function<QString(int row)> title; // "Kingpin", "token 2"
    };

    MaskPicture(Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    void setMask(Mask mask);
    int rows() const { return m_rows; }
    QPointF cellCentre(int row, int column) const;
    QString readOut() const; // of the cell that is pointed at

    QString csv() const override; // a line for each pair of bands
    QSize sizeHint() const override { return {300, 330}; }
    QSize minimumSizeHint() const override { return {200, 200}; }

protected:
    void draw(QPainter& painter, const QRectF& area, const Palette& palette) const override;
    QString spoken() const override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Frame {
        QRectF square;
        std::vector<double> edges; // [rows + 1] from 0 to 1
        double at(int row) const { return edges[static_cast<std::size_t>(row)] * square.width(); }
        QRectF block(int row, int rows, int column, int columns) const;
    };
    Frame frameOf(const QRectF& area) const;
    void drawBlock(QPainter& painter, const Frame& frame, std::size_t row, std::size_t column, const Palette& p) const;
    void drawNames(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void drawBlocked(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void drawLegend(QPainter& painter, const Frame& frame, const QRectF& area, const Palette& palette) const;
    void drawPointed(QPainter& painter, const Frame& frame, const Palette& palette) const;
    void point(int row, int column);
    int rowAt(const Frame& frame, double offset) const;

    Mask m_mask;
    std::vector<int> m_first; // [bands + 1] rows
    int m_rows = 0;
    int m_row = -1, m_column = -1;
};

} // namespace recoscope
