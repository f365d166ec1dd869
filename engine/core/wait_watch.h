// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A thread that has to answer at once, like the one of a window, can be told whenever it is about to wait for a file,
// a database or a writing thread. The layers that wait call note() first. Without a watch on the calling thread that
// costs one look at a thread-local pointer.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace recoscope {

// Watches the calling thread from construction to destruction, which must be on that thread. A second watch hides the
// first one while it lives.
class WaitWatch {
public:
    // ("open", "read", "write", "sync", "rename", "map", "query" or "commit", the file)
    using Seen = std::function<void(std::string_view operation, const std::filesystem::path& path)>;

    explicit WaitWatch(Seen seen);
    ~WaitWatch();
    WaitWatch(const WaitWatch&) = delete;
    WaitWatch& operator=(const WaitWatch&) = delete;

    static void note(std::string_view operation, const std::filesystem::path& path);

private:
    Seen m_seen;
    WaitWatch* m_hidden;
};

} // namespace recoscope
