// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Parameters of several runs side by side: one row per parameter, one column per run, only those that differ or all.
// GUI thread.
#pragma once

#include "engine/store/store.h"
#include "widgets/core/array_table_model.h"

namespace recoscope {

class ParameterModel : public ArrayTableModel {
    Q_OBJECT

public:
    using ArrayTableModel::ArrayTableModel;

    void setRuns(std::vector<RunRecord> runs, bool onlyDiffering);

protected:
    std::int64_t sourceRows() const override { return static_cast<std::int64_t>(m_names.size()); }
    QString text(std::int64_t row, int column) const override;
    QVariant raw(std::int64_t row, int column) const override { return text(row, column); }
    QVariant extra(std::int64_t row, int column, int role) const override;

private:
    std::vector<RunRecord> m_runs;
    std::vector<std::string> m_names;
    std::vector<std::string> m_differing; // sorted
};

} // namespace recoscope
