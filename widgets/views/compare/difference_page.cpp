// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/compare/difference_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

#include "widgets/core/formatting.h"
#include "widgets/core/jobs.h"
#include "widgets/core/selection.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/density_scatter.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/compare/forest_chart.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

// Above this many users x metrics the tests take longer than 300 ms and wait for a click.
constexpr std::size_t quickTests = 5000;
// Above this many users ranking twice takes longer.
constexpr std::size_t quickLists = 1500;
constexpr int overlapK = 10;
constexpr int mostLosers = 200;
const QString testKey = QStringLiteral("compare-tests");
const QString overlapKey = QStringLiteral("compare-overlap");

} // namespace

DifferencePage::DifferencePage(WorkbenchContext& context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
{
    setAccessibleName(tr("Differences"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    const auto column = [row](QWidget* top, int topStretch, QWidget* bottom, int bottomStretch, int stretch) {
        auto* layout = new QVBoxLayout;
        layout->setSpacing(12);
        layout->addWidget(top, topStretch);
        layout->addWidget(bottom, bottomStretch);
        row->addLayout(layout, stretch);
    };
    column(makeForest(), 5, makeSlices(), 5, 37);
    row->addWidget(makeDensity(), 32);
    column(makeLasso(), 5, makeOverlap(), 5, 29);
}

QWidget* DifferencePage::makeForest()
{
    Theme& theme = m_context.theme;
    m_forestPanel = new Panel(theme, tr("B minus A"), QStringLiteral("compareForest"));
    m_test = new QComboBox;
    setNames(m_test, QStringLiteral("compareTest"), tr("Significance test"));
    m_test->addItems({tr("Paired permutation"), tr("Paired t test"), tr("Wilcoxon")});
    m_forestPanel->addControl(m_test);
    m_forest = new ForestChart(theme);
    m_forestEmpty = new EmptyState(theme, QStringLiteral("scale"), {});
    m_forestEmpty->addAction(tr("Test the difference"), QStringLiteral("compareRunTests"), [this] { runTests(); });
    m_forestStack = new QStackedWidget;
    m_forestStack->addWidget(m_forest);
    m_forestStack->addWidget(m_forestEmpty);
    m_forestPanel->setContent(m_forestStack);
    m_forestPanel->setExportable(m_forest);
    connect(m_test, &QComboBox::currentIndexChanged, this,
        [this](int index) { m_forest->setTest(static_cast<SignificanceTest>(index)); });
    return m_forestPanel;
}

QWidget* DifferencePage::makeSlices()
{
    Theme& theme = m_context.theme;
    m_slicePanel = new Panel(theme, tr("NDCG@10 by history length"), QStringLiteral("compareSlices"));
    m_slicePanel->setSubtitle(tr("95 % CI"));
    m_sliceBy = new QComboBox;
    setNames(m_sliceBy, QStringLiteral("compareSliceBy"), tr("Users grouped by"));
    m_sliceBy->addItems({tr("Length"), tr("Popularity")});
    m_slicePanel->addControl(m_sliceBy);
    m_slices = new PlotView(theme, tr("NDCG@10 by group"), QStringLiteral("compareSlices"));
    m_slicePanel->setContent(m_slices);
    m_slicePanel->setExportable(m_slices);
    connect(m_sliceBy, &QComboBox::currentIndexChanged, this, &DifferencePage::showSlices);
    return m_slicePanel;
}

QWidget* DifferencePage::makeDensity()
{
    Theme& theme = m_context.theme;
    m_densityPanel = new Panel(theme, tr("Who gains, who loses"), QStringLiteral("compareDensity"));
    m_density = new DensityScatter(theme, tr("Target rank in A and B"), QStringLiteral("compareDensity"));
    m_densityPanel->setContent(m_density);
    m_densityPanel->setExportable(m_density);
    connect(m_density, &DensityScatter::selected, this, &DifferencePage::showLasso);
    connect(m_density, &DensityScatter::pointClicked, this, [this](int index) {
        if (m_data && index >= 0)
            m_context.selection.setUser(m_data->datasetUser[static_cast<std::size_t>(index)]);
    });
    return m_densityPanel;
}

QWidget* DifferencePage::makeLasso()
{
    Theme& theme = m_context.theme;
    m_lassoPanel = new Panel(theme, tr("Users in the lasso"), QStringLiteral("compareLasso"));
    m_openUser = makeButton(tr("Open user"), QStringLiteral("compareOpenUser"), ButtonKind::Link);
    m_lassoPanel->addControl(m_openUser);
    const auto rank = [](double PairedUser::*which) {
        return [which](const LassoUser& u) { return format::count(static_cast<qint64>(u.pair.*which)); };
    };
    m_lassoRows = new RowTableModel<LassoUser>(
        {{{tr("User"), tr("Click to open"), false, 70}, [](const LassoUser& u) { return u.name; }, {},
             [](const LassoUser&, int role) {
                 return role == LinkRole       ? QVariant(true)
                     : role == Qt::ToolTipRole ? QVariant(tr("Open this user"))
                                               : QVariant();
             }},
            {{tr("Events"), tr("History length"), true, 62},
                [](const LassoUser& u) { return format::count(u.pair.historyLength); },
                [](const LassoUser& u) { return QVariant(double(u.pair.historyLength)); }},
            {{tr("Rank A"), {}, true, 64}, rank(&PairedUser::rankA),
                [](const LassoUser& u) { return QVariant(u.pair.rankA); }},
            {{tr("Rank B"), {}, true, 64}, rank(&PairedUser::rankB),
                [](const LassoUser& u) { return QVariant(u.pair.rankB); }},
            {{tr("Δ NDCG@10"), tr("B − A"), true, 98},
                [](const LassoUser& u) { return format::signedNumber(u.difference, 2); },
                [](const LassoUser& u) { return QVariant(u.difference); }}},
        this);
    m_lasso = new RowTable(theme, m_lassoRows, QStringLiteral("compareLassoTable"), tr("Users in the lasso"));
    m_lasso->setStretchedColumn(0);
    m_lasso->setExportHeader({tr("Users in the lasso"), {}, {}});
    m_lassoPanel->setBodyMargins(0, 0, 0, 4);
    m_lassoPanel->setContent(m_lasso);
    m_lassoPanel->setExportable(m_lasso);
    connect(m_openUser, &QPushButton::clicked, this, &DifferencePage::openUser);
    connect(m_lasso, &RowTable::linkClicked, this, &DifferencePage::openUser);
    connect(m_lasso, &QAbstractItemView::activated, this, &DifferencePage::openUser);
    connect(m_lasso->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        m_lasso->setFocusRow(index.row());
        m_openUser->setEnabled(index.isValid());
    });
    return m_lassoPanel;
}

QWidget* DifferencePage::makeOverlap()
{
    Theme& theme = m_context.theme;
    m_overlapPanel = new Panel(theme, tr("Where the two lists differ"), QStringLiteral("compareOverlap"));
    m_overlapPanel->setSubtitle(tr("top %1 of all users").arg(overlapK));
    m_overlap = new PlotView(theme, tr("Items shared by the two lists"), QStringLiteral("compareOverlap"));
    m_overlapEmpty = new EmptyState(theme, QStringLiteral("scale"), tr("Both runs rank every user again for this."));
    m_overlapEmpty->addAction(tr("Compute overlap"), QStringLiteral("compareRunOverlap"), [this] { runOverlap(); });
    m_overlapStack = new QStackedWidget;
    m_overlapStack->addWidget(m_overlap);
    m_overlapStack->addWidget(m_overlapEmpty);
    m_overlapPanel->setContent(m_overlapStack);
    m_overlapPanel->setExportable(m_overlap);
    return m_overlapPanel;
}

Exportable* DifferencePage::mainExport() const
{
    return m_density;
}

void DifferencePage::show(std::shared_ptr<const CompareData> data)
{
    m_data = std::move(data);
    const QString n = format::count(static_cast<qint64>(m_data->users.size()));
    m_forestPanel->setSubtitle(tr("%1 users").arg(n));
    m_densityPanel->setSubtitle(tr("target rank, %1 users").arg(n));
    m_forest->setExportHeader(
        {tr("B minus A"), QString::fromStdString(m_data->a.protocolHash), QString::number(m_data->a.seed)});
    showSlices();
    showDensity();
    showLasso({});
    startTests();
    startOverlap();
}

void DifferencePage::startTests()
{
    m_context.jobs.cancelKey(testKey);
    m_forestPanel->setLoading(false);
    if (m_data->users.size() * comparedMetrics().size() <= quickTests) {
        runTests();
        return;
    }
    m_forestEmpty->setSentence(tr("Permutation and bootstrap over %1 users take a few seconds.")
                                   .arg(format::count(static_cast<qint64>(m_data->users.size()))));
    m_forestStack->setCurrentWidget(m_forestEmpty);
}

void DifferencePage::runTests()
{
    if (m_data->users.size() < 2)
        return;
    m_forestPanel->setLoading(true, tr("testing…"));
    m_context.jobs.run(
        {JobLane::Inspect, tr("Test the difference"), testKey}, this,
        [data = m_data](Progress& progress) { return metricDifferences(data->users, comparedMetrics(), progress); },
        [this](std::vector<MetricDifference> differences) {
            m_forestPanel->setLoading(false);
            m_forestStack->setCurrentWidget(m_forest);
            m_forest->setDifferences(std::move(differences), static_cast<SignificanceTest>(m_test->currentIndex()));
        },
        [this](const JobFailure& failure) {
            m_forestPanel->setLoading(false);
            emit failed(tr("The difference could not be tested."), failure);
        });
}

void DifferencePage::startOverlap()
{
    m_context.jobs.cancelKey(overlapKey);
    m_overlapPanel->setLoading(false);
    m_overlapPanel->setSubtitle(tr("top %1 of all users").arg(overlapK));
    m_overlapStack->setCurrentWidget(m_overlapEmpty);
    if (m_data->users.size() <= quickLists)
        runOverlap();
}

void DifferencePage::runOverlap()
{
    m_overlapPanel->setLoading(true, tr("ranking every user…"));
    m_context.jobs.run(
        {JobLane::Inspect, tr("Compare the lists"), overlapKey}, this,
        [workspace = m_context.workspace, data = m_data](
            Progress& progress) { return computeOverlap(*workspace, data->a, data->b, overlapK, progress); },
        [this](const ListOverlap& overlap) {
            m_overlapPanel->setLoading(false);
            showOverlap(overlap);
        },
        [this](const JobFailure& failure) {
            m_overlapPanel->setLoading(false);
            emit failed(tr("The lists could not be compared."), failure);
        });
}

void DifferencePage::showSlices()
{
    if (!m_data)
        return;
    const SliceBy by = m_sliceBy->currentIndex() == 0 ? SliceBy::HistoryLength : SliceBy::TargetPopularity;
    const std::vector<SlicePair> slices = sliceUsers(m_data->users, by, "ndcg@10");
    PlotModel plot;
    plot.title = by == SliceBy::HistoryLength ? tr("NDCG@10 by history length") : tr("NDCG@10 by target popularity");
    plot.protocolHash = QString::fromStdString(m_data->a.protocolHash);
    plot.x.name = by == SliceBy::HistoryLength ? tr("events per user") : tr("training events of the target");
    plot.x.logAllowed = false;
    plot.y.decimals = 4;
    plot.y.logAllowed = false;
    PlotSeries a;
    PlotSeries b;
    a.name = QStringLiteral("A");
    b.name = QStringLiteral("B");
    a.slot = 0;
    b.slot = 1;
    a.mark = b.mark = PlotMark::LinePoints;
    a.capped = b.capped = true;
    for (std::size_t i = 0; i < slices.size(); ++i) {
        const double at = static_cast<double>(i);
        plot.x.ticks.push_back({at, QString::fromStdString(slices[i].name)});
        const auto add = [](PlotSeries& series, double x, double y, double half) {
            series.x.push_back(x);
            series.y.push_back(y);
            series.low.push_back(y - half);
            series.high.push_back(y + half);
        };
        // Side by side, so that the capped bars of A and B do not cover each other.
        add(a, at - 0.06, slices[i].a, slices[i].aHalf);
        add(b, at + 0.06, slices[i].b, slices[i].bHalf);
    }
    plot.x.low = -0.5;
    plot.x.high = static_cast<double>(slices.size()) - 0.2;
    plot.series = {a, b};
    m_slicePanel->setTitle(plot.title);
    m_slices->setModel(std::move(plot));
}

void DifferencePage::showDensity()
{
    DensityData density;
    for (const PairedUser& user : m_data->users) {
        density.x.push_back(user.rankA);
        density.y.push_back(user.rankB);
    }
    density.names = m_data->names;
    density.xName = tr("rank of target in A");
    density.yName = tr("rank in B");
    const Winners share = winners(m_data->users);
    density.aboveText = tr("B better: %1 of users").arg(format::share(share.b));
    density.belowText = tr("A better: %1").arg(format::share(share.a));
    density.protocolHash = QString::fromStdString(m_data->a.protocolHash);
    m_density->setData(std::move(density));
    const auto pinned = std::find(m_data->datasetUser.begin(), m_data->datasetUser.end(), m_context.selection.user());
    m_density->setPinned(
        pinned == m_data->datasetUser.end() ? -1 : static_cast<int>(pinned - m_data->datasetUser.begin()));
}

void DifferencePage::showLasso(const std::vector<int>& points)
{
    std::vector<int> chosen = points;
    if (points.empty()) {
        chosen.resize(m_data->users.size());
        std::iota(chosen.begin(), chosen.end(), 0);
    }
    chosen = losersFirst(m_data->users, std::move(chosen), "ndcg@10");
    const std::size_t all = chosen.size();
    chosen.resize(std::min(all, static_cast<std::size_t>(mostLosers)));
    std::vector<LassoUser> rows;
    for (const int index : chosen) {
        const auto i = static_cast<std::size_t>(index);
        rows.push_back(
            {m_data->users[i], m_data->datasetUser[i], m_data->names[i], differenceOf(m_data->users[i], "ndcg@10")});
    }
    m_lassoPanel->setTitle(points.empty() ? tr("Users who lose most") : tr("Users in the lasso"));
    m_lassoPanel->setSubtitle(points.empty() ? tr("drag on the chart to choose")
                                             : tr("%1, sorted by loss").arg(format::count(static_cast<qint64>(all))));
    m_lassoRows->setRows(std::move(rows));
    m_lasso->setFocusRow(-1);
    m_openUser->setEnabled(false);
}

void DifferencePage::showOverlap(const ListOverlap& overlap)
{
    PlotModel plot;
    plot.title = tr("Items shared by the two lists");
    plot.x.name = tr("items shared");
    plot.x.logAllowed = false;
    plot.y.name = tr("share of users, %");
    plot.y.fromZero = true;
    plot.y.logAllowed = false;
    plot.y.decimals = 1;
    PlotSeries bars;
    bars.mark = PlotMark::Bars;
    for (std::size_t shared = 0; shared < overlap.share.size(); ++shared) {
        bars.x.push_back(static_cast<double>(shared));
        bars.y.push_back(100 * overlap.share[shared]);
    }
    plot.series = {bars};
    m_overlap->setModel(std::move(plot));
    m_overlapPanel->setSubtitle(tr("top %1 of %2 users, median %3 shared")
                                    .arg(overlap.k)
                                    .arg(format::count(overlap.users), format::number(overlap.median, 0)));
    m_overlapStack->setCurrentWidget(m_overlap);
}

void DifferencePage::openUser()
{
    const QModelIndex row = m_lasso->currentIndex();
    if (!row.isValid())
        return;
    m_context.selection.setUser(m_lassoRows->rowAt(row.row()).datasetUser);
    emit m_context.navigator.viewRequested(QStringLiteral("user"));
}

} // namespace recoscope
