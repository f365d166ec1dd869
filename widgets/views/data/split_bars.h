// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The split as a picture: a bar for each of some users, cut into training events, validation and test targets, and a
// legend. Parts too small to see are drawn wider than their share. GUI thread.
#pragma once

#include <QWidget>

#include "widgets/views/data/split_summary.h"

namespace recoscope {

class Theme;

class SplitBars : public QWidget {
    Q_OBJECT

public:
    // At most `rows` of the examples are drawn, from short to long.
    SplitBars(Theme& theme, const QString& name, int rows, QWidget* parent = nullptr);
    void setSplit(const SplitSummary& split);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintBar(QPainter& painter, const QRectF& area, const SplitExample& example) const;
    void paintLegend(QPainter& painter, const QRectF& area) const;

    Theme& m_theme;
    int m_rows;
    std::vector<SplitExample> m_examples;
    qint64 m_longest = 1;
    bool m_hasUnused = false;
};

} // namespace recoscope
