// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <cerrno>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/engine/core/folder_test.h"

using namespace recoscope;
using namespace recoscope::test;

using Files = FolderTest;
using Names = std::vector<std::string>;

TEST_F(Files, AtomicFileAppearsWholeOnCommit)
{
    const Path target = m_folder / "a.txt";
    AtomicFile file(target);
    file.write("....-body");
    file.seek(0);
    file.write("head");
    EXPECT_FALSE(std::filesystem::exists(target));
    file.commit();
    EXPECT_EQ(readFile(target), "head-body");
    EXPECT_EQ(names(), Names{"a.txt"});
}

TEST_F(Files, AbandonedAtomicFileLeavesTheOldContentAndNothingElse)
{
    const Path target = m_folder / "a.txt";
    writeFileAtomically(target, "old");
    {
        AtomicFile file(target);
        file.write("half of the new");
    }
    EXPECT_EQ(readFile(target), "old");
    EXPECT_EQ(names(), Names{"a.txt"});
}

// A killed process leaves its temporary files; a later one may get its number.
TEST_F(Files, LeftoversOfAKilledProcessWithThisNumberAreNeitherUsedNorInTheWay)
{
    std::string used;
    {
        const AtomicFile probe(m_folder / "a.txt");
        used = names().at(0);
    }
    const std::size_t dash = used.rfind('-') + 1;
    const int next = std::stoi(used.substr(dash)) + 1;
    const std::string file = used.substr(0, dash) + std::to_string(next);
    const std::string folder = ".set.tmp-" + std::to_string(::getpid()) + "-" + std::to_string(next + 2);
    writePlain(m_folder / file, "left behind");
    std::filesystem::create_directory(m_folder / folder);
    writeFileAtomically(m_folder / "a.txt", "new");
    AtomicFolder(m_folder / "set").commit();
    EXPECT_EQ(readFile(m_folder / "a.txt"), "new");
    EXPECT_EQ(readFile(m_folder / file), "left behind");
    EXPECT_EQ(names(), (Names{file, folder, "a.txt", "set"}));
}

TEST_F(Files, EveryFailingStepKeepsTheOldContent)
{
    const Path target = m_folder / "a.txt";
    writeFileAtomically(target, "old");
    for (const char* failing : {"open", "write", "sync", "rename"}) {
        for (const int code : {ENOSPC, EIO, EACCES}) {
            SCOPED_TRACE(std::string(failing) + " " + std::to_string(code));
            setFileFault(
                [failing, code](std::string_view operation, const Path&) { return operation == failing ? code : 0; });
            const Error error = errorOf([&] { writeFileAtomically(target, "new"); });
            setFileFault({});
            EXPECT_EQ(error.kind(), ErrorKind::Resource);
            EXPECT_NE(error.message().find(target.string()), std::string::npos) << error.message();
            EXPECT_EQ(readFile(target), "old");
            EXPECT_EQ(names(), Names{"a.txt"});
        }
    }
}

