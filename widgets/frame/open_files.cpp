// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/open_files.h"

#include <QFileInfo>
#include <QMessageBox>

#include "engine/workspace/bundle.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/views/context.h"

namespace recoscope {

OpenFiles::OpenFiles(WorkbenchContext& context, QWidget* window)
    : QObject(window)
    , m_context(context)
    , m_window(window)
{
}

QString OpenFiles::runOf(const QString& file) const
{
    const QFileInfo folder(QFileInfo(file).absolutePath());
    const QString id = folder.fileName();
    const QFileInfo own(QString::fromStdString(m_context.workspace->runFolder(id.toStdString()).string()));
    return m_context.library.run(id) && own.absoluteFilePath() == folder.absoluteFilePath() ? id : QString();
}

void OpenFiles::warn(const QString& title, const JobFailure& failure)
{
    if (failure.kind == ErrorKind::Cancelled)
        return;
    auto* box = new QMessageBox(QMessageBox::Warning, title, failure.message + QStringLiteral("\n\n") + failure.hint,
        QMessageBox::Ok, m_window);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void OpenFiles::openCheckpoint(const QString& file)
{
    m_context.jobs.run(
        {JobLane::Inspect, tr("Read %1").arg(QFileInfo(file).fileName()), QStringLiteral("checkpoint")}, this,
        [file](Progress& progress) { return readCheckpoint(file, progress); },
        [this](const CheckpointContents& contents) { show(contents); },
        [this](const JobFailure& failure) { warn(tr("Open checkpoint"), failure); });
}

void OpenFiles::addBundle(const QString& file)
{
    m_context.jobs.run(
        {JobLane::Work, tr("Add the run of %1").arg(QFileInfo(file).fileName()), {}}, this,
        [workspace = m_context.workspace, file](
            Progress& progress) { return importBundle(*workspace, Path(file.toStdString()), progress); },
        [this](const RunRecord& run) {
            const QString name = QString::fromStdString(run.name);
            m_context.library.refresh();
            m_context.selection.setRunA(QString::fromStdString(run.id));
            emit m_context.navigator.viewRequested(QStringLiteral("runs"));
            emit m_context.navigator.messageRequested(tr("%1 is in the workspace.").arg(name));
        },
        [this](const JobFailure& failure) { warn(tr("Add a run"), failure); });
}

void OpenFiles::show(const CheckpointContents& contents)
{
    const QString run = runOf(contents.file);
    auto* dialog = new CheckpointDialog(m_context.theme, contents, !run.isEmpty(), m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &CheckpointDialog::runRequested, this, [this, run] {
        m_context.selection.setRunA(run);
        emit m_context.navigator.viewRequested(QStringLiteral("runs"));
    });
    dialog->open();
}

} // namespace recoscope
