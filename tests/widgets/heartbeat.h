// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Proof that the GUI thread answers: a 5 ms timer, and between two of its beats the processor time that the thread
// used. Processor time, because the wall time of a gap also counts what other programs take from a busy machine. Wall
// gaps are kept beside it to be printed. ResponsiveApplication also names the longer events, so that a failure says
// where to look. GUI thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <vector>

#include <QApplication>
#include <QElapsedTimer>
#include <QMap>
#include <QMetaEnum>
#include <QStringList>
#include <QTimer>

#include "engine/core/random.h"

namespace recoscope {

// Processor time of the calling thread in milliseconds.
inline double threadMilliseconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

// How many times longer this machine takes now than the one that limits were set on (3.5 ms for this sort, an idle core
// of a Zen 3); at least 1. The ninth of ten sorts counts: the longest gap of many is compared with it.
inline double machineSlowness()
{
    constexpr std::size_t repeats = 60;
    std::vector<double> taken;
    for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
        std::vector<std::uint64_t> values(1 << 16);
        RandomStream random(1, "slowness");
        for (std::uint64_t& value : values)
            value = random.below(std::uint64_t(1) << 60);
        const double before = threadMilliseconds();
        std::sort(values.begin(), values.end());
        taken.push_back(threadMilliseconds() - before);
    }
    std::sort(taken.begin(), taken.end());
    return std::max(1.0, taken[repeats * 9 / 10] / 3.5);
}

class ResponsiveApplication : public QApplication {
public:
    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override
    {
        if (m_depth > 0)
            return QApplication::notify(receiver, event);
        ++m_depth;
        // The receiver may be deleted by its event.
        const char* className = receiver->metaObject()->className();
        const QString name = receiver->objectName();
        const QEvent::Type type = event->type();
        const double before = threadMilliseconds();
        const bool result = QApplication::notify(receiver, event);
        --m_depth;
        const double used = threadMilliseconds() - before;
        if (used >= worthNaming)
            m_long << QStringLiteral("%1 to %2 '%3' %4 ms")
                          .arg(QLatin1String(QMetaEnum::fromType<QEvent::Type>().valueToKey(type)),
                              QLatin1String(className), name)
                          .arg(used, 0, 'f', 1);
        return result;
    }

    QStringList takeLongEvents() { return std::exchange(m_long, {}); }

private:
    static constexpr double worthNaming = 4.0; // milliseconds

    int m_depth = 0;
    QStringList m_long; // events that took so long
};

class Heartbeat {
public:
    struct Gap {
        double processor = 0; // milliseconds
        double wall = 0;
        QStringList events; // the longer ones of the gap with most processor time
    };

    Heartbeat()
    {
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { beat(); });
        m_timer.setTimerType(Qt::PreciseTimer);
        m_timer.start(5);
        restart();
    }

    // What follows counts under this name.
    void phase(const QString& name)
    {
        beat();
        m_phase = name;
    }

    const QMap<QString, Gap>& longest()
    {
        beat();
        return m_longest;
    }

private:
    static ResponsiveApplication* application() { return dynamic_cast<ResponsiveApplication*>(qApp); }

    void restart()
    {
        m_wall.start();
        m_processor = threadMilliseconds();
        if (application())
            application()->takeLongEvents();
    }

    void beat()
    {
        const double processor = threadMilliseconds() - m_processor;
        const double wall = static_cast<double>(m_wall.nsecsElapsed()) * 1e-6;
        if (!m_phase.isEmpty()) {
            Gap& gap = m_longest[m_phase];
            gap.wall = std::max(gap.wall, wall);
            if (processor > gap.processor) {
                gap.processor = processor;
                gap.events = application() ? application()->takeLongEvents() : QStringList();
            }
        }
        restart();
    }

    QTimer m_timer;
    QElapsedTimer m_wall;
    double m_processor = 0;
    QString m_phase;
    QMap<QString, Gap> m_longest;
};

} // namespace recoscope
