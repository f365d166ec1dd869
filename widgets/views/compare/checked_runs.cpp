// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/compare/checked_runs.h"

#include <QCheckBox>
#include <QLineEdit>
#include <QPushButton>

#include <algorithm>

#include "engine/models/registry.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/run_table_model.h"
#include "widgets/core/selection.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr int newestChecked = 5;
constexpr int differsColumn = 2, accuracyColumn = 3;

// Columns that say little beside other runs; a right-click on the header brings them back.
bool isHiddenAtFirst(const std::string& column)
{
    for (const char* hidden : {"mrr", "valid.ndcg@10", "best_epoch", "status", "tags"}) {
        if (column == hidden)
            return true;
    }
    return false;
}

std::vector<std::string> countingModels()
{
    std::vector<std::string> names;
    for (const ModelDescriptor& model : modelRegistry()) {
        if (model.kind == ModelKind::Counting)
            names.push_back(model.name);
    }
    return names;
}

bool isCounting(const RunRecord& run)
{
    const std::vector<std::string> names = countingModels();
    return std::find(names.begin(), names.end(), run.model) != names.end();
}

} // namespace

CheckedRuns::CheckedRuns(WorkbenchContext& context, QWidget* parent)
    : Panel(context.theme, tr("Checked runs"), QStringLiteral("compareRuns"), parent)
    , m_context(context)
    , m_runs(new RunTableModel(this))
    , m_records(std::make_shared<const std::vector<RunRecord>>())
{
    makeControls();
    m_runs->setJobs(&context.jobs);
    m_runs->setCheckable(true);
    m_table = new RowTable(context.theme, m_runs, QStringLiteral("compareTable"), tr("Runs to compare"));
    m_table->setDragEnabled(true);
    m_table->setExportHeader({tr("Checked runs"), {}, {}});
    m_table->sortByColumn(accuracyColumn, Qt::DescendingOrder);
    m_table->setStretchedColumn(differsColumn);
    const std::vector<RunColumn> columns = standardRunColumns();
    for (std::size_t column = 0; column < columns.size(); ++column)
        m_table->setColumnHidden(static_cast<int>(column), isHiddenAtFirst(columns[column].id));
    setBodyMargins(0, 0, 0, 4);
    setContent(m_table);
    setExportable(m_table);
    setMinimumHeight(context.theme.scaled(150));
    connect(m_runs, &RunTableModel::checkedChanged, this, &CheckedRuns::refreshSlots);
    connect(m_runs, &RunTableModel::shownChanged, this, [this] {
        if (m_awaiting && m_runs->runs() == m_records) {
            m_awaiting = false;
            refreshSlots();
        }
    });
    connect(m_table, &QAbstractItemView::doubleClicked, this, [this](const QModelIndex& index) {
        const QString id = QString::fromStdString(m_runs->runAt(index.row()).id);
        if (id != m_context.selection.runA())
            m_context.selection.setRunB(id);
    });
}

void CheckedRuns::makeControls()
{
    m_count = makeButton(tr("Count references"), QStringLiteral("compareCount"), ButtonKind::Link);
    m_count->hide();
    m_differing = new QCheckBox(tr("Only differing parameters"));
    setNames(m_differing, QStringLiteral("compareDiffering"), tr("Only differing parameters"));
    m_differing->setChecked(true);
    m_filter = new QLineEdit;
    setNames(m_filter, QStringLiteral("compareFilter"), tr("Filter runs"));
    m_filter->setPlaceholderText(tr("Filter: model:lru ndcg@10>0.05"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMinimumWidth(m_context.theme.scaled(220));
    for (QWidget* control : std::initializer_list<QWidget*>{m_count, m_differing, m_filter})
        addControl(control);
    connect(m_count, &QPushButton::clicked, this, &CheckedRuns::countReferences);
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
        const RunFilter filter = RunFilter::parse(text);
        m_filter->setToolTip(filter.error());
        m_runs->setFilter(filter);
    });
    connect(m_differing, &QCheckBox::toggled, this, [this](bool on) {
        m_runs->setOnlyDifferingParameters(on);
        emit differingToggled();
    });
}

bool CheckedRuns::onlyDiffering() const
{
    return m_differing->isChecked();
}

QWidget* CheckedRuns::filterField() const
{
    return m_filter;
}

const std::vector<RunRecord>& CheckedRuns::records() const
{
    return *m_records;
}

void CheckedRuns::setLatency(std::map<RunId, double> p95Ms)
{
    m_runs->setLatency(std::move(p95Ms));
}

RankedAgainPtr CheckedRuns::again(const RunId& id) const
{
    const auto found = m_again.find(id);
    return found == m_again.end() ? nullptr : found->second;
}

const RunRecord* CheckedRuns::run(const QString& id) const
{
    const auto found = m_again.find(id.toStdString());
    return found == m_again.end() ? m_context.library.run(id) : &found->second->run;
}

void CheckedRuns::putAgain(const std::vector<RankedAgainPtr>& ranked)
{
    for (const RankedAgainPtr& again : ranked) {
        m_again[again->run.id] = again;
        m_againProtocol = again->run.protocolHash;
    }
    refresh();
}

// What was ranked again holds only beside the protocol it was ranked under.
bool CheckedRuns::forgetOtherProtocol()
{
    const RunRecord* a = m_context.library.run(m_context.selection.runA());
    if (m_again.empty() || !a || a->protocolHash == m_againProtocol)
        return false;
    m_again.clear();
    return true;
}

