// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Private to engine/workspace: one run from its record to its results. Blocks; one object per execution.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "engine/core/peak_memory.h"
#include "engine/models/registry.h"
#include "engine/workspace/workspace.h"

namespace recoscope {

class RunExecution {
public:
    RunExecution(Store& store, Path folder, RunRecord record);

    void setData(std::shared_ptr<const PreparedData> data) { m_data = std::move(data); } // before run()

    // Trains or counts, ranks validation, ranks test once, stores everything. Throws Error{Cancelled} when the user
    // cancelled; the record then keeps what is known so far.
    void run(bool resume, TrainControl& control, const TrainListener& listener, Progress& progress);

    const RunRecord& record() const { return m_record; }
    // Stores how the run ended; a cancelled or failed run keeps its checkpoint.
    void end(RunStatus status, const std::string& error);

private:
    void train(bool resume, TrainControl& control, const TrainListener& listener, Progress& progress);
    void count(Progress& progress);
    void rankAdopted(Progress& progress);
    void rankBoth(const TrainedModel& forValid, const TrainedModel& forTest, Progress& progress);
    void rank(const TrainedModel& model, SplitPart part, Progress& progress);

    Store& m_store;
    Path m_folder;
    RunRecord m_record;
    std::shared_ptr<const PreparedData> m_data;
    std::optional<PeakMemory> m_peak; // since run() began
    RunStatus m_endStatus = RunStatus::Finished;
};

// In a run's folder: the weights it started from, when it started from another run's.
Path initialWeightsFile(const Path& runFolder);
// In a run's folder: how much these weights matter to what they were trained on, when that holds them back.
Path importanceFile(const Path& runFolder);

// run.json: what the database knows of the run, beside its weights. Written when a run begins and when it ends.
void writeRunDescription(const RunRecord& run, const Path& file);

// The model of a run that was trained: its weights, or the counts made again from the data. `part` matters to models
// that learned again from train + validation: what validation ranks never saw it.
std::shared_ptr<const TrainedModel> modelOfRun(const RunRecord& run, const Path& folder,
    std::shared_ptr<const PreparedData> data, SplitPart part, Progress& progress);

} // namespace recoscope
