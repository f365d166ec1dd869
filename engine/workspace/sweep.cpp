// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/workspace/sweep.h"

#include <algorithm>
#include <set>

#include "engine/core/csv_file.h"
#include "engine/core/error.h"

namespace recoscope {

namespace {

class SweepFile {
public:
    SweepFile(const Path& file, const Json& json)
        : m_file(file)
        , m_json(json)
    {
        static const std::vector<std::string> known = {"dataset", "max_minutes", "model", "name", "parameters",
            "protocol", "seeds", "sizes", "train_users", "users_seed"};
        if (!json.is_object())
            fail("a sweep is a JSON object", R"({"dataset": NAME, "model": NAME, "sizes": [{...}]})");
        for (const auto& [key, value] : json.items())
            if (std::find(known.begin(), known.end(), key) == known.end())
                fail("there is no key '" + key + "'", "nearest: " + nearestNames(key, known, 1).front());
    }

    // What `key` holds, or `otherwise` where it is absent and that is allowed.
    template <class Value> Value get(const char* key, const std::optional<Value>& otherwise = std::nullopt) const
    {
        if (!m_json.contains(key)) {
            if (otherwise)
                return *otherwise;
            fail(std::string("'") + key + "' is missing", "docs/scaling.md shows a sweep");
        }
        try {
            return m_json.at(key).get<Value>();
        } catch (const Json::exception&) {
            fail(std::string("'") + key + "' cannot be " + m_json.at(key).dump().substr(0, 80),
                "docs/scaling.md shows a sweep");
        }
    }
    template <class Value> std::vector<Value> list(const char* key, const std::vector<Value>& otherwise) const
    {
        const auto values = get<std::vector<Value>>(key, std::optional(otherwise));
        if (values.empty())
            fail(std::string("'") + key + "' is empty", "give one value or more, or leave the key out");
        return values;
    }

