// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <cerrno>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

#include "engine/core/sqlite.h"
#include "tests/engine/workspace/workspace_fixture.h"

using namespace recoscope;
using namespace recoscope::test;

using Workspaces = WorkspaceTest;

TEST_F(Workspaces, DatasetsAreFoundAgainAfterReopening)
{
    open();
    const std::string hash = generate()->info().contentHash;
    EXPECT_EQ(workspace().openDataset("small"), workspace().openDataset("small")) << "opened once, then shared";
    close();
    open();
    EXPECT_EQ(workspace().openDataset("small")->info().contentHash, hash);
    ASSERT_EQ(workspace().store().datasets().size(), 1u);
    EXPECT_EQ(workspace().store().datasets()[0].hash, hash);
    const Error error = errorOf([&] { workspace().openDataset("smal"); });
    EXPECT_EQ(error.kind(), ErrorKind::NotFound);
    EXPECT_EQ(error.hint(), "did you mean small?");
}

TEST_F(Workspaces, PreparedDataIsSharedByProtocol)
{
    open();
    generate();
    Protocol protocol;
    protocol.filter = FilterKind::None;
    const auto first = workspace().prepareData("small", protocol, m_progress);
    EXPECT_EQ(workspace().prepareData("small", protocol, m_progress), first);
    protocol.maxLength = 5;
    EXPECT_NE(workspace().prepareData("small", protocol, m_progress), first);
}

// An id is the second and four random digits: of so many, made in a few seconds, some would be equal.
TEST_F(Workspaces, RunsMadeInOneMomentAreAllKept)
{
    open();
    generate();
    Workspace::NewRun request;
    request.dataset = "small";
    request.model = "most_popular";
    request.parameters = Json::object();
    constexpr std::size_t many = 1500;
    std::set<RunId> ids;
    for (std::size_t i = 0; i < many; ++i)
        ids.insert(workspace().createRun(request));
    EXPECT_EQ(ids.size(), many);
    EXPECT_EQ(workspace().store().runs().size(), many);
}

TEST_F(Workspaces, NamesOfDatasetsCannotLeaveTheFolder)
{
    open();
    const auto before = tree();
    for (const char* name : {"", "..", "../x", "a/b", "/tmp/x", ".hidden", "a\\b"})
        EXPECT_EQ(kindOf([&] { generate(name); }), ErrorKind::Usage) << name;
    EXPECT_EQ(kindOf([&] { generate(std::string(101, 'x')); }), ErrorKind::Usage);
    EXPECT_EQ(tree(), before);
}

TEST_F(Workspaces, ADatasetNameIsTakenOnce)
{
    open();
    generate();
    const auto before = tree();
    EXPECT_EQ(kindOf([&] { generate(); }), ErrorKind::Refused);
    EXPECT_EQ(tree(), before);
}

TEST_F(Workspaces, ADatasetWhoseRowIsMissingIsAdopted)
{
    open();
    const std::string hash = generate()->info().contentHash;
    workspace().store().removeDataset("small"); // as if the program had died between folder and row
    EXPECT_EQ(workspace().openDataset("small")->info().name, "small");
    ASSERT_EQ(workspace().store().datasets().size(), 1u);
    workspace().store().removeDataset("small");
    close();
    open();
    ASSERT_EQ(workspace().store().datasets().size(), 1u) << "and is listed before anybody asks for it by name";
    EXPECT_EQ(workspace().store().datasets()[0].hash, hash);
}

TEST_F(Workspaces, FoldersThatAreNoDatasetsAreNotListed)
{
    open();
    const Path folder = generate()->folder(), datasets = folder.parent_path();
    close();
    std::filesystem::copy(folder, datasets / "copied by hand", std::filesystem::copy_options::recursive);
    std::filesystem::create_directory(datasets / "empty");
    writeFileAtomically(datasets / "note.txt", "about these data");
    std::filesystem::create_directory(datasets / "torn");
    writeFileAtomically(datasets / "torn" / "dataset.json", "{\"name\": ");
    open();
    ASSERT_EQ(workspace().store().datasets().size(), 1u);
    EXPECT_EQ(workspace().store().datasets()[0].name, "small");
    EXPECT_THROW(workspace().openDataset("torn"), Error);
}

