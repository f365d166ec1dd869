// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/home/home_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "engine/workspace/workspace.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/data_table.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"
#include "widgets/views/registry.h"

namespace recoscope {

namespace {

constexpr std::ptrdiff_t recentRuns = 12;
constexpr int rightColumn = 400;

QString text(const std::string& value)
{
    return QString::fromStdString(value);
}

std::optional<double> metric(const std::map<std::string, double>& values, const char* name)
{
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
}

QVariant rawMetric(std::optional<double> value)
{
    return value ? QVariant(*value) : QVariant();
}

std::vector<RowTableModel<RunRecord>::Column> runColumns()
{
    using Column = RowTableModel<RunRecord>::Column;
    const auto tr = [](const char* s) { return HomeView::tr(s); };
    return {
        Column{{tr("Run"), {}, false, 0}, [](const RunRecord& r) { return text(r.name); }, {}},
        Column{{tr("Model"), {}, false, 100}, [](const RunRecord& r) { return text(r.model); }, {}},
        Column{{tr("Dataset"), {}, false, 130}, [](const RunRecord& r) { return text(r.dataset); }, {}},
        Column{{tr("Valid NDCG@10"), tr("best epoch"), true, 110},
            [](const RunRecord& r) { return format::accuracy(metric(r.valid, "ndcg@10")); },
            [](const RunRecord& r) { return rawMetric(metric(r.valid, "ndcg@10")); }},
        Column{{tr("Test NDCG@10"), {}, true, 110},
            [](const RunRecord& r) { return format::accuracy(metric(r.test, "ndcg@10")); },
            [](const RunRecord& r) { return rawMetric(metric(r.test, "ndcg@10")); }},
        Column{{tr("Status"), {}, false, 90},
            [](const RunRecord& r) { return QString::fromLatin1(runStatusName(r.status)); }, {}},
        Column{{tr("Created"), {}, true, 110}, [](const RunRecord& r) { return format::ago(text(r.created)); },
            [](const RunRecord& r) { return QVariant(text(r.created)); }},
    };
}

std::vector<RowTableModel<DatasetRecord>::Column> datasetColumns()
{
    using Column = RowTableModel<DatasetRecord>::Column;
    const auto tr = [](const char* s) { return HomeView::tr(s); };
    return {
        Column{{tr("Dataset"), {}, false, 0}, [](const DatasetRecord& d) { return text(d.name); }, {}},
        Column{{tr("Users"), {}, true, 74}, [](const DatasetRecord& d) { return format::count(d.users); },
            [](const DatasetRecord& d) { return QVariant::fromValue<qlonglong>(d.users); }},
        Column{{tr("Items"), {}, true, 74}, [](const DatasetRecord& d) { return format::count(d.items); },
            [](const DatasetRecord& d) { return QVariant::fromValue<qlonglong>(d.items); }},
        Column{{tr("Events"), {}, true, 92}, [](const DatasetRecord& d) { return format::count(d.interactions); },
            [](const DatasetRecord& d) { return QVariant::fromValue<qlonglong>(d.interactions); }},
    };
}

} // namespace

HomeView::HomeView(WorkbenchContext& context, QWidget* parent)
    : View(context, text(context.workspace->folder().filename().string()), parent)
    , m_runs(new RowTableModel<RunRecord>(runColumns(), this))
    , m_datasets(new RowTableModel<DatasetRecord>(datasetColumns(), this))
{
    QPushButton* workspace = makeButton(tr("Open workspace…"), QStringLiteral("homeOpenWorkspace"));
    setThemedIcon(context.theme, workspace, QStringLiteral("folder-open"));
    connect(workspace, &QPushButton::clicked, &context.navigator, &Navigator::workspaceRequested);
    addTitleAction(workspace);
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    auto* left = new QVBoxLayout;
    left->setSpacing(12);
    left->addWidget(makeCards());
    left->addWidget(makeRuns(), 1);
    row->addLayout(left, 1);
    m_right = makeDatasets();
    m_right->setFixedWidth(context.theme.scaled(rightColumn));
    row->addWidget(m_right);
    contentLayout()->addLayout(row, 1);
    connect(&context.library, &Library::runsChanged, this, &HomeView::update);
    update();
}

SelectionFields HomeView::usedFields() const
{
    return SelectionField::Dataset | SelectionField::RunA | SelectionField::RunB | SelectionField::User
        | SelectionField::Item;
}

void HomeView::setNarrow(bool narrow)
{
    m_right->setFixedWidth(context().theme.scaled(narrow ? 330 : rightColumn));
}

QWidget* HomeView::makeCard(const QString& icon, const QString& title, const QString& body, QPushButton* button)
{
    auto* card = new QFrame;
    card->setProperty("panel", true);
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(16, 14, 16, 14);
    column->setSpacing(6);
    auto* picture = new QLabel;
    const auto paint = [this, picture, icon] {
        picture->setPixmap(iconPixmap(icon, context().theme.palette().accent, 22, devicePixelRatioF()));
    };
    connect(&context().theme, &Theme::changed, picture, paint);
    paint();
    QLabel* words = makeLabel(body, "secondary");
    words->setWordWrap(true);
    words->setMinimumHeight(context().theme.scaled(50));
    words->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    column->addWidget(picture);
    column->addWidget(makeLabel(title, "strong"));
    column->addWidget(words, 1);
    column->addWidget(button, 0, Qt::AlignLeft);
    return card;
}

QWidget* HomeView::makeCards()
{
    Navigator& navigator = context().navigator;
    m_open = makeButton(tr("Open dataset…"), QStringLiteral("homeOpenDataset"), ButtonKind::Primary);
    QPushButton* sample = makeButton(tr("Open sample"), QStringLiteral("homeOpenSample"));
    QPushButton* train = makeButton(tr("New training…"), QStringLiteral("homeNewTraining"));
    connect(m_open, &QPushButton::clicked, &navigator, [&navigator] { emit navigator.importRequested({}); });
    connect(sample, &QPushButton::clicked, &navigator, &Navigator::sampleRequested);
    connect(train, &QPushButton::clicked, &navigator,
        [&navigator] { emit navigator.viewRequested(QStringLiteral("train")); });
    auto* cards = new QWidget;
    auto* row = new QHBoxLayout(cards);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(makeCard(QStringLiteral("database"), tr("Load interactions"),
        tr("MovieLens, Amazon, RecBole, SASRec or any delimited file. Nothing is changed on disk."), m_open));
    row->addWidget(makeCard(QStringLiteral("lightbulb"), tr("Try the sample"),
        tr("A small generated dataset with planted tastes; its best possible score is known."), sample));
    row->addWidget(makeCard(QStringLiteral("activity"), tr("Train a model"),
        tr("Start from a preset and see time and memory before you press start."), train));
    return cards;
}

QWidget* HomeView::makeRuns()
{
    Theme& theme = context().theme;
    m_runsPanel = new Panel(theme, tr("Recent runs"), QStringLiteral("recentRuns"));
    m_runsPanel->setSubtitle(tr("full ranking; double-click makes it run A"));
    m_runsPanel->setEnlargeable(false);
    m_runsPanel->setBodyMargins(0, 0, 0, 0);
    QPushButton* all = makeButton(tr("All runs"), QStringLiteral("homeAllRuns"), ButtonKind::Link);
    connect(all, &QPushButton::clicked, &context().navigator,
        [this] { emit context().navigator.viewRequested(QStringLiteral("runs")); });
    m_runsPanel->addControl(all);
    const std::vector<ViewDescriptor> pages = viewRegistry();
    if (std::none_of(
            pages.begin(), pages.end(), [](const ViewDescriptor& v) { return v.id == QStringLiteral("runs"); }))
        all->hide();
    auto* table = new DataTable(theme, tr("Recent runs"), QStringLiteral("recentRunsTable"));
    table->setTable(m_runs);
    connect(table, &DataTable::rowActivated, this, [this](int row) {
        context().selection.setDataset(text(m_runs->rowAt(row).dataset));
        context().selection.setRunA(text(m_runs->rowAt(row).id));
    });
    auto* empty = new EmptyState(
        theme, QStringLiteral("table-2"), tr("Nothing here yet. Drop a data file, or try the shipped sample."));
    empty->addAction(
        tr("Open sample"), QStringLiteral("homeEmptySample"), [this] { emit context().navigator.sampleRequested(); });
    m_runsStack = new QStackedWidget;
    m_runsStack->addWidget(table);
    m_runsStack->addWidget(empty);
    m_runsPanel->setContent(m_runsStack);
    return m_runsPanel;
}

QWidget* HomeView::makeDropZone()
{
    auto* zone = new QFrame;
    zone->setObjectName(QStringLiteral("dropZone"));
    const auto style = [this, zone] {
        const Palette& p = context().theme.palette();
        zone->setStyleSheet(QStringLiteral("#dropZone { background: %1; border: 2px dashed %2; border-radius: 6px; }")
                                .arg(p.sunk.name(), p.border.name()));
    };
    connect(&context().theme, &Theme::changed, zone, style);
    style();
    auto* column = new QVBoxLayout(zone);
    column->setContentsMargins(12, 14, 12, 14);
    for (const auto& [words, role] : {std::pair(tr("Drop a data file anywhere in the window"), "strong"),
             std::pair(tr("csv · tsv · dat · inter · json.gz · zip"), "caption")}) {
        QLabel* label = makeLabel(words, role);
        label->setAlignment(Qt::AlignCenter);
        column->addWidget(label);
    }
    return zone;
}

QWidget* HomeView::makeDatasets()
{
    Theme& theme = context().theme;
    auto* panel = new Panel(theme, tr("Datasets in this workspace"), QStringLiteral("homeDatasets"));
    panel->setEnlargeable(false);
    QPushButton* get = makeButton(tr("Get MovieLens…"), QStringLiteral("homeGetMovieLens"), ButtonKind::Link);
    connect(get, &QPushButton::clicked, &context().navigator, &Navigator::downloadRequested);
    panel->addControl(get);
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    auto* table = new DataTable(theme, tr("Datasets"), QStringLiteral("datasetsTable"));
    table->setTable(m_datasets);
    connect(table, &DataTable::rowActivated, this, [this](int row) {
        context().selection.setDataset(text(m_datasets->rowAt(row).name));
        emit context().navigator.viewRequested(QStringLiteral("data"));
    });
    column->addWidget(makeDropZone());
    column->addWidget(table, 1);
    panel->setContent(body);
    return panel;
}

void HomeView::update()
{
    const Library& library = context().library;
    const std::vector<RunRecord>& all = library.runs();
    const auto count = static_cast<qint64>(all.size());
    std::vector<RunRecord> runs(all.begin(), all.begin() + std::min<std::ptrdiff_t>(count, recentRuns));
    m_runsStack->setCurrentIndex(runs.empty() ? 1 : 0);
    m_runs->setRows(std::move(runs));
    m_datasets->setRows(library.datasets());
    setSubtitle(QStringLiteral("%1 · %2").arg(format::plural(count, tr("%1 run"), tr("%1 runs")),
        format::plural(static_cast<qint64>(library.datasets().size()), tr("%1 dataset"), tr("%1 datasets"))));
}

} // namespace recoscope
