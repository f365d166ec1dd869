// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench.h"

#include <QMessageBox>
#include <QSettings>
#include <QTimer>

#include "engine/workspace/workspace.h"

namespace recoscope {

Workbench::Session::Session(std::shared_ptr<Workspace> opened, Theme& theme)
    : workspace(std::move(opened))
    , library(workspace, jobs, selection)
    , training(workspace, jobs)
    , context(new WorkbenchContext{selection, jobs, library, training, workspace, theme, undo, navigator})
    , window(std::make_unique<MainWindow>(*context))
{
}

Workbench::Workbench(const QString& workspaceFolder, bool headless)
    : m_headless(headless)
{
    if (!headless)
        restoreTheme();
    m_theme.apply();
    connect(&m_theme, &Theme::changed, this, &Workbench::saveTheme);
    startSession(std::make_shared<Workspace>(
        workspaceFolder.isEmpty() ? Workspace::defaultFolder() : Path(workspaceFolder.toStdString())));
}

Workbench::~Workbench() = default;

void Workbench::startSession(std::shared_ptr<Workspace> workspace)
{
    m_session = std::make_unique<Session>(std::move(workspace), m_theme);
    connect(m_session->window.get(), &MainWindow::workspaceChosen, this, &Workbench::openWorkspace);
}

// The present session stays until the other workspace is open, and for good when it cannot be opened.
void Workbench::openWorkspace(const QString& folder)
{
    m_session->jobs.run(
        {JobLane::Inspect, tr("Open workspace"), QStringLiteral("open-workspace")}, this,
        [path = Path(folder.toStdString())](Progress&) { return std::make_shared<Workspace>(path); },
        [this, folder](const std::shared_ptr<Workspace>& workspace) {
            // The window that asked and the jobs that answer are replaced, so their signals have to return first.
            QTimer::singleShot(0, this, [this, folder, workspace] {
                const QRect geometry = window().geometry();
                window().close();
                startSession(workspace);
                QSettings().setValue(QStringLiteral("workspace"), folder);
                window().setGeometry(geometry);
                window().show();
            });
        },
        [this](const JobFailure& failure) {
            QMessageBox::warning(
                &window(), tr("Open workspace"), failure.message + QStringLiteral("\n\n") + failure.hint);
        });
}

void Workbench::open()
{
    window().show();
}

void Workbench::openSample()
{
    emit m_session->navigator.sampleRequested();
}

void Workbench::openFiles(const QStringList& files)
{
    if (!files.isEmpty())
        emit m_session->navigator.openRequested(files);
}

void Workbench::restoreTheme()
{
    const QSettings settings;
    m_theme.setMode(static_cast<ThemeMode>(std::clamp(settings.value(QStringLiteral("theme"), 0).toInt(), 0, 2)));
    m_theme.setTextScale(settings.value(QStringLiteral("textScale"), 1.0).toDouble());
    m_theme.setDensity(static_cast<Density>(std::clamp(settings.value(QStringLiteral("density"), 0).toInt(), 0, 2)));
}

void Workbench::setThemeOnce(ThemeMode mode)
{
    m_themeOnce = mode;
    m_theme.setMode(mode);
}

void Workbench::saveTheme()
{
    if (m_headless)
        return;
    QSettings settings;
    if (m_theme.mode() != m_themeOnce) {
        m_themeOnce.reset();
        settings.setValue(QStringLiteral("theme"), static_cast<int>(m_theme.mode()));
    }
    settings.setValue(QStringLiteral("textScale"), m_theme.textScale());
    settings.setValue(QStringLiteral("density"), static_cast<int>(m_theme.density()));
}

} // namespace recoscope
