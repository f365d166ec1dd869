// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/dataset_json.h"

#include "app/cli/text.h"
#include "engine/core/counts.h"

namespace recoscope::cli {

namespace {

Json reportJson(const ImportReport& report)
{
    Json dropped = Json::object(), examples = Json::object();
    for (const ImportReport::Dropped& d : report.dropped) {
        dropped[d.reason] = d.count;
        for (const auto& e : d.examples)
            examples[d.reason].push_back({{"line", e.line}, {"text", e.text}});
    }
    return {{"rows_read", report.rowsRead}, {"rows_kept", report.rowsKept}, {"dropped", dropped},
        {"examples", examples}, {"warnings", report.warnings}, {"seconds", report.seconds}};
}

} // namespace

Json importJson(const DatasetInfo& info)
{
    Json document = datasetJson(info);
    document["report"] = reportJson(info.report);
    return document;
}

Json datasetJson(const DatasetInfo& info)
{
    return {{"dataset", info.name}, {"users", info.users}, {"items", info.items}, {"interactions", info.interactions},
        {"format", info.format}, {"source", info.source}, {"hash", info.contentHash}, {"has_times", info.hasTimes},
        {"has_feedback", info.hasFeedback}, {"surfaces", info.surfaces}, {"kinds", info.kinds}};
}

std::string datasetLine(const DatasetInfo& info)
{
    return info.name + ": " + grouped(info.interactions) + " interactions of " + grouped(info.users) + " users on "
        + grouped(info.items) + " items\n";
}

std::string importText(const DatasetInfo& info)
{
    const ImportReport& report = info.report;
    std::string text = datasetLine(info) + "read as " + info.format + ": " + grouped(report.rowsKept) + " of "
        + grouped(report.rowsRead) + " rows kept\n";
    for (const ImportReport::Dropped& d : report.dropped) {
        text += "  dropped " + grouped(d.count) + ": " + d.reason;
        text += d.examples.empty() ? "\n" : ", first on line " + std::to_string(d.examples.front().line) + "\n";
    }
    for (const std::string& warning : report.warnings)
        text += "  warning: " + warning + "\n";
    return text;
}

} // namespace recoscope::cli
