// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Private to engine/workspace: the members of a bundle, read with suspicion.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/data/importers/byte_source.h"
#include "engine/training/run_files.h"
#include "engine/workspace/bundle.h"

namespace recoscope {

namespace bundle {

constexpr int version = 1;
constexpr const char* formatName = "recoscope-bundle";
constexpr const char *manifest = "manifest.json", *config = "config.json", *protocol = "protocol.json",
                     *environment = "environment.json", *metrics = "metrics.json", *lists = "lists.csv";
constexpr std::array<const char*, 2> allWeights = {weightsName, refitWeightsName}; // as in the run's folder
bool isWeights(const std::string& member);
std::string usersFile(SplitPart part); // "users_test.csv"

// What a bundle calls users: "u" and 16 hex digits of SHA-256 over a key and the raw id. The key is a hash of the
// events, which the bundle does not tell: without the data, ids cannot be tried one by one.
class Pseudonyms {
public:
    explicit Pseudonyms(const Dataset& dataset);
    std::string of(const std::string& raw) const;

private:
    std::string m_key;
};

// What the bundle calls the users of a result, in its order; raw ids without `pseudonyms`.
std::vector<std::string> userNames(const RankingResult& result, const PreparedData& data, const Pseudonyms* pseudonyms);

// One part's per-user rows, in the order of the file.
struct Users {
    std::vector<std::string> names, targets;
    std::vector<double> ranks;
    std::vector<std::int64_t> historyLengths, popularities;
    std::vector<std::string> metricNames;
    std::vector<std::vector<double>> metrics; // [names][users]
};

// The lists of a bundle: user -> raw items, best first.
using Lists = std::map<std::string, std::vector<std::string>>;
Lists readLists(std::unique_ptr<ByteSource> csv);

class File {
public:
    // Reads the manifest. Error{Input} for what is no bundle, Error{Refused} for a newer version.
    explicit File(Path path);

    const Path& path() const { return m_path; }
    bool rawUsers() const;
    std::int64_t depth() const;
    bool has(const std::string& member) const;
    // Size and hash of every member against the manifest; one check a file, and one that nothing else is in it.
    std::vector<BundleCheck> checkMembers(Progress& progress) const;

    Json json(const std::string& member) const;
    std::unique_ptr<ByteSource> open(const std::string& member) const;
    void extract(const std::string& member, const Path& target) const;
    std::optional<Users> users(SplitPart part) const;
    // Record (as it was where the run was made), epochs and slices; not the per-user rows.
    WholeRun run() const;

private:
    Path m_path;
    Json m_manifest;
};

// The dataset of the workspace with this content.
std::optional<std::string> datasetWithHash(const Workspace& workspace, const std::string& hash);

} // namespace bundle

} // namespace recoscope
