// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/runs/runs_view.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QMessageBox>
#include <QPointer>
#include <QPushButton>
#include <QStackedWidget>
#include <QUndoStack>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

#include "engine/core/error.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/run_table_model.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/parallel_coordinates.h"
#include "widgets/views/context.h"
#include "widgets/views/runs/run_details.h"
#include "widgets/views/runs/run_groups.h"

namespace recoscope {

namespace {

constexpr int groupsWidth = 176;
constexpr int narrowGroupsWidth = 148;
constexpr int narrowDetailsWidth = 264;
constexpr int detailsWidth = 312;
constexpr int mostNamed = 12;
const QString loadKey = QStringLiteral("runs");

} // namespace

// The store is changed on redo and changed back on undo; the table follows when the library sees the change.
class RunsView::StoreCommand : public QUndoCommand {
public:
    StoreCommand(RunsView* view, const QString& text, StoreAction redo, StoreAction undo)
        : QUndoCommand(text)
        , m_view(view)
        , m_redo(std::move(redo))
        , m_undo(std::move(undo))
    {
    }

    void redo() override { run(m_redo); }
    void undo() override { run(m_undo); }

private:
    void run(const StoreAction& action)
    {
        if (m_view)
            m_view->runInStore(action);
    }

    QPointer<RunsView> m_view;
    StoreAction m_redo, m_undo;
};

RunsView::RunsView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Runs"), parent)
{
    setObjectName(QStringLiteral("runsView"));
    m_toBin = makeButton(tr("Move to bin"), QStringLiteral("runsToBin"));
    setThemedIcon(context.theme, m_toBin, QStringLiteral("trash-2"));
    m_restore = makeButton(tr("Restore"), QStringLiteral("runsRestore"));
    m_purge = makeButton(tr("Empty bin…"), QStringLiteral("runsPurge"), ButtonKind::Danger);
    m_compare = makeButton(tr("Compare runs"), QStringLiteral("runsCompare"), ButtonKind::Primary);
    for (QPushButton* button : {m_toBin, m_restore, m_purge, m_compare})
        addTitleAction(button);
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    contentLayout()->addLayout(row, 1);
    addPart([this, row] {
        row->addWidget(makeGroups());
        auto* middle = new QVBoxLayout;
        middle->setSpacing(12);
        row->addLayout(middle, 1);
        middle->addWidget(makeTable(), 3);
        middle->addWidget(makeParallel(), 2);
    });
    addPart([this, row] {
        m_detailsPanel = new Panel(this->context().theme, tr("Run"), QStringLiteral("runDetails"));
        m_detailsPanel->setEnlargeable(false);
        m_details = new RunDetails(this->context());
        m_detailsPanel->setContent(m_details);
        row->addWidget(m_detailsPanel);
    });
    addPart([this] {
        setNarrow(false);
        connectParts();
        refreshChosen();
    });
}

QWidget* RunsView::makeGroups()
{
    auto* panel = m_groupsPanel = new Panel(context().theme, tr("Folders"), QStringLiteral("runGroups"));
    panel->setEnlargeable(false);
    m_groups = new RunGroups(context().theme);
    panel->setBodyMargins(8, 0, 8, 8); // texts below the title, whose margin is a little wider
    panel->setContent(m_groups);
    return panel;
}

QWidget* RunsView::makeTable()
{
    Theme& theme = context().theme;
    m_tablePanel = new Panel(theme, tr("All runs"), QStringLiteral("runTable"));
    m_filter = new QLineEdit;
    setNames(m_filter, QStringLiteral("runFilter"), tr("Filter runs"));
    m_filter->setPlaceholderText(tr("Filter: model:lru ndcg@10>0.05 tag:paper"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMinimumWidth(theme.scaled(280));
    m_tablePanel->addControl(m_filter);
    m_model = new RunTableModel(this);
    m_model->setJobs(&context().jobs);
    m_table = new RowTable(theme, m_model, QStringLiteral("runTableView"), tr("Runs"));
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setDragEnabled(true);
    m_table->setExportHeader({tr("Runs"), {}, {}});
    m_empty = new EmptyState(theme, QStringLiteral("table-2"), tr("No runs in this workspace."));
    m_empty->addAction(
        tr("New training…"), QStringLiteral("runsNewTraining"), [this] { context().navigator.requestTraining({}); });
    m_noMatch = new EmptyState(theme, QStringLiteral("funnel"), tr("No run matches this filter."));
    m_noMatch->addAction(tr("Clear filter"), QStringLiteral("runsClearFilter"), [this] {
        m_filter->clear();
        m_parallel->clearBrushes();
        m_groups->chooseAll();
    });
    m_emptyBin = new EmptyState(theme, QStringLiteral("trash-2"), tr("The bin is empty."));
    m_tableStack = new QStackedWidget;
    for (QWidget* page : std::initializer_list<QWidget*>{m_table, m_empty, m_noMatch, m_emptyBin})
        m_tableStack->addWidget(page);
    m_tablePanel->setBodyMargins(0, 0, 0, 4);
    m_tablePanel->setContent(m_tableStack);
    m_tablePanel->setExportable(m_table);
    return m_tablePanel;
}

QWidget* RunsView::makeParallel()
{
    m_parallelPanel = new Panel(context().theme, tr("Parallel coordinates"), QStringLiteral("runParallel"));
    m_parallelPanel->setSubtitle(tr("drag along an axis to filter the table"));
    m_parallel = new ParallelCoordinates(context().theme, tr("Runs"), QStringLiteral("runParallel"));
    m_parallelPanel->setContent(m_parallel);
    m_parallelPanel->setExportable(m_parallel);
    return m_parallelPanel;
}

void RunsView::connectParts()
{
    connect(&context().library, &Library::runsChanged, this, &RunsView::load);
    connect(&context().selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & (SelectionFields(SelectionField::RunA) | SelectionField::RunB))
            m_model->setSlots({context().selection.runA(), context().selection.runB()});
    });
    connect(m_filter, &QLineEdit::textChanged, this, &RunsView::applyFilter);
    connect(m_groups, &RunGroups::chosenChanged, this, &RunsView::applyGroup);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &RunsView::refreshChosen);
    connect(m_model, &QAbstractItemModel::modelReset, this, &RunsView::refreshChosen);
    connect(m_model, &RunTableModel::shownChanged, this, &RunsView::showState);
    connect(m_model, &RunTableModel::shownChanged, this, &RunsView::reselect);
    connect(m_parallel, &ParallelCoordinates::brushed, this, &RunsView::applyGroup);
    connect(m_parallel, &ParallelCoordinates::lineClicked, this, [this](int line) {
        const int row = line < 0 ? -1 : m_model->rowOf(m_lines[static_cast<std::size_t>(line)]);
        if (row >= 0)
            m_table->selectRow(row);
    });
    connect(m_compare, &QPushButton::clicked, this, &RunsView::compareChosen);
    connect(m_toBin, &QPushButton::clicked, this, &RunsView::moveToBin);
    connect(m_restore, &QPushButton::clicked, this, &RunsView::restoreChosen);
    connect(m_purge, &QPushButton::clicked, this, &RunsView::emptyBin);
    connect(m_details, &RunDetails::nameEdited, this, [this](const QString& run, const QString& name) {
        edit(tr("Rename run"), run, &RunRecord::name, &Store::setRunName, name.toStdString());
    });
    connect(m_details, &RunDetails::notesEdited, this, [this](const QString& run, const QString& notes) {
        edit(tr("Edit notes"), run, &RunRecord::notes, &Store::setRunNotes, notes.toStdString());
    });
    connect(m_details, &RunDetails::tagsEdited, this, [this](const QString& run, const QStringList& tags) {
        std::vector<std::string> next;
        for (const QString& tag : tags)
            next.push_back(tag.toStdString());
        edit(tr("Edit tags"), run, &RunRecord::tags, &Store::setRunTags, std::move(next));
    });
}

