// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Differences B - A of several metrics: a diamond with its 95 % interval on a common axis, then the number as a chip,
// p after Holm, and the effect size; below, which test and which interval. Coloured and bold where that p is under
// 0.05, so that colour, weight and p always say the same. GUI thread.
#pragma once

#include "widgets/core/compare_summary.h"
#include "widgets/plots/painted_chart.h"

namespace recoscope {

class ForestChart : public PaintedChart {
    Q_OBJECT

public:
    explicit ForestChart(Theme& theme, QWidget* parent = nullptr);

    void setDifferences(std::vector<MetricDifference> differences, SignificanceTest test);
    void setTest(SignificanceTest test);
    const std::vector<MetricDifference>& differences() const { return m_differences; }
    SignificanceTest test() const { return m_test; }
    // "Coloured where p < 0.05: paired permutation, ..."; stands under the rows.
    QString rule() const;

    QString csv() const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {280, sizeHint().height()}; }

protected:
    void draw(QPainter& painter, const QRectF& area, const Palette& palette) const override;
    QString spoken() const override;
    bool event(QEvent* event) override; // tooltips

private:
    struct Layout;
    Layout layoutFor(const QRectF& area) const;
    void drawHeader(QPainter& painter, const Layout& layout, const Palette& palette) const;
    void drawAxis(QPainter& painter, const Layout& layout, const Palette& palette) const;
    void drawInterval(QPainter& painter, const Layout& layout, int row, const Palette& palette) const;
    void drawRow(QPainter& painter, const Layout& layout, int row, const Palette& palette) const;

    std::vector<MetricDifference> m_differences;
    SignificanceTest m_test = SignificanceTest::Permutation;
};

// "NDCG@10" from "ndcg@10".
QString metricTitle(const std::string& metric);

} // namespace recoscope
