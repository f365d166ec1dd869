// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the tests of the pages share: a small real workspace (generated data; SASRec, LRURec and a counting model
// trained for a moment, made once per test program) and the context a page is given. Pictures of the pages are written
// when RECOSCOPE_PAGE_PICTURES names a folder.
#pragma once

#include <QApplication>
#include <QDir>
#include <QPixmap>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

#include <memory>

#include "engine/workspace/workspace.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"
#include "widgets/views/view.h"

namespace recoscope {

class PageWorld {
public:
    PageWorld()
    {
        workspace = std::make_shared<Workspace>(folder.path().toStdString());
        Progress progress;
        const Json parameters = {{"users", 160}, {"items", 120}, {"long_range", 0.2}, {"distance", 2}};
        workspace->generate(parameters, 11, "small", progress);
        const Json two = {{"epochs", 2}, {"batch_size", 32}};
        const Json heads = {{"epochs", 2}, {"batch_size", 32}, {"heads", 2}};
        sasrec = train("sasrec", heads, {});
        lrurec = train("lrurec", two, {});
        markov = train("markov", Json::object(), {});
        otherProtocol = train("most_popular", Json::object(), {{"mask_seen", "none"}});
        undo = std::make_unique<QUndoStack>();
        selection = std::make_unique<Selection>(undo.get());
        jobs = std::make_unique<Jobs>();
        theme = std::make_unique<Theme>();
        theme->setMode(ThemeMode::Light);
        theme->apply();
        library = std::make_unique<Library>(workspace, *jobs, *selection);
        training = std::make_unique<TrainingQueue>(workspace, *jobs);
        context.reset(
            new WorkbenchContext{*selection, *jobs, *library, *training, workspace, *theme, *undo, navigator});
    }

    // The small dataset, SASRec as A, LRURec as B and a user, with the lists of the library loaded.
    void choose()
    {
        SelectionState state;
        state.dataset = QStringLiteral("small");
        state.runA = QString::fromStdString(sasrec);
        state.runB = QString::fromStdString(lrurec);
        state.user = 7;
        state.layer = state.head = 0;
        selection->restore(state);
        library->refresh();
        QTRY_VERIFY_WITH_TIMEOUT(library->dataset() && library->runs().size() >= 4, 20000);
    }

    // Shows a page as large as on a common screen; the caller owns it.
    template <class Page> std::unique_ptr<Page> open()
    {
        auto page = std::make_unique<Page>(*context);
        if constexpr (std::is_base_of_v<View, Page>) {
            while (!page->isComplete())
                page->makeNextPart();
        }
        page->resize(1272, 790);
        page->setAutoFillBackground(true);
        page->setVisible(true);
        [&] { QVERIFY(QTest::qWaitForWindowExposed(page.get())); }();
        page->activate();
        return page;
    }

    void settle() const
    {
        QTRY_VERIFY_WITH_TIMEOUT(jobs->active().empty(), 60000);
        QCoreApplication::processEvents();
    }

    void picture(QWidget& page, const QString& name)
    {
        const QString target = qEnvironmentVariable("RECOSCOPE_PAGE_PICTURES");
        if (target.isEmpty())
            return;
        QDir().mkpath(target);
        const QSize usual = page.size();
        for (const ThemeMode mode : {ThemeMode::Light, ThemeMode::Dark}) {
            theme->setMode(mode);
            theme->apply();
            QCoreApplication::processEvents();
            page.grab().save(QDir(target).filePath(name + (mode == ThemeMode::Dark ? u"-dark.png" : u"-light.png")));
        }
        theme->setMode(ThemeMode::Light);
        theme->apply();
        // What is left of a window of 1100 x 700.
        if (auto* view = dynamic_cast<View*>(&page)) {
            view->setNarrow(true);
            page.resize(1052, 592);
            QCoreApplication::processEvents();
            page.grab().save(QDir(target).filePath(name + u"-narrow.png"));
            view->setNarrow(false);
            page.resize(usual);
            QCoreApplication::processEvents();
        }
    }

    RunId train(const std::string& model, const Json& parameters, const std::map<std::string, std::string>& protocol)
    {
        Workspace::NewRun request;
        request.dataset = "small";
        request.model = model;
        request.parameters = parameters;
        request.device = "cpu";
        request.protocol.set("filter", "none");
        for (const auto& [key, value] : protocol)
            request.protocol.set(key, value);
        const RunId id = workspace->createRun(request);
        TrainControl control;
        Progress progress;
        workspace->execute(id, control, {}, progress);
        return id;
    }

    QTemporaryDir folder;
    std::shared_ptr<Workspace> workspace;
    RunId sasrec, lrurec, markov, otherProtocol;
    std::unique_ptr<QUndoStack> undo;
    std::unique_ptr<Selection> selection;
    std::unique_ptr<Jobs> jobs;
    std::unique_ptr<Theme> theme;
    std::unique_ptr<Library> library;
    std::unique_ptr<TrainingQueue> training;
    Navigator navigator;
    std::unique_ptr<WorkbenchContext> context;
};

} // namespace recoscope
