// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/state/state_data.h"

#include <QCoreApplication>

#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "engine/inspection/attention.h"
#include "engine/training/run_files.h"
#include "widgets/core/attention_reading.h"
#include "widgets/core/state_reading.h"

namespace recoscope {

namespace {

constexpr double litShare = 0.6;
constexpr int mostLit = 4;

QString translate(const char* text)
{
    return QCoreApplication::translate("StateData", text);
}

std::vector<int> datasetItems(const PreparedData& data, std::span<const std::int32_t> prepared)
{
    std::vector<int> items;
    for (const std::int32_t item : prepared)
        items.push_back(data.datasetItem(item));
    return items;
}

void readStates(StateData& result, const Workspace& workspace)
{
    const InspectedRun& run = result.shown();
    result.titles = itemTitles(run.data(), result.states->items);
    result.items = datasetItems(run.data(), result.states->items);
    result.eigenvalues = readEigenvalues(servedWeightsFile(workspace.runFolder(run.run)));
    result.magnitudes = result.eigenvalues.magnitudes();
    result.memory = memoryLengths(result.eigenvalues);
    result.layers = layerMemories(result.eigenvalues, run.historyLength);
}

// The run beside the one that is looked into: whatever is wrong with it becomes a note.
void openOther(StateData& result, Workspace& workspace, const InspectRequest& request, Progress& progress)
{
    const auto other = static_cast<std::size_t>(1 - result.slot);
    if (result.runs[other] || request.runs[other].empty())
        return;
    try {
        InspectedRun run = openInspected(workspace, request.runs[other], progress);
        if (run.dataset != result.shown().dataset) {
            result.notes[other] = translate("is of another dataset");
            return;
        }
        readUser(run, request.user);
        result.runs[other] = std::make_shared<const InspectedRun>(std::move(run));
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::Cancelled)
            throw;
        result.notes[other] = QString::fromStdString(error.message());
    }
}

InspectedItem wantedItem(const StateData& data, int datasetItem, bool& isChosen)
{
    const InspectedRun& run = data.shown();
    const auto known = static_cast<int>(run.data().dataset()->catalogue().titles().size());
    const std::int32_t prepared
        = datasetItem < 0 || datasetItem >= known ? -1 : run.data().preparedItem(ItemIndex{datasetItem});
    isChosen = prepared >= 0;
    if (isChosen)
        return inspectedItem(run.data(), prepared, 0);
    const auto list = run.session->recommend(run.history.view(), 1);
    return list.empty() ? InspectedItem() : inspectedItem(run.data(), list.front().item, list.front().score);
}

KeptShares::Row sharesOf(const InspectedRun& run, int datasetItem, std::vector<int>& items, Progress& progress)
{
    KeptShares::Row row;
    const PackedView history = run.history.view();
    const TrainedModel& model = run.session->model();
    row.isAttention = model.layers() > 0;
    if (row.isAttention) {
        const auto maps = inspectAttention(model, history);
        row.shares = attentionShares(*maps);
        items = datasetItems(run.data(), maps->items);
        return row;
    }
    const std::int32_t item = run.data().preparedItem(ItemIndex{datasetItem});
    if (item < 0) {
        row.note = translate("does not know this item");
        return row;
    }
    const Explanation explanation = run.session->explain(history, {item}, progress).front();
    row.shares = signedShares(explanation.contributions);
    row.lifting = liftingEvents(explanation, litShare, mostLit);
    items = datasetItems(run.data(), history.items.last(row.shares.size()));
    return row;
}

} // namespace

std::vector<float> StateData::memoryOf(int layer) const
{
    const auto first = memory.begin() + layer * eigenvalues.channels;
    return {first, first + eigenvalues.channels};
}

std::complex<double> StateData::eigenvalue(int layer, int channel) const
{
    const auto at = static_cast<std::size_t>(layer * eigenvalues.channels + channel);
    return {eigenvalues.real[at], eigenvalues.imaginary[at]};
}

std::shared_ptr<const StateData> loadState(Workspace& workspace, const InspectRequest& request, Progress& progress)
{
    auto result = std::make_shared<StateData>();
    lookInto(request, [&](int slot, const RunId& id) {
        result->slot = slot;
        InspectedRun run = openInspected(workspace, id, progress);
        readUser(run, request.user);
        progress.checkCancelled();
        const PackedView history = run.history.view();
        if (history.events() > 0 && keepsState(run.session->model()))
            result->states = inspectStates(run.session->model(), history, StateDetail::Norms);
        result->runs[static_cast<std::size_t>(slot)] = std::make_shared<const InspectedRun>(std::move(run));
        return result->states != nullptr;
    });
    if (!result->states)
        return result;
    readStates(*result, workspace);
    openOther(*result, workspace, request, progress);
    return result;
}

std::shared_ptr<const KeptShares> loadKept(const StateData& data, int datasetItem, Progress& progress)
{
    auto result = std::make_shared<KeptShares>();
    result->item = wantedItem(data, datasetItem, result->isChosen);
    for (std::size_t slot = 0; slot < data.runs.size(); ++slot) {
        KeptShares::Row& row = result->rows[slot];
        row.note = data.notes[slot];
        if (!data.runs[slot] || result->item.prepared < 0)
            continue;
        std::vector<int> items;
        row = sharesOf(*data.runs[slot], result->item.dataset, items, progress);
        const std::int64_t common = commonEnd(items, data.items);
        if (!row.shares.empty() && common == 0) {
            row.shares.clear();
            row.note = translate("was given another history");
        }
        if (row.shares.empty())
            continue;
        // Events count on the common axis from here on.
        const auto moved = static_cast<int>(data.items.size()) - static_cast<int>(items.size());
        for (int& event : row.lifting)
            event += moved;
        std::erase_if(row.lifting, [&](int event) { return event < static_cast<int>(data.items.size()) - common; });
        row.shares = onAxis(row.shares, common, static_cast<std::int64_t>(data.items.size()));
    }
    return result;
}

} // namespace recoscope
