// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Cancelling ends long work within 200 ms, whenever it is asked for. Measured in processor time of the worker, from
// the request to the end: that is what the work itself decides, on a busy machine too. The request comes when the
// worker has used a given processor time, at seeded moments spread over the whole of the work.
#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <functional>
#include <thread>

#include "engine/core/random.h"
#include "engine/data/generator.h"
#include "engine/kernels/ops.h"
#include "tests/engine/workspace/workspace_fixture.h"

using namespace recoscope;
using namespace recoscope::test;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double longestAllowed = 2.0; // seconds; instrumented code is several times slower
constexpr int manyUsers = 1500;
constexpr int trainedUsers = 150;
#else
constexpr double longestAllowed = 0.2;
constexpr int manyUsers = 12'000; // half a million events
constexpr int trainedUsers = 1500;
#endif
constexpr int cuts = 6;

double now(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Cancels once the calling thread has used so much more processor time: another thread looks at its clock.
class CancelAfter {
public:
    CancelAfter(Progress& progress, double seconds)
    {
        pthread_getcpuclockid(pthread_self(), &m_clock);
        const double when = now(m_clock) + seconds;
        m_watcher = std::jthread([this, &progress, when](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                if (const double used = now(m_clock); used >= when) {
                    m_asked = used;
                    progress.requestCancel();
                    return;
                }
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            }
        });
    }
    // Processor seconds of the worker since the request; nothing when there was none yet.
    std::optional<double> since() const
    {
        const double asked = m_asked;
        return asked < 0 ? std::nullopt : std::optional(now(m_clock) - asked);
    }

private:
    clockid_t m_clock{};
    std::atomic<double> m_asked = -1.0;
    std::jthread m_watcher; // ends before what it looks at
};

class Cancelling : public WorkspaceTest {
protected:
    void SetUp() override
    {
        WorkspaceTest::SetUp();
        kernels::setThreads(1);
        open();
    }

    void generateMany(int users)
    {
        const Json parameters = {{"users", users}, {"items", 3000}, {"mean_length", 40.0}};
        workspace().generate(parameters, 3, "many", m_progress);
    }

    RunId createRun(const std::string& model, const Json& parameters)
    {
        Workspace::NewRun request;
        request.dataset = "many";
        request.model = model;
        request.parameters = parameters;
        return workspace().createRun(request);
    }

    // Runs the work once to learn how long it takes, then cancels it at moments all over that time.
    void expectPromptEnd(const char* name, const std::function<void(Progress&)>& work)
    {
        Progress whole;
        const double before = now(CLOCK_THREAD_CPUTIME_ID);
        work(whole);
        const double total = now(CLOCK_THREAD_CPUTIME_ID) - before;
        RandomStream random(11, name);
        double longest = 0;
        int cancelled = 0;
        for (int cut = 0; cut < cuts; ++cut) {
            const double when = total * (cut + random.uniform()) / cuts;
            Progress progress;
            CancelAfter timer(progress, when);
            try {
                work(progress);
            } catch (const Error& error) {
                ASSERT_EQ(error.kind(), ErrorKind::Cancelled) << error.message();
                ++cancelled;
            }
            const double late = timer.since().value_or(0.0);
            EXPECT_LT(late, longestAllowed) << name << " asked to end after " << when << " of " << total << " s";
            longest = std::max(longest, late);
        }
        EXPECT_GT(cancelled, 0) << name;
        std::printf("%s: %.2f s of work, cancelled %d times of %d, longest end %.0f ms of processor time\n", name,
            total, cancelled, cuts, 1e3 * longest);
    }

    int m_count = 0; // for names that are taken once
};

} // namespace

TEST_F(Cancelling, Import)
{
    const Path file = m_folder / "ratings.csv";
    generateCsv({{"users", manyUsers}, {"items", 3000}, {"mean_length", 40.0}}, 3, file, m_progress);
    expectPromptEnd("import",
        [&](Progress& progress) { workspace().importFile(file, "import-" + std::to_string(m_count++), {}, progress); });
}

TEST_F(Cancelling, FilterAndSplit)
{
    generateMany(manyUsers);
    expectPromptEnd("filter and split", [&](Progress& progress) {
        Protocol protocol;
        protocol.maxLength = 20 + m_count++; // each time another one: prepared data is kept by protocol
        workspace().prepareData("many", protocol, progress);
    });
}

TEST_F(Cancelling, Training)
{
    generateMany(trainedUsers);
    expectPromptEnd("training", [&](Progress& progress) {
        const RunId id = createRun("sasrec", {{"epochs", 1}, {"hidden", 32}, {"layers", 1}});
        workspace().execute(id, m_control, m_listener, progress);
    });
}

TEST_F(Cancelling, Counting)
{
    generateMany(manyUsers);
    expectPromptEnd("counting", [&](Progress& progress) {
        const RunId id = createRun("item_knn", Json::object());
        workspace().execute(id, m_control, m_listener, progress);
    });
}

TEST_F(Cancelling, Ranking)
{
    generateMany(trainedUsers);
    const RunId id = createRun("sasrec", {{"epochs", 1}, {"hidden", 32}, {"layers", 1}});
    execute(id);
    const Protocol protocol = Protocol::fromJson(workspace().store().run(id).protocol);
    expectPromptEnd(
        "ranking", [&](Progress& progress) { workspace().evaluate(id, protocol, RankingOptions(), progress); });
}
