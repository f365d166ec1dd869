// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QSignalSpy>
#include <QTest>

#include "widgets/core/jobs.h"

using namespace recoscope;

// Each job ends with exactly one signal, the latest inspector wins, waiting trainings can be moved and cancelled.
class JobsTest : public QObject {
    Q_OBJECT

private:
    // Blocks until cancelled, as long engine work does.
    static int untilCancelled(Progress& progress)
    {
        for (;;) {
            progress.checkCancelled();
            QThread::yieldCurrentThread();
        }
    }

private slots:
    void resultReachesTheReceiver()
    {
        Jobs jobs;
        QSignalSpy finished(&jobs, &Jobs::finished);
        int result = 0;
        jobs.run(
            {JobLane::Inspect, QStringLiteral("add"), {}}, this, [](Progress&) { return 40 + 2; },
            [&](int value) { result = value; });
        QTRY_COMPARE(finished.count(), 1);
        QCOMPARE(result, 42);
        QVERIFY(jobs.active().empty());
    }

    void failureCarriesMessageAndHint()
    {
        Jobs jobs;
        QSignalSpy finished(&jobs, &Jobs::finished);
        QSignalSpy failed(&jobs, &Jobs::failed);
        JobFailure seen;
        jobs.run(
            {JobLane::Work, QStringLiteral("read"), {}}, this,
            [](Progress&) -> int { throw Error(ErrorKind::Input, "ratings.csv:3: no item", "Give 3 columns."); },
            [](int) { QFAIL("a failed job has no result"); }, [&](const JobFailure& failure) { seen = failure; });
        QTRY_COMPARE(failed.count(), 1);
        QCOMPARE(finished.count(), 0);
        QCOMPARE(seen.kind, ErrorKind::Input);
        QCOMPARE(seen.message, QStringLiteral("ratings.csv:3: no item"));
        QCOMPARE(seen.hint, QStringLiteral("Give 3 columns."));
    }

    void latestInspectorWins()
    {
        Jobs jobs;
        QSignalSpy finished(&jobs, &Jobs::finished);
        QSignalSpy cancelled(&jobs, &Jobs::cancelled);
        QList<int> results;
        const auto note = [&](int value) { results << value; };
        const JobRequest request{JobLane::Inspect, QStringLiteral("look"), QStringLiteral("user")};
        jobs.run(
            request, this, [](Progress& p) { return untilCancelled(p); }, note);
        jobs.run(
            request, this, [](Progress& p) { return untilCancelled(p); }, note);
        jobs.run(
            request, this, [](Progress&) { return 3; }, note);
        QTRY_COMPARE(finished.count() + cancelled.count(), 3);
        QCOMPARE(cancelled.count(), 2);
        QCOMPARE(results, QList<int>{3});
    }

    void waitingTrainingsMoveAndCancel()
    {
        Jobs jobs;
        QSignalSpy started(&jobs, &Jobs::started);
        QSignalSpy cancelled(&jobs, &Jobs::cancelled);
        const auto add = [&](const char* name) {
            return jobs.run(
                {JobLane::Training, QString::fromLatin1(name), {}}, this, [](Progress& p) { return untilCancelled(p); },
                [](int) {});
        };
        const JobId first = add("a");
        QTRY_COMPARE(started.count(), 1);
        const JobId second = add("b");
        const JobId third = add("c");
        jobs.moveWaiting(third, 0);
        QCOMPARE(jobs.waiting(JobLane::Training), (std::vector<JobId>{third, second}));
        jobs.cancel(second);
        QCOMPARE(cancelled.count(), 1); // a waiting job ends at once
        jobs.cancel(first);
        QTRY_COMPARE(started.count(), 2);
        QCOMPARE(jobs.active().front().id, third);
    }

    void destructorEndsEveryJobOnce()
    {
        QList<JobId> ended;
        {
            Jobs jobs;
            const auto note = [&](JobId id) { ended << id; };
            connect(&jobs, &Jobs::finished, this, note);
            connect(&jobs, &Jobs::cancelled, this, note);
            connect(&jobs, &Jobs::failed, this, [&](JobId id) { ended << id; });
            // Not the lane of edits: those are finished, not cancelled, when the window closes.
            const JobLane lanes[] = {JobLane::Inspect, JobLane::Work, JobLane::Training};
            for (int i = 0; i < 8; ++i)
                jobs.run(
                    {lanes[i % 3], QStringLiteral("work"), {}}, this, [](Progress& p) { return untilCancelled(p); },
                    [](int) { QFAIL("cancelled"); });
        }
        std::sort(ended.begin(), ended.end());
        QCOMPARE(ended, (QList<JobId>{1, 2, 3, 4, 5, 6, 7, 8}));
    }

    void receiverThatIsGoneIsNotCalled()
    {
        Jobs jobs;
        QSignalSpy finished(&jobs, &Jobs::finished);
        auto receiver = std::make_unique<QObject>();
        jobs.run(
            {JobLane::Inspect, QStringLiteral("late"), {}}, receiver.get(), [](Progress&) { return 1; },
            [](int) { QFAIL("the receiver is gone"); });
        receiver.reset();
        QTRY_COMPARE(finished.count(), 1);
    }
};

QTEST_GUILESS_MAIN(JobsTest)
#include "tst_jobs.moc"
