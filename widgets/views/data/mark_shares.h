// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the events of a dataset took place and of which kind they are: a panel for each of the two, with the share of
// the most frequent names. What events do not have is not shown. GUI thread.
#pragma once

#include <QWidget>

#include "engine/data/statistics.h"

namespace recoscope {

class Panel;
class RowBars;
class Theme;

class MarkShares : public QWidget {
    Q_OBJECT

public:
    explicit MarkShares(Theme& theme, QWidget* parent = nullptr);
    void clear() { setStatistics({}); }
    void setStatistics(const DatasetStatistics& statistics);

private:
    struct Chart {
        Panel* panel;
        RowBars* bars;
    };
    Chart addChart(const QString& title, const QString& name);
    void show(const Chart& chart, const std::vector<MarkCount>& counts, std::int64_t events);

    Theme& m_theme;
    Chart m_surfaces, m_kinds;
};

} // namespace recoscope
