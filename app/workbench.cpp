// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/workbench.h"

#include <QMessageBox>
#include <QSettings>
#include <QTimer>

#include "engine/workspace/workspace.h"

namespace recoscope {

Workbench::Session::Session(const QString& folder, Theme& theme)
    : workspace(std::make_shared<Workspace>(folder.isEmpty() ? Workspace::defaultFolder() : Path(folder.toStdString())))
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
    startSession(workspaceFolder);
}

Workbench::~Workbench() = default;

void Workbench::startSession(const QString& folder)
{
    m_session = std::make_unique<Session>(folder, m_theme);
    connect(m_session->window.get(), &MainWindow::workspaceChosen, this, [this](const QString& chosen) {
        // The window that asked is replaced, so its signal has to return first.
        QTimer::singleShot(0, this, [this, chosen] {
            const QRect geometry = window().geometry();
            const QString before = QString::fromStdString(m_session->workspace->folder().string());
            window().close();
            m_session.reset();
            try {
                startSession(chosen);
                QSettings().setValue(QStringLiteral("workspace"), chosen);
            } catch (const Error& error) {
                startSession(before);
                QMessageBox::warning(
                    nullptr, tr("Open workspace"), QString::fromStdString(error.message() + "\n\n" + error.hint()));
            }
            window().setGeometry(geometry);
            window().show();
        });
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

void Workbench::importFiles(const QStringList& files)
{
    if (!files.isEmpty())
        emit m_session->navigator.importRequested(files);
}

void Workbench::restoreTheme()
{
    const QSettings settings;
    m_theme.setMode(static_cast<ThemeMode>(std::clamp(settings.value(QStringLiteral("theme"), 0).toInt(), 0, 2)));
    m_theme.setTextScale(settings.value(QStringLiteral("textScale"), 1.0).toDouble());
    m_theme.setDensity(static_cast<Density>(std::clamp(settings.value(QStringLiteral("density"), 0).toInt(), 0, 2)));
}

void Workbench::saveTheme() const
{
    if (m_headless)
        return;
    QSettings settings;
    settings.setValue(QStringLiteral("theme"), static_cast<int>(m_theme.mode()));
    settings.setValue(QStringLiteral("textScale"), m_theme.textScale());
    settings.setValue(QStringLiteral("density"), static_cast<int>(m_theme.density()));
}

} // namespace recoscope
