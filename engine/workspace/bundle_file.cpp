// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/workspace/bundle_file.h"

#include <algorithm>
#include <charconv>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/data/catalogue.h"
#include "engine/data/importers/delimited_text.h"

namespace recoscope::bundle {

namespace {

constexpr std::uint64_t mostJsonBytes = std::uint64_t(64) << 20;

Error damaged(const Path& path, const std::string& what)
{
    return Error(ErrorKind::Input, "'" + path.string() + "': " + what, "fetch or export the bundle again");
}

template <class Array> void hashArray(Sha256& hash, std::span<const Array> values)
{
    const std::uint64_t size = values.size_bytes();
    hash.update(&size, sizeof size);
    hash.update(values.data(), values.size_bytes());
}

// A column of a table of text, by name.
class Columns {
public:
    Columns(std::string origin, const std::vector<std::string_view>& header)
        : m_origin(std::move(origin))
        , m_names(header.begin(), header.end())
    {
    }
    std::size_t at(const std::string& name) const
    {
        const auto found = std::find(m_names.begin(), m_names.end(), name);
        if (found == m_names.end())
            throw Error(ErrorKind::Input, m_origin + " has no column '" + name + "'", "export the bundle again");
        return static_cast<std::size_t>(found - m_names.begin());
    }
    const std::vector<std::string>& names() const { return m_names; }

    template <class Number> Number number(std::string_view text, std::int64_t line) const
    {
        Number value{};
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc() || end != text.data() + text.size())
            throw Error(ErrorKind::Input,
                m_origin + " (line " + std::to_string(line) + "): '" + std::string(text.substr(0, 40))
                    + "' is not a number",
                "export the bundle again");
        return value;
    }

private:
    std::string m_origin;
    std::vector<std::string> m_names;
};

// `row` for every line below the header, which has as many fields as the header.
void readCsv(std::unique_ptr<ByteSource> source,
    const std::function<void(const Columns&, const std::vector<std::string_view>&, std::int64_t line)>& row)
{
    const std::string origin = source->name();
    std::optional<Columns> columns;
    readTable(std::move(source), ",", '"', [&](const std::vector<std::string_view>& fields, std::int64_t line) {
        if (!columns) {
            columns.emplace(origin, fields);
            return true;
        }
        if (fields.size() != columns->names().size())
            throw Error(ErrorKind::Input,
                origin + " (line " + std::to_string(line) + "): expected " + std::to_string(columns->names().size())
                    + " fields, found " + std::to_string(fields.size()),
                "export the bundle again");
        row(*columns, fields, line);
        return true;
    });
}

RunStatus testedStatus(const std::string& name)
{
    for (const RunStatus status : {RunStatus::Finished, RunStatus::Stopped})
        if (name == runStatusName(status))
            return status;
    throw Error(
        ErrorKind::Input, std::string(config) + " calls the run '" + name.substr(0, 40) + "'", "export the run again");
}

// The id becomes the name of a folder.
RunId plainRunId(const std::string& id)
{
    const bool plain = !id.empty() && id.size() <= 64
        && std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c) || c == '-'; });
    if (!plain)
        throw Error(
            ErrorKind::Input, std::string(config) + " holds no run id that can be used", "export the run again");
    return id;
}

std::vector<MetricSlice> slicesOf(const Json& json)
{
    std::vector<MetricSlice> slices;
    for (const Json& slice : json)
        slices.push_back(MetricSlice::fromJson(slice));
    return slices;
}

