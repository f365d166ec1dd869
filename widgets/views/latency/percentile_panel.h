// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Percentiles of the requests of one batch per run and path at a chosen history length, of one machine. GUI thread.
#pragma once

#include "widgets/core/array_table_model.h"
#include "widgets/frame/panel.h"
#include "widgets/views/latency/latency_charts.h"

class QComboBox;

namespace recoscope {

class RowTable;

class PercentilePanel : public Panel {
    Q_OBJECT

public:
    explicit PercentilePanel(Theme& theme, QWidget* parent = nullptr);

    // Rows of every length; keeps the chosen length when it is still there.
    void setRows(std::vector<MeasuredRow> rows);
    void setNarrow(bool narrow); // without the requests a second
    std::int64_t history() const; // the chosen length
    const std::vector<MeasuredRow>& shown() const { return m_model->rows(); } // at that length, A first

signals:
    void historyChosen();

private:
    void fillLengths();
    void show();

    QComboBox* m_length;
    RowTableModel<MeasuredRow>* m_model;
    RowTable* m_table;
    std::vector<MeasuredRow> m_rows;
};

} // namespace recoscope
