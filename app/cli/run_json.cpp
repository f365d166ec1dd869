// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/run_json.h"

#include "app/cli/text.h"

namespace recoscope::cli {

Json runJson(const RunRecord& run)
{
    Json protocol = run.protocol;
    protocol["hash"] = run.protocolHash;
    return {{"run", run.id}, {"name", run.name}, {"status", runStatusName(run.status)}, {"dataset", run.dataset},
        {"dataset_hash", run.datasetHash}, {"model", run.model}, {"parameters", run.parameters}, {"protocol", protocol},
        {"seed", run.seed}, {"environment", run.environment}, {"created", run.created}, {"started", run.started},
        {"finished", run.finished}, {"epochs", run.epochs}, {"best_epoch", run.bestEpoch},
        {"metrics", {{"valid", run.valid}, {"test", run.test}}}, {"test_half_width_95", run.testHalfWidth},
        {"seconds", run.seconds}, {"seconds_per_epoch", run.secondsPerEpoch},
        {"peak_memory_bytes", run.peakMemoryBytes}, {"parameter_count", run.parameterCount}, {"error", run.error},
        {"notes", run.notes}, {"tags", run.tags}, {"deleted", run.deleted}, {"remark", run.remark},
        {"learned_from", learnedFrom(run)}};
}

std::string learnedFrom(const RunRecord& run)
{
    return run.remark.empty() ? "training events only; validation items chose the epoch" : run.remark;
}

std::string metricLine(const RunRecord& run)
{
    const bool tested = !run.test.empty();
    std::string line;
    for (const auto& [name, label] :
        {std::pair("hr@10", "HR@10"), std::pair("ndcg@10", "NDCG@10"), std::pair("mrr", "MRR")}) {
        const std::string cell = metricCell(tested ? run.test : run.valid, name);
        if (cell.empty())
            continue;
        line += (line.empty() ? "" : " · ") + std::string(label) + " " + cell;
        if (const auto width = run.testHalfWidth.find(name); tested && width != run.testHalfWidth.end())
            line += " ± " + fixed(width->second, 4);
    }
    return line.empty() ? "no metrics" : line + (tested ? " (test)" : " (validation)");
}

std::string metricCell(const std::map<std::string, double>& values, const std::string& name)
{
    const auto found = values.find(name);
    return found == values.end() ? "" : fixed(found->second, 4);
}

} // namespace recoscope::cli
