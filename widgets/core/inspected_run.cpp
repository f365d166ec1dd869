// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/inspected_run.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "widgets/core/formatting.h"

namespace recoscope {

InspectedRun openInspected(Workspace& workspace, const RunId& run, Progress& progress)
{
    InspectedRun result;
    const RunRecord record = workspace.store().run(run);
    result.run = run;
    result.runName = QString::fromStdString(record.name);
    result.protocolHash = QString::fromStdString(record.protocolHash);
    result.seed = QString::number(record.seed);
    result.dataset = record.dataset;
    result.session = workspace.openSession(run, progress);
    result.model = result.session->model().modelName();
    return result;
}

void readUser(InspectedRun& run, int datasetUser)
{
    const PreparedData& data = run.data();
    const std::vector<std::string>& names = data.dataset()->catalogue().rawUsers();
    // The selection may still hold a user of another, larger dataset.
    const bool isKnown = datasetUser >= 0 && datasetUser < static_cast<int>(names.size());
    const std::int32_t user = isKnown ? data.preparedUser(UserIndex{datasetUser}) : -1;
    if (user < 0)
        throw Error(ErrorKind::NotFound, "This user was filtered away by the protocol of the run.",
            "Choose another user or a run with a weaker filter.");
    run.datasetUser = datasetUser;
    run.userName = QString::fromStdString(names[static_cast<std::size_t>(datasetUser)]);
    const std::vector<std::int32_t>& tested = data.evaluatedUsers(SplitPart::Test);
    if (std::binary_search(tested.begin(), tested.end(), user)) {
        const EvaluationCase c = data.evaluationCase(SplitPart::Test, user);
        run.history.append(c.history, c.times);
        run.history.appendFeedback(c.feedback);
        run.history.appendMarks(c.marks);
        run.target = inspectedItem(data, c.targets.front(), 0);
    } else {
        run.history = run.session->historyOf(user);
    }
    run.historyLength = run.history.view().events();
}

InspectedItem inspectedItem(const PreparedData& data, std::int32_t prepared, float score)
{
    const std::int32_t dataset = data.datasetItem(prepared);
    const std::string& title = data.dataset()->catalogue().titles()[static_cast<std::size_t>(dataset)];
    return {prepared, dataset, QString::fromStdString(title), score};
}

std::vector<QString> itemTitles(const PreparedData& data, std::span<const std::int32_t> prepared)
{
    std::vector<QString> titles;
    for (const std::int32_t item : prepared)
        titles.push_back(inspectedItem(data, item, 0).title);
    return titles;
}

std::vector<QString> timeGaps(std::span<const std::int64_t> times)
{
    std::vector<QString> gaps;
    for (std::size_t i = 0; i < times.size(); ++i)
        gaps.push_back(i == 0 ? QString() : format::gap(static_cast<double>(times[i] - times[i - 1])));
    return gaps;
}

} // namespace recoscope