TEST_F(Workspaces, RemovingADatasetIsRefusedWhileARunUsesIt)
{
    open();
    generate();
    const RunId id = create("most_popular", Json::object());
    EXPECT_EQ(kindOf([&] { workspace().removeDataset("small"); }), ErrorKind::Refused);
    workspace().store().deleteRun(id); // in the bin it can still come back
    EXPECT_EQ(kindOf([&] { workspace().removeDataset("small"); }), ErrorKind::Refused);
    workspace().purge();
    workspace().removeDataset("small");
    EXPECT_TRUE(std::filesystem::is_empty(folder() / "datasets"));
    EXPECT_TRUE(workspace().store().datasets().empty());
    EXPECT_EQ(kindOf([&] { workspace().removeDataset("small"); }), ErrorKind::NotFound);
}

TEST_F(Workspaces, ABadFileLeavesNothing)
{
    open();
    const Path source = m_folder / "bad.csv";
    writePlain(source, "user,item,time\n");
    EXPECT_EQ(kindOf([&] { workspace().importFile(source, "bad", {}, m_progress); }), ErrorKind::Input);
    EXPECT_TRUE(std::filesystem::is_empty(folder() / "datasets"));
    EXPECT_TRUE(workspace().store().datasets().empty());
}

TEST_F(Workspaces, AFullDiskDuringImportLeavesNothing)
{
    open();
    const Path source = m_folder / "good.csv";
    writePlain(source, "user,item,time\n1,5,10\n1,6,20\n2,5,30\n");
    setFileFault([](std::string_view operation, const Path&) { return operation == "write" ? ENOSPC : 0; });
    EXPECT_EQ(kindOf([&] { workspace().importFile(source, "good", {}, m_progress); }), ErrorKind::Resource);
    setFileFault({});
    EXPECT_TRUE(std::filesystem::is_empty(folder() / "datasets"));
    EXPECT_TRUE(workspace().store().datasets().empty());
    EXPECT_EQ(workspace().importFile(source, "good", {}, m_progress)->info().interactions, 3);
}

TEST_F(Workspaces, OfANewerVersionIsRefusedAndLeftAlone)
{
    open();
    generate();
    close();
    Database(folder() / "recoscope.db", Database::Mode::ReadWrite).execute("PRAGMA user_version = 999");
    const auto before = tree();
    EXPECT_EQ(kindOf([&] { open(); }), ErrorKind::Refused);
    EXPECT_EQ(tree(), before);
}

TEST_F(Workspaces, WithACorruptDatabaseIsRefusedAndLeftAlone)
{
    std::filesystem::create_directories(folder());
    writePlain(folder() / "recoscope.db", std::string(20'000, 'x'));
    const auto before = tree();
    EXPECT_EQ(kindOf([&] { open(); }), ErrorKind::Input);
    EXPECT_EQ(tree(), before);
}

TEST_F(Workspaces, InAPlaceThatCannotBeAFolderIsAResourceError)
{
    writePlain(folder(), "a file in the way");
    EXPECT_EQ(kindOf([&] { open(); }), ErrorKind::Resource);
    EXPECT_EQ(readFile(folder()), "a file in the way");
}

TEST_F(Workspaces, InAFolderWithoutPermissionIsAResourceError)
{
    if (::geteuid() == 0)
        GTEST_SKIP() << "the superuser may write everywhere";
    std::filesystem::create_directories(folder());
    std::filesystem::permissions(folder(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    EXPECT_EQ(kindOf([&] { open(); }), ErrorKind::Resource);
    std::filesystem::permissions(folder(), std::filesystem::perms::owner_all);
    EXPECT_TRUE(std::filesystem::is_empty(folder()));
}

TEST_F(Workspaces, TwoProgramsShareOne)
{
    open();
    close();
    const pid_t other = ::fork();
    if (other == 0) {
        try {
            open();
            generate("theirs");
        } catch (...) {
            ::_exit(1);
        }
        ::_exit(0);
    }
    open();
    generate("ours");
    int status = 0;
    ::waitpid(other, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(workspace().openDataset("theirs")->info().users, workspace().openDataset("ours")->info().users);
    EXPECT_EQ(workspace().store().datasets().size(), 2u);
}

TEST_F(Workspaces, EnvironmentNamesBuildAndMachine)
{
    const Json info = environmentInfo();
    for (const char* key : {"recoscope", "build", "compiler", "libtorch", "sqlite", "processor", "kernels", "device"})
        EXPECT_FALSE(info.at(key).get<std::string>().empty()) << key;
    EXPECT_GT(info.at("memory_bytes").get<std::int64_t>(), 0);
    EXPECT_GE(info.at("threads").get<int>(), 1);
    EXPECT_TRUE(info.at("instruction_sets").is_array());
}
