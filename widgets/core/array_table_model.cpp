// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/array_table_model.h"

#include <algorithm>
#include <numeric>

#include <QElapsedTimer>
#include <QTimer>

#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

constexpr qint64 sliceMilliseconds = 5;
constexpr std::size_t rowsBetweenLooks = 64; // at the clock
constexpr std::size_t fewRows = 8; // found one by one

bool isMissing(const QVariant& value)
{
    return !value.isValid() || value.isNull();
}

// Missing values come last in both directions.
bool comesBefore(const QVariant& a, const QVariant& b, Qt::SortOrder order)
{
    if (isMissing(a) || isMissing(b))
        return !isMissing(a) && isMissing(b);
    const QPartialOrdering result = QVariant::compare(a, b);
    return order == Qt::AscendingOrder ? result == QPartialOrdering::Less : result == QPartialOrdering::Greater;
}

} // namespace

// The values of a long table, taken a slice at a time.
struct ArrayTableModel::Gathering {
    RowOrder rows;
    std::vector<SortKey> keys;
    std::vector<std::vector<QVariant>> values; // [keys][rows so far]
    std::size_t next = 0;
};

ArrayTableModel::ArrayTableModel(QObject* parent)
    : QAbstractTableModel(parent)
    , m_sortJobKey(QStringLiteral("sort-%1").arg(reinterpret_cast<quintptr>(this)))
{
}

void ArrayTableModel::setColumns(std::vector<TableColumn> columns)
{
    beginResetModel();
    m_columns = std::move(columns);
    endResetModel();
}

int ArrayTableModel::rowCount(const QModelIndex& parent) const
{
    if (parent.isValid())
        return 0;
    return static_cast<int>(m_order ? static_cast<std::int64_t>(m_order->size()) : sourceRows());
}

int ArrayTableModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

std::int64_t ArrayTableModel::sourceRow(int row) const
{
    return m_order ? (*m_order)[row] : row;
}

int ArrayTableModel::shownRow(std::int64_t source) const
{
    if (!m_order)
        return source >= 0 && source < sourceRows() ? static_cast<int>(source) : -1;
    const auto found = std::find(m_order->begin(), m_order->end(), static_cast<std::int32_t>(source));
    return found == m_order->end() ? -1 : static_cast<int>(found - m_order->begin());
}

std::vector<std::int32_t> ArrayTableModel::shownRows(const std::vector<std::int64_t>& sources) const
{
    std::vector<std::int32_t> result;
    result.reserve(sources.size());
    if (!m_order || sources.size() < fewRows) {
        for (const std::int64_t source : sources)
            result.push_back(shownRow(source));
        return result;
    }
    // One pass over the order instead of one for each row.
    std::vector<std::int32_t> place(static_cast<std::size_t>(sourceRows()), -1);
    for (std::size_t row = 0; row < m_order->size(); ++row)
        place[static_cast<std::size_t>((*m_order)[row])] = static_cast<std::int32_t>(row);
    for (const std::int64_t source : sources)
        result.push_back(place[static_cast<std::size_t>(source)]);
    return result;
}

QVariant ArrayTableModel::extra(std::int64_t, int, int) const
{
    return {};
}

QVariant ArrayTableModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const std::int64_t row = sourceRow(index.row());
    switch (role) {
    case Qt::DisplayRole: return text(row, index.column());
    case SortRole:
    case RawRole: return raw(row, index.column());
    case Qt::TextAlignmentRole: {
        const bool numeric = m_columns[index.column()].numeric;
        return QVariant::fromValue(
            Qt::Alignment(numeric ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter));
    }
    default: return extra(row, index.column(), role);
    }
}

QVariant ArrayTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= static_cast<int>(m_columns.size()))
        return {};
    const TableColumn& column = m_columns[section];
    switch (role) {
    case Qt::DisplayRole: return column.title;
    case Qt::ToolTipRole: return column.tip.isEmpty() ? QVariant() : QVariant(format::wrapped(column.tip));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment(column.numeric ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter));
    default: return {};
    }
}

void ArrayTableModel::setColumnTitle(int column, const QString& title)
{
    m_columns[static_cast<std::size_t>(column)].title = title;
    emit headerDataChanged(Qt::Horizontal, column, column);
}

void ArrayTableModel::sort(int column, Qt::SortOrder order)
{
    m_keys.clear();
    if (column >= 0 && column < static_cast<int>(m_columns.size()))
        m_keys.push_back({column, order});
    resort();
}

void ArrayTableModel::addSortKey(int column, Qt::SortOrder order)
{
    std::erase_if(m_keys, [column](const SortKey& key) { return key.column == column; });
    m_keys.push_back({column, order});
    resort();
}

void ArrayTableModel::setVisibleRows(std::optional<RowOrder> rows)
{
    m_visible = std::move(rows);
    resort();
}

