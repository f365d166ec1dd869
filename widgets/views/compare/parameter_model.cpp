// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/compare/parameter_model.h"

#include <algorithm>
#include <set>

#include "widgets/core/formatting.h"
#include "widgets/core/run_filter.h"

namespace recoscope {

namespace {

// Rows before the parameters, which every run has.
const std::vector<std::string> commonFields{"model", "dataset", "protocol", "seed"};

QString fieldText(const RunRecord& run, const std::string& name)
{
    if (name == "seed")
        return QString::number(run.seed);
    return QString::fromStdString(runText(run, name));
}

} // namespace

void ParameterModel::setRuns(std::vector<RunRecord> runs, bool onlyDiffering)
{
    std::vector<const RunRecord*> pointers;
    for (const RunRecord& run : runs)
        pointers.push_back(&run);
    std::vector<TableColumn> columns{{tr("Parameter"), {}, false, 190}};
    std::set<std::string> names;
    for (const RunRecord& run : runs) {
        columns.push_back({QString::fromStdString(run.name), QString::fromStdString(run.id), false, 160});
        if (run.parameters.is_object()) {
            for (const auto& item : run.parameters.items())
                names.insert(item.key());
        }
    }
    resetSource([&] {
        m_differing = differingParameters(pointers);
        m_names = commonFields;
        if (onlyDiffering)
            m_names.insert(m_names.end(), m_differing.begin(), m_differing.end());
        else
            m_names.insert(m_names.end(), names.begin(), names.end());
        m_runs = std::move(runs);
    });
    setColumns(std::move(columns));
}

QString ParameterModel::text(std::int64_t row, int column) const
{
    const std::string& name = m_names[static_cast<std::size_t>(row)];
    if (column == 0)
        return QString::fromStdString(name);
    const QString value = fieldText(m_runs[static_cast<std::size_t>(column - 1)], name);
    return value.isEmpty() ? format::missing() : value;
}

QVariant ParameterModel::extra(std::int64_t row, int column, int role) const
{
    const std::string& name = m_names[static_cast<std::size_t>(row)];
    if (role == BestRole)
        return column > 0 && std::binary_search(m_differing.begin(), m_differing.end(), name);
    if (role == Qt::ToolTipRole)
        return text(row, column);
    return {};
}

} // namespace recoscope
