// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/store/connections.h"

#include <sqlite3.h>

#include "engine/core/error.h"
#include "engine/core/wait_watch.h"
#include "engine/store/migrations.h"

namespace recoscope {

namespace {

constexpr std::int64_t fullCheckBytes = 8 << 20; // about 20 ms; damage in larger files shows when the page is read

void requireSound(Database& database)
{
    const std::int64_t bytes = database.integer("PRAGMA page_count") * database.integer("PRAGMA page_size");
    if (bytes > fullCheckBytes)
        return;
    Statement check(database, "PRAGMA quick_check(1)");
    if (check.step() && check.text(0) != "ok")
        throw Error(ErrorKind::Input, "'" + database.path().string() + "' is damaged: " + check.text(0),
            "put back a copy of the file, or move it away to start anew; it was not changed");
}

// Checks before anything is changed, so that a damaged or foreign file stays as it is.
const Path& usable(const Path& file)
{
    requireUsableDatabase(file);
    return file;
}

} // namespace

ReaderPool::ReaderPool(Path file)
    : m_file(std::move(file))
{
}

ReaderPool::Lease::Lease(ReaderPool& owner)
    : pool(owner)
{
    {
        std::lock_guard lock(pool.m_mutex);
        if (!pool.m_idle.empty()) {
            database = std::move(pool.m_idle.back());
            pool.m_idle.pop_back();
        }
    }
    if (!database) {
        database = std::make_unique<Database>(pool.m_file, Database::Mode::ReadWrite);
        database->execute("PRAGMA query_only = ON; PRAGMA cache_size = -16384");
    }
    database->execute("BEGIN");
}

ReaderPool::Lease::~Lease()
{
    sqlite3_exec(database->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    std::lock_guard lock(pool.m_mutex);
    pool.m_idle.push_back(std::move(database));
}

WriterThread::WriterThread(const Path& file)
    : m_database(usable(file), Database::Mode::Create)
{
    requireSound(m_database);
    requireOwnDatabase(m_database);
    m_database.turnOnLog();
    // NORMAL: a power cut may take the last commits, never the consistency; a killed program loses nothing.
    m_database.execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768");
    migrate(m_database);
    m_thread = std::thread([this] { loop(); });
}

WriterThread::~WriterThread()
{
    {
        std::lock_guard lock(m_mutex);
        m_closing = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void WriterThread::write(Job job)
{
    auto done = std::make_shared<std::promise<void>>();
    std::future<void> result = done->get_future();
    {
        std::lock_guard lock(m_mutex);
        m_queue.push_back({std::move(job), std::move(done)});
    }
    m_wake.notify_all();
    WaitWatch::note("commit", m_database.path());
    result.get();
}

void WriterThread::enqueue(Job job)
{
    {
        std::lock_guard lock(m_mutex);
        m_queue.push_back({std::move(job), nullptr});
    }
    m_wake.notify_all();
}

void WriterThread::flush()
{
    write([](Database&) {});
    std::exception_ptr error;
    {
        std::lock_guard lock(m_mutex);
        std::swap(error, m_error);
    }
    if (error)
        std::rethrow_exception(error);
}

void WriterThread::loop()
{
    while (true) {
        std::vector<Entry> group;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [this] { return m_closing || !m_queue.empty(); });
            if (m_queue.empty())
                return;
            group.swap(m_queue);
        }
        runGroup(group);
    }
}

void WriterThread::runGroup(std::vector<Entry>& group)
{
    try {
        Transaction transaction(m_database);
        for (Entry& entry : group)
            entry.job(m_database);
        transaction.commit();
    } catch (...) {
        // The whole group was undone; find out whose fault it was.
        for (Entry& entry : group)
            runAlone(entry);
        return;
    }
    for (Entry& entry : group) {
        if (entry.done)
            entry.done->set_value();
    }
}

void WriterThread::runAlone(Entry& entry)
{
    try {
        Transaction transaction(m_database);
        entry.job(m_database);
        transaction.commit();
    } catch (...) {
        keepError(entry, std::current_exception());
        return;
    }
    if (entry.done)
        entry.done->set_value();
}

void WriterThread::keepError(const Entry& entry, std::exception_ptr error)
{
    if (entry.done) {
        entry.done->set_exception(error);
        return;
    }
    std::lock_guard lock(m_mutex);
    if (!m_error)
        m_error = error;
}

} // namespace recoscope
