// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A fresh folder for each test, and a run to put into a store.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "engine/core/error.h"
#include "engine/core/file.h"
#include "engine/store/store.h"

namespace recoscope::test {

class StoreTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
        m_folder = std::filesystem::temp_directory_path()
            / ("recoscope-store-" + std::to_string(::getpid()) + "-" + info->name());
        std::filesystem::remove_all(m_folder);
        std::filesystem::create_directories(m_folder);
    }
    void TearDown() override
    {
        setFileFault({});
        std::filesystem::remove_all(m_folder);
    }
    Path database() const { return m_folder / "recoscope.db"; }

    Path m_folder;
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

// The kind of the Error that `call` throws; fails the test when it throws none.
template <class Call> ErrorKind kindOf(Call call)
{
    try {
        call();
    } catch (const Error& error) {
        EXPECT_FALSE(error.message().empty());
        EXPECT_FALSE(error.hint().empty());
        return error.kind();
    }
    ADD_FAILURE() << "no error was thrown";
    return ErrorKind::Internal;
}

} // namespace recoscope::test
