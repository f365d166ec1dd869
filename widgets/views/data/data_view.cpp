// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/data_view.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>

#include "engine/data/dataset.h"
#include "engine/data/prepared.h"
#include "engine/workspace/workspace.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/data_table.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/histogram.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/context.h"
#include "widgets/views/data/event_model.h"
#include "widgets/views/data/item_model.h"
#include "widgets/views/data/protocol_form.h"

namespace recoscope {

namespace {

constexpr std::int64_t measuredAtOnce = 2'000'000; // events; larger datasets wait for the button
constexpr int rightColumn = 360;
constexpr std::size_t largestCurve = 4000;

std::pair<QString, StatusTone> severityLook(LintSeverity severity)
{
    switch (severity) {
    case LintSeverity::Error: return {QStringLiteral("circle-alert"), StatusTone::Bad};
    case LintSeverity::Warning: return {QStringLiteral("triangle-alert"), StatusTone::Warn};
    case LintSeverity::Info: break;
    }
    return {QStringLiteral("info"), StatusTone::Info};
}

PlotModel popularityModel(const std::vector<std::int64_t>& curve)
{
    PlotModel model;
    model.x.name = DataView::tr("item rank");
    model.x.log = true;
    model.y.name = DataView::tr("events per item");
    model.y.log = true;
    PlotSeries line;
    // Log-spaced ranks are enough for a log axis.
    double next = 1;
    for (std::size_t i = 0; i < curve.size(); ++i) {
        if (static_cast<double>(i + 1) < next || curve[i] <= 0)
            continue;
        line.x.push_back(static_cast<double>(i + 1));
        line.y.push_back(static_cast<double>(curve[i]));
        if (curve.size() > largestCurve)
            next = std::max(next + 1, next * 1.004);
    }
    model.series.push_back(std::move(line));
    return model;
}

std::vector<double> gapTicks()
{
    return {1, 60, 3600, 86400, 30.44 * 86400, 365.25 * 86400};
}

} // namespace

DataView::DataView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Data"), parent)
    , m_events(new EventModel(this))
    , m_items(new ItemModel(this))
{
    m_import = makeButton(tr("Import file…"), QStringLiteral("dataImport"), ButtonKind::Primary);
    setThemedIcon(context.theme, m_import, QStringLiteral("upload"));
    connect(m_import, &QPushButton::clicked, this, [this] { emit this->context().navigator.importRequested({}); });
    addTitleAction(m_import);
    m_events->setJobs(&context.jobs);
    m_items->setJobs(&context.jobs);

    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addWidget(makeStrip());
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    m_tabs = new QTabWidget;
    setNames(m_tabs, QStringLiteral("dataTabs"), tr("Parts of the dataset"));
    m_tabs->setDocumentMode(true);
    m_tabs->tabBar()->setDrawBase(false);
    m_tabs->addTab(makeOverview(), tr("Overview"));
    m_tabs->addTab(makeEvents(), tr("Events"));
    m_tabs->addTab(makeItems(), tr("Items"));
    m_tabs->addTab(makeSplit(), tr("Filter and split"));
    row->addWidget(m_tabs, 1);
    row->addWidget(makeLint());
    column->addLayout(row, 1);

    auto* empty = new EmptyState(
        context.theme, QStringLiteral("database"), tr("No dataset open. Import a file or open the sample."));
    empty->addAction(tr("Open sample"), QStringLiteral("dataOpenSample"),
        [this] { emit this->context().navigator.sampleRequested(); });
    m_stack = new QStackedWidget;
    m_stack->addWidget(page);
    m_stack->addWidget(empty);
    contentLayout()->addWidget(m_stack, 1);
    connect(&context.library, &Library::datasetOpened, this, &DataView::onDataset);
    connect(&context.library, &Library::datasetFailed, this,
        [this](const JobFailure& failure) { banner().showFailure(tr("The dataset could not be opened."), failure); });
    onDataset();
}

SelectionFields DataView::usedFields() const
{
    return SelectionField::Dataset | SelectionField::User | SelectionField::Item;
}

Exportable* DataView::mainExport() const
{
    return m_popularity;
}

void DataView::setNarrow(bool narrow)
{
    m_lintPanel->setFixedWidth(context().theme.scaled(narrow ? 290 : rightColumn));
}

QWidget* DataView::makeStrip()
{
    auto* strip = new QFrame;
    strip->setProperty("panel", true);
    auto* row = new QHBoxLayout(strip);
    row->setContentsMargins(16, 8, 16, 8);
    row->setSpacing(36);
    for (const QString& name : {tr("Users"), tr("Items"), tr("Interactions"), tr("Median length"), tr("Density"),
             tr("Repeats"), tr("Time span")}) {
        auto* column = new QVBoxLayout;
        column->setSpacing(0);
        QLabel* figure = makeLabel(format::missing(), "figure");
        QLabel* note = makeLabel({}, "caption");
        column->addWidget(makeLabel(name, "caption"));
        column->addWidget(figure);
        column->addWidget(note);
        row->addLayout(column);
        m_counts.emplace_back(figure, note);
    }
    row->addStretch(1);
    return strip;
}

PlotView* DataView::addChart(const QString& title, const QString& name, QWidget* page, int row, int column)
{
    Theme& theme = context().theme;
    auto* panel = new Panel(theme, title, name);
    auto* plot = new PlotView(theme, title, name + QStringLiteral("Plot"));
    panel->setContent(plot);
    panel->setExportable(plot);
    static_cast<QGridLayout*>(page->layout())->addWidget(panel, row, column);
    return plot;
}

QWidget* DataView::makeOverview()
{
    auto* page = new QWidget;
    auto* grid = new QGridLayout(page);
    grid->setContentsMargins(0, 8, 0, 0);
    grid->setSpacing(12);
    m_popularity = addChart(tr("Popularity"), QStringLiteral("popularity"), page, 0, 0);
    m_lengths = addChart(tr("History length"), QStringLiteral("lengths"), page, 0, 1);
    m_gaps = addChart(tr("Time gaps"), QStringLiteral("gaps"), page, 1, 0);
    m_time = addChart(tr("Events over time"), QStringLiteral("overTime"), page, 1, 1);
    return page;
}

QWidget* DataView::makeEvents()
{
    Theme& theme = context().theme;
    auto* panel = new Panel(theme, tr("Events"), QStringLiteral("events"));
    panel->setBodyMargins(0, 0, 0, 0);
    auto* table = new DataTable(theme, tr("Events"), QStringLiteral("eventsTable"));
    table->setTable(m_events, false);
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
    auto* table = new DataTable(theme, tr("Items"), QStringLiteral("itemsTable"));
    table->setTable(m_items, false);
    connect(table, &DataTable::rowActivated, this,
        [this](int row) { context().selection.setItem(static_cast<int>(m_items->sourceRow(row))); });
    panel->setContent(table);
    return panel;
}

QWidget* DataView::makeSplit()
{
    auto* panel = new Panel(context().theme, tr("Filter and split"), QStringLiteral("split"));
    panel->setEnlargeable(false);
    auto* body = new QWidget;
    auto* row = new QHBoxLayout(body);
    row->setSpacing(32);
    m_form = new ProtocolForm(QStringLiteral("dataProtocol"));
    m_form->setMaximumWidth(context().theme.scaled(400));
    m_preview = makeLabel({});
    m_preview->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_preview->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* left = new QVBoxLayout;
    left->addWidget(m_form);
    left->addStretch(1);
    row->addLayout(left);
    row->addWidget(m_preview, 1);
    panel->setContent(body);
    connect(m_form, &ProtocolForm::changed, this, &DataView::check);
    return panel;
}

QWidget* DataView::makeLint()
{
    m_lintPanel = new Panel(context().theme, tr("Lint"), QStringLiteral("lint"));
    m_lintPanel->setEnlargeable(false);
    m_lintPanel->setFixedWidth(context().theme.scaled(rightColumn));
    QPushButton* again = makeButton(tr("Run"), QStringLiteral("lintRun"), ButtonKind::Link);
    setThemedIcon(context().theme, again, QStringLiteral("refresh-cw"));
    connect(again, &QPushButton::clicked, this, [this] {
        measure();
        check();
    });
    m_lintPanel->addControl(again);
    auto* area = new QScrollArea;
    setNames(area, QStringLiteral("lintList"), tr("Lint findings"));
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* body = new QWidget;
    body->setProperty("transparentArea", true);
    m_findings = new QVBoxLayout(body);
    m_findings->setContentsMargins(0, 0, 6, 0);
    m_findings->setSpacing(10);
    m_findings->addStretch(1);
    area->setWidget(body);
    m_lintPanel->setContent(area);
    return m_lintPanel;
}

void DataView::onDataset()
{
    const auto& dataset = context().library.dataset();
    m_stack->setCurrentIndex(dataset || !context().selection.dataset().isEmpty() ? 0 : 1);
    setTitle(context().selection.dataset().isEmpty() ? tr("Data") : context().selection.dataset());
    m_events->setDataset(dataset);
    m_items->setItems(nullptr, nullptr);
    showFindings({});
    if (!dataset) {
        setSubtitle({});
        return;
    }
    const DatasetInfo& info = dataset->info();
    setSubtitle(tr("%1 · sha256 %2 · imported %3 in %4")
                    .arg(QString::fromStdString(info.format), QString::fromStdString(info.contentHash).left(8),
                        format::ago(QString::fromStdString(info.created)), format::duration(info.report.seconds)));
    m_counts[0].first->setText(format::count(info.users));
    m_counts[1].first->setText(format::count(info.items));
    m_counts[2].first->setText(format::count(info.interactions));
    const qint64 dropped = info.report.rowsRead - info.report.rowsKept;
    m_counts[2].second->setText(dropped > 0 ? tr("%1 rows dropped").arg(format::count(dropped)) : tr("all rows kept"));
    if (info.interactions <= measuredAtOnce) {
        measure();
        check();
    } else {
        m_lintPanel->setSubtitle(tr("not run yet"));
    }
}

void DataView::measure()
{
    const auto dataset = context().library.dataset();
    if (!dataset)
        return;
    context().jobs.run(
        {JobLane::Inspect, tr("Measure %1").arg(context().selection.dataset()), QStringLiteral("data-statistics")},
        this,
        [dataset](
            Progress& progress) { return std::pair(computeStatistics(*dataset, progress), countItems(*dataset)); },
        [this, dataset](const auto& result) {
            showStatistics(result.first);
            m_items->setItems(dataset, result.second);
        },
        [this](const JobFailure& failure) { banner().showFailure(tr("The dataset could not be measured."), failure); });
}

void DataView::check()
{
    const std::string name = context().selection.dataset().toStdString();
    if (!context().library.dataset())
        return;
    using Result = std::pair<std::shared_ptr<const PreparedData>, std::vector<LintFinding>>;
    m_lintPanel->setLoading(true, tr("checking"));
    context().jobs.run(
        {JobLane::Inspect, tr("Check %1").arg(context().selection.dataset()), QStringLiteral("data-lint")}, this,
        [workspace = context().workspace, name, protocol = m_form->protocol()](Progress& progress) {
            const auto data = workspace->prepareData(name, protocol, progress);
            return Result(data, lintDataset(*data, progress));
        },
        [this](const Result& result) {
            m_lintPanel->setLoading(false);
            showPreview(*result.first);
            showFindings(result.second);
            banner().clear();
        },
        [this](const JobFailure& failure) {
            m_lintPanel->setLoading(false);
            banner().showFailure(tr("The split could not be made."), failure);
        });
}

void DataView::showStatistics(const DatasetStatistics& s)
{
    m_counts[3].first->setText(format::number(s.medianLength, 0));
    m_counts[3].second->setText(
        tr("mean %1 · max %2").arg(format::number(s.meanLength, 1), format::count(s.maxLength)));
    m_counts[4].first->setText(format::share(s.density, 2));
    m_counts[5].first->setText(format::share(s.repeatShare, 1));
    m_counts[5].second->setText(tr("events on an item seen before"));
    if (s.lastTime > 0) {
        m_counts[6].first->setText(tr("%1 d").arg(format::count((s.lastTime - s.firstTime) / 86400)));
        m_counts[6].second->setText(QStringLiteral("%1 … %2").arg(format::date(s.firstTime), format::date(s.lastTime)));
    }
    PlotModel popularity = popularityModel(s.popularityCurve);
    const double top = std::max(1.0, static_cast<double>(s.popularityCurve.size()) / 100.0);
    popularity.references.push_back({Qt::Vertical, top,
        tr("top 1 % of items: %1 of events").arg(format::share(s.topPercentShare, 0)), PlotTone::Neutral, false});
    m_popularity->setModel(popularity);
    PlotModel lengths = histogramModel(s.lengths, tr("events per user"), tr("users"));
    lengths.references.push_back({Qt::Vertical, histogramPosition(s.lengths, s.medianLength),
        tr("median %1").arg(format::number(s.medianLength, 0)), PlotTone::Neutral, true});
    m_lengths->setModel(lengths);
    m_gaps->setModel(histogramModel(s.gaps, tr("gap to the previous event"), tr("events"), gapTicks(),
        [](double seconds) { return format::gap(seconds).mid(1); }));
    m_time->setModel(histogramModel(s.overTime, tr("time"), tr("events"), {},
        [](double seconds) { return format::date(static_cast<qint64>(seconds)).left(7); }));
}

void DataView::showPreview(const PreparedData& data)
{
    const Protocol& protocol = data.protocol();
    const auto part
        = [&data](SplitPart which) { return format::count(static_cast<qint64>(data.evaluatedUsers(which).size())); };
    m_preview->setText(tr("After filter and split\n\n%1 users · %2 items · %3 events\n\nEvaluated users\n  validation  "
                          "%4\n  test  %5\n\n%6\nprotocol %7")
                           .arg(format::count(data.users()), format::count(data.items()),
                               format::count(data.interactions()), part(SplitPart::Valid), part(SplitPart::Test),
                               QString::fromStdString(protocol.summary()), QString::fromStdString(protocol.hash())));
    m_counts[0].second->setText(tr("%1 after the filter").arg(format::count(data.users())));
    m_counts[1].second->setText(tr("%1 after the filter").arg(format::count(data.items())));
}

void DataView::showFindings(const std::vector<LintFinding>& findings)
{
    while (m_findings->count() > 1) {
        QLayoutItem* item = m_findings->takeAt(0);
        delete item->widget();
        delete item;
    }
    for (std::size_t i = 0; i < findings.size(); ++i)
        m_findings->insertWidget(static_cast<int>(i), makeFinding(findings[i]));
    m_lintPanel->setSubtitle(findings.empty()
            ? QString()
            : format::plural(static_cast<qint64>(findings.size()), tr("%1 finding"), tr("%1 findings")));
}

QWidget* DataView::makeFinding(const LintFinding& finding)
{
    auto* box = new QWidget;
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    const auto [icon, tone] = severityLook(finding.severity);
    auto* mark = new QLabel;
    mark->setPixmap(iconPixmap(icon, context().theme.palette().status(tone).line, 17, devicePixelRatioF()));
    row->addWidget(mark, 0, Qt::AlignTop);
    auto* column = new QVBoxLayout;
    column->setSpacing(2);
    QLabel* title = makeLabel(QString::fromStdString(finding.title), "strong");
    QLabel* why = makeLabel(QString::fromStdString(finding.why + " " + finding.remedy), "secondary");
    for (QLabel* label : {title, why}) {
        label->setWordWrap(true);
        column->addWidget(label);
    }
    if (!finding.protocolKey.empty()) {
        const QString key = QString::fromStdString(finding.protocolKey);
        const QString value = QString::fromStdString(finding.protocolValue);
        QPushButton* apply = makeButton(tr("Set %1 to %2").arg(key, value),
            QStringLiteral("lintApply_%1").arg(QString::fromStdString(finding.code)), ButtonKind::Link);
        connect(apply, &QPushButton::clicked, this, [this, key, value] {
            m_form->set(key, value);
            m_tabs->setCurrentIndex(3);
        });
        column->addWidget(apply, 0, Qt::AlignLeft);
    }
    row->addLayout(column, 1);
    return box;
}

} // namespace recoscope
