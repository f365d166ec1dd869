// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Downloads against a small HTTP server of our own on 127.0.0.1.

#include <atomic>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "engine/data/download.h"
#include "tests/engine/data/import_support.h"

namespace recoscope {
namespace {

// Serves one body under every path, with ranges; may cut a connection after so many bytes, once.
class LocalServer {
public:
    explicit LocalServer(std::string body)
        : m_body(std::move(body))
        , m_socket(::socket(AF_INET, SOCK_STREAM, 0))
    {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(m_socket, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(m_socket, 4) != 0
            || ::getsockname(m_socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw Error(ErrorKind::Resource, "no local server", "check the loopback device");
        m_port = ntohs(address.sin_port);
        m_thread = std::thread([this] { serve(); });
    }
    ~LocalServer()
    {
        m_stop = true;
        ::shutdown(m_socket, SHUT_RDWR);
        m_thread.join();
        ::close(m_socket);
    }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }
    void cutAfter(std::int64_t bytes) { m_cutAfter = bytes; }
    void refuseRanges() { m_ranges = false; }
    std::int64_t sent() const { return m_sent; }
    int requests() const { return m_requests; }

private:
    void serve()
    {
        while (!m_stop) {
            const int client = ::accept(m_socket, nullptr, nullptr);
            if (client < 0)
                return;
            answer(client);
            ::close(client);
        }
    }

    void answer(int client)
    {
        std::string request;
        char buffer[1024];
        while (request.find("\r\n\r\n") == std::string::npos) {
            const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
            if (got <= 0)
                return;
            request.append(buffer, static_cast<std::size_t>(got));
        }
        ++m_requests;
        std::size_t from = 0;
        const std::size_t range = request.find("Range: bytes=");
        if (m_ranges && range != std::string::npos)
            from = std::stoul(request.substr(range + 13));
        std::string head = from > 0 ? "HTTP/1.1 206 Partial Content\r\n" : "HTTP/1.1 200 OK\r\n";
        if (from > 0)
            head += "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(m_body.size() - 1) + "/"
                + std::to_string(m_body.size()) + "\r\n";
        head += "Content-Length: " + std::to_string(m_body.size() - from) + "\r\nConnection: close\r\n\r\n";
        std::string body = m_body.substr(from);
        const std::int64_t cut = m_cutAfter.exchange(-1);
        if (cut >= 0)
            body.resize(static_cast<std::size_t>(cut));
        m_sent += static_cast<std::int64_t>(body.size());
        const std::string all = head + body;
        for (std::size_t done = 0; done < all.size();) {
            const ssize_t wrote = ::send(client, all.data() + done, all.size() - done, MSG_NOSIGNAL);
            if (wrote <= 0)
                return;
            done += static_cast<std::size_t>(wrote);
        }
    }

    std::string m_body;
    int m_socket;
    std::uint16_t m_port = 0;
    std::thread m_thread;
    std::atomic<bool> m_stop{false};
    std::atomic<bool> m_ranges{true};
    std::atomic<std::int64_t> m_cutAfter{-1};
    std::atomic<std::int64_t> m_sent{0};
    std::atomic<int> m_requests{0};
};

std::string testBody()
{
    std::string body;
    for (int i = 0; i < 20000; ++i)
        body += std::to_string(i) + "\n";
    return body;
}

DownloadableArchive describe(const std::string& body, const Path& scratch)
{
    writeText(scratch / "reference", body);
    DownloadableArchive archive;
    archive.name = "test";
    archive.title = "Test";
    archive.url = "https://invalid.example/test.zip";
    archive.bytes = body.size();
    archive.md5 = md5HexOfFile(scratch / "reference");
    return archive;
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
    const DownloadableArchive archive = describe(body, folder.path());
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
    DownloadableArchive archive = describe(body, folder.path());
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
        DownloadableArchive archive = describe(body, folder.path());
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
    const DownloadableArchive archive = describe(body, folder.path());
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
    const DownloadableArchive archive = describe(body, folder.path());
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
    const DownloadableArchive archive = describe(body, folder.path());
    Progress progress;
    expectError(
        ErrorKind::Resource, "cannot fetch", [&] { downloadArchive(archive, folder.path() / "d", progress, url); });
}

TEST(Download, CancelKeepsThePartialFile)
{
    const TemporaryFolder folder;
    const std::string body = testBody();
    LocalServer server(body);
    const DownloadableArchive archive = describe(body, folder.path());
    Progress progress;
    progress.requestCancel();
    expectError(ErrorKind::Cancelled, "cancelled",
        [&] { downloadArchive(archive, folder.path() / "d", progress, server.url()); });
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "d" / "test.zip"));
}

} // namespace
} // namespace recoscope
