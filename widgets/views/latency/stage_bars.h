// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the time of one request goes: a bar per run and path, as long as its median, split into encoding the history
// (full colour of the run), spelling lists where a path does (half of it), and scoring or searching with the choice of
// the best (the rest). GUI thread.
#pragma once

#include <vector>

#include "widgets/plots/painted_chart.h"

namespace recoscope {

class StageBars : public PaintedChart {
    Q_OBJECT

public:
    struct Row {
        QString run, path;
        int slot = -1;
        double medianMs = 0.0;
        double encodeShare = 0.0;
        double decodeShare = 0.0;
        double encodeMs() const { return medianMs * encodeShare; }
        double decodeMs() const { return medianMs * decodeShare; }
        double restMs() const { return medianMs - encodeMs() - decodeMs(); }
    };

    StageBars(Theme& theme, const QString& objectName, QWidget* parent = nullptr);

    void setRows(std::vector<Row> rows);
    const std::vector<Row>& rows() const { return m_rows; }

    QString csv() const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void draw(QPainter& painter, const QRectF& area, const Palette& palette) const override;
    QString spoken() const override;
    bool event(QEvent* event) override; // tooltips

private:
    int rowHeight() const;
    void drawRow(QPainter& painter, const QRectF& area, const Row& row, const Palette& palette) const;
    void drawLegend(QPainter& painter, const QRectF& area, const Palette& palette) const;

    std::vector<Row> m_rows;
    double m_longest = 0.0;
};

} // namespace recoscope
