// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/sweep_panel.h"

#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QMenu>
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
          {{{tr("Sweep"), {}, false, 0}, [](const Row& row) { return row.name; }, {},
               [this](const Row& row, int role) { return role == RunSlotRole ? slotOf(row.name) : QVariant(); }},
              {{tr("Runs"), tr("Done, of all"), true, 62},
                  [](const Row& row) { return QStringLiteral("%1 / %2").arg(row.done).arg(row.total()); },
                  [](const Row& row) { return QVariant(row.done); }},
              {{tr("State"), {}, false, 78},
                  [](const Row& row) {
                      return row.training > 0 ? tr("training")
                          : row.waiting > 0   ? tr("waiting")
                          : row.failed > 0    ? tr("%n failed", nullptr, row.failed)
                          : row.open > 0      ? tr("stopped")
                                              : tr("done");
                  },
                  {}}},
          this))
    , m_table(new RowTable(context.theme, m_rows, QStringLiteral("scalingSweepTable"), tr("Sweeps")))
    , m_cancel(makeButton(tr("Cancel the rest"), QStringLiteral("scalingCancel"), ButtonKind::Danger))
    , m_goOn(makeButton(tr("Go on"), QStringLiteral("scalingGoOn")))
    , m_compare(makeButton(tr("Compare with"), QStringLiteral("scalingCompare")))
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
    m_compare->setToolTip(tr("Draws other sweeps in the same chart, each with its own law: three at most"));
    m_compare->setMenu(new QMenu(m_compare));
    row->addWidget(m_compare);
    row->addStretch(1);
    row->addWidget(m_goOn);
    row->addWidget(m_cancel);
    column->addLayout(row);
    setBodyMargins(0, 0, 0, 4);
    setContent(body);
    connect(m_compare->menu(), &QMenu::aboutToShow, this, &SweepPanel::fillCompare);
    connect(create, &QPushButton::clicked, this, &SweepPanel::newRequested);
    connect(m_cancel, &QPushButton::clicked, this, &SweepPanel::cancelRest);
    connect(m_goOn, &QPushButton::clicked, this, &SweepPanel::goOn);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (m_filling || !index.isValid())
            return;
        m_current = m_rows->rowAt(index.row()).name;
        choosePlace();
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
    for (QString& drawn : m_places)
        if (placeOf(drawn) < 0)
            drawn.clear();
    choosePlace();
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

QStringList SweepPanel::drawn() const
{
    QStringList sweeps{m_current};
    for (const QString& sweep : m_places)
        if (!sweep.isEmpty() && sweep != m_current)
            sweeps << sweep;
    return sweeps;
}

int SweepPanel::slotOf(const QString& sweep) const
{
    const auto found = std::find(m_places.begin(), m_places.end(), sweep);
    return found == m_places.end() || sweep.isEmpty() ? -1
                                                      : slotOfGroup(static_cast<std::size_t>(found - m_places.begin()));
}

// A sweep that is not in the chart takes the place of the one that was chosen before.
void SweepPanel::choosePlace()
{
    if (!m_current.isEmpty() && slotOf(m_current) < 0) {
        auto place = std::find(m_places.begin(), m_places.end(), m_leading);
        if (place == m_places.end()) // it is gone, and so its place is free
            place = std::find(m_places.begin(), m_places.end(), QString());
        *place = m_current;
    }
    m_leading = m_current;
    m_table->viewport()->update();
}

void SweepPanel::fillCompare()
{
    m_compare->menu()->clear();
    const bool isFull = std::find(m_places.begin(), m_places.end(), QString()) == m_places.end();
    for (const Row& row : m_rows->rows()) {
        if (row.name == m_current)
            continue;
        QAction* action = m_compare->menu()->addAction(row.name);
        action->setCheckable(true);
        action->setChecked(slotOf(row.name) >= 0);
        action->setEnabled(action->isChecked() || !isFull);
        connect(
            action, &QAction::toggled, this, [this, name = row.name](bool isChecked) { setBeside(name, isChecked); });
    }
}

void SweepPanel::setBeside(const QString& sweep, bool isBeside)
{
    const auto place = std::find(m_places.begin(), m_places.end(), isBeside ? QString() : sweep);
    if (place == m_places.end())
        return;
    *place = isBeside ? sweep : QString();
    m_table->viewport()->update();
    emit sweepChosen();
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
    m_compare->setVisible(m_rows->rows().size() > 1);
    m_cancel->setVisible(row.waiting + row.training > 0);
    m_goOn->setVisible(row.waiting + row.training == 0 && row.open > 0);
}

void SweepPanel::cancelRest()
{
    m_context.training.cancelTagged(sweepTag + m_current.toStdString());
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
