// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Downloads against a small HTTP server of our own on 127.0.0.1.

#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "engine/data/download.h"
#include "tests/engine/data/import_support.h"
#include "tests/engine/data/local_server.h"

namespace recoscope {
namespace {

std::string testBody()
{
    std::string body;
    for (int i = 0; i < 20000; ++i)
        body += std::to_string(i) + "\n";
    return body;
}

TEST(Download, KnownArchivesHaveSizeChecksumAndTerms)
{
    ASSERT_FALSE(downloadableArchives().empty());
    for (const DownloadableArchive& archive : downloadableArchives()) {
        EXPECT_GT(archive.bytes, 1'000'000u) << archive.name;
        EXPECT_EQ(archive.md5.size(), 32u) << archive.name;
        EXPECT_TRUE(archive.url.starts_with("https://files.grouplens.org/")) << archive.url;
        EXPECT_NE(archive.terms.find("redistribute"), std::string::npos);
    }
    EXPECT_EQ(findArchive("ml-100k").bytes, 4924029u);
    expectError(ErrorKind::NotFound, "ml-9k", [] { findArchive("ml-9k"); });
}

TEST(Download, ChecksumIsThatOfTheStandard)
{
    const TemporaryFolder folder;
    writeText(folder.path() / "f", "abc"); // RFC 1321
    EXPECT_EQ(md5HexOfFile(folder.path() / "f"), "900150983cd24fb0d6963f7d28e17f72");
}

TEST(Download, FetchesChecksAndDoesNotFetchTwice)
{
    const TemporaryFolder folder;
    const std::string body = testBody();
    LocalServer server(body);
    const DownloadableArchive archive = describeArchive(body, folder.path());
    Progress progress;
    const Path file = downloadArchive(archive, folder.path() / "d", progress, server.url());
    EXPECT_EQ(file.filename(), "test.zip");
    EXPECT_EQ(readFile(file), body);
    EXPECT_EQ(downloadArchive(archive, folder.path() / "d", progress, server.url()), file);
    EXPECT_EQ(server.requests(), 1);
}

TEST(Download, WrongChecksumDeletesTheFile)
{
    const TemporaryFolder folder;
    const std::string body = testBody();
    LocalServer server(body);
    DownloadableArchive archive = describeArchive(body, folder.path());
    archive.md5 = std::string(32, '0');
    Progress progress;
    expectError(
        ErrorKind::Input, "checksum", [&] { downloadArchive(archive, folder.path() / "d", progress, server.url()); });
    EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "d"));
}

TEST(Download, WrongSizeDeletesTheFile)
{
    const TemporaryFolder folder;
    const std::string body = testBody();
    LocalServer server(body);
    for (const int difference : {-5, 5}) {
        DownloadableArchive archive = describeArchive(body, folder.path());
        archive.bytes += static_cast<std::uint64_t>(difference);
        Progress progress;
        expectError(
            ErrorKind::Input, "bytes", [&] { downloadArchive(archive, folder.path() / "d", progress, server.url()); });
        EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "d"));
    }
}

TEST(Download, CutConnectionIsContinuedWhereItStopped)
{
    const TemporaryFolder folder;
    const std::string body = testBody();
    LocalServer server(body);
    server.cutAfter(30000);
    const DownloadableArchive archive = describeArchive(body, folder.path());
    Progress progress;
    const auto fetch = [&] { return downloadArchive(archive, folder.path() / "d", progress, server.url()); };
    expectError(ErrorKind::Resource, "30000 of", fetch);
    EXPECT_EQ(std::filesystem::file_size(folder.path() / "d" / "test.zip.part"), 30000u);
    EXPECT_EQ(readFile(fetch()), body);
    EXPECT_EQ(server.sent(), static_cast<std::int64_t>(body.size()));
}

TEST(Download, ServerThatCannotContinueSendsTheWholeAgain)
{
    const TemporaryFolder folder;
    const std::string body = testBody();
    LocalServer server(body);
    server.cutAfter(1000);
    server.refuseRanges();
    const DownloadableArchive archive = describeArchive(body, folder.path());
    Progress progress;
    const auto fetch = [&] { return downloadArchive(archive, folder.path() / "d", progress, server.url()); };
    expectError(ErrorKind::Resource, "1000 of", fetch);
    EXPECT_EQ(readFile(fetch()), body);
}

TEST(Download, NoNetworkIsAResourceError)
{
    const TemporaryFolder folder;
    const std::string body = testBody();
    std::string url;
    {
        const LocalServer gone(body);
        url = gone.url();
    }
    const DownloadableArchive archive = describeArchive(body, folder.path());
    Progress progress;
    expectError(
        ErrorKind::Resource, "cannot fetch", [&] { downloadArchive(archive, folder.path() / "d", progress, url); });
}

TEST(Download, CancelKeepsThePartialFile)
{
    const TemporaryFolder folder;
    const std::string body = testBody();
    LocalServer server(body);
    const DownloadableArchive archive = describeArchive(body, folder.path());
    Progress progress;
    progress.requestCancel();
    expectError(ErrorKind::Cancelled, "cancelled",
        [&] { downloadArchive(archive, folder.path() / "d", progress, server.url()); });
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "d" / "test.zip"));
}

} // namespace
} // namespace recoscope
