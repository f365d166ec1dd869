// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/open_files.h"

#include <QFileInfo>
#include <QMessageBox>

#include "engine/workspace/bundle.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/frame/adopt_dialog.h"
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
        [this](const RunRecord& run) { showNewRun(run); },
        [this](const JobFailure& failure) { warn(tr("Add a run"), failure); });
}

void OpenFiles::showNewRun(const RunRecord& run)
{
    const QString name = QString::fromStdString(run.name);
    m_context.library.refresh();
    m_context.selection.setDataset(QString::fromStdString(run.dataset)); // the library does not know the run yet
    m_context.selection.setRunA(QString::fromStdString(run.id));
    emit m_context.navigator.viewRequested(QStringLiteral("runs"));
    emit m_context.navigator.messageRequested(tr("%1 is in the workspace.").arg(name));
}

void OpenFiles::askHowToAdopt(const CheckpointContents& contents)
{
    auto* dialog = new AdoptDialog(m_context, contents.file, contents.kind, m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &AdoptDialog::adoptionChosen, this, &OpenFiles::adopt);
    dialog->open();
}

void OpenFiles::adopt(const Workspace::Adoption& adoption)
{
    m_context.jobs.run(
        {JobLane::Work, tr("Adopt %1").arg(QString::fromStdString(adoption.weights.filename().string())), {}}, this,
        [workspace = m_context.workspace, adoption](
            Progress& progress) { return workspace->adopt(adoption, progress); },
        [this](const RunRecord& run) { showNewRun(run); },
        [this](const JobFailure& failure) { warn(tr("Adopt a checkpoint"), failure); });
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
    connect(dialog, &CheckpointDialog::adoptionRequested, this, [this, contents] { askHowToAdopt(contents); });
    dialog->open();
}

} // namespace recoscope
