// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Evidence bundles: a finished run in one file (*.recoscope, a zip archive) that somebody else can open, check and
// compute again. It holds settings, protocol, environment, metrics, per-user results, lists and weights, and a manifest
// with the hash of each; the data stay out. The members: docs/formats.md. Each function blocks its caller's thread and
// may be cancelled through `progress`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/workspace/workspace.h"

namespace recoscope {

struct BundleOptions {
    std::int64_t depth = 0; // length of the lists; 0 = the protocol's largest cut
    // Users are called by pseudonyms that only somebody who has the data can make, and so undo. True: by their raw ids.
    bool rawUsers = false;
    bool overwrite = false;
};
// Ranks again, and writes `file` whole or not at all. Error{Refused} for a run without test metrics, for an existing
// file, and when ranking again does not give the run's metrics (weights that were changed, another processor).
void exportBundle(
    Workspace& workspace, const RunId& id, const Path& file, const BundleOptions& options, Progress& progress);

struct BundleCheck {
    std::string what; // "hash of users_test.csv", "test ndcg@10 from users_test.csv"
    Json stated, found;
    bool ok = false;
};
struct BundleReport {
    RunId run;
    std::string model, dataset, datasetHash;
    std::vector<BundleCheck> checks;
    bool recomputed = false; // ranked again from the weights; needs the dataset in the workspace
    std::string remark; // why it was not
    bool ok() const;
};
// Hashes; then metrics from the per-user rows, and ranks from the lists; then everything from the weights when the
// workspace has the dataset (by its hash, whatever its name). Nothing is changed. Error{Input} for a file that is no
// bundle, Error{Refused} for one of a newer version.
BundleReport verifyBundle(Workspace& workspace, const Path& file, Progress& progress);

// Adds the bundle's run to the workspace under its own id, after the hashes were checked. With the dataset in the
// workspace it is a run like others; without, it has its metrics and curves only. Error{Refused} when the workspace
// has the run, Error{Input} for a damaged bundle; then nothing was changed.
RunRecord importBundle(Workspace& workspace, const Path& file, Progress& progress);

} // namespace recoscope
