// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <map>
#include <set>

#include "engine/core/hash.h"
#include "engine/store/migrations.h"
#include "tests/engine/store/store_fixture.h"

using namespace recoscope;
using namespace recoscope::test;

namespace {

using Folder = std::map<std::string, std::string>;

// Names and hashes of everything in a folder.
Folder contents(const Path& folder)
{
    Folder files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files[entry.path().filename().string()] = sha256HexOfFile(entry.path());
    return files;
}

std::multiset<std::string> schemaOf(const Path& file)
{
    Database database(file, Database::Mode::ReadWrite);
    Statement query(database, "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master");
    std::multiset<std::string> entries;
    while (query.step())
        entries.insert(query.text(0));
    return entries;
}

} // namespace

class Versions : public StoreTest {
protected:
    void build(const std::string& sql) { Database(database(), Database::Mode::Create).execute(sql); }
    void expectRefused(ErrorKind kind)
    {
        const Folder before = contents(m_folder);
        EXPECT_EQ(kindOf([&] { Store store(database()); }), kind);
        EXPECT_EQ(contents(m_folder), before) << "a refused database must stay byte for byte as it was";
    }
};

TEST_F(Versions, AVersion1DatabaseIsMigratedWithItsContent)
{
    build(readFile(RECOSCOPE_SOURCE_DIR "/tests/engine/store/fixtures/version_1.sql"));
    {
        Store store(database());
        const RunRecord run = store.run("20261121-040812-3f2a");
        EXPECT_EQ(run.status, RunStatus::Finished);
        EXPECT_EQ(run.notes, "kept");
        EXPECT_EQ(run.tags, std::vector<std::string>{"old"});
        EXPECT_EQ(run.test.at("ndcg@10"), 0.125);
        EXPECT_EQ(run.testHalfWidth.at("ndcg@10"), 0.01);
        EXPECT_EQ(run.remark, "");
        EXPECT_EQ(store.epochs(run.id).at(0).valid->at("ndcg@10"), 0.25);
        EXPECT_EQ(store.userMetrics(run.id, SplitPart::Test).at(0).rank, 7.0);
        EXPECT_EQ(store.datasets().at(0).interactions, 5);
        EXPECT_EQ(store.document("layout").value().at("width"), 1200);
        store.addLatency(run.id, {LatencyPoint{}}, Json::object()); // a table of version 2
        store.flush();
    }
    const Path fresh = m_folder / "fresh.db";
    Store{fresh};
    EXPECT_EQ(schemaOf(database()), schemaOf(fresh));
    Database migrated(database(), Database::Mode::ReadOnly);
    EXPECT_EQ(migrated.userVersion(), currentSchemaVersion());
    EXPECT_EQ(migrated.integer("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

TEST_F(Versions, AVersion2DatabaseIsMigratedWithItsLatency)
{
    build(readFile(RECOSCOPE_SOURCE_DIR "/tests/engine/store/fixtures/version_2.sql"));
    {
        const Store store(database());
        const RunRecord run = store.run("20261121-040812-3f2a");
        EXPECT_EQ(run.remark, "counted on train");
        EXPECT_EQ(store.slices(run.id, SplitPart::Test).at(0).metrics.at("hr@10"), 0.5);
        const LatencyPoint point = store.latency(run.id).at(0).points.at(0);
        EXPECT_EQ(point.mode, ServingMode::Incremental);
        EXPECT_EQ(point.beam, 0);
        EXPECT_EQ(point.decodeShare, 0.0);
        EXPECT_TRUE(point.asRanked);
        EXPECT_EQ(point.samplesUs, std::vector<double>{3.5});
    }
    const Path fresh = m_folder / "fresh.db";
    Store{fresh};
    EXPECT_EQ(schemaOf(database()), schemaOf(fresh));
}

TEST_F(Versions, AFailingStepLeavesTheOldVersion)
{
    build(readFile(RECOSCOPE_SOURCE_DIR "/tests/engine/store/fixtures/version_1.sql"));
    build("CREATE TABLE latency (in_the_way INTEGER)"); // step 2 fails after it has changed other tables
    const std::multiset<std::string> before = schemaOf(database());
    EXPECT_EQ(kindOf([&] { Store store(database()); }), ErrorKind::Internal);
    EXPECT_EQ(schemaOf(database()), before);
    EXPECT_EQ(Database(database(), Database::Mode::ReadOnly).userVersion(), 1);
}

TEST_F(Versions, NewerIsRefused)
{
    {
        Store store(database());
        store.putRun(makeRun("a"));
    }
    build("PRAGMA user_version = " + std::to_string(currentSchemaVersion() + 1));
    expectRefused(ErrorKind::Refused);
}

TEST_F(Versions, OfAnotherProgramIsRefused)
{
    build("PRAGMA application_id = 7; CREATE TABLE theirs (a)");
    expectRefused(ErrorKind::Input);
}

TEST_F(Versions, WithoutAnIdButWithTablesIsRefused)
{
    build("CREATE TABLE theirs (a)");
    expectRefused(ErrorKind::Input);
}

TEST_F(Versions, TextIsRefused)
{
    writeFileAtomically(database(), std::string(5000, 'x'));
    expectRefused(ErrorKind::Input);
}

TEST_F(Versions, CutShortIsRefused)
{
    {
        Store store(database());
        store.putRun(makeRun("a"));
    }
    const std::string whole = readFile(database());
    for (const std::size_t size : {std::size_t(1), std::size_t(99), whole.size() / 2, whole.size() - 1}) {
        SCOPED_TRACE(size);
        writeFileAtomically(database(), std::string_view(whole).substr(0, size));
        expectRefused(ErrorKind::Input);
    }
}

TEST_F(Versions, DamagedInTheMiddleIsRefused)
{
    {
        Store store(database());
        for (int i = 0; i < 50; ++i)
            store.putRun(makeRun("run " + std::to_string(i)));
    }
    std::string bytes = readFile(database());
    const std::size_t page = 4096;
    for (std::size_t at = 2 * page; at < 12 * page; ++at)
        bytes[at] = static_cast<char>(0xA5);
    writeFileAtomically(database(), bytes);
    expectRefused(ErrorKind::Input);
}

TEST_F(Versions, AnEmptyFileBecomesADatabase)
{
    writeFileAtomically(database(), "");
    Store store(database());
    store.putRun(makeRun("a"));
    EXPECT_EQ(store.runs().size(), 1u);
}

TEST_F(Versions, WithoutAFolderIsAResourceError)
{
    EXPECT_EQ(kindOf([&] { Store store(m_folder / "no" / "recoscope.db"); }), ErrorKind::Resource);
    EXPECT_TRUE(contents(m_folder).empty());
}
