// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/popularity_line.h"

#include "engine/evaluation/popularity_baseline.h"
#include "engine/workspace/workspace.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr std::int64_t countedAtOnce = 2'000'000; // events; nothing heavier starts by looking at a run

} // namespace

PopularityLine::PopularityLine(WorkbenchContext& context, QObject* parent)
    : QObject(parent)
    , m_context(context)
{
}

std::optional<double> PopularityLine::ndcg(const RunRecord& run)
{
    const std::string key = run.datasetHash + run.protocolHash;
    if (const auto found = m_known.find(key); found != m_known.end())
        return found->second;
    const DatasetRecord* dataset = m_context.library.datasetRecord(QString::fromStdString(run.dataset));
    if (!dataset || dataset->hash != run.datasetHash || dataset->interactions > countedAtOnce
        || !m_asked.insert(key).second)
        return std::nullopt;
    m_context.jobs.run(
        {JobLane::Inspect, {}, {}}, this,
        [workspace = m_context.workspace, name = run.dataset, json = run.protocol](Progress& progress) {
            const auto data = workspace->prepareData(name, Protocol::fromJson(json), progress);
            return popularityBaseline(*data, SplitPart::Valid, PopularityCounts::Train, progress);
        },
        [this, key](const MetricSummary& summary) {
            if (const auto found = summary.values.find("ndcg@10"); found != summary.values.end())
                m_known[key] = found->second;
            emit changed();
        });
    return std::nullopt;
}

} // namespace recoscope
