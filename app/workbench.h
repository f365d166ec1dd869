// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Everything the window needs, made in order and destroyed in the opposite one: workspace, jobs, selection, library,
// training queue, look, window. GUI thread.
#pragma once

#include <memory>
#include <optional>

#include <QStringList>
#include <QUndoStack>

#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/main_window.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

class Workbench : public QObject {
    Q_OBJECT

public:
    // "" = the platform's data folder. `headless` neither reads nor writes the user's settings. Throws Error.
    Workbench(const QString& workspaceFolder, bool headless);
    ~Workbench() override;

    const Theme& theme() const { return m_theme; }
    // The theme of this start, not remembered as the user's choice.
    void setThemeOnce(ThemeMode mode);
    WorkbenchContext& context() { return *m_session->context; }
    MainWindow& window() { return *m_session->window; }
    void open(); // shows the window
    void openSample(); // makes the sample dataset on first use
    void openFiles(const QStringList& files);

private:
    // What belongs to one workspace; replaced as a whole when another is opened.
    struct Session {
        Session(std::shared_ptr<Workspace> workspace, Theme& theme);
        std::shared_ptr<Workspace> workspace;
        QUndoStack undo;
        Navigator navigator;
        Selection selection{&undo};
        Jobs jobs;
        Library library;
        TrainingQueue training;
        std::unique_ptr<WorkbenchContext> context;
        std::unique_ptr<MainWindow> window;
    };
    void startSession(std::shared_ptr<Workspace> workspace);
    void openWorkspace(const QString& folder);
    void restoreTheme();
    void saveTheme();

    Theme m_theme;
    std::optional<ThemeMode> m_themeOnce; // until another is chosen
    bool m_headless;
    std::unique_ptr<Session> m_session;
};

} // namespace recoscope