TEST_F(Files, FullDiskSaysHowMuchIsNeededAndFree)
{
    setFileFault([](std::string_view operation, const Path&) { return operation == "write" ? ENOSPC : 0; });
    const Error error = errorOf([&] { writeFileAtomically(m_folder / "a", "12345"); });
    EXPECT_NE(error.message().find("disk full"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("5 bytes needed"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("bytes free"), std::string::npos) << error.message();
}

TEST_F(Files, AtomicFolderAppearsWholeOrNotAtAll)
{
    const Path target = m_folder / "set";
    {
        AtomicFolder folder(target);
        std::filesystem::create_directory(folder.path() / "inner");
        writeFileAtomically(folder.path() / "inner" / "x", "1");
        EXPECT_FALSE(std::filesystem::exists(target));
    }
    EXPECT_TRUE(names().empty());
    AtomicFolder folder(target);
    std::filesystem::create_directory(folder.path() / "inner");
    writeFileAtomically(folder.path() / "inner" / "x", "1");
    folder.commit();
    EXPECT_EQ(readFile(target / "inner" / "x"), "1");
    EXPECT_EQ(names(), Names{"set"});
}

TEST_F(Files, AtomicFolderRefusesToReplace)
{
    const Path target = m_folder / "set";
    std::filesystem::create_directory(target); // empty: plain rename would take its place
    AtomicFolder folder(target);
    writeFileAtomically(folder.path() / "x", "1");
    EXPECT_EQ(kindOf([&] { folder.commit(); }), ErrorKind::Refused);
    EXPECT_TRUE(std::filesystem::is_empty(target));
}

TEST_F(Files, AtomicFolderThatCannotBeRenamedLeavesNothing)
{
    {
        AtomicFolder folder(m_folder / "set");
        writeFileAtomically(folder.path() / "x", "1");
        setFileFault([](std::string_view operation, const Path&) { return operation == "rename" ? EIO : 0; });
        EXPECT_EQ(kindOf([&] { folder.commit(); }), ErrorKind::Resource);
    }
    EXPECT_TRUE(names().empty());
}

TEST_F(Files, MissingAndUnfitPathsAreTold)
{
    EXPECT_EQ(kindOf([&] { readFile(m_folder / "no"); }), ErrorKind::NotFound);
    EXPECT_EQ(kindOf([&] { MappedFile file(m_folder / "no"); }), ErrorKind::NotFound);
    EXPECT_EQ(kindOf([&] { writeFileAtomically(m_folder / "no" / "a", ""); }), ErrorKind::NotFound);
    EXPECT_EQ(kindOf([&] { readFile(m_folder); }), ErrorKind::Input);
    EXPECT_EQ(kindOf([&] { readFile("/dev/null"); }), ErrorKind::Input);
    writeFileAtomically(m_folder / "a", "12345");
    EXPECT_EQ(kindOf([&] { readFile(m_folder / "a", 4); }), ErrorKind::Input);
    EXPECT_EQ(readFile(m_folder / "a", 5), "12345");
    EXPECT_EQ(readFilePrefix(m_folder / "a", 3), "123");
    EXPECT_EQ(readFilePrefix(m_folder / "a", 99), "12345");
    setFileFault([](std::string_view operation, const Path&) { return operation == "open" ? EACCES : 0; });
    EXPECT_EQ(kindOf([&] { readFile(m_folder / "a"); }), ErrorKind::Resource);
    setFileFault([](std::string_view operation, const Path&) { return operation == "map" ? ENOMEM : 0; });
    EXPECT_EQ(kindOf([&] { MappedFile file(m_folder / "a"); }), ErrorKind::Resource);
}

TEST_F(Files, MappedFilesGiveTheBytes)
{
    writeFileAtomically(m_folder / "a", "12345");
    writeFileAtomically(m_folder / "empty", "");
    const MappedFile file(m_folder / "a");
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()), "12345");
    EXPECT_TRUE(MappedFile(m_folder / "empty").bytes().empty());
}

TEST_F(Files, LockHasOneHolderWhoIsNamed)
{
    const Path path = m_folder / "lock";
    {
        const FileLock lock(path);
        const Error error = errorOf([&] { FileLock second(path); });
        EXPECT_EQ(error.kind(), ErrorKind::Resource);
        EXPECT_NE(error.message().find("process " + std::to_string(::getpid())), std::string::npos) << error.message();
    }
    const FileLock again(path);
}

TEST_F(Files, LockOfADeadProcessIsFree)
{
    const Path path = m_folder / "lock";
    const pid_t child = ::fork();
    if (child == 0) {
        new FileLock(path);
        ::_exit(0); // without giving it back
    }
    ASSERT_GT(child, 0);
    ::waitpid(child, nullptr, 0);
    EXPECT_NO_THROW(FileLock lock(path));
}

TEST(Memory, FiguresAreOrdered)
{
    EXPECT_GT(currentMemoryBytes(), 100'000u);
    EXPECT_GE(peakMemoryBytes(), currentMemoryBytes() / 2);
    EXPECT_GT(physicalMemoryBytes(), peakMemoryBytes());
    EXPECT_GT(freeBytes("/tmp"), 0u);
    EXPECT_EQ(kindOf([] { freeBytes("/no/such/folder"); }), ErrorKind::NotFound);
}
