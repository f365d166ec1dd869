// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A fresh folder for each test, and a run to put into a store.
#pragma once

#include <string>

#include "engine/store/store.h"
#include "tests/engine/core/folder_test.h"

namespace recoscope::test {

class StoreTest : public FolderTest {
protected:
    Path database() const { return m_folder / "recoscope.db"; }
};

inline RunRecord makeRun(const std::string& id, RunStatus status = RunStatus::Running)
{
    RunRecord run;
    run.id = id;
    run.name = "name of " + id;
    run.dataset = "tour";
    run.datasetHash = "abc";
    run.model = "sasrec";
    run.parameters = {{"dimension", 64}, {"dropout", 0.5}};
    run.protocol = {{"filter", "core:5"}, {"mask_seen", "history"}};
    run.protocolHash = "0123456789abcdef";
    run.seed = 0xFFFF'FFFF'FFFF'FFF0ull; // does not fit a signed integer
    run.environment = {{"threads", 2}};
    run.status = status;
    run.created = "2026-11-21T04:08:12Z";
    return run;
}

inline EpochRecord makeEpoch(int epoch, std::int64_t step = 0)
{
    EpochRecord record;
    record.epoch = epoch;
    record.step = step;
    return record;
}

} // namespace recoscope::test
