// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A workspace folder: recoscope.db, datasets/<name>/, runs/<id>/. The window and the command line use the same class,
// also at the same time on one folder. The lock in runs/<id>/lock tells a running run from one whose program died.
// Thread-safe. Opened datasets and prepared data are cached by hash.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/data/dataset.h"
#include "engine/data/importers/importer.h"
#include "engine/data/prepared.h"
#include "engine/evaluation/ranking.h"
#include "engine/serving/session.h"
#include "engine/store/store.h"
#include "engine/training/trainer.h"

namespace recoscope {

class Workspace {
public:
    static Path defaultFolder(); // the platform's data directory
    explicit Workspace(Path folder);
    ~Workspace();

    const Path& folder() const { return m_folder; }
    Store& store() { return *m_store; }
    const Store& store() const { return *m_store; }
    Path runFolder(const RunId& id) const;
    Path datasetFolder(const std::string& name) const;

    // -- datasets
    std::shared_ptr<const Dataset> importFile(
        const Path& source, const std::string& name, const ImportOptions& options, Progress& progress);
    std::shared_ptr<const Dataset> generate(
        const Json& parameters, std::uint64_t seed, const std::string& name, Progress& progress);
    std::shared_ptr<const Dataset> openDataset(const std::string& name);
    std::shared_ptr<const PreparedData> prepareData(
        const std::string& dataset, const Protocol& protocol, Progress& progress);
    void removeDataset(const std::string& name); // Error{Refused} while a run uses it

    // -- runs: the one path of the window and the command line
    struct NewRun {
        std::string dataset;
        Protocol protocol;
        std::string model;
        Json parameters; // overrides; defaults are filled in
        std::uint64_t seed = 42;
        std::string name; // "" = made from model and parameters
        std::vector<std::string> tags;
        double maxMinutes = 0.0;
        std::string device = "auto";
        // A run of the same model whose weights this one starts from, "" = none: on another catalogue for models that
        // read their items' texts, on the same items for others that can be tuned further. Its id and how it goes on
        // stand in the record's environment as init_from and what Transfer::toJson() gives.
        RunId initFrom;
        Transfer transfer;
        Json adopted; // of adopt(): {file, sha256, source}; the run is ranked and not trained
    };
    RunId createRun(const NewRun& request); // status queued
    // What a run would take (training/trainer.h); leaves nothing behind. Weights to start from (initFrom, transfer) are
    // not looked at.
    TrainEstimate estimate(const NewRun& request, Progress& progress);
    // Trains (or fits counts), evaluates validation, tests the best checkpoint once, stores everything. Runs on the
    // caller's thread. On Error the run is marked failed with the message and the error goes on. A cancelled run is
    // marked cancelled, keeps its checkpoint, and Error{Cancelled} goes on; a stopped one is tested and returned.
    // Error{Refused} for a run that was started before, Error{Resource} while another program works on it.
    RunRecord execute(const RunId& id, TrainControl& control, const TrainListener& listener, Progress& progress);
    // A run that waits becomes a cancelled one that never began: resume() begins it. Error{Refused} for one that was
    // started.
    void cancelQueued(const RunId& id);
    // Continues a paused, interrupted, stopped, cancelled or failed run from its last checkpoint (from the beginning
    // when it has none). Error{Refused} for a finished run, Error{Resource} while another program works on it.
    RunRecord resume(const RunId& id, TrainControl& control, const TrainListener& listener, Progress& progress);
    // A checkpoint of a public code base (training/adopted_weights.h) as a finished run, ranked like one of ours. Each
    // item of the data needs a row there: line k of `items` is the raw id of their item k; without it raw ids are their
    // numbers. Nothing is written when the file does not fit.
    struct Adoption {
        std::string dataset, model;
        Path weights, items;
        Protocol protocol;
        Json settings = Json::object(); // what shapes do not tell, such as heads
        std::string name; // "" = made from source and file
        std::vector<std::string> tags;
    };
    RunRecord adopt(const Adoption& adoption, Progress& progress);
    // Ranks again from the stored checkpoint under `protocol` (only ranking keys may differ from the run's own).
    RankingResult evaluate(
        const RunId& id, const Protocol& protocol, const RankingOptions& options, Progress& progress);
    std::shared_ptr<const ServingSession> openSession(const RunId& id, Progress& progress); // cached, latest few
    void purge(); // rows and folders of deleted runs
    // Row and folder of a run that failed before its first epoch; any other stays. Whether it went.
    bool removeUnbegun(const RunId& id);

private:
    void removeFolder(const RunId& id);
    std::shared_ptr<const Dataset> keep(std::shared_ptr<const Dataset> dataset);
    void listUnlisted();
    void copyInitialWeights(const RunRecord& run) const;
    void measureSource(const RunRecord& run, Progress& progress);
    RunRecord carryOut(
        const RunRecord& run, bool resume, TrainControl& control, const TrainListener& listener, Progress& progress);

    Path m_folder;
    std::unique_ptr<Store> m_store;
    struct Cache;
    std::unique_ptr<Cache> m_cache;
};

// Versions, processor, threads, device: what `doctor` shows and each run keeps.
Json environmentInfo();

} // namespace recoscope