void ArrayTableModel::sortByValues(
    RowOrder& rows, const std::vector<SortKey>& keys, const std::vector<std::vector<QVariant>>& values)
{
    std::vector<std::size_t> places(rows.size());
    std::iota(places.begin(), places.end(), std::size_t(0));
    // The last key decides first in a chain of stable sorts.
    for (std::size_t key = keys.size(); key-- > 0;) {
        std::stable_sort(places.begin(), places.end(),
            [&](std::size_t a, std::size_t b) { return comesBefore(values[key][a], values[key][b], keys[key].order); });
    }
    RowOrder sorted(rows.size());
    std::transform(places.begin(), places.end(), sorted.begin(), [&](std::size_t place) { return rows[place]; });
    rows = std::move(sorted);
}

RowOrder ArrayTableModel::rowsToSort() const
{
    if (m_visible)
        return *m_visible;
    RowOrder rows(static_cast<std::size_t>(sourceRows()));
    std::iota(rows.begin(), rows.end(), 0);
    return rows;
}

void ArrayTableModel::resort()
{
    stopSorting();
    if (m_keys.empty()) {
        showOrder(m_visible);
        return;
    }
    auto gathering = std::make_shared<Gathering>();
    gathering->rows = rowsToSort();
    gathering->keys = m_keys;
    gathering->values.resize(m_keys.size());
    m_sorting = m_jobs && static_cast<std::int64_t>(gathering->rows.size()) > mostRowsAtOnce;
    if (m_sorting)
        emit sortingChanged(true);
    const Sorter sorter = detachedSorter();
    if (!sorter) {
        m_gathering = gathering;
        gather(gathering);
    } else if (m_sorting) {
        sortInJob(std::move(gathering->rows), sorter);
    } else {
        Progress progress;
        sorter(gathering->rows, m_keys, progress);
        showOrder(std::move(gathering->rows));
    }
}

void ArrayTableModel::gather(const std::shared_ptr<Gathering>& gathering)
{
    if (gathering != m_gathering)
        return; // another sort took its place
    QElapsedTimer clock;
    clock.start();
    while (gathering->next < gathering->rows.size()) {
        for (std::size_t key = 0; key < gathering->keys.size(); ++key)
            gathering->values[key].push_back(raw(gathering->rows[gathering->next], gathering->keys[key].column));
        ++gathering->next;
        const bool look = m_sorting && gathering->next % rowsBetweenLooks == 0;
        if (look && clock.elapsed() >= sliceMilliseconds) {
            QTimer::singleShot(0, this, [this, gathering] { gather(gathering); });
            return;
        }
    }
    m_gathering.reset();
    if (!m_sorting) {
        sortByValues(gathering->rows, gathering->keys, gathering->values);
        showOrder(std::move(gathering->rows));
        return;
    }
    sortInJob(std::move(gathering->rows), [gathering](RowOrder& rows, const std::vector<SortKey>& keys, Progress&) {
        sortByValues(rows, keys, gathering->values);
        gathering->values.clear(); // freed here and not by the GUI thread
    });
}

void ArrayTableModel::sortInJob(RowOrder rows, Sorter sorter)
{
    m_jobs->run(
        {JobLane::Inspect, tr("Sort %1 rows").arg(rows.size()), m_sortJobKey}, this,
        [rows = std::move(rows), sorter = std::move(sorter), keys = m_keys](Progress& progress) mutable {
            sorter(rows, keys, progress);
            return std::move(rows);
        },
        [this](RowOrder order) {
            showOrder(std::move(order));
            stopSorting();
        },
        [this](const JobFailure&) { stopSorting(); });
}

void ArrayTableModel::stopSorting()
{
    m_gathering.reset();
    if (!m_sorting)
        return;
    m_sorting = false;
    m_jobs->cancelKey(m_sortJobKey);
    emit sortingChanged(false);
}

void ArrayTableModel::showRows(
    const std::function<void()>& change, bool sameSource, RowOrder visible, std::optional<RowOrder> order)
{
    stopSorting();
    if (!order)
        order = visible;
    m_visible = std::move(visible);
    if (sameSource) {
        change();
        showOrder(std::move(order));
        return;
    }
    beginResetModel();
    change();
    m_order = std::move(order);
    endResetModel();
}

void ArrayTableModel::showOrder(std::optional<RowOrder> order)
{
    const bool sameRows = rowCount() == static_cast<int>(order ? order->size() : sourceRows());
    if (!sameRows) {
        beginResetModel();
        m_order = std::move(order);
        endResetModel();
        return;
    }
    emit layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList from = persistentIndexList();
    std::vector<std::int64_t> sources;
    for (const QModelIndex& index : from)
        sources.push_back(sourceRow(index.row()));
    m_order = std::move(order);
    const std::vector<std::int32_t> places = shownRows(sources);
    QModelIndexList to;
    for (qsizetype i = 0; i < from.size(); ++i) {
        const int row = places[static_cast<std::size_t>(i)];
        to.append(row < 0 ? QModelIndex() : index(row, from[i].column()));
    }
    changePersistentIndexList(from, to);
    emit layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

void ArrayTableModel::resetSource(const std::function<void()>& change)
{
    stopSorting();
    beginResetModel();
    m_order.reset();
    m_visible.reset();
    change();
    endResetModel();
    if (!m_keys.empty())
        resort();
}

} // namespace recoscope
