// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/tokens/savings_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/chip_label.h"
#include "widgets/frame/row_table.h"

namespace recoscope {

namespace {

constexpr double equalWithin = 1e-5; // cached and one pass
constexpr double kibibyte = 1024.0;

template <class Row> auto valueColumn(const QString& title, const QString& tip, std::optional<double> Row::*value)
{
    return typename RowTableModel<Row>::Column{{title, tip, true, 62},
        [value](
            const Row& row) { return row.*value ? format::number(*(row.*value), row.decimals) : format::missing(); },
        [value](const Row& row) { return row.*value ? QVariant(*(row.*value)) : QVariant(); }};
}

} // namespace

SavingsPanel::SavingsPanel(Theme& theme, QWidget* parent)
    : Panel(theme, tr("What it saves"), QStringLiteral("tokensSavings"), parent)
    , m_rows(new RowTableModel<SavingsRow>(
          {{{QString(), {}, false, 0}, [](const SavingsRow& row) { return row.name; }, {}},
              valueColumn(tr("Full"), tr("The same weights, nothing compressed"), &SavingsRow::full),
              valueColumn(tr("Tokens"), tr("The compressed state and the recent events"), &SavingsRow::tokens),
              valueColumn(tr("Recent"), tr("The recent events alone"), &SavingsRow::recentOnly)},
          this))
    , m_table(new RowTable(theme, m_rows, QStringLiteral("tokensSavingsTable"), tr("What it saves")))
    , m_exact(new ChipLabel(theme))
    , m_words(makeLabel({}, "caption"))
{
    m_table->setStretchedColumn(0);
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addWidget(m_table, 1);
    auto* line = new QHBoxLayout;
    line->setContentsMargins(12, 0, 12, 4);
    line->addWidget(m_exact);
    line->addWidget(m_words, 1);
    column->addLayout(line);
    m_words->setWordWrap(true);
    setBodyMargins(0, 0, 0, 4);
    setContent(body);
    setExportable(m_table);
}

void SavingsPanel::showData(const TokensData& data, const TokensWorth* worth)
{
    setSubtitle(tr("user %1").arg(data.run->userName));
    m_table->setExportHeader(data.header(tr("What it saves, user %1").arg(data.run->userName)));
    m_own.clear();
    m_exact->setChip(StatusTone::Neutral, {});
    m_words->setText({});
    if (worth) {
        const TokenSavings& s = worth->savings;
        const auto row = [&](const QString& name, int decimals, auto valueOf) {
            m_own.push_back({name, decimals, valueOf(s.full), valueOf(s.tokens), valueOf(s.recentOnly)});
        };
        row(tr("Keys read"), 0, [](const TokenCost& c) { return static_cast<double>(c.keysRead); });
        row(tr("Their KiB"), 1, [](const TokenCost& c) { return static_cast<double>(c.bytes) / kibibyte; });
        row(tr("Request, ms"), 2, [](const TokenCost& c) { return c.milliseconds; });
        if (data.run->target.prepared >= 0) {
            const auto& readings = worth->readings;
            m_own.push_back({tr("Target rank"), 0, readings.back().targetRank, readings.front().targetRank,
                readings[readings.size() - 2].targetRank});
        }
        m_own.push_back({tr("Compress, ms"), 2, {}, s.compressMilliseconds, {}});
        m_own.push_back({tr("State, KiB"), 1, {}, static_cast<double>(s.stateBytes) / kibibyte, {}});
        const bool exact = s.largestDifference <= equalWithin;
        m_exact->setChip(exact ? StatusTone::Good : StatusTone::Warn, exact ? tr("exact") : tr("close"));
        m_words->setText(tr("state and one pass differ by %1; times of this machine")
                             .arg(QString::number(s.largestDifference, 'g', 2)));
    }
    showRows();
}

void SavingsPanel::showAccuracy(const std::optional<TokenStaleness>& measured)
{
    m_measured = measured;
    showRows();
}

void SavingsPanel::showRows()
{
    std::vector<SavingsRow> rows = m_own;
    if (m_measured && !rows.empty())
        rows.push_back(
            {tr("NDCG@10"), 4, m_measured->fullHistory.mean, m_measured->allTokens.mean, m_measured->recentOnly.mean});
    m_rows->setRows(std::move(rows));
}

} // namespace recoscope
