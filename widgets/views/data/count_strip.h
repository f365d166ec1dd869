// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The strip of counts over the Data page: a figure with a caption above and a note below for each. GUI thread.
#pragma once

#include <vector>

#include <QFrame>

#include "engine/data/dataset.h"
#include "engine/data/statistics.h"
#include "widgets/views/data/split_summary.h"

class QLabel;

namespace recoscope {

class CountStrip : public QFrame {
    Q_OBJECT

public:
    explicit CountStrip(QWidget* parent = nullptr);
    void clear();
    void showDataset(const DatasetInfo& info);
    void showStatistics(const DatasetStatistics& statistics);
    void showSplit(const SplitSummary& split);
    // A narrow window has no room for the last figures.
    void setNarrow(bool narrow);

private:
    enum Place { Users, Items, Interactions, Length, Density, Repeats, Span, Places };
    struct Cell {
        QWidget* box;
        QLabel* figure;
        QLabel* note;
    };
    void set(Place place, const QString& figure, const QString& note = {});
    void setNote(Place place, const QString& note);

    std::vector<Cell> m_cells;
};

} // namespace recoscope