// What was there before is read by the first redo, in the store's own order of changes.
template <class Value>
void RunsView::edit(const QString& text, const QString& run, Value RunRecord::*field,
    void (Store::*set)(const RunId&, const Value&), Value next)
{
    auto before = std::make_shared<std::optional<Value>>();
    const RunId id = run.toStdString();
    change(
        text,
        [=](Store& store) {
            if (!*before)
                *before = store.run(id).*field;
            (store.*set)(id, next);
        },
        [=](Store& store) {
            if (*before)
                (store.*set)(id, **before);
        });
}

SelectionFields RunsView::usedFields() const
{
    return SelectionFields(SelectionField::RunA) | SelectionField::RunB | SelectionField::Dataset;
}

void RunsView::activate()
{
    if (m_stale)
        load();
}

Exportable* RunsView::mainExport() const
{
    return m_table;
}

QWidget* RunsView::filterField() const
{
    return m_filter;
}

void RunsView::setNarrow(bool narrow)
{
    m_groupsPanel->setFixedWidth(context().theme.scaled(narrow ? narrowGroupsWidth : groupsWidth));
    m_detailsPanel->setFixedWidth(context().theme.scaled(narrow ? narrowDetailsWidth : detailsWidth));
}

void RunsView::load()
{
    m_stale = !isVisible();
    if (m_stale)
        return;
    context().jobs.run(
        {JobLane::Inspect, tr("Read runs"), loadKey}, this,
        [workspace = context().workspace,
            slotIds = QStringList{context().selection.runA(), context().selection.runB()}](
            Progress& progress) { return loadRuns(*workspace, slotIds, progress); },
        [this](std::shared_ptr<const RunSnapshot> snapshot) { show(std::move(snapshot)); },
        [this](const JobFailure& failure) { banner().showFailure(tr("The runs could not be read."), failure); });
}

