// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/latency/percentile_panel.h"

#include <QComboBox>

#include <algorithm>
#include <cmath>
#include <set>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr std::int64_t usualHistory = 64;
constexpr int leastTableHeight = 104; // three rows: the rest is scrolled

// Five characters at most: what does not fit would be cut off.
QString rateText(double perSecond)
{
    constexpr double thousand = 1000.0;
    const bool tenths = perSecond < 99950 || perSecond >= 999500;
    return perSecond < 9999.5 ? format::count(qRound64(perSecond))
                              : format::compact(tenths ? perSecond : std::round(perSecond / thousand) * thousand);
}

RowTableModel<MeasuredRow>* makeModel(QObject* parent)
{
    const auto percentile = [](const QString& title, LatencyStatistic statistic) {
        return RowTableModel<MeasuredRow>::Column{{title, PercentilePanel::tr("milliseconds"), true, 54},
            [statistic](const MeasuredRow& r) { return latencyText(milliseconds(r.row.point, statistic)); },
            [statistic](const MeasuredRow& r) { return QVariant(milliseconds(r.row.point, statistic)); }};
    };
    return new RowTableModel<MeasuredRow>(
        {{{PercentilePanel::tr("Run"), {}, false, 0}, [](const MeasuredRow& r) { return r.name; }, {},
             [](const MeasuredRow& r, int role) {
                 return role == RunSlotRole    ? QVariant(r.slot)
                     : role == Qt::ToolTipRole ? QVariant(r.name)
                                               : QVariant();
             }},
            {{PercentilePanel::tr("Path"), {}, false, 90},
                [](const MeasuredRow& r) { return pathName(r.row.point.mode, r.row.point.beam); }, {}},
            percentile(QStringLiteral("p50"), LatencyStatistic::P50),
            percentile(QStringLiteral("p95"), LatencyStatistic::P95),
            percentile(QStringLiteral("p99"), LatencyStatistic::P99),
            {{PercentilePanel::tr("per s"), PercentilePanel::tr("Users answered a second, one request after another"),
                 true, 54},
                [](const MeasuredRow& r) { return rateText(r.row.point.throughput); },
                [](const MeasuredRow& r) { return QVariant(r.row.point.throughput); }}},
        parent);
}

} // namespace

PercentilePanel::PercentilePanel(Theme& theme, QWidget* parent)
    : Panel(theme, tr("Percentiles"), QStringLiteral("latencyPercentiles"), parent)
    , m_length(new QComboBox)
    , m_model(makeModel(this))
    , m_table(new RowTable(theme, m_model, QStringLiteral("latencyPercentileTable"), tr("Percentiles in milliseconds")))
{
    setNames(m_length, QStringLiteral("latencyLength"), tr("History length"));
    m_length->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    addControl(m_length);
    m_table->setStretchedColumn(0);
    m_table->setMinimumHeight(theme.scaled(leastTableHeight));
    m_table->setExportHeader({tr("Latency percentiles"), {}, {}});
    setBodyMargins(0, 0, 0, 4);
    setContent(m_table);
    setExportable(m_table);
    connect(m_length, &QComboBox::activated, this, [this] {
        show();
        emit historyChosen();
    });
}

void PercentilePanel::setNarrow(bool narrow)
{
    m_table->setColumnHidden(m_model->columnCount() - 1, narrow);
}

std::int64_t PercentilePanel::history() const
{
    return m_length->currentData().toLongLong();
}

void PercentilePanel::setRows(std::vector<MeasuredRow> rows)
{
    m_rows = std::move(rows);
    fillLengths();
    show();
}

void PercentilePanel::fillLengths()
{
    std::set<std::int64_t> lengths;
    for (const MeasuredRow& row : m_rows)
        lengths.insert(row.row.point.history);
    const QVariant kept = m_length->currentData();
    m_length->clear();
    int nearest = -1;
    for (const std::int64_t length : lengths) {
        m_length->addItem(tr("%n event(s)", nullptr, static_cast<int>(length)), static_cast<qlonglong>(length));
        if (length <= usualHistory || nearest < 0)
            nearest = m_length->count() - 1;
    }
    const int same = kept.isValid() ? m_length->findData(kept) : -1;
    m_length->setCurrentIndex(same >= 0 ? same : nearest);
}

void PercentilePanel::show()
{
    std::vector<MeasuredRow> shown;
    std::copy_if(m_rows.begin(), m_rows.end(), std::back_inserter(shown),
        [this](const MeasuredRow& row) { return row.row.point.history == history(); });
    std::stable_sort(shown.begin(), shown.end(), [](const MeasuredRow& a, const MeasuredRow& b) {
        return static_cast<unsigned>(a.slot) < static_cast<unsigned>(b.slot);
    });
    m_model->setRows(std::move(shown));
}

} // namespace recoscope
