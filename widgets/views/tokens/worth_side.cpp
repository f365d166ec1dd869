// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/tokens/worth_side.h"

#include <QApplication>
#include <QVBoxLayout>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "engine/evaluation/metrics.h"
#include "widgets/core/formatting.h"
#include "widgets/core/token_reading.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/theme.h"
#include "widgets/views/tokens/population_bar.h"

namespace recoscope {

namespace {

constexpr int sharedColumn = 2; // of the readings
constexpr int leftColumn = 2; // of the lists
const std::string accuracyMetric = "ndcg@10";

// "token 3"; of several segments "token 2.3".
QString shortTokenName(const TokenMaps& maps, std::int64_t token)
{
    const std::int64_t place = token % maps.shape.tokens + 1;
    return maps.segments > 1 ? WorthSide::tr("token %1.%2").arg(token / maps.shape.tokens + 1).arg(place)
                             : WorthSide::tr("token %1").arg(place);
}

} // namespace

double WorthSide::WorthRow::accuracyChange() const
{
    return metricAtRank(accuracyMetric, rank) - metricAtRank(accuracyMetric, usualRank);
}

QString WorthSide::moveText(const WorthRow& row)
{
    const qint64 places = qRound64(row.usualRank) - qRound64(row.rank);
    if (!row.isChanged())
        return format::missing();
    return places == 0
        ? QStringLiteral("=")
        : QStringLiteral("%1 %2").arg(places > 0 ? QChar(0x25B2) : QChar(0x25BC), format::count(std::abs(places)));
}

const TokenPopulation::Row* WorthSide::populationOf(const WorthRow& row) const
{
    return m_population ? m_population->find(row.way, row.token) : nullptr;
}

QVariant WorthSide::changeOf(const WorthRow& row) const
{
    if (!m_population)
        return row.isChanged() ? QVariant(row.accuracyChange()) : QVariant();
    const TokenPopulation::Row* all = populationOf(row);
    return all ? QVariant(all->change.mean) : QVariant();
}

QVariant WorthSide::changeExtra(const WorthRow& row, int role) const
{
    const TokenPopulation::Row* all = populationOf(row);
    if (!all)
        return {};
    if (role == ChipRole)
        return static_cast<int>(!all->decided() ? StatusTone::Neutral
                : all->change.mean > 0          ? StatusTone::Good
                                                : StatusTone::Bad);
    if (role == Qt::ToolTipRole)
        return tr("95 % CI %1 to %2, %n user(s)", nullptr, static_cast<int>(all->users))
            .arg(format::signedNumber(all->change.ciLow, 4), format::signedNumber(all->change.ciHigh, 4));
    return {};
}

WorthSide::WorthSide(Theme& theme, QWidget* parent)
    : SideColumn(
        theme, {364, 278}, QStringLiteral("tokensSideTabs"), tr("What is lost without a token, and the lists"), parent)
    , m_theme(theme)
    , m_tablePanel(makeTable())
    , m_listPanel(makeLists())
{
    setNames(this, QStringLiteral("tokensWorthSide"), tr("What the tokens are worth"));
    addPanel(m_tablePanel, tr("Tokens"), 1);
    addPanel(m_listPanel, tr("Lists"), 1);
}

Panel* WorthSide::makeTable()
{
    auto* panel = new Panel(m_theme, tr("Without one token"), QStringLiteral("tokensWorth"));
    m_rows = new RowTableModel<WorthRow>(
        {{{tr("Left out"), tr("Of several segments: segment.token. Full history: nothing is compressed"), false, 0},
             [](const WorthRow& row) { return row.name; }, {},
             [](const WorthRow& row, int role) {
                 return role == Qt::ToolTipRole && !row.tip.isEmpty() ? QVariant(row.tip) : QVariant();
             }},
            {{tr("Target"), tr("Rank of the held-out item"), true, 56},
                [](const WorthRow& row) {
                    return row.rank > 0.0 ? format::count(qRound64(row.rank)) : format::missing();
                },
                [](const WorthRow& row) { return row.rank > 0.0 ? QVariant(row.rank) : QVariant(); }},
            {{tr("Shared"), tr("Items of the list that stand in the list with all tokens"), true, 60},
                [](const WorthRow& row) { return format::count(row.shared); },
                [](const WorthRow& row) { return QVariant(static_cast<double>(row.shared)); }},
            {{tr("Move"), tr("Places that the held-out item rises ▲ or falls ▼ against all tokens"), true, 54},
                moveText,
                [](const WorthRow& row) { return row.isChanged() ? QVariant(row.usualRank - row.rank) : QVariant(); }},
            {{tr("ΔNDCG"), tr("NDCG@10 against all tokens; below: whose"), true, 73},
                [this](const WorthRow& row) {
                    const QVariant change = changeOf(row);
                    return change.isValid() ? format::signedNumber(change.toDouble(), 4) : format::missing();
                },
                [this](const WorthRow& row) { return changeOf(row); },
                [this](const WorthRow& row, int role) { return changeExtra(row, role); }}},
        this);
    m_table = new RowTable(m_theme, m_rows, QStringLiteral("tokensWorthTable"), tr("Without one token"));
    m_table->setStretchedColumn(0);
    m_bar = new PopulationBar;
    connect(m_bar, &PopulationBar::measureRequested, this, &WorthSide::populationRequested);
    connect(m_bar, &PopulationBar::cancelRequested, this, &WorthSide::populationCancelled);
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_table, 1);
    column->addWidget(m_bar);
    panel->setBodyMargins(0, 0, 0, 4);
    panel->setContent(content);
    panel->setExportable(m_table);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (!index.isValid())
            return;
        const int reading = m_rows->rowAt(index.row()).reading;
        showReading(reading);
        const std::int32_t token = m_worth->readings[static_cast<std::size_t>(reading)].token;
        if (token >= 0 && !m_showing)
            emit tokenChosen(token);
    });
    return panel;
}

