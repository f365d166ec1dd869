// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/data_view.h"

#include <QHBoxLayout>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>

#include "engine/workspace/workspace.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/data_table.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/context.h"
#include "widgets/views/data/count_strip.h"
#include "widgets/views/data/distribution_charts.h"
#include "widgets/views/data/event_model.h"
#include "widgets/views/data/export_menu.h"
#include "widgets/views/data/finding_list.h"
#include "widgets/views/data/item_model.h"
#include "widgets/views/data/protocol_form.h"
#include "widgets/views/data/split_bars.h"
#include "widgets/views/data/split_page.h"

namespace recoscope {

namespace {

constexpr std::int64_t measuredAtOnce = 2'000'000; // events; larger datasets wait for the button
constexpr int rightColumn = 350;
constexpr int shortExamples = 3;
enum Tab { OverviewTab, EventsTab, ItemsTab, LintTab, SplitTab };

QString popularitySentence(const MetricSummary& metrics)
{
    const auto hr = metrics.values.find("hr@10");
    const auto ndcg = metrics.values.find("ndcg@10");
    if (hr == metrics.values.end() || ndcg == metrics.values.end())
        return {};
    return DataView::tr("Popularity alone scores HR@10 %1, NDCG@10 %2")
        .arg(format::accuracy(hr->second), format::accuracy(ndcg->second));
}

} // namespace

struct DataView::Checked {
    SplitSummary split;
    std::vector<LintFinding> findings;
};

DataView::DataView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Data"), parent)
    , m_events(new EventModel(this))
    , m_items(new ItemModel(this))
{
    m_events->setJobs(&context.jobs);
    m_items->setJobs(&context.jobs);
    auto* empty = new EmptyState(
        context.theme, QStringLiteral("database"), tr("No dataset open. Import a file or open the sample."));
    empty->addAction(tr("Open sample"), QStringLiteral("dataOpenSample"),
        [this] { emit this->context().navigator.sampleRequested(); });
    m_stack = new QStackedWidget;
    contentLayout()->addWidget(m_stack, 1);
    auto* page = new QWidget;
    m_stack->addWidget(page);
    m_stack->addWidget(empty);
    addPart([this, page] { makePage(*page); });
    addPart([this] { addTabs(); });
    addPart([this] {
        QWidget* tab = m_tabs->widget(SplitTab);
        tab->layout()->addWidget(m_split = new SplitPage(this->context().theme, tab));
    });
    addPart([this] { m_split->addForm(this->context().theme); });
    addPart([this] { m_row->addWidget(m_right = makeRight()); });
    addPart([this] { bind(); });
}

void DataView::bind()
{
    addActions();
    connect(&m_split->form(), &ProtocolForm::changed, this, &DataView::check);
    connect(&context().library, &Library::datasetOpened, this, &DataView::onDataset);
    connect(&context().library, &Library::datasetFailed, this,
        [this](const JobFailure& failure) { banner().showFailure(tr("The dataset could not be opened."), failure); });
    onDataset();
}

void DataView::addActions()
{
    m_import = makeButton(tr("Import file…"), QStringLiteral("dataImport"), ButtonKind::Primary);
    setThemedIcon(context().theme, m_import, QStringLiteral("upload"));
    connect(m_import, &QPushButton::clicked, this, [this] { emit context().navigator.importRequested({}); });
    auto* menu = new ExportMenu(context(), [this] { return m_split->form().protocol(); });
    connect(menu, &ExportMenu::failed, this,
        [this](const JobFailure& failure) { banner().showFailure(tr("The export was not written."), failure); });
    m_export = menu;
    addTitleAction(m_import);
    addTitleAction(m_export);
}

void DataView::makePage(QWidget& page)
{
    auto* column = new QVBoxLayout(&page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    m_strip = new CountStrip;
    column->addWidget(m_strip);
    m_row = new QHBoxLayout;
    m_row->setSpacing(12);
    column->addLayout(m_row, 1);
    m_tabs = new QTabWidget;
    setNames(m_tabs, QStringLiteral("dataTabs"), tr("Parts of the dataset"));
    m_tabs->setDocumentMode(true);
    m_tabs->tabBar()->setDrawBase(false);
    m_row->addWidget(m_tabs, 1);
    m_charts = new DistributionCharts(context().theme);
    m_tabs->addTab(m_charts, tr("Overview"));
}

void DataView::addTabs()
{
    m_tabs->addTab(makeEvents(), tr("Events"));
    m_tabs->addTab(makeItems(), tr("Items"));
    m_tabs->addTab(makeLintTab(), tr("Lint"));
    auto* split = new QWidget;
    (new QVBoxLayout(split))->setContentsMargins(0, 0, 0, 0);
    m_tabs->addTab(split, tr("Filter and split"));
}

SelectionFields DataView::usedFields() const
{
    return SelectionField::Dataset | SelectionField::User | SelectionField::Item;
}

Exportable* DataView::mainExport() const
{
    return m_charts->popularity();
}

void DataView::setNarrow(bool narrow)
{
    m_right->setVisible(!narrow);
    m_strip->setNarrow(narrow);
}

QWidget* DataView::makeEvents()
{
    Theme& theme = context().theme;
    auto* panel = new Panel(theme, tr("Events"), QStringLiteral("events"));
    panel->setBodyMargins(0, 0, 0, 0);
    auto* table = new DataTable(theme, tr("Events"), QStringLiteral("eventsTable"));
    table->setTable(m_events, false);
    m_eventTable = table;
    connect(
        m_events, &ArrayTableModel::sortingChanged, panel, [panel](bool on) { panel->setLoading(on, tr("sorting")); });
    connect(table, &DataTable::rowActivated, this, [this](int row) {
        SelectionState next = context().selection.state();
        next.user = m_events->userOf(row);
        next.item = m_events->itemOf(row);
        context().selection.change(next, tr("user and item"));
    });
    panel->setSubtitle(tr("double-click selects user and item"));
    panel->setContent(table);
    return panel;
}

QWidget* DataView::makeItems()
{
    Theme& theme = context().theme;
    auto* panel = new Panel(theme, tr("Items"), QStringLiteral("items"));
    panel->setBodyMargins(0, 0, 0, 0);
    panel->setSubtitle(tr("double-click selects the item"));
    auto* table = new DataTable(theme, tr("Items"), QStringLiteral("itemsTable"));
    table->setTable(m_items, false);
    connect(table, &DataTable::rowActivated, this,
        [this](int row) { context().selection.setItem(static_cast<int>(m_items->sourceRow(row))); });
    panel->setContent(table);
    return panel;
}

QWidget* DataView::makeLintTab()
{
    auto* panel = new Panel(context().theme, tr("Findings"), QStringLiteral("lintTab"));
    panel->setEnlargeable(false);
    panel->setSubtitle(tr("what would make a result on this dataset wrong or hard to compare, with examples"));
    m_explained = new FindingList(context().theme, FindingList::Form::Long, QStringLiteral("lintExplained"));
    bindFindings(m_explained);
    panel->setContent(m_explained);
    return panel;
}

QWidget* DataView::makeRight()
{
    Theme& theme = context().theme;
    auto* box = new QWidget;
    theme.keepWidth(box, rightColumn);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    m_lintPanel = new Panel(theme, tr("Lint"), QStringLiteral("lint"));
    m_lintPanel->setEnlargeable(false);
    QPushButton* again = makeButton(tr("Run"), QStringLiteral("lintRun"), ButtonKind::Link);
    setThemedIcon(theme, again, QStringLiteral("refresh-cw"));
    connect(again, &QPushButton::clicked, this, [this] {
        measure();
        check();
    });
    m_lintPanel->addControl(again);
    m_findings = new FindingList(theme, FindingList::Form::Short, QStringLiteral("lintList"));
    bindFindings(m_findings);
    m_lintPanel->setContent(m_findings);
    column->addWidget(m_lintPanel, 1);
    m_protocolPanel = new Panel(theme, tr("Protocol"), QStringLiteral("dataProtocol"));
    m_protocolPanel->setEnlargeable(false);
    QPushButton* edit = makeButton(tr("Edit…"), QStringLiteral("dataProtocolEdit"), ButtonKind::Link);
    connect(edit, &QPushButton::clicked, this, [this] { m_tabs->setCurrentIndex(SplitTab); });
    m_protocolPanel->addControl(edit);
    m_bars = new SplitBars(theme, QStringLiteral("protocolBars"), shortExamples);
    m_protocolPanel->setContent(m_bars);
    column->addWidget(m_protocolPanel);
    return box;
}

void DataView::bindFindings(FindingList* list)
{
    connect(list, &FindingList::remedyRequested, this, [this](const QString& key, const QString& value) {
        m_split->form().set(key, value);
        m_tabs->setCurrentIndex(SplitTab);
    });
    connect(list, &FindingList::popularityRunRequested, this,
        [this] { context().navigator.requestTraining(QStringLiteral("most_popular")); });
}

void DataView::onDataset()
{
    const auto& dataset = context().library.dataset();
    m_stack->setCurrentIndex(dataset || !context().selection.dataset().isEmpty() ? 0 : 1);
    setTitle(context().selection.dataset().isEmpty() ? tr("Data") : context().selection.dataset());
    m_export->setEnabled(dataset != nullptr);
    showEvents();
    m_items->setItems(nullptr, nullptr);
    m_strip->clear();
    m_charts->clear();
    m_split->clear();
    m_bars->setSplit({});
    for (FindingList* list : {m_findings, m_explained})
        list->clear();
    m_tabs->setTabText(LintTab, tr("Lint"));
    m_lintPanel->setSubtitle({});
    m_protocolPanel->setSubtitle({});
    setSubtitle({});
    if (!dataset)
        return;
    const DatasetInfo& info = dataset->info();
    setSubtitle(tr("%1 · sha256 %2 · imported %3 in %4")
                    .arg(QString::fromStdString(info.format), QString::fromStdString(info.contentHash).left(8),
                        format::ago(QString::fromStdString(info.created)), format::duration(info.report.seconds)));
    m_strip->showDataset(info);
    m_explained->setReport(info.report);
    if (info.interactions <= measuredAtOnce) {
        measure();
        check();
    } else {
        m_lintPanel->setSubtitle(tr("not run yet: a large dataset"));
    }
}

void DataView::showEvents()
{
    const QList<int> before = m_events->emptyColumns();
    m_events->setDataset(context().library.dataset());
    for (const int column : before)
        m_eventTable->setColumnHidden(column, false);
    for (const int column : m_events->emptyColumns())
        m_eventTable->setColumnHidden(column, true);
}

void DataView::measure()
{
    const auto dataset = context().library.dataset();
    if (!dataset)
        return;
    context().jobs.run(
        {JobLane::Inspect, tr("Measure %1").arg(context().selection.dataset()), QStringLiteral("data-statistics")},
        this,
        [dataset](Progress& progress) { return std::pair(measureDataset(*dataset, progress), countItems(*dataset)); },
        [this, dataset](const auto& result) {
            m_strip->showStatistics(result.first.statistics);
            m_charts->setMeasure(result.first);
            m_items->setItems(dataset, result.second);
        },
        [this](const JobFailure& failure) { banner().showFailure(tr("The dataset could not be measured."), failure); });
}

void DataView::check()
{
    const std::string name = context().selection.dataset().toStdString();
    if (!context().library.dataset())
        return;
    m_lintPanel->setLoading(true, tr("checking"));
    context().jobs.run(
        {JobLane::Inspect, tr("Check %1").arg(context().selection.dataset()), QStringLiteral("data-lint")}, this,
        [workspace = context().workspace, name, protocol = m_split->form().protocol()](Progress& progress) {
            const auto data = workspace->prepareData(name, protocol, progress);
            return Checked{summariseSplit(*data, progress), lintDataset(*data, progress)};
        },
        [this](const Checked& checked) {
            m_lintPanel->setLoading(false);
            banner().clear();
            showChecked(checked);
        },
        [this](const JobFailure& failure) {
            m_lintPanel->setLoading(false);
            m_split->clear();
            banner().showFailure(tr("The split could not be made."), failure);
        });
}

void DataView::showChecked(const Checked& checked)
{
    const auto dataset = context().library.dataset();
    if (!dataset)
        return;
    const qint64 events = dataset->info().interactions;
    const auto count = static_cast<qint64>(checked.findings.size());
    for (FindingList* list : {m_findings, m_explained})
        list->setFindings(checked.findings, events, popularitySentence(checked.split.popularity));
    m_lintPanel->setSubtitle(format::plural(count, tr("%1 finding"), tr("%1 findings")));
    m_tabs->setTabText(LintTab, count > 0 ? tr("Lint · %1").arg(format::count(count)) : tr("Lint"));
    m_strip->showSplit(checked.split);
    m_charts->setSplit(checked.split);
    m_split->setSplit(dataset->info(), checked.split);
    m_bars->setSplit(checked.split);
    m_protocolPanel->setSubtitle(checked.split.protocol);
}

} // namespace recoscope
