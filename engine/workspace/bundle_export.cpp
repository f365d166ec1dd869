// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cmath>
#include <system_error>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/core/zip_writer.h"
#include "engine/data/catalogue.h"
#include "engine/workspace/bundle_file.h"
#include "engine/workspace/train_command.h"

namespace recoscope {

namespace {

constexpr double sameMetric = 1e-9;

void requireTested(const RunRecord& run)
{
    const bool ended = run.status == RunStatus::Finished || run.status == RunStatus::Stopped;
    if (!ended || run.test.empty())
        throw Error(ErrorKind::Refused, "run '" + run.id + "' is " + runStatusName(run.status) + " and was not tested",
            "a bundle holds tested results: let the run end first");
}

void requireSameMetrics(
    const RunRecord& run, SplitPart part, const std::map<std::string, double>& stored, const MetricSummary& again)
{
    for (const auto& [name, value] : stored) {
        const auto found = again.values.find(name);
        const double now = found == again.values.end() ? std::nan("") : found->second;
        if (std::abs(now - value) > sameMetric || std::isnan(now) != std::isnan(value))
            throw Error(ErrorKind::Refused,
                "ranking run '" + run.id + "' again gives " + name + " " + std::to_string(now) + " on "
                    + splitPartName(part) + ", its results say " + std::to_string(value),
                "the weights in its folder are not those that were tested, or another processor rounds differently: "
                "export where the run was made");
    }
}

Json configJson(const RunRecord& run, const DatasetInfo& data)
{
    const Json dataset = {{"name", data.name}, {"hash", data.contentHash}, {"format", data.format},
        {"source", data.source}, {"users", data.users}, {"items", data.items}, {"interactions", data.interactions}};
    return {{"run", run.id}, {"name", run.name}, {"notes", run.notes}, {"tags", run.tags}, {"dataset", dataset},
        {"model", run.model}, {"parameters", run.parameters}, {"seed", run.seed}, {"status", runStatusName(run.status)},
        {"created", run.created}, {"started", run.started}, {"finished", run.finished}, {"epochs", run.epochs},
        {"best_epoch", run.bestEpoch}, {"seconds", run.seconds}, {"seconds_per_epoch", run.secondsPerEpoch},
        {"peak_memory_bytes", run.peakMemoryBytes}, {"parameter_count", run.parameterCount}, {"remark", run.remark},
        {"train_again", trainCommand(run)}};
}

template <class Records> Json arrayOf(const Records& records)
{
    Json array = Json::array();
    for (const auto& record : records)
        array.push_back(record.toJson());
    return array;
}

class Exporter {
public:
    Exporter(Workspace& workspace, const RunRecord& run, const BundleOptions& options, const Path& folder)
        : m_workspace(workspace)
        , m_run(run)
        , m_options(options)
        , m_folder(folder)
        , m_protocol(Protocol::fromJson(run.protocol))
    {
        const std::vector<int>& cuts = m_protocol.metricsAt;
        m_depth = options.depth > 0 ? options.depth : cuts.empty() ? 20 : *std::max_element(cuts.begin(), cuts.end());
    }

    void write(const Path& target, Progress& progress)
    {
        const auto data = m_workspace.prepareData(m_run.dataset, m_protocol, progress);
        if (!m_options.rawUsers)
            m_pseudonyms.emplace(*data->dataset());
        rank(*data, SplitPart::Valid, m_run.valid, progress);
        rank(*data, SplitPart::Test, m_run.test, progress);
        writeDocuments(data->dataset()->info());
        const Path folder = m_workspace.runFolder(m_run.id);
        std::error_code ignored;
        for (const char* weights : bundle::allWeights)
            if (std::filesystem::exists(folder / weights, ignored)) // none of a counting model
                m_members.push_back(weights);
        progress.update(0.9, "Packing " + target.filename().string());
        pack(target,
            [&](const std::string& member) { return (bundle::isWeights(member) ? folder : m_folder) / member; });
    }

private:
    void rank(const PreparedData& data, SplitPart part, const std::map<std::string, double>& stored, Progress& progress)
    {
        if (data.evaluatedUsers(part).empty())
            return;
        const bool test = part == SplitPart::Test;
        RankingOptions options;
        options.part = part;
        options.depth = test ? m_depth + 1 : 0; // a tied target may leave the list and the next item move up
        const RankingResult result = m_workspace.evaluate(m_run.id, m_protocol, options, progress);
        requireSameMetrics(m_run, part, stored, result.metrics);
        const ExportNaming naming{bundle::userNames(result, data, m_pseudonyms ? &*m_pseudonyms : nullptr), true};
        (test ? m_testUsers : m_validUsers) = result.metrics.users;
        exportUsers(result, data, add(bundle::usersFile(part)), naming);
        if (test)
            exportTopK(result, data, m_depth, add(bundle::lists), naming);
    }