Panel* WorthSide::makeLists()
{
    auto* panel = new Panel(m_theme, tr("What the tokens bring"), QStringLiteral("tokensLists"));
    const auto extras = [](bool ListRow::*changes, const QString& word) {
        return [changes, word](const ListRow& row, int role) {
            if (!(row.*changes))
                return QVariant();
            return role == AsideRole ? QVariant(word) : role == BestRole ? QVariant(true) : QVariant();
        };
    };
    m_listRows = new RowTableModel<ListRow>(
        {{{tr("Rank"), {}, true, 50}, [](const ListRow& row) { return QString::number(row.place); },
             [](const ListRow& row) { return QVariant(static_cast<double>(row.place)); }},
            {{tr("All tokens"), tr("Bold: leaves the list"), false, 0},
                [](const ListRow& row) { return row.usual.title; }, {}, extras(&ListRow::leaves, tr("out"))},
            {{tr("Without it"), tr("Bold: enters the list"), false, 150},
                [](const ListRow& row) { return row.left.title; }, {}, extras(&ListRow::enters, tr("in"))}},
        this);
    m_lists = new RowTable(m_theme, m_listRows, QStringLiteral("tokensListTable"), tr("Recommendations"));
    m_lists->setStretchedColumn(1);
    panel->setBodyMargins(0, 0, 0, 4);
    panel->setSubtitle(tr("top 10"));
    panel->setContent(m_lists);
    panel->setExportable(m_lists);
    connect(m_lists, &RowTable::rowActivated, this, [this](int row) {
        const InspectedItem& item = m_listRows->rowAt(row).usual;
        if (item.dataset >= 0)
            emit itemChosen(item.dataset);
    });
    return panel;
}

void WorthSide::setNarrow(bool narrow)
{
    SideColumn::setNarrow(narrow);
    m_table->setColumnHidden(sharedColumn, narrow);
}

void WorthSide::setLoading(bool loading, const QString& text)
{
    m_tablePanel->setLoading(loading, text);
    m_listPanel->setLoading(loading, text);
}

QString WorthSide::readingName(const TokenReading& reading) const
{
    switch (reading.way) {
    case TokenWay::AllTokens: return tr("nothing");
    case TokenWay::WithoutOne: return shortTokenName(*m_data->maps, reading.token);
    case TokenWay::WithoutAny: return tr("all tokens");
    case TokenWay::FullHistory: return tr("full history");
    }
    return {};
}