WholeRun wholeRun(const Json& c, const Json& m)
{
    WholeRun whole;
    RunRecord& run = whole.record;
    run.id = plainRunId(c.at("run"));
    run.name = c.at("name");
    run.notes = c.at("notes");
    run.tags = c.at("tags").get<std::vector<std::string>>();
    run.dataset = c.at("dataset").at("name");
    run.datasetHash = c.at("dataset").at("hash");
    run.model = c.at("model");
    run.parameters = fullSchema(findModel(run.model)).validate(c.at("parameters"));
    run.seed = c.at("seed");
    run.status = testedStatus(c.at("status"));
    run.created = c.at("created");
    run.started = c.at("started");
    run.finished = c.at("finished");
    run.epochs = c.at("epochs");
    run.bestEpoch = c.at("best_epoch");
    run.seconds = c.at("seconds");
    run.secondsPerEpoch = c.at("seconds_per_epoch");
    run.peakMemoryBytes = c.at("peak_memory_bytes");
    run.parameterCount = c.at("parameter_count");
    run.remark = c.at("remark");
    run.valid = MetricSummary::fromJson(m.at("valid")).values;
    const MetricSummary test = MetricSummary::fromJson(m.at("test"));
    run.test = test.values;
    run.testHalfWidth = test.halfWidth95;
    for (const Json& epoch : m.at("epochs"))
        whole.epochs.push_back(EpochRecord::fromJson(epoch));
    whole.slices[SplitPart::Valid] = slicesOf(m.at("slices").at("valid"));
    whole.slices[SplitPart::Test] = slicesOf(m.at("slices").at("test"));
    return whole;
}

} // namespace

bool isWeights(const std::string& member)
{
    return std::find(allWeights.begin(), allWeights.end(), member) != allWeights.end();
}

std::string usersFile(SplitPart part)
{
    return std::string("users_") + splitPartName(part) + ".csv";
}

Pseudonyms::Pseudonyms(const Dataset& dataset)
{
    Sha256 hash;
    const std::string purpose = "recoscope pseudonyms 1";
    hash.update(purpose.data(), purpose.size());
    hashArray(hash, dataset.interactions().offsets);
    hashArray(hash, dataset.interactions().items);
    hashArray(hash, dataset.interactions().times);
    for (const std::string& raw : dataset.catalogue().rawUsers())
        hash.update(raw.c_str(), raw.size() + 1);
    m_key = hash.finish();
}

std::string Pseudonyms::of(const std::string& raw) const
{
    return "u" + sha256Hex(m_key + raw).substr(0, 16);
}

Lists readLists(std::unique_ptr<ByteSource> csv)
{
    Lists lists;
    readCsv(std::move(csv), [&](const Columns& columns, const auto& fields, std::int64_t) {
        lists[std::string(fields[columns.at("user")])].emplace_back(fields[columns.at("item")]);
    });
    return lists;
}

File::File(Path path)
    : m_path(std::move(path))
{
    std::error_code ignored;
    if (!std::filesystem::exists(m_path, ignored))
        throw Error(ErrorKind::NotFound, "there is no file '" + m_path.string() + "'", "name a bundle (*.recoscope)");
    const Error noBundle(ErrorKind::Input, "'" + m_path.string() + "' is no evidence bundle",
        "bundles are made with recoscope-cli export RUN --bundle FILE");
    if (!isZip(m_path))
        throw noBundle;
    const std::vector<std::string> members = zipMembers(m_path);
    if (std::find(members.begin(), members.end(), manifest) == members.end())
        throw noBundle;
    m_manifest = json(manifest);
    if (!m_manifest.is_object() || m_manifest.value("format", Json()) != formatName)
        throw noBundle;
    const Json& stated = m_manifest.value("version", Json());
    if (stated.is_number_integer() && stated > version)
        throw Error(ErrorKind::Refused, "'" + m_path.string() + "' was written by a newer version of Recoscope",
            "update Recoscope");
    if (stated != version || !m_manifest.value("files", Json()).is_array())
        throw noBundle;
}

bool File::rawUsers() const
{
    return m_manifest.value("user_ids", Json()) == "raw";
}

std::int64_t File::depth() const
{
    const Json& depth = m_manifest.value("depth", Json());
    if (!depth.is_number_integer() || depth < 1)
        throw damaged(m_path, "the manifest tells no length of the lists");
    return depth;
}

bool File::has(const std::string& member) const
{
    const Json& files = m_manifest.at("files");
    return std::any_of(files.begin(), files.end(),
        [&](const Json& file) { return file.is_object() && file.value("name", Json()) == member; });
}