void RunsView::show(std::shared_ptr<const RunSnapshot> snapshot)
{
    for (const RunRecord& run : chosenRuns())
        m_reselect.push_back(run.id);
    m_snapshot = std::move(snapshot);
    m_model->setSlots({context().selection.runA(), context().selection.runB()});
    m_model->setLatency(m_snapshot->p95Ms);
    m_groups->setSnapshot(*m_snapshot);
    showParallel();
    applyGroup();
    setSubtitle(tr("%n run(s)", nullptr, static_cast<int>(m_snapshot->runs->size())));
}

void RunsView::reselect()
{
    if (!m_snapshot || m_model->runs() != (inBin() ? m_snapshot->bin : m_snapshot->runs))
        return; // the reload is still being sorted
    for (const RunId& id : std::exchange(m_reselect, {})) {
        const int row = m_model->rowOf(id);
        if (row >= 0)
            m_table->selectionModel()->select(
                m_model->index(row, 0), QItemSelectionModel::Select | QItemSelectionModel::Rows);
    }
}

void RunsView::applyGroup()
{
    if (!m_snapshot)
        return;
    const auto wanted = inBin() ? m_snapshot->bin : m_snapshot->runs;
    // Lines brushed away leave the table; without a brush every line is inside.
    std::set<RunId> hidden;
    if (!inBin()) {
        const std::vector<int> inside = m_parallel->brushedLines();
        if (inside.size() < m_lines.size()) {
            hidden.insert(m_lines.begin(), m_lines.end());
            for (const int line : inside)
                hidden.erase(m_lines[static_cast<std::size_t>(line)]);
        }
    }
    m_model->setPredicate([group = m_groups->chosen(), hidden](
                              const RunRecord& run) { return !hidden.contains(run.id) && group.contains(run); });
    if (m_model->runs() != wanted)
        m_model->setRuns(wanted);
    m_tablePanel->setTitle(m_groups->title());
    refreshChosen();
}

void RunsView::applyFilter()
{
    const RunFilter filter = RunFilter::parse(m_filter->text());
    m_filter->setToolTip(filter.error());
    m_filter->setProperty("invalid", !filter.error().isEmpty());
    m_model->setFilter(filter);
}

void RunsView::showState()
{
    const int shown = m_model->rowCount();
    const auto all = m_model->runs()->size();
    m_tablePanel->setSubtitle(
        tr("%1 of %2 · best epoch by validation").arg(format::count(shown), format::count(static_cast<qint64>(all))));
    QWidget* page = m_table;
    if (shown == 0)
        page = all > 0 ? m_noMatch : inBin() ? m_emptyBin : m_empty;
    m_tableStack->setCurrentWidget(page);
}

void RunsView::showParallel()
{
    m_lines = m_snapshot->lineRuns;
    const QSignalBlocker quiet(m_parallel);
    m_parallel->setData(m_snapshot->lines.axes, m_snapshot->lines.lines);
    m_parallelPanel->setVisible(m_lines.size() > 1);
}

std::vector<RunRecord> RunsView::chosenRuns() const
{
    std::vector<RunRecord> runs;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows())
        runs.push_back(m_model->runAt(index.row()));
    return runs;
}