    void writeDocuments(const DatasetInfo& dataset)
    {
        const Store& store = m_workspace.store();
        writeJson(add(bundle::config), configJson(m_run, dataset));
        writeJson(add(bundle::protocol), {{"protocol", m_run.protocol}, {"hash", m_run.protocolHash}});
        writeJson(add(bundle::environment), m_run.environment);
        writeJson(add(bundle::metrics),
            {{"valid", MetricSummary{m_run.valid, {}, m_validUsers}.toJson()},
                {"test", MetricSummary{m_run.test, m_run.testHalfWidth, m_testUsers}.toJson()},
                {"slices",
                    {{"valid", arrayOf(store.slices(m_run.id, SplitPart::Valid))},
                        {"test", arrayOf(store.slices(m_run.id, SplitPart::Test))}}},
                {"epochs", arrayOf(store.epochs(m_run.id))}});
    }

    Path add(const std::string& member)
    {
        m_members.push_back(member);
        return m_folder / member;
    }

    template <class PathOf> void pack(const Path& target, const PathOf& pathOf)
    {
        Json files = Json::array();
        for (const std::string& member : m_members)
            files.push_back({{"name", member}, {"bytes", std::filesystem::file_size(pathOf(member))},
                {"sha256", sha256HexOfFile(pathOf(member))}});
        const Json manifest = {{"format", bundle::formatName}, {"version", bundle::version}, {"run", m_run.id},
            {"written_by", environmentInfo().at("recoscope")}, {"user_ids", m_options.rawUsers ? "raw" : "pseudonyms"},
            {"depth", m_depth}, {"files", files}};
        const std::string text = manifest.dump(2) + "\n";
        ZipWriter zip(target);
        zip.add(bundle::manifest, {std::as_bytes(std::span(text))}, ZipWriter::Packing::Deflated);
        for (const std::string& member : m_members) {
            const MappedFile file(pathOf(member));
            zip.add(member, {file.bytes()},
                bundle::isWeights(member) ? ZipWriter::Packing::Stored : ZipWriter::Packing::Deflated);
        }
        zip.commit();
    }

    Workspace& m_workspace;
    const RunRecord& m_run;
    const BundleOptions& m_options;
    const Path m_folder;
    const Protocol m_protocol;
    std::int64_t m_depth = 0, m_validUsers = 0, m_testUsers = 0;
    std::optional<bundle::Pseudonyms> m_pseudonyms;
    std::vector<std::string> m_members;
};

} // namespace

void exportBundle(
    Workspace& workspace, const RunId& id, const Path& file, const BundleOptions& options, Progress& progress)
{
    const RunRecord run = workspace.store().run(id);
    requireTested(run);
    std::error_code ignored;
    if (!options.overwrite && std::filesystem::exists(file, ignored))
        throw Error(
            ErrorKind::Refused, "'" + file.string() + "' exists", "choose another name, or say to overwrite it");
    if (file.has_parent_path() && !std::filesystem::is_directory(file.parent_path(), ignored))
        throw Error(ErrorKind::NotFound, "there is no folder '" + file.parent_path().string() + "' for the bundle",
            "make the folder, or name another one");
    // Never committed: the parts are gone when it ends, however it ends.
    const AtomicFolder parts(file.string() + ".parts");
    Exporter(workspace, run, options, parts.path()).write(file, progress);
}

} // namespace recoscope
