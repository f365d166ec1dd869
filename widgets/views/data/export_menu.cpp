// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/export_menu.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>

#include "engine/data/dataset_export.h"
#include "engine/workspace/workspace.h"
#include "widgets/core/jobs.h"
#include "widgets/core/selection.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

ExportMenu::ExportMenu(WorkbenchContext& context, std::function<Protocol()> protocol, QWidget* parent)
    : QPushButton(tr("Export…"), parent)
    , m_context(context)
    , m_protocol(std::move(protocol))
{
    setNames(this, QStringLiteral("dataExport"), tr("Export the dataset"));
    setAutoDefault(false);
    setThemedIcon(context.theme, this, QStringLiteral("download"));
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("dataExportMenu"));
    setMenu(menu);
    addEntry(tr("Filtered and split events as CSV…"), QStringLiteral("exportEvents"), QStringLiteral("events"),
        [](const PreparedData& data, const Path& file, Progress& progress) {
            writeSequencesCsv(data, file, progress);
        });
    addEntry(tr("Statistics as CSV…"), QStringLiteral("exportStatistics"), QStringLiteral("statistics"),
        [](const PreparedData& data, const Path& file, Progress& progress) {
            writeStatisticsCsv(computeStatistics(*data.dataset(), progress), file);
        });
    addEntry(tr("Statistics after the filter as CSV…"), QStringLiteral("exportPrepared"),
        QStringLiteral("filtered-statistics"), [](const PreparedData& data, const Path& file, Progress& progress) {
            writeStatisticsCsv(computeStatistics(data, progress), file);
        });
    addEntry(tr("Lint findings as CSV…"), QStringLiteral("exportFindings"), QStringLiteral("lint"),
        [](const PreparedData& data, const Path& file, Progress& progress) {
            writeFindingsCsv(lintDataset(data, progress), file);
        });
}

void ExportMenu::addEntry(const QString& text, const QString& name, const QString& suffix, Writer write)
{
    QAction* action = menu()->addAction(text);
    action->setObjectName(name);
    connect(action, &QAction::triggered, this, [this, suffix, write = std::move(write)] { ask(suffix, write); });
}

void ExportMenu::ask(const QString& suffix, const Writer& write)
{
    const QString dataset = m_context.selection.dataset();
    const QString file = QFileDialog::getSaveFileName(
        window(), tr("Export the dataset"), QStringLiteral("%1-%2.csv").arg(dataset, suffix), tr("CSV file (*.csv)"));
    if (file.isEmpty())
        return;
    m_context.jobs.run(
        {JobLane::Work, tr("Export %1").arg(QFileInfo(file).fileName()), {}}, this,
        [workspace = m_context.workspace, dataset = dataset.toStdString(), protocol = m_protocol(),
            path = Path(file.toStdString()),
            write](Progress& progress) { write(*workspace->prepareData(dataset, protocol, progress), path, progress); },
        [this, file] { emit m_context.navigator.messageRequested(tr("%1 is written.").arg(file)); },
        [this](const JobFailure& failure) { emit failed(failure); });
}

} // namespace recoscope
