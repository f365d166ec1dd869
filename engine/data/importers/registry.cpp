// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/importer.h"

#include <chrono>

#include "engine/core/error.h"
#include "engine/data/importers/drop_log.h"
#include "engine/data/importers/formats.h"

namespace recoscope {

namespace {

std::string formatList()
{
    std::string list;
    for (const Importer* importer : importers())
        list += (list.empty() ? "" : ", ") + importer->name();
    return list;
}

} // namespace

const std::vector<const Importer*>& importers()
{
    static const std::vector<const Importer*> list = {
        &movielensImporter(),
        &delimitedImporter(),
        &amazonImporter(),
        &recboleImporter(),
        &sasrecImporter(),
        &s3recImporter(),
        &userListsImporter(),
        &yambdaImporter(),
    };
    return list;
}

const Importer& chooseImporter(const Path& source, const std::string& format)
{
    const Importer* best = nullptr;
    int bestScore = 0;
    for (const Importer* importer : importers()) {
        if (importer->name() == format)
            return *importer;
        if (format != "auto")
            continue;
        const int score = importer->score(source);
        if (score > bestScore) {
            best = importer;
            bestScore = score;
        }
    }
    if (format != "auto")
        throw Error(ErrorKind::Usage, "unknown format '" + format + "'", "use auto, " + formatList());
    std::error_code ignored;
    if (!best && std::filesystem::is_directory(source, ignored))
        throw Error(ErrorKind::Input,
            "the folder '" + source.string() + "' holds the files of none of the known formats: " + formatList(),
            "name the file that holds the interactions");
    if (!best)
        throw Error(ErrorKind::Input,
            "'" + source.string() + "' (line 1) looks like none of the known formats: " + formatList(),
            "name the format with --format, or the file that holds the interactions");
    return *best;
}

Json ImportOptions::toJson() const
{
    Json json = {{"format", format}, {"items_file", printable(itemsFile.filename().string())}, {"delimiter", delimiter},
        {"quote", quote}, {"encoding", encoding}, {"time_unit", timeUnit}};
    for (const ImportRole& role : importRoles)
        json[role.name] = this->*role.column;
    json["min_rating"] = minRating ? Json(*minRating) : Json();
    json["header"] = header ? Json(*header) : Json();
    if (!events.empty())
        json["events"] = events;
    return json;
}

ImportPreview previewImport(const Path& source, const ImportOptions& options)
{
    return chooseImporter(source, options.format).preview(source, options);
}

std::shared_ptr<const Dataset> importDataset(const Path& source, const Path& datasetFolder, const std::string& name,
    const ImportOptions& options, Progress& progress)
{
    const auto begin = std::chrono::steady_clock::now();
    const Importer& importer = chooseImporter(source, options.format);
    const Path file = source.has_filename() ? source.filename() : source.parent_path().filename();
    DatasetWriter writer(datasetFolder, name, importer.name(), printable(file.string()));
    ImportReport report = importer.read(source, options, writer, progress);
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return writer.finish(std::move(report), progress);
}

} // namespace recoscope