    [[noreturn]] void fail(const std::string& problem, const std::string& hint) const
    {
        throw Error(ErrorKind::Input, m_file.string() + ": " + problem, hint);
    }

private:
    Path m_file;
    const Json& m_json;
};

Json objectOf(const SweepFile& file, const char* key)
{
    const Json value = file.get<Json>(key, std::optional<Json>(Json::object()));
    if (!value.is_object())
        file.fail(std::string("'") + key + "' is not an object", "write {\"key\": value, ...}");
    return value;
}

Protocol protocolFor(const Json& given, double share, std::int64_t seed)
{
    Protocol protocol = Protocol::fromJson(given);
    if (share < 1.0)
        protocol.set("train_users", Json(share).dump() + ":" + std::to_string(seed));
    return protocol;
}

std::string pointName(const std::string& sweep, const Json& size, double share, std::uint64_t seed)
{
    std::string name = sweep;
    for (const auto& [key, value] : size.items())
        name += " " + key + "=" + value.dump();
    return name + " users=" + Json(share).dump() + " seed=" + std::to_string(seed);
}

std::vector<double> sharesOf(const SweepFile& file)
{
    const auto shares = file.list<double>("train_users", {1.0});
    for (const double share : shares)
        if (!(share > 0.0 && share <= 1.0))
            file.fail("train_users cannot be " + Json(share).dump(), "shares are above 0 and at most 1");
    return shares;
}

double minutesOf(const SweepFile& file)
{
    const auto minutes = file.get<double>("max_minutes", 0.0);
    if (!(minutes >= 0.0))
        file.fail("max_minutes cannot be " + Json(minutes).dump(), "give minutes for each run, or leave the key out");
    return minutes;
}

std::vector<SweepPoint> pointsOf(const SweepFile& file, const std::string& sweep)
{
    const Json common = objectOf(file, "parameters"), protocol = objectOf(file, "protocol");
    const auto sizes = file.list<Json>("sizes", {});
    const auto shares = sharesOf(file);
    const auto seeds = file.list<std::uint64_t>("seeds", {42});
    const auto usersSeed = file.get<std::int64_t>("users_seed", sweepUsersSeed);
    const double maxMinutes = minutesOf(file);
    std::vector<SweepPoint> points;
    for (const Json& size : sizes) {
        if (!size.is_object())
            file.fail("a size is " + size.dump().substr(0, 80), R"(a size is an object: {"hidden": 64, "layers": 2})");
        for (const double share : shares)
            for (const std::uint64_t seed : seeds) {
                SweepPoint point;
                point.share = share;
                point.request.dataset = file.get<std::string>("dataset");
                point.request.model = file.get<std::string>("model");
                point.request.protocol = protocolFor(protocol, share, usersSeed);
                point.request.parameters = common;
                point.request.parameters.update(size);
                point.request.seed = seed;
                point.request.name = pointName(sweep, size, share, seed);
                point.request.tags = {sweepTag + sweep};
                point.request.maxMinutes = maxMinutes;
                points.push_back(std::move(point));
            }
    }
    return points;
}

// The run of the point, whoever made it, when it is done; otherwise one of this sweep.
std::optional<RunRecord> existingRun(
    const SweepPoint& point, const std::string& datasetHash, const std::vector<RunRecord>& runs)
{
    const Workspace::NewRun& r = point.request;
    const std::string hash = r.protocol.hash();
    std::optional<RunRecord> begun;
    for (const RunRecord& run : runs) {
        const bool same = run.model == r.model && run.datasetHash == datasetHash && run.protocolHash == hash
            && run.seed == r.seed && sameSettings(run.model, run.parameters, r.parameters)
            && !run.environment.contains("init_from");
        if (!same)
            continue;
        if (run.status == RunStatus::Finished)
            return run;
        const bool ours = std::find(run.tags.begin(), run.tags.end(), r.tags.front()) != run.tags.end();
        if (ours && !begun)
            begun = run;
    }
    return begun;
}

std::string number(double value)
{
    return Json(value).dump();
}

// The column of the metric that chose the epoch; a fit finds it by its @.
std::string valueColumn(const Sweep& sweep)
{
    const std::string metric = sweep.points.front().request.protocol.selectBy;
    return metric.find('@') == std::string::npos ? "value" : metric;
}

double valueOf(const std::map<std::string, double>& metrics, const SweepPoint& point)
{
    const auto found = metrics.find(point.request.protocol.selectBy);
    return found == metrics.end() ? 0.0 : found->second;
}

std::string sizeFields(const SweepPoint& point)
{
    const std::string core = point.work.paperSize > 0.0 ? number(point.work.paperSize) : "";
    std::string fields;
    appendField(fields, point.run->id);
    return fields + "," + std::to_string(point.parameterCount) + "," + core + ","
        + std::to_string(point.work.interactions);
}

std::string workFields(const SweepPoint& point, int epochs)
{
    const double paper = point.work.paperCompute * epochs;
    return number(point.flops(epochs)) + "," + (paper > 0.0 ? number(paper) : "");
}

} // namespace

bool hasResult(const RunRecord& run)
{
    return run.status == RunStatus::Finished || run.status == RunStatus::Stopped;
}

bool cheaper(const SweepPoint& a, const SweepPoint& b)
{
    return a.work.flops < b.work.flops;
}

void assessPoint(Workspace& workspace, SweepPoint& point, Progress& progress)
{
    Workspace::NewRun& request = point.request;
    const ModelDescriptor& model = findModel(request.model);
    request.parameters = fullSchema(model).validate(request.parameters);
    if (request.parameters.value("refit", false))
        throw Error(ErrorKind::Usage, "a sweep counts the operations of one training, and refit=true trains twice",
            "leave refit off in a sweep");
    const auto data = workspace.prepareData(request.dataset, request.protocol, progress);
    model.checkData(request.parameters, DataFacts::of(*data));
    TrainRequest train;
    train.model = request.model;
    train.parameters = request.parameters;
    train.seed = request.seed;
    train.data = data;
    const TrainingCost cost = trainingCost(train);
    point.parameterCount = cost.parameterCount;
    point.work = cost.epoch;
    requireMemoryFor("'" + request.name + "'", point.parameterCount);
}

Sweep planSweep(Workspace& workspace, const Path& file, Progress& progress)
{
    return planSweep(workspace, readJson(file), file, progress);
}

Sweep planSweep(Workspace& workspace, const Json& description, const Path& source, Progress& progress)
{
    const SweepFile file(source, description);
    Sweep sweep;
    sweep.name = file.get<std::string>("name", source.stem().string());
    sweep.points = pointsOf(file, sweep.name);
    std::set<std::string> seen;
    for (SweepPoint& point : sweep.points) {
        progress.checkCancelled();
        const Workspace::NewRun& r = point.request;
        try {
            assessPoint(workspace, point, progress);
        } catch (const Error& error) {
            throw Error(error.kind(), source.string() + ": point '" + r.name + "': " + error.message(), error.hint());
        }
        if (!seen.insert(r.parameters.dump() + r.protocol.hash() + std::to_string(r.seed)).second)
            file.fail("two points are the same: " + r.name, "leave out one of them");
    }
    const std::string hash = workspace.openDataset(sweep.points.front().request.dataset)->info().contentHash;
    const std::vector<RunRecord> runs = workspace.store().runs();
    for (SweepPoint& point : sweep.points)
        point.run = existingRun(point, hash, runs);
    std::stable_sort(sweep.points.begin(), sweep.points.end(), cheaper);
    return sweep;
}

void tagRuns(Workspace& workspace, Sweep& sweep)
{
    for (SweepPoint& point : sweep.points) {
        const std::string& tag = point.request.tags.front();
        if (!point.run || std::find(point.run->tags.begin(), point.run->tags.end(), tag) != point.run->tags.end())
            continue;
        point.run->tags.push_back(tag);
        workspace.store().setRunTags(point.run->id, point.run->tags);
    }
}

void trainPoint(
    Workspace& workspace, SweepPoint& point, TrainControl& control, const TrainListener& listener, Progress& progress)
{
    if (!point.run)
        point.run = workspace.store().run(workspace.createRun(point.request));
    const RunId id = point.run->id;
    try {
        if (point.run->status == RunStatus::Queued)
            workspace.execute(id, control, listener, progress);
        else
            workspace.resume(id, control, listener, progress);
    } catch (const Error&) {
        point.run = workspace.store().run(id);
        throw;
    }
    point.run = workspace.store().run(id);
}

std::string sweepTable(const Sweep& sweep)
{
    std::string text = "run,n,n_without_tokens,t,epochs,best_epoch,compute,paper_compute,compute_spent,"
        + valueColumn(sweep) + ",test,seconds,seed\n";
    for (const SweepPoint& point : sweep.points) {
        if (!point.isDone())
            continue;
        const RunRecord& run = *point.run;
        text += sizeFields(point) + "," + std::to_string(run.epochs) + "," + std::to_string(run.bestEpoch) + ","
            + workFields(point, run.bestEpoch) + "," + number(point.flops(run.epochs)) + ","
            + number(valueOf(run.valid, point)) + "," + number(valueOf(run.test, point)) + "," + number(run.seconds)
            + "," + std::to_string(run.seed) + "\n";
    }
    return text;
}

std::string curveTable(const Sweep& sweep, const Store& store)
{
    std::string text = "run,n,n_without_tokens,t,epoch,compute,paper_compute," + valueColumn(sweep) + ",train_loss\n";
    for (const SweepPoint& point : sweep.points) {
        if (!point.isDone())
            continue;
        for (const EpochRecord& epoch : store.epochs(point.run->id))
            if (epoch.valid)
                text += sizeFields(point) + "," + std::to_string(epoch.epoch) + "," + workFields(point, epoch.epoch)
                    + "," + number(valueOf(epoch.valid->values, point)) + "," + number(epoch.trainLoss) + "\n";
    }
    return text;
}

} // namespace recoscope
