// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Differences B - A of several metrics: a diamond with its 95 % interval on a common axis, then the number as a chip,
// p after Holm, and the effect size. Coloured only when the interval excludes 0. GUI thread.
#pragma once

#include "widgets/core/compare_summary.h"
#include "widgets/plots/painted_chart.h"

namespace recoscope {

enum class SignificanceTest { Permutation, TTest, Wilcoxon };

class ForestChart : public PaintedChart {
    Q_OBJECT

public:
    explicit ForestChart(Theme& theme, QWidget* parent = nullptr);

    void setDifferences(std::vector<MetricDifference> differences, SignificanceTest test);
    void setTest(SignificanceTest test);

    QString csv() const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {300, sizeHint().height()}; }

protected:
    void draw(QPainter& painter, const QRectF& area, const Palette& palette) const override;
    QString spoken() const override;
    bool event(QEvent* event) override; // tooltips

private:
    struct Layout;
    Layout layoutFor(const QRectF& area) const;
    double pOf(const MetricDifference& difference) const;
    void drawHeader(QPainter& painter, const Layout& layout, const Palette& palette) const;
    void drawAxis(QPainter& painter, const Layout& layout, const Palette& palette) const;
    void drawRow(QPainter& painter, const Layout& layout, int row, const Palette& palette) const;

    std::vector<MetricDifference> m_differences;
    SignificanceTest m_test = SignificanceTest::Permutation;
};

// "NDCG@10" from "ndcg@10".
QString metricTitle(const std::string& metric);

} // namespace recoscope
