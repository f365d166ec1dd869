// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/runs/run_snapshot.h"

#include <algorithm>
#include <filesystem>

#include "widgets/core/latency_tables.h"
#include "widgets/core/release.h"
#include "widgets/core/run_filter.h"

namespace recoscope {

namespace {

// Latencies of older runs are read when such a run is looked at on the Latency page.
constexpr std::size_t mostLatencies = 200;
constexpr std::int64_t usualHistory = 64;
// More lines than this say nothing any more.
constexpr std::size_t mostLines = 2000;

void readLatency(RunSnapshot& snapshot, const Workspace& workspace, Progress& progress)
{
    const MachineKey here = machineOf(environmentInfo());
    const std::size_t count = std::min(mostLatencies, snapshot.runs->size());
    for (std::size_t i = 0; i < count; ++i) {
        progress.checkCancelled();
        const RunId& id = (*snapshot.runs)[i].id;
        const auto row
            = servingRow(latestRows(id, workspace.store().latency(id)), here, usualHistory, LatencyStatistic::P95);
        if (row)
            snapshot.p95Ms[id] = milliseconds(row->point, LatencyStatistic::P95);
    }
}

void makeLines(RunSnapshot& snapshot, const QStringList& slotIds)
{
    std::vector<RunRecord> runs;
    for (const RunRecord& run : *snapshot.runs) {
        if (run.test.contains("ndcg@10"))
            runs.push_back(run);
        if (runs.size() == mostLines)
            break;
    }
    snapshot.lines = runLines(runs, slotIds);
    for (const RunRecord& run : runs)
        snapshot.lineRuns.push_back(run.id);
}

} // namespace

std::shared_ptr<const RunSnapshot> loadRuns(const Workspace& workspace, const QStringList& slotIds, Progress& progress)
{
    auto snapshot = std::make_shared<RunSnapshot>();
    std::vector<RunRecord> all = workspace.store().runs(true);
    progress.checkCancelled();
    const auto middle
        = std::stable_partition(all.begin(), all.end(), [](const RunRecord& run) { return !run.deleted; });
    snapshot->bin = releasedElsewhere(std::vector<RunRecord>(middle, all.end()));
    all.erase(middle, all.end());
    for (const RunRecord& run : all) {
        const std::string folder = runFolderOf(run);
        if (!folder.empty())
            ++snapshot->folders[folder];
        for (const std::string& tag : run.tags) {
            if (!isFolderTag(tag))
                ++snapshot->tags[tag];
        }
        ++snapshot->datasets[run.dataset];
    }
    snapshot->runs = releasedElsewhere(std::move(all));
    makeLines(*snapshot, slotIds);
    readLatency(*snapshot, workspace, progress);
    return snapshot;
}

std::vector<RunFile> filesOfRun(const Workspace& workspace, const RunId& run)
{
    std::vector<RunFile> files;
    std::error_code code;
    const Path folder = workspace.runFolder(run);
    for (auto entry = std::filesystem::recursive_directory_iterator(folder, code);
         !code && entry != std::filesystem::recursive_directory_iterator(); entry.increment(code)) {
        if (entry->is_regular_file(code))
            files.push_back(
                {QString::fromStdString(entry->path().lexically_relative(folder).string()), entry->file_size(code)});
    }
    std::sort(files.begin(), files.end(), [](const RunFile& a, const RunFile& b) { return a.name < b.name; });
    return files;
}

} // namespace recoscope
