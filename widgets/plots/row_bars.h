// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Rows of a label, a bar and a number: what a prediction reads (bars from the left), or what pulls a score up and down
// (bars from a line in the middle, blue to the right, red to the left). GUI thread.
#pragma once

#include <optional>
#include <vector>

#include "widgets/plots/painted_chart.h"

namespace recoscope {

class RowBars : public PaintedChart {
    Q_OBJECT

public:
    struct Row {
        QString label;
        double value = 0.0;
        QString text; // the number as it is shown
        bool outlined = false; // focus amber and bold: lit by what is pointed at
        bool quiet = false; // a sum of others, a residual: label in text 2
    };

    enum class Style { FromLeft, Signed };
    RowBars(Theme& theme, const QString& objectName, Style style, QWidget* parent = nullptr);

    void setRows(std::vector<Row> rows);
    const std::vector<Row>& rows() const { return m_rows; }
    void setRunSlot(int slot); // colour of bars from the left; -1 = of no run
    // Captions over a signed chart: what left and right mean.
    void setSides(const QString& left, const QString& right);
    // A line under the rows in bold: what they add up to.
    void setTotal(const QString& label, const QString& text);
    void setValueName(const QString& name) { m_valueName = name; } // CSV header

    QString csv() const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void draw(QPainter& painter, const QRectF& area, const Palette& palette) const override;
    QString spoken() const override;

private:
    int rowHeight() const;
    int headHeight() const;
    void drawRow(QPainter& painter, const QRectF& area, const Row& row, const Palette& palette) const;
    void drawBar(
        QPainter& painter, const QRectF& bar, const Row& row, const QColor& fill, const Palette& palette) const;

    Style m_style;
    std::vector<Row> m_rows;
    double m_largest = 0.0;
    int m_slot = 0;
    QString m_left, m_right, m_totalLabel, m_totalText, m_valueName;
};

} // namespace recoscope
