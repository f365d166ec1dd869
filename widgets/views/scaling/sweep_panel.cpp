// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/sweep_panel.h"

#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

#include "engine/workspace/sweep_results.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/run_words.h"
#include "widgets/views/context.h"
#include "widgets/views/scaling/least_rows.h"

namespace recoscope {

SweepPanel::SweepPanel(WorkbenchContext& context, QWidget* parent)
    : Panel(context.theme, tr("Sweeps"), QStringLiteral("scalingSweeps"), parent)
    , m_context(context)
    , m_rows(new RowTableModel<Row>(
          {{{tr("Sweep"), {}, false, 0}, [](const Row& row) { return row.name; }, {}},
              {{tr("Runs"), tr("Done, of all"), true, 62},
                  [](const Row& row) { return QStringLiteral("%1 / %2").arg(row.done).arg(row.total()); },
                  [](const Row& row) { return QVariant(row.done); }},
              {{tr("State"), {}, false, 78},
                  [](const Row& row) {
                      return row.training > 0 ? tr("training")
                          : row.waiting > 0   ? tr("waiting")
                          : row.failed > 0    ? tr("%n failed", nullptr, row.failed)
                          : row.open > 0      ? tr("unfinished")
                                              : tr("done");
                  },
                  {}}},
          this))
    , m_table(new RowTable(context.theme, m_rows, QStringLiteral("scalingSweepTable"), tr("Sweeps")))
    , m_cancel(makeButton(tr("Cancel the rest"), QStringLiteral("scalingCancel"), ButtonKind::Danger))
    , m_goOn(makeButton(tr("Go on"), QStringLiteral("scalingGoOn")))
{
    QPushButton* create = makeButton(tr("New sweep…"), QStringLiteral("scalingNew"), ButtonKind::Link);
    addControl(create);
    setEnlargeable(false);
    m_table->setStretchedColumn(0);
    keepLeastRows(*m_table, context.theme, 2);
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(m_table, 1);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(12, 0, 12, 4);
    row->addStretch(1);
    row->addWidget(m_goOn);
    row->addWidget(m_cancel);
    column->addLayout(row);
    setBodyMargins(0, 0, 0, 4);
    setContent(body);
    connect(create, &QPushButton::clicked, this, &SweepPanel::newRequested);
    connect(m_cancel, &QPushButton::clicked, this, &SweepPanel::cancelRest);
    connect(m_goOn, &QPushButton::clicked, this, &SweepPanel::goOn);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (m_filling || !index.isValid())
            return;
        m_current = m_rows->rowAt(index.row()).name;
        showButtons();
        emit sweepChosen();
    });
    showButtons();
}

std::vector<RunRecord> SweepPanel::runsOf(const QString& sweep) const
{
    std::vector<RunRecord> runs;
    for (const RunRecord& run : m_context.library.runs())
        if (run.dataset == m_context.selection.dataset().toStdString() && isOfSweep(run, sweep.toStdString()))
            runs.push_back(run);
    return runs;
}

SweepPanel::Row SweepPanel::rowOf(const std::string& sweep) const
{
    Row row;
    row.name = QString::fromStdString(sweep);
    const LiveRun* running = m_context.training.running();
    for (const RunRecord& run : runsOf(row.name)) {
        // Also one that another program trains.
        const bool trains = run.status == RunStatus::Running || (running && running->id == run.id);
        (hasResult(run)                            ? row.done
                : trains                           ? row.training
                : m_context.training.holds(run.id) ? row.waiting
                                                   : row.open)
            += 1;
        row.failed += run.status == RunStatus::Failed;
    }
    return row;
}

void SweepPanel::refresh()
{
    std::vector<Row> rows;
    for (const std::string& name : sweepNames(m_context.library.runs()))
        if (Row row = rowOf(name); row.total() > 0)
            rows.push_back(std::move(row));
    const auto placeOf = [&rows](const QString& name) {
        const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; });
        return found == rows.end() ? -1 : static_cast<int>(found - rows.begin());
    };
    if (!m_wanted.isEmpty() && placeOf(m_wanted) >= 0)
        m_current = std::exchange(m_wanted, {});
    if (placeOf(m_current) < 0)
        m_current = rows.empty() ? QString() : rows.front().name;
    const int place = placeOf(m_current);
    m_filling = true;
    m_rows->setRows(std::move(rows));
    if (place >= 0)
        m_table->setCurrentIndex(m_rows->index(m_rows->shownRow(place), 0));
    m_filling = false;
    showButtons();
}

QString SweepPanel::current() const
{
    return m_current;
}

void SweepPanel::choose(const QString& sweep)
{
    m_wanted = sweep;
}

int SweepPanel::count() const
{
    return static_cast<int>(m_rows->rows().size());
}

void SweepPanel::showButtons()
{
    const Row row = m_current.isEmpty() ? Row() : rowOf(m_current.toStdString());
    m_cancel->setVisible(row.waiting + row.training > 0);
    m_goOn->setVisible(row.waiting + row.training == 0 && row.open > 0);
}

void SweepPanel::cancelRest()
{
    m_context.training.cancelTagged(sweepTag + m_current.toStdString());
    m_context.library.refresh();
}

void SweepPanel::goOn()
{
    std::vector<RunRecord> runs = runsOf(m_current);
    std::reverse(runs.begin(), runs.end()); // as they were made: the cheapest first
    for (const RunRecord& run : runs)
        if (canResume(run) && !hasResult(run) && !m_context.training.holds(run.id))
            m_context.training.enqueueResume(run);
}

} // namespace recoscope
