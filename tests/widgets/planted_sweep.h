// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A sweep of runs that were never trained: a model in four sizes on four shares of the dataset "small", with learning
// curves of four epochs, whose best values follow y = limit - 1.5 N^-0.4 - 0.8 T^-0.3, every third one above it by
// `scatter`; on the test part they are half.
#pragma once

#include <cmath>

#include "engine/workspace/sweep.h"

namespace recoscope {

struct PlantedSweep {
    std::string name, model = "sasrec";
    double limit = 0.5;
    Json protocol = {{"filter", "none"}};
    double scatter = 0.0;
};

inline void plantSweep(Workspace& workspace, const PlantedSweep& planted)
{
    Progress progress;
    const std::string& name = planted.name;
    const Json description = {{"name", name}, {"dataset", "small"}, {"model", planted.model},
        {"sizes", {{{"hidden", 8}}, {{"hidden", 16}}, {{"hidden", 32}}, {{"hidden", 64}}}},
        {"train_users", {0.125, 0.25, 0.5, 1.0}}, {"parameters", {{"epochs", 100000}}}, {"protocol", planted.protocol}};
    const Sweep sweep = planSweep(workspace, description, name, progress);
    Store& store = workspace.store();
    int place = 0;
    for (const SweepPoint& point : sweep.points) {
        RunRecord run = store.run(workspace.createRun(point.request));
        run.epochs = run.bestEpoch = 4;
        run.secondsPerEpoch = 1e-9 * point.work.flops;
        const auto n = static_cast<double>(point.parameterCount);
        const auto t = static_cast<double>(point.work.interactions);
        const double best = planted.limit - 1.5 * std::pow(n, -0.4) - 0.8 * std::pow(t, -0.3)
            + (place++ % 3 == 0 ? planted.scatter : 0.0);
        for (int number = 1; number <= run.epochs; ++number) {
            EpochRecord epoch;
            epoch.epoch = number;
            epoch.valid.emplace();
            epoch.valid->values["ndcg@10"] = best * (0.6 + 0.1 * number);
            store.addEpoch(run.id, epoch);
        }
        store.flush(); // a finished run takes no more
        run.status = RunStatus::Finished;
        run.valid["ndcg@10"] = best;
        run.test["ndcg@10"] = best / 2.0;
        run.started = run.finished = run.created;
        store.putRun(run);
    }
}

} // namespace recoscope
