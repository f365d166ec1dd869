// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "engine/core/sqlite.h"
#include "engine/core/wait_watch.h"
#include "tests/engine/core/folder_test.h"

namespace recoscope {

namespace {

using WaitWatches = test::FolderTest;

TEST_F(WaitWatches, SeeFilesAndDatabasesOfTheirThreadOnly)
{
    const Path file = m_folder / "note.txt";
    std::vector<std::string> seen;
    {
        const WaitWatch watch([&](std::string_view operation, const Path& path) {
            seen.push_back(std::string(operation) + " " + path.filename().string());
        });
        std::thread([&] { writeFileAtomically(file, "text"); }).join();
        EXPECT_TRUE(seen.empty());
        readFile(file);
        ASSERT_FALSE(seen.empty());
        EXPECT_EQ(seen.front(), "open note.txt");
        seen.clear();
        Database database(m_folder / "a.db", Database::Mode::Create);
        EXPECT_EQ(seen, std::vector<std::string>{"open a.db"});
        database.execute("CREATE TABLE t(x)");
        Statement(database, "SELECT x FROM t").step();
        EXPECT_EQ(seen, (std::vector<std::string>{"open a.db", "query a.db", "query a.db"}));
    }
    seen.clear();
    readFile(file);
    EXPECT_TRUE(seen.empty());
}

} // namespace

} // namespace recoscope
