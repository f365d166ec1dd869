// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/wait_watch.h"

namespace recoscope {

namespace {

thread_local WaitWatch* watchOfThisThread = nullptr;

} // namespace

WaitWatch::WaitWatch(Seen seen)
    : m_seen(std::move(seen))
    , m_hidden(watchOfThisThread)
{
    watchOfThisThread = this;
}

WaitWatch::~WaitWatch()
{
    watchOfThisThread = m_hidden;
}

void WaitWatch::note(std::string_view operation, const std::filesystem::path& path)
{
    if (watchOfThisThread)
        watchOfThisThread->m_seen(operation, path);
}

} // namespace recoscope
