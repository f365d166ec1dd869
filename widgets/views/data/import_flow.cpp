// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/import_flow.h"

#include <QFileDialog>
#include <QMessageBox>

#include "engine/data/generator.h"
#include "engine/workspace/workspace.h"
#include "widgets/core/encoder_package.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/views/context.h"
#include "widgets/views/data/download_dialog.h"
#include "widgets/views/data/import_dialog.h"
#include "widgets/views/data/text_vectors_dialog.h"

namespace recoscope {

namespace {

constexpr const char* sampleName = "sample";
constexpr std::uint64_t sampleSeed = 7;

} // namespace

ImportFlow::ImportFlow(WorkbenchContext& context, QWidget* window)
    : QObject(window)
    , m_context(context)
    , m_window(window)
{
    connect(&context.navigator, &Navigator::importRequested, this, &ImportFlow::ask);
    connect(&context.navigator, &Navigator::sampleRequested, this, &ImportFlow::openSample);
    connect(&context.navigator, &Navigator::downloadRequested, this, &ImportFlow::askForArchive);
    connect(&context.navigator, &Navigator::textVectorsRequested, this, &ImportFlow::askForTextVectors);
}

void ImportFlow::ask(const QStringList& files)
{
    if (files.isEmpty()) {
        const QStringList chosen
            = QFileDialog::getOpenFileNames(m_window, tr("Open interactions, a checkpoint or a run"));
        if (!chosen.isEmpty())
            emit m_context.navigator.openRequested(chosen);
        return;
    }
    for (const QString& file : files) {
        auto* dialog = new ImportDialog(m_context, file, m_window);
        connect(dialog, &ImportDialog::accepted, this, [this, dialog] { import(dialog); });
        connect(dialog, &ImportDialog::rejected, dialog, &QObject::deleteLater);
        dialog->open();
    }
}

void ImportFlow::import(ImportDialog* dialog)
{
    const QString name = dialog->datasetName();
    const JobId job = m_context.jobs.run(
        {JobLane::Work, tr("Import %1").arg(name), {}}, dialog,
        [workspace = m_context.workspace, source = dialog->source(), name = name.toStdString(),
            options = dialog->options()](
            Progress& progress) { return workspace->importFile(source, name, options, progress); },
        [this, name, dialog](const std::shared_ptr<const Dataset>&) {
            dialog->deleteLater();
            opened(name);
        },
        [dialog](const JobFailure& failure) {
            dialog->showFailure(failure);
            dialog->open();
        });
    connect(&m_context.jobs, &Jobs::cancelled, dialog, [dialog, job](JobId id) {
        if (id == job)
            dialog->deleteLater();
    });
}

void ImportFlow::openSample()
{
    if (m_context.library.datasetRecord(QLatin1String(sampleName))) {
        opened(QLatin1String(sampleName));
        return;
    }
    m_context.jobs.run(
        {JobLane::Work, tr("Open the sample"), {}}, this,
        [workspace = m_context.workspace](Progress& progress) {
            // The list above may not have been read yet, or another program may just have made the sample.
            for (const DatasetRecord& record : workspace->store().datasets()) {
                if (record.name == sampleName)
                    return workspace->openDataset(sampleName);
            }
            Json parameters = Json::object();
            for (const GeneratorPreset& preset : generatorPresets()) {
                if (preset.name == "tour")
                    parameters = preset.parameters;
            }
            return workspace->generate(parameters, sampleSeed, sampleName, progress);
        },
        [this](const std::shared_ptr<const Dataset>&) { opened(QLatin1String(sampleName)); },
        [this](const JobFailure& failure) {
            QMessageBox::warning(m_window, tr("Open sample"), failure.message + QStringLiteral("\n\n") + failure.hint);
        });
}

void ImportFlow::opened(const QString& name)
{
    m_context.library.refresh();
    m_context.selection.setDataset(name);
    emit m_context.navigator.viewRequested(QStringLiteral("data"));
    emit m_context.navigator.messageRequested(tr("%1 is open.").arg(name));
}

void ImportFlow::askForArchive()
{
    auto* dialog = new DownloadDialog(m_context, downloadableArchives(), {}, m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &DownloadDialog::accepted, this, [this, dialog] { opened(dialog->datasetName()); });
    dialog->open();
}

void ImportFlow::askForTextVectors()
{
    auto* dialog = new TextVectorsDialog(m_context, encoderScript(), m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

} // namespace recoscope
