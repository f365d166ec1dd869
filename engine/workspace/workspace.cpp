// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/workspace/workspace.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>

#include "engine/core/error.h"
#include "engine/data/generator.h"
#include "engine/workspace/cache.h"

namespace recoscope {

namespace {

void createFolder(const Path& folder)
{
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    if (code)
        throw Error(ErrorKind::Resource, "cannot create '" + folder.string() + "': " + code.message(),
            "choose a folder that this user may write to");
}

// The database is opened, and so checked, before anything else is put into the folder.
std::unique_ptr<Store> openStore(const Path& folder)
{
    createFolder(folder);
    return std::make_unique<Store>(folder / "recoscope.db");
}

// A name becomes a folder: nothing in it may lead elsewhere or hide it.
void requireDatasetName(const std::string& name)
{
    const bool plain = name.find_first_of("/\\") == std::string::npos && name.find('\0') == std::string::npos;
    if (name.empty() || name.size() > 100 || name[0] == '.' || !plain)
        throw Error(ErrorKind::Usage, "'" + name.substr(0, 100) + "' cannot be the name of a dataset",
            "use 1 to 100 characters without slashes, not beginning with a dot");
}

DatasetRecord recordOf(const DatasetInfo& info)
{
    return {
        info.name, info.contentHash, info.format, info.source, info.created, info.users, info.items, info.interactions};
}

bool isLocked(const Path& file)
{
    try {
        const FileLock probe(file);
        return false;
    } catch (const Error& error) {
        return error.kind() == ErrorKind::Resource;
    }
}

Error noSuchDataset(const std::string& name, const std::vector<DatasetRecord>& records)
{
    std::vector<std::string> names;
    for (const DatasetRecord& record : records)
        names.push_back(record.name);
    std::string nearest;
    for (const std::string& candidate : nearestNames(name, names))
        nearest += (nearest.empty() ? "" : ", ") + candidate;
    return Error(ErrorKind::NotFound, "there is no dataset '" + name + "'",
        nearest.empty() ? "import a file first" : "did you mean " + nearest + "?");
}

} // namespace

Path Workspace::defaultFolder()
{
    if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data == '/')
        return Path(data) / "recoscope";
    const char* home = std::getenv("HOME");
    return Path(home && *home ? home : ".") / ".local" / "share" / "recoscope";
}

Workspace::Workspace(Path folder)
    : m_folder(std::move(folder))
    , m_store(openStore(m_folder))
    , m_cache(std::make_unique<Cache>())
{
    createFolder(m_folder / "datasets");
    createFolder(m_folder / "runs");
    m_store->markInterrupted([this](const RunId& id) { return isLocked(runFolder(id) / "lock"); });
    listUnlisted();
}

// A program may have ended between writing a dataset's folder and its row. A folder that cannot be read is no reason
// not to open the workspace; openDataset() tells what is wrong with it.
void Workspace::listUnlisted()
{
    std::set<std::string> known;
    for (const DatasetRecord& record : m_store->datasets())
        known.insert(record.name);
    std::error_code code;
    for (std::filesystem::directory_iterator entry(m_folder / "datasets", code), end; !code && entry != end;
         entry.increment(code)) {
        const std::string name = entry->path().filename().string();
        if (name.starts_with('.') || known.contains(name))
            continue;
        try {
            const auto dataset = Dataset::open(entry->path());
            if (dataset->info().name == name) // else a copy by hand, whose row is another dataset's
                m_store->putDataset(recordOf(dataset->info()));
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Internal)
                throw;
        }
    }
}

Workspace::~Workspace() = default;

Path Workspace::runFolder(const RunId& id) const
{
    return m_folder / "runs" / id;
}

Path Workspace::datasetFolder(const std::string& name) const
{
    requireDatasetName(name);
    return m_folder / "datasets" / name;
}

std::shared_ptr<const Dataset> Workspace::keep(std::shared_ptr<const Dataset> dataset)
{
    m_store->putDataset(recordOf(dataset->info()));
    m_cache->datasets.put(dataset->info().name, dataset);
    return dataset;
}

std::shared_ptr<const Dataset> Workspace::importFile(
    const Path& source, const std::string& name, const ImportOptions& options, Progress& progress)
{
    return keep(importDataset(source, datasetFolder(name), name, options, progress));
}

std::shared_ptr<const Dataset> Workspace::generate(
    const Json& parameters, std::uint64_t seed, const std::string& name, Progress& progress)
{
    return keep(generateDataset(parameters, seed, datasetFolder(name), name, progress));
}

std::shared_ptr<const Dataset> Workspace::openDataset(const std::string& name)
{
    const Path folder = datasetFolder(name);
    const std::vector<DatasetRecord> records = m_store->datasets();
    const auto record = std::find_if(
        records.begin(), records.end(), [&name](const DatasetRecord& candidate) { return candidate.name == name; });
    std::error_code ignored;
    if (!std::filesystem::exists(folder, ignored)) {
        if (record == records.end())
            throw noSuchDataset(name, records);
        throw Error(ErrorKind::NotFound, "the folder of dataset '" + name + "' is gone: '" + folder.string() + "'",
            "put it back, or remove the dataset and import it again");
    }
    if (record == records.end()) // a program ended between writing the folder and its row
        return keep(Dataset::open(folder));
    // Another program may have removed the dataset and imported another one under its name.
    if (auto cached = m_cache->datasets.find(name); cached && cached->info().contentHash == record->hash)
        return cached;
    auto dataset = Dataset::open(folder);
    m_cache->datasets.put(name, dataset);
    return dataset;
}

std::shared_ptr<const PreparedData> Workspace::prepareData(
    const std::string& dataset, const Protocol& protocol, Progress& progress)
{
    auto opened = openDataset(dataset);
    const std::string key = opened->info().contentHash + " " + protocol.hash();
    if (auto cached = m_cache->prepared.find(key))
        return cached;
    auto prepared = prepare(std::move(opened), protocol, progress);
    m_cache->prepared.put(key, prepared);
    return prepared;
}

void Workspace::removeDataset(const std::string& name)
{
    const Path folder = datasetFolder(name);
    for (const RunRecord& run : m_store->runs(true)) {
        if (run.dataset == name)
            throw Error(ErrorKind::Refused, "dataset '" + name + "' is used by run '" + run.id + "'",
                "delete its runs and purge the bin first");
    }
    std::error_code code;
    const bool known = std::filesystem::exists(folder, code);
    if (!known)
        throw noSuchDataset(name, m_store->datasets());
    m_cache->datasets.removeBeginning(name);
    // Out of sight in one step, so that nobody opens a half-deleted folder.
    const Path doomed = folder.parent_path() / ("." + name + ".removed");
    std::filesystem::remove_all(doomed, code);
    std::filesystem::rename(folder, doomed, code);
    if (code)
        throw Error(ErrorKind::Resource, "cannot remove '" + folder.string() + "': " + code.message(),
            "give this user access to the workspace folder");
    m_store->removeDataset(name);
    std::filesystem::remove_all(doomed, code);
}

} // namespace recoscope
