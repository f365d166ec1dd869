// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/home/home_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "engine/workspace/workspace.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/data_table.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"
#include "widgets/views/home/news_panel.h"
#include "widgets/views/home/recent_runs.h"

namespace recoscope {

namespace {

constexpr int rightColumn = 400;
constexpr int narrowRightColumn = 330;

QString text(const std::string& value)
{
    return QString::fromStdString(value);
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
    m_news = new NewsPanel(context);
    left->addWidget(m_news);
    m_runs = new RecentRuns(context);
    left->addWidget(m_runs, 1);
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
    m_right->setFixedWidth(context().theme.scaled(narrow ? narrowRightColumn : rightColumn));
    m_runs->setNarrow(narrow);
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

void HomeView::activate()
{
    m_news->markSeen();
}

void HomeView::update()
{
    const Library& library = context().library;
    m_datasets->setRows(library.datasets());
    setSubtitle(QStringLiteral("%1 · %2").arg(
        format::plural(static_cast<qint64>(library.runs().size()), tr("%1 run"), tr("%1 runs")),
        format::plural(static_cast<qint64>(library.datasets().size()), tr("%1 dataset"), tr("%1 datasets"))));
    m_news->markSeen();
}

} // namespace recoscope
