// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <system_error>

#include "engine/core/clock.h"
#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "engine/workspace/bundle_file.h"
#include "engine/workspace/run_execution.h"

namespace recoscope {

namespace {

void requireUndamaged(const bundle::File& file, Progress& progress)
{
    for (const BundleCheck& check : file.checkMembers(progress))
        if (!check.ok)
            throw Error(ErrorKind::Input,
                "'" + file.path().string() + "' is damaged or was changed: " + check.what + " should be "
                    + check.stated.dump() + ", found " + check.found.dump(),
                "fetch or export the bundle again");
}

void requireNewRun(const Store& store, const RunId& id)
{
    for (const RunRecord& run : store.runs(true))
        if (run.id == id)
            throw Error(ErrorKind::Refused,
                "run '" + id + "' is in this workspace already" + (run.deleted ? ", in the bin" : ""),
                run.deleted ? "restore it, or purge the bin first" : "look at it there");
}

// Rows by prepared index, as the store keeps them. A user or item that the data do not have is an error: the hash says
// that they are the same data.
std::vector<UserResult> resultsOf(const bundle::Users& users, const PreparedData& data, bool rawUsers)
{
    const Catalogue& catalogue = data.dataset()->catalogue();
    std::map<std::string, std::int32_t> byName;
    const bundle::Pseudonyms pseudonyms(*data.dataset());
    for (std::int32_t user = 0; user < data.users(); ++user) {
        const std::string& raw = catalogue.rawUsers()[static_cast<std::size_t>(data.datasetUser(user))];
        byName[rawUsers ? raw : pseudonyms.of(raw)] = user;
    }
    std::vector<UserResult> results;
    for (std::size_t u = 0; u < users.names.size(); ++u) {
        const auto user = byName.find(users.names[u]);
        const auto item = catalogue.findItem(users.targets[u]);
        const std::int32_t target = item ? data.preparedItem(*item) : -1;
        if (user == byName.end() || target < 0)
            throw Error(ErrorKind::Input,
                "the per-user results name a user or an item that the dataset does not have (" + users.names[u] + ", "
                    + users.targets[u] + ")",
                "export the bundle again");
        results.push_back({user->second, target, users.ranks[u], users.historyLengths[u], users.popularities[u]});
    }
    return results;
}

} // namespace

RunRecord importBundle(Workspace& workspace, const Path& path, Progress& progress)
{
    const bundle::File file(path);
    progress.update(0.0, "Checking " + path.filename().string());
    requireUndamaged(file, progress);
    WholeRun whole = file.run();
    RunRecord& run = whole.record;
    requireNewRun(workspace.store(), run.id);
    run.environment["imported"] = isoUtcNow();
    AtomicFolder folder(workspace.runFolder(run.id));
    for (const char* weights : bundle::allWeights)
        if (file.has(weights))
            file.extract(weights, folder.path() / weights);
    if (const auto dataset = bundle::datasetWithHash(workspace, run.datasetHash)) {
        run.dataset = *dataset;
        const auto data = workspace.prepareData(run.dataset, Protocol::fromJson(run.protocol), progress);
        for (const SplitPart part : {SplitPart::Valid, SplitPart::Test})
            if (const auto users = file.users(part))
                whole.users[part] = resultsOf(*users, *data, file.rawUsers());
        modelOfRun(run, folder.path(), data, SplitPart::Test, progress); // weights of another shape stop here
    }
    writeRunDescription(run, folder.path() / "run.json");
    folder.commit();
    try {
        workspace.store().addRun(whole);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove_all(workspace.runFolder(run.id), ignored);
        throw;
    }
    return workspace.store().run(run.id);
}

} // namespace recoscope
