// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/screenshots.h"

#include <cstdio>

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QPushButton>
#include <QTimer>

#include "app/workbench.h"
#include "engine/data/dataset.h"

namespace recoscope {

namespace {

constexpr int quietMilliseconds = 400;
constexpr int longestMilliseconds = 60000;

bool isBusy(Workbench& workbench)
{
    for (const JobInfo& job : workbench.context().jobs.active()) {
        if (!job.title.isEmpty())
            return true;
    }
    return !workbench.context().library.loaded();
}

// Until no visible job has run for a while.
bool settle(Workbench& workbench)
{
    QElapsedTimer all;
    QElapsedTimer quiet;
    all.start();
    quiet.start();
    while (quiet.elapsed() < quietMilliseconds) {
        if (all.elapsed() > longestMilliseconds)
            return false;
        QEventLoop loop;
        QTimer::singleShot(20, &loop, &QEventLoop::quit);
        loop.exec();
        if (isBusy(workbench))
            quiet.restart();
    }
    return true;
}

// A picture of an empty workbench says little: the newest dataset and finished runs are selected when nothing is.
void fillSelection(WorkbenchContext& context)
{
    SelectionState state = context.selection.state();
    std::vector<const RunRecord*> finished;
    for (const RunRecord& run : context.library.runs()) {
        if (run.status == RunStatus::Finished)
            finished.push_back(&run);
    }
    // Run A: one whose model has attention, so that every page has something to show.
    const auto attention
        = std::find_if(finished.begin(), finished.end(), [](const RunRecord* run) { return run->model == "sasrec"; });
    const RunRecord* a = attention != finished.end() ? *attention : finished.empty() ? nullptr : finished.front();
    if (state.runA.isEmpty() && a)
        state.runA = QString::fromStdString(a->id);
    for (const RunRecord* run : finished) {
        if (state.runB.isEmpty() && run != a && a && run->dataset == a->dataset)
            state.runB = QString::fromStdString(run->id);
    }
    if (state.dataset.isEmpty()) {
        if (a)
            state.dataset = QString::fromStdString(a->dataset);
        else if (!context.library.datasets().empty())
            state.dataset = QString::fromStdString(context.library.datasets().front().name);
    }
    if (state.user < 0 && !state.dataset.isEmpty())
        state.user = 0;
    if (a && state.layer < 0) {
        state.layer = 0;
        state.head = 0;
    }
    context.selection.restore(state);
}

// Pages that look into models of one kind, or are about two models, take the newest run of a kind as run B, for as long
// as they are shown.
struct Special {
    QString page;
    std::string model;
};
const Special specials[] = {{QStringLiteral("tokens"), "persrec"}, {QStringLiteral("state"), "lrurec"},
    {QStringLiteral("compare"), "lrurec"}, {QStringLiteral("user"), "lrurec"}, {QStringLiteral("latency"), "lrurec"}};

void chooseRunFor(const QString& page, WorkbenchContext& context, const SelectionState& usual)
{
    SelectionState state = usual;
    for (const Special& special : specials) {
        for (const RunRecord& run : context.library.runs()) {
            const bool fits = special.page == page && run.model == special.model && run.status == RunStatus::Finished
                && QString::fromStdString(run.dataset) == usual.dataset;
            if (fits && state.runB == usual.runB)
                state.runB = QString::fromStdString(run.id);
        }
    }
    context.selection.restore(state);
}

// What takes a moment over many users is measured when asked for: a picture without it says little.
void measureStaleness(const MainWindow& window)
{
    if (auto* button = window.findChild<QPushButton*>(QStringLiteral("tokensMeasure")); button && button->isVisible())
        button->click();
}

} // namespace

int takeScreenshots(Workbench& workbench, const QString& folder, const QString& size)
{
    const QString width = size.section(u'x', 0, 0);
    const QString height = size.section(u'x', 1, 1);
    if (width.toInt() < 800 || height.toInt() < 600 || !QDir().mkpath(folder)) {
        std::fprintf(stderr, "error: the size must be at least 800x600 and the folder must be writable\n");
        return 2;
    }
    MainWindow& window = workbench.window();
    window.setMinimumSize(0, 0);
    window.resize(width.toInt(), height.toInt());
    settle(workbench);
    fillSelection(workbench.context());
    const QString theme = workbench.theme().isDark() ? QStringLiteral("dark") : QStringLiteral("light");
    const SelectionState usual = workbench.context().selection.state();
    for (const QString& id : window.viewIds()) {
        chooseRunFor(id, workbench.context(), usual);
        window.openView(id);
        const bool opened = settle(workbench);
        measureStaleness(window);
        if (!opened || !settle(workbench)) {
            std::fprintf(stderr, "error: the page %s did not finish its work in a minute\n", qPrintable(id));
            return 1;
        }
        const QString file = QDir(folder).filePath(QStringLiteral("%1-%2.png").arg(id, theme));
        if (!window.grab().save(file)) {
            std::fprintf(stderr, "error: %s could not be written\n", qPrintable(file));
            return 6;
        }
        std::printf("%s\n", qPrintable(file));
    }
    return 0;
}

} // namespace recoscope
