// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A small HTTP server of our own on 127.0.0.1, for tests of downloads, and an archive description that fits its body.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/data/download.h"

namespace recoscope {

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

inline DownloadableArchive describeArchive(const std::string& body, const Path& scratch)
{
    writeFileAtomically(scratch / "reference", body);
    DownloadableArchive archive;
    archive.name = "test";
    archive.title = "Test";
    archive.url = "https://invalid.example/test.zip";
    archive.bytes = body.size();
    archive.md5 = md5HexOfFile(scratch / "reference");
    return archive;
}

} // namespace recoscope