void CheckedRuns::refresh()
{
    forgetOtherProtocol();
    const std::string dataset = m_context.selection.dataset().toStdString();
    auto runs = std::make_shared<RunTableModel::Runs>();
    for (const RunRecord& stored : m_context.library.runs()) {
        if (stored.dataset == dataset && !stored.test.empty())
            runs->push_back(*run(QString::fromStdString(stored.id)));
    }
    m_records = runs;
    m_runs->setRuns(runs);
    m_awaiting = m_runs->runs() != m_records;
    if (m_dataset != m_context.selection.dataset()) {
        m_dataset = m_context.selection.dataset();
        setDefaultChecks();
    }
    refreshSlots();
}

// The newest runs and the selected ones.
void CheckedRuns::setDefaultChecks()
{
    const Selection& selection = m_context.selection;
    QStringList checks;
    int newest = 0;
    for (const RunRecord& run : records()) {
        const QString id = QString::fromStdString(run.id);
        if (id == selection.runA() || id == selection.runB() || newest++ < newestChecked)
            checks.push_back(id);
    }
    m_runs->setChecked(checks);
}

QStringList CheckedRuns::likeCountingRuns() const
{
    const RunRecord* a = reference();
    QStringList ids;
    for (const RunRecord& run : records()) {
        if (isCounting(run) && a && run.protocolHash == a->protocolHash)
            ids.push_back(QString::fromStdString(run.id));
    }
    return ids;
}

void CheckedRuns::refreshSlots()
{
    // References change with A's protocol; the signal of that change must not start this again.
    if (m_refreshing)
        return;
    if (forgetOtherProtocol()) {
        refresh();
        return;
    }
    m_refreshing = true;
    const Selection& selection = m_context.selection;
    m_slots = {selection.runA(), selection.runB()};
    const QStringList references = likeCountingRuns();
    m_runs->setReferences(references);
    const QStringList checks = m_runs->checked();
    for (const bool reference : {false, true}) {
        for (const QString& id : checks) {
            if (!m_slots.contains(id) && references.contains(id) == reference)
                m_slots.push_back(id);
        }
    }
    m_runs->setSlots(m_slots);
    m_runs->setReferenceProtocol(reference() ? reference()->protocolHash : std::string());
    setSubtitle(tr("%1 of %2 · best epoch by validation NDCG@10").arg(checks.size()).arg(records().size()));
    const auto missing = missingReferences();
    m_count->setVisible(!missing.empty());
    QStringList names;
    for (const std::string& name : missing)
        names.push_back(QString::fromStdString(name));
    m_count->setToolTip(tr("Counts %1 under this protocol, so that they stand beside the runs. It takes a moment.")
                            .arg(names.join(QStringLiteral(", "))));
    m_refreshing = false;
    emit changed();
}

std::vector<RunRecord> CheckedRuns::checked() const
{
    std::vector<RunRecord> runs;
    for (const QString& id : m_slots) {
        if (const RunRecord* found = run(id))
            runs.push_back(*found);
    }
    return runs;
}

const RunRecord* CheckedRuns::reference() const
{
    if (const RunRecord* a = m_context.library.run(m_context.selection.runA()))
        return a;
    for (const QString& id : m_runs->checked()) {
        if (const RunRecord* found = run(id))
            return found;
    }
    return nullptr;
}

std::vector<RunRecord> CheckedRuns::comparable() const
{
    const RunRecord* like = reference();
    std::vector<RunRecord> runs = checked();
    std::erase_if(runs, [like](const RunRecord& run) {
        return !like || run.protocolHash != like->protocolHash || run.dataset != like->dataset;
    });
    return runs;
}

std::vector<RunRecord> CheckedRuns::unlike() const
{
    const RunRecord* like = reference();
    std::vector<RunRecord> runs = checked();
    std::erase_if(runs, [like](const RunRecord& run) { return like && run.protocolHash == like->protocolHash; });
    return runs;
}

std::vector<std::string> CheckedRuns::missingReferences() const
{
    const RunRecord* like = reference();
    std::vector<std::string> names = like ? countingModels() : std::vector<std::string>();
    std::erase_if(names, [&](const std::string& name) {
        return std::any_of(records().begin(), records().end(),
            [&](const RunRecord& run) { return run.model == name && run.protocolHash == like->protocolHash; });
    });
    return names;
}

void CheckedRuns::countReferences()
{
    const RunRecord* like = reference();
    if (!like)
        return;
    m_count->setEnabled(false);
    m_context.jobs.run(
        {JobLane::Work, tr("Count references"), {}}, this,
        [workspace = m_context.workspace, names = missingReferences(), like = *like](Progress& progress) {
            for (const std::string& name : names) {
                Workspace::NewRun request;
                request.dataset = like.dataset;
                request.protocol = Protocol::fromJson(like.protocol);
                request.model = name;
                TrainControl control;
                workspace->execute(workspace->createRun(request), control, {}, progress);
            }
        },
        [this] {
            m_count->setEnabled(true);
            m_context.library.refresh();
        },
        [this](const JobFailure& failure) {
            m_count->setEnabled(true);
            emit failed(tr("The references could not be counted."), failure);
        });
}

} // namespace recoscope
