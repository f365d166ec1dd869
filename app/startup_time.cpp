// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/startup_time.h"

#include <cstdio>
#include <ctime>

#include <unistd.h>

#include <QApplication>
#include <QEvent>
#include <QFile>
#include <QTimer>

#include "app/workbench.h"

namespace recoscope {

namespace {

double seconds(clockid_t clock)
{
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Seconds since the system started this process; its start is known to a hundredth.
double secondsSinceStart()
{
    QFile file(QStringLiteral("/proc/self/stat"));
    if (!file.open(QIODevice::ReadOnly))
        return 0.0;
    const QByteArray text = file.readAll();
    // The second field is the name in brackets and may hold spaces; the start is the twentieth after it.
    const QList<QByteArray> fields = text.mid(text.lastIndexOf(')') + 2).split(' ');
    const double started = fields.value(19).toDouble() / static_cast<double>(sysconf(_SC_CLK_TCK));
    return seconds(CLOCK_BOOTTIME) - started;
}

} // namespace

StartupTime::StartupTime(Workbench& workbench, bool withDataset, QObject* parent)
    : QObject(parent)
    , m_workbench(workbench)
    , m_withDataset(withDataset)
{
    workbench.window().centralWidget()->installEventFilter(this);
}

bool StartupTime::eventFilter(QObject* watched, QEvent* event)
{
    // The paint itself and those of the children follow before the next turn of the event loop.
    if (event->type() == QEvent::Paint && !m_waiting) {
        m_waiting = true;
        QTimer::singleShot(0, this, &StartupTime::onPainted);
    }
    return QObject::eventFilter(watched, event);
}

void StartupTime::onPainted()
{
    m_waiting = false;
    if (m_firstPaint < 0)
        m_firstPaint = secondsSinceStart();
    if (m_reported)
        return;
    if (m_withDataset && !m_workbench.context().library.dataset()) {
        connect(&m_workbench.context().library, &Library::datasetOpened, m_workbench.window().centralWidget(),
            qOverload<>(&QWidget::update), Qt::UniqueConnection);
        return;
    }
    m_reported = true;
    std::printf("window painted after %.2f s", m_firstPaint);
    if (m_withDataset)
        std::printf(", with the dataset after %.2f s", secondsSinceStart());
    std::printf("; processor time %.2f s\n", seconds(CLOCK_PROCESS_CPUTIME_ID));
    std::fflush(stdout);
    QApplication::quit();
}

} // namespace recoscope
