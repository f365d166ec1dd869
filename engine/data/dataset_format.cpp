// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/dataset_format.h"

#include "engine/core/error.h"

namespace recoscope {

Json ImportReport::toJson() const
{
    Json counts = Json::object();
    Json examples = Json::object();
    for (const Dropped& entry : dropped) {
        counts[entry.reason] = entry.count;
        Json& list = examples[entry.reason] = Json::array();
        for (const Dropped::Example& example : entry.examples)
            list.push_back({{"line", example.line}, {"text", example.text}});
    }
    return {{"rows_read", rowsRead}, {"rows_kept", rowsKept}, {"dropped", counts}, {"examples", examples},
        {"warnings", warnings}, {"seconds", seconds}};
}

ImportReport ImportReport::fromJson(const Json& json)
{
    ImportReport report;
    report.rowsRead = json.at("rows_read").get<std::int64_t>();
    report.rowsKept = json.at("rows_kept").get<std::int64_t>();
    for (const auto& [reason, count] : json.at("dropped").items()) {
        Dropped entry;
        entry.reason = reason;
        entry.count = count.get<std::int64_t>();
        for (const Json& example : json.at("examples").at(reason))
            entry.examples.push_back({example.at("line").get<std::int64_t>(), example.at("text").get<std::string>()});
        report.dropped.push_back(std::move(entry));
    }
    report.warnings = json.at("warnings").get<std::vector<std::string>>();
    report.seconds = json.at("seconds").get<double>();
    return report;
}

Json datasetInfoToJson(const DatasetInfo& info)
{
    Json json = {{"version", datasetFormatVersion}, {"name", info.name}, {"format", info.format},
        {"source", info.source}, {"hash", info.contentHash}, {"users", info.users}, {"items", info.items},
        {"interactions", info.interactions}, {"has_times", info.hasTimes}, {"has_feedback", info.hasFeedback},
        {"created", info.created}, {"report", info.report.toJson()}, {"generator", info.generator}};
    if (!info.surfaces.empty())
        json["surfaces"] = info.surfaces;
    if (!info.kinds.empty())
        json["kinds"] = info.kinds;
    return json;
}

DatasetInfo datasetInfoFromJson(const Json& json, const Path& file)
{
    try {
        const int version = json.at("version").get<int>();
        if (version > datasetFormatVersion)
            throw Error(ErrorKind::Refused,
                "'" + file.string() + "' was written by a newer version (format " + std::to_string(version)
                    + ", this program reads up to " + std::to_string(datasetFormatVersion) + ")",
                "use the newer program, or import the source again with this one");
        DatasetInfo info;
        info.name = json.at("name").get<std::string>();
        info.format = json.at("format").get<std::string>();
        info.source = json.at("source").get<std::string>();
        info.contentHash = json.at("hash").get<std::string>();
        info.users = json.at("users").get<std::int64_t>();
        info.items = json.at("items").get<std::int64_t>();
        info.interactions = json.at("interactions").get<std::int64_t>();
        info.hasTimes = json.at("has_times").get<bool>();
        info.hasFeedback = json.at("has_feedback").get<bool>();
        info.surfaces = json.value("surfaces", std::vector<std::string>());
        info.kinds = json.value("kinds", std::vector<std::string>());
        info.created = json.at("created").get<std::string>();
        info.report = ImportReport::fromJson(json.at("report"));
        info.generator = json.at("generator");
        return info;
    } catch (const Json::exception& error) {
        throw Error(ErrorKind::Input, "'" + file.string() + "' is damaged: " + error.what(), "import the source again");
    }
}

} // namespace recoscope
