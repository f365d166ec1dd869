// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/compare/run_lines.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/core/run_filter.h"

namespace recoscope {

namespace {

constexpr std::size_t mostParameters = 6;
// A positive parameter that spans more than this factor gets a logarithmic axis.
constexpr double logSpan = 50.0;

const std::vector<std::string> measures{"seconds", "hr@10", "ndcg@10"};

void addNumbers(RunLines& result, const QString& name, const std::vector<double>& values)
{
    double low = std::numeric_limits<double>::infinity();
    double high = 0.0;
    for (const double value : values) {
        if (!std::isnan(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    result.axes.push_back({name, low > 0.0 && high > logSpan * low, {}});
    for (std::size_t i = 0; i < values.size(); ++i)
        result.lines[i].values.push_back(values[i]);
}

void addCategories(RunLines& result, const QString& name, const std::vector<QString>& texts)
{
    QStringList categories(texts.begin(), texts.end());
    categories.removeDuplicates();
    categories.sort();
    result.axes.push_back({name, false, {categories.begin(), categories.end()}});
    for (std::size_t i = 0; i < texts.size(); ++i)
        result.lines[i].values.push_back(static_cast<double>(categories.indexOf(texts[i])));
}

void addField(RunLines& result, const std::vector<RunRecord>& runs, const std::string& field)
{
    std::vector<double> numbers;
    std::vector<QString> texts;
    bool anyText = false;
    for (const RunRecord& run : runs) {
        const auto number = runNumber(run, field);
        const std::string text = runText(run, field);
        numbers.push_back(number.value_or(std::numeric_limits<double>::quiet_NaN()));
        texts.push_back(text.empty() ? QStringLiteral("—") : QString::fromStdString(text));
        anyText = anyText || (!number && !text.empty());
    }
    const bool anyNumber = std::any_of(numbers.begin(), numbers.end(), [](double value) { return !std::isnan(value); });
    if (anyText)
        addCategories(result, QString::fromStdString(field), texts);
    else if (anyNumber)
        addNumbers(result,
            field == "seconds" ? QStringLiteral("train s")
                               : QString::fromStdString(field)
                                     .replace(QStringLiteral("ndcg"), QStringLiteral("NDCG"))
                                     .replace(QStringLiteral("hr@"), QStringLiteral("HR@")),
            numbers);
}

} // namespace

RunLines runLines(const std::vector<RunRecord>& runs, const QStringList& slotIds)
{
    RunLines result;
    std::vector<const RunRecord*> pointers;
    for (const RunRecord& run : runs) {
        pointers.push_back(&run);
        result.lines.push_back(
            {QString::fromStdString(run.name), static_cast<int>(slotIds.indexOf(QString::fromStdString(run.id))), {}});
    }
    if (runs.empty())
        return result;
    addField(result, runs, "model");
    std::vector<std::string> parameters = differingParameters(pointers);
    parameters.resize(std::min(parameters.size(), mostParameters));
    for (const std::string& name : parameters)
        addField(result, runs, name);
    for (const std::string& name : measures)
        addField(result, runs, name);
    return result;
}

} // namespace recoscope