void WorthSide::showData(std::shared_ptr<const TokensData> data, std::shared_ptr<const TokensWorth> worth)
{
    m_data = std::move(data);
    m_worth = std::move(worth);
    std::vector<WorthRow> rows;
    for (int i = 0; m_worth && i < static_cast<int>(m_worth->readings.size()); ++i) {
        const TokenReading& reading = m_worth->readings[static_cast<std::size_t>(i)];
        rows.push_back(
            {i, readingName(reading), reading.token < 0 ? QString() : tokenName(*m_data->maps, reading.token),
                reading.targetRank, m_worth->readings.front().targetRank, reading.shared, reading.way, reading.token});
    }
    m_showing = true;
    m_rows->setRows(std::move(rows));
    m_listRows->setRows({});
    m_showing = false;
    const InspectedItem& target = m_data->run->target;
    m_tablePanel->setSubtitle(target.prepared < 0 ? QString() : tr("target %1").arg(target.title));
}

void WorthSide::showPopulation(TokenPopulationPtr population, bool measuring)
{
    const bool focused = m_bar->isAncestorOf(QApplication::focusWidget());
    m_bar->showFor(*m_data, population.get(), measuring);
    if (focused && population) // its button is gone
        m_table->setFocus();
    m_table->setExportHeader(
        m_data->header(population ? tr("Without one token; ΔNDCG@10 of %n user(s) at their validation targets", nullptr,
                           static_cast<int>(population->users))
                                  : tr("Without one token; ΔNDCG@10 of one user")));
    if (m_population == population)
        return;
    const QModelIndex current = m_table->currentIndex();
    const int reading = current.isValid() ? m_rows->rowAt(current.row()).reading : -1;
    m_population = std::move(population);
    m_showing = true;
    m_rows->setRows(m_rows->rows());
    if (reading >= 0)
        m_table->setCurrentIndex(m_rows->index(m_rows->shownRow(reading), 0));
    m_showing = false;
}

void WorthSide::setToken(int token)
{
    if (!m_worth)
        return;
    const auto& readings = m_worth->readings;
    const auto found = std::find_if(
        readings.begin(), readings.end(), [token](const TokenReading& reading) { return reading.token == token; });
    const auto reading = found == readings.end() ? 0 : static_cast<int>(found - readings.begin());
    m_showing = true;
    m_table->setCurrentIndex(m_rows->index(m_rows->shownRow(reading), 0));
    m_showing = false;
}

void WorthSide::showReading(int reading)
{
    const std::vector<TokenReading>& readings = m_worth->readings;
    const auto at = static_cast<std::size_t>(reading);
    const std::vector<InspectedItem>&usual = m_worth->lists.front(), &left = m_worth->lists[at];
    std::vector<ListRow> rows;
    for (std::size_t i = 0; i < std::max(usual.size(), left.size()); ++i) {
        ListRow row;
        row.place = static_cast<int>(i) + 1;
        if (i < usual.size()) {
            row.usual = usual[i];
            row.leaves = !isListed(readings[at].list, usual[i].prepared);
        }
        if (i < left.size()) {
            row.left = left[i];
            row.enters = !isListed(readings.front().list, left[i].prepared);
        }
        rows.push_back(std::move(row));
    }
    m_listRows->setRows(std::move(rows));
    const QString title = listTitle(reading);
    m_listRows->setColumnTitle(leftColumn, title);
    m_lists->setExportHeader(m_data->header(tr("All tokens, and %1").arg(title)));
}

QString WorthSide::listTitle(int reading) const
{
    const TokenReading& shown = m_worth->readings[static_cast<std::size_t>(reading)];
    const QString name = m_rows->rows()[static_cast<std::size_t>(reading)].name;
    switch (shown.way) {
    case TokenWay::AllTokens: return tr("Nothing left out");
    case TokenWay::FullHistory: return tr("Full history");
    case TokenWay::WithoutAny: return tr("Without any token");
    case TokenWay::WithoutOne: break;
    }
    return tr("Without %1").arg(name);
}

} // namespace recoscope