std::vector<BundleCheck> File::checkMembers(Progress& progress) const
{
    std::vector<BundleCheck> checks;
    std::vector<std::string> extra = zipMembers(m_path);
    std::erase(extra, manifest);
    for (const Json& file : m_manifest.at("files")) {
        if (!file.is_object() || !file.value("name", Json()).is_string())
            throw damaged(m_path, "the manifest lists something that is no file");
        const std::string name = file.at("name");
        BundleCheck check{"hash of " + name, file.value("sha256", Json()), Json(), false};
        if (std::find(extra.begin(), extra.end(), name) == extra.end()) {
            check.found = "missing";
        } else {
            Sha256 hash;
            const std::unique_ptr<ByteSource> source = open(name);
            std::vector<char> buffer(std::size_t(1) << 20);
            while (const std::size_t got = source->read(buffer.data(), buffer.size())) {
                progress.checkCancelled();
                hash.update(buffer.data(), got);
            }
            check.found = hash.finish();
        }
        check.ok = check.found == check.stated;
        std::erase(extra, name);
        checks.push_back(std::move(check));
    }
    checks.push_back({"members that the manifest does not list", Json::array(), extra, extra.empty()});
    return checks;
}

std::unique_ptr<ByteSource> File::open(const std::string& member) const
{
    return openZipMember(m_path, member);
}

Json File::json(const std::string& member) const
{
    const std::unique_ptr<ByteSource> source = open(member);
    return parseJson(readAll(*source, mostJsonBytes), source->name());
}

void File::extract(const std::string& member, const Path& target) const
{
    const std::unique_ptr<ByteSource> source = open(member);
    AtomicFile file(target);
    std::vector<char> buffer(std::size_t(1) << 20);
    while (const std::size_t got = source->read(buffer.data(), buffer.size()))
        file.write(buffer.data(), got);
    file.commit();
}

std::optional<Users> File::users(SplitPart part) const
{
    if (!has(usersFile(part)))
        return std::nullopt;
    Users users;
    std::size_t firstMetric = 0, afterMetrics = 0;
    readCsv(open(usersFile(part)), [&](const Columns& columns, const auto& fields, std::int64_t line) {
        if (users.names.empty()) {
            firstMetric = columns.at("rank") + 1;
            afterMetrics = std::max(columns.at("history_length"), firstMetric);
            users.metricNames.assign(columns.names().begin() + static_cast<std::ptrdiff_t>(firstMetric),
                columns.names().begin() + static_cast<std::ptrdiff_t>(afterMetrics));
            users.metrics.resize(users.metricNames.size());
        }
        users.names.emplace_back(fields[columns.at("user")]);
        users.targets.emplace_back(fields[columns.at("target")]);
        users.ranks.push_back(columns.number<double>(fields[columns.at("rank")], line));
        users.historyLengths.push_back(columns.number<std::int64_t>(fields[columns.at("history_length")], line));
        users.popularities.push_back(columns.number<std::int64_t>(fields[columns.at("target_popularity")], line));
        for (std::size_t m = 0; m < users.metrics.size(); ++m)
            users.metrics[m].push_back(columns.number<double>(fields[firstMetric + m], line));
    });
    return users;
}

WholeRun File::run() const
{
    try {
        WholeRun whole = wholeRun(json(config), json(metrics));
        const Protocol stated = Protocol::fromJson(json(protocol).at("protocol"));
        whole.record.protocol = stated.toJson();
        whole.record.protocolHash = stated.hash();
        whole.record.environment = json(environment);
        if (!whole.record.environment.is_object())
            throw damaged(m_path, "the environment has another form than expected");
        return whole;
    } catch (const Json::exception& error) {
        throw damaged(
            m_path, std::string("settings or metrics have another form than expected (") + error.what() + ")");
    }
}

std::vector<std::string> userNames(const RankingResult& result, const PreparedData& data, const Pseudonyms* pseudonyms)
{
    const std::vector<std::string>& raw = data.dataset()->catalogue().rawUsers();
    std::vector<std::string> names;
    for (const UserResult& user : result.users) {
        const std::string& id = raw[static_cast<std::size_t>(data.datasetUser(user.user))];
        names.push_back(pseudonyms ? pseudonyms->of(id) : id);
    }
    return names;
}

std::optional<std::string> datasetWithHash(const Workspace& workspace, const std::string& hash)
{
    for (const DatasetRecord& record : workspace.store().datasets())
        if (record.hash == hash)
            return record.name;
    return std::nullopt;
}

} // namespace recoscope::bundle
