// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/estimate_box.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "engine/core/error.h"
#include "engine/models/registry.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

EstimateBox::EstimateBox(WorkbenchContext& context, QWidget* parent)
    : QFrame(parent)
    , m_context(context)
    , m_note(makeLabel({}, "error"))
{
    setAccessibleName(tr("Estimate"));
    setProperty("sunk", true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 6, 8, 8);
    column->setSpacing(2);
    auto* head = new QHBoxLayout;
    head->addWidget(makeLabel(tr("ESTIMATE"), "group"), 1);
    QPushButton* measure = makeButton(tr("Measure"), QStringLiteral("trainEstimate"), ButtonKind::Link);
    measure->setProperty("small", true);
    measure->setToolTip(tr("Trains a few steps on copies; takes some seconds."));
    connect(measure, &QPushButton::clicked, this, &EstimateBox::measureRequested);
    head->addWidget(measure);
    column->addLayout(head);
    m_time = addRow(tr("Time"), QStringLiteral("estimateTime"));
    m_memory = addRow(tr("Peak memory"), QStringLiteral("estimateMemory"));
    m_parameters = addRow(tr("Parameters"), QStringLiteral("estimateParameters"));
    m_equal = addRow(tr("Equal to"), QStringLiteral("estimateEqual"));
    setNames(m_note, QStringLiteral("estimateNote"), tr("Note on the estimate"));
    m_note->setWordWrap(true);
    column->addWidget(m_note);
    forget();
}

QLabel* EstimateBox::addRow(const QString& label, const QString& name)
{
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 4, 0);
    QLabel* value = makeLabel({}, "strong");
    setNames(value, name, label);
    value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    value->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    row->addWidget(makeLabel(label, "secondary"));
    row->addWidget(value, 1);
    static_cast<QVBoxLayout*>(layout())->addLayout(row);
    return value;
}

void EstimateBox::forget()
{
    m_context.jobs.cancelKey(QStringLiteral("train-estimate"));
    for (QLabel* value : {m_time, m_memory, m_parameters, m_equal})
        value->setText(format::missing());
    m_note->hide();
}

void EstimateBox::showError(const QString& text)
{
    forget();
    m_note->setText(text);
    m_note->show();
}

void EstimateBox::measure(const std::vector<Workspace::NewRun>& runs)
{
    forget();
    if (runs.empty() || runs.front().dataset.empty())
        return;
    showEarlier(runs.front());
    m_time->setText(tr("measuring…"));
    m_context.jobs.run(
        {JobLane::Inspect, tr("Estimate the training"), QStringLiteral("train-estimate")}, this,
        [workspace = m_context.workspace, run = runs.front()](
            Progress& progress) { return workspace->estimate(run, progress); },
        [this, count = runs.size()](const TrainEstimate& estimate) { show(estimate, count); },
        [this](const JobFailure& failure) { showError(failure.message + u' ' + failure.hint); });
}

void EstimateBox::show(const TrainEstimate& estimate, std::size_t runs)
{
    const auto n = static_cast<double>(runs);
    const double epochs = estimate.secondsPerEpoch > 0 ? estimate.secondsTotal / estimate.secondsPerEpoch : 1.0;
    const QString time = format::duration(estimate.secondsTotal * n);
    m_time->setText(estimate.secondsPerEpochError > 0
            ? tr("%1 ± %2").arg(time, format::duration(estimate.secondsPerEpochError * epochs * n))
            : tr("about %1").arg(time));
    m_time->setToolTip(
        tr("%1 an epoch; early stopping may end it sooner").arg(format::duration(estimate.secondsPerEpoch)));
    const auto machine = static_cast<qint64>(physicalMemoryBytes());
    m_memory->setText(tr("%1 of %2").arg(format::bytes(estimate.peakMemoryBytes), format::bytes(machine)));
    m_memory->setToolTip(tr("%1 of it is held already, with this window and the prepared data")
                             .arg(format::bytes(estimate.heldMemoryBytes)));
    m_parameters->setText(estimate.parameterCount > 0 ? format::count(estimate.parameterCount) : tr("counts, none"));
    if (machine > 0 && estimate.peakMemoryBytes > machine) {
        m_note->setText(tr("This needs more memory than the machine has. Choose a smaller batch, width or length."));
        m_note->show();
    }
}

void EstimateBox::showEarlier(const Workspace::NewRun& run)
{
    m_equal->setText(tr("no earlier run"));
    const DatasetRecord* dataset = m_context.library.datasetRecord(QString::fromStdString(run.dataset));
    if (!dataset)
        return;
    const Json parameters = fullSchema(findModel(run.model)).validate(run.parameters);
    const std::string protocol = run.protocol.hash();
    const auto& earlier = m_context.library.runs();
    const auto found = std::find_if(earlier.begin(), earlier.end(), [&](const RunRecord& other) {
        return other.status == RunStatus::Finished && other.model == run.model && other.seed == run.seed
            && other.datasetHash == dataset->hash && other.protocolHash == protocol
            && sameSettings(run.model, other.parameters, parameters);
    });
    if (found == earlier.end())
        return;
    m_equal->setText(QString::fromStdString(found->name));
    m_equal->setToolTip(tr("The same data, protocol, parameters and seed give the same result on a CPU."));
}

} // namespace recoscope
