// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The connections of one store: a pool for readers, where each read holds a connection of its own inside one
// transaction, and a thread that owns the only connection that writes. Thread-safe.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "engine/core/sqlite.h"

namespace recoscope {

class ReaderPool {
public:
    explicit ReaderPool(Path file);

    // Calls `read(Database&)` inside a read transaction, so that everything it sees is of one moment.
    template <class Read> auto read(Read work) -> decltype(work(std::declval<Database&>()))
    {
        const Lease lease(*this);
        return work(*lease.database);
    }

private:
    struct Lease {
        explicit Lease(ReaderPool& pool);
        ~Lease();
        ReaderPool& pool;
        std::unique_ptr<Database> database;
    };

    Path m_file;
    std::mutex m_mutex;
    std::vector<std::unique_ptr<Database>> m_idle;
};

// Jobs run in the order given; those that wait together share one transaction. A job that fails is undone alone.
class WriterThread {
public:
    using Job = std::function<void(Database&)>;

    explicit WriterThread(const Path& file);
    ~WriterThread(); // after the last queued job

    // Returns when the job is committed; throws what it threw.
    void write(Job job);
    // Returns at once. Its error is kept for flush().
    void enqueue(Job job);
    // Waits for everything queued so far; throws the first error of an enqueued job since the last flush.
    void flush();

private:
    struct Entry {
        Job job;
        std::shared_ptr<std::promise<void>> done; // null for enqueued jobs
    };

    void loop();
    void runGroup(std::vector<Entry>& group);
    void runAlone(Entry& entry);
    void keepError(const Entry& entry, std::exception_ptr error);

    Database m_database;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::vector<Entry> m_queue;
    std::exception_ptr m_error;
    bool m_closing = false;
    std::thread m_thread;
};

} // namespace recoscope