void RunsView::refreshChosen()
{
    const std::vector<RunRecord> runs = chosenRuns();
    const auto count = static_cast<int>(runs.size());
    if (count > 0)
        m_details->showRun(runs.front());
    else
        m_details->clear();
    m_compare->setVisible(!inBin());
    m_compare->setEnabled(count >= 2);
    m_compare->setText(count >= 2 ? tr("Compare %n run(s)", nullptr, count) : tr("Compare runs"));
    m_compare->setToolTip(count >= 2 ? QString() : tr("Choose two or more runs (Ctrl+click)"));
    m_toBin->setVisible(!inBin());
    m_toBin->setEnabled(count > 0);
    m_restore->setVisible(inBin());
    m_restore->setEnabled(count > 0);
    m_purge->setVisible(inBin());
    m_purge->setEnabled(m_snapshot && !m_snapshot->bin->empty());
}

void RunsView::compareChosen()
{
    const std::vector<RunRecord> runs = chosenRuns();
    if (runs.size() < 2)
        return;
    SelectionState next = context().selection.state();
    next.dataset = QString::fromStdString(runs[0].dataset);
    next.runA = QString::fromStdString(runs[0].id);
    next.runB = QString::fromStdString(runs[1].id);
    context().selection.change(next, tr("Compare runs"));
    emit context().navigator.viewRequested(QStringLiteral("compare"));
}

void RunsView::runInStore(StoreAction action)
{
    context().jobs.run(
        {JobLane::Edit, {}, {}}, this,
        [workspace = context().workspace, action = std::move(action)](Progress&) {
            action(workspace->store());
            workspace->store().flush();
        },
        [this] {
            context().library.refresh();
            load();
        },
        [this](const JobFailure& failure) { banner().showFailure(tr("The change was not kept."), failure); });
}

void RunsView::change(const QString& text, StoreAction redo, StoreAction undo)
{
    context().undo.push(new StoreCommand(this, text, std::move(redo), std::move(undo)));
}

bool RunsView::inBin() const
{
    return m_groups->chosen().kind == RunGroup::Kind::Bin;
}

void RunsView::moveToBin()
{
    std::vector<RunId> ids;
    for (const RunRecord& run : chosenRuns()) {
        if (run.status != RunStatus::Running && run.status != RunStatus::Queued)
            ids.push_back(run.id);
    }
    if (ids.empty())
        return;
    const auto each = [ids](void (Store::*action)(const RunId&)) {
        return [ids, action](Store& store) {
            for (const RunId& id : ids)
                (store.*action)(id);
        };
    };
    change(tr("Move %n run(s) to the bin", nullptr, static_cast<int>(ids.size())), each(&Store::deleteRun),
        each(&Store::restoreRun));
}

void RunsView::restoreChosen()
{
    std::vector<RunId> ids;
    for (const RunRecord& run : chosenRuns())
        ids.push_back(run.id);
    if (ids.empty())
        return;
    const auto each = [ids](void (Store::*action)(const RunId&)) {
        return [ids, action](Store& store) {
            for (const RunId& id : ids)
                (store.*action)(id);
        };
    };
    change(tr("Restore %n run(s)", nullptr, static_cast<int>(ids.size())), each(&Store::restoreRun),
        each(&Store::deleteRun));
}

void RunsView::emptyBin()
{
    QStringList names;
    for (const RunRecord& run : *m_snapshot->bin)
        names.push_back(QString::fromStdString(run.name));
    const auto count = static_cast<int>(names.size());
    QString list = names.mid(0, mostNamed).join(u'\n');
    if (count > mostNamed)
        list += tr("\nand %n more", nullptr, count - mostNamed);
    QMessageBox box(QMessageBox::Warning, tr("Empty bin"), tr("Delete %n run(s) for good?", nullptr, count),
        QMessageBox::Cancel, this);
    box.setObjectName(QStringLiteral("runsPurgeBox"));
    box.setInformativeText(
        tr("%1\n\nTheir numbers, checkpoints and files are removed. This cannot be undone.").arg(list));
    QPushButton* purge = box.addButton(tr("Delete for good"), QMessageBox::DestructiveRole);
    box.setDefaultButton(QMessageBox::Cancel);
    box.exec();
    if (box.clickedButton() != purge)
        return;
    context().jobs.run(
        {JobLane::Work, tr("Empty bin"), {}}, this,
        [workspace = context().workspace](Progress&) { workspace->purge(); },
        [this] {
            context().library.refresh();
            load();
        },
        [this](const JobFailure& failure) { banner().showFailure(tr("The bin could not be emptied."), failure); });
}

} // namespace recoscope
