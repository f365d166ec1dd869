// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/array_table_model.h"

#include <algorithm>
#include <numeric>

namespace recoscope {

namespace {

constexpr std::int64_t largestInPlaceSort = 100000;

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
    case Qt::ToolTipRole: return column.tip.isEmpty() ? QVariant() : QVariant(column.tip);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(
            Qt::Alignment(column.numeric ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter));
    default: return {};
    }
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

void ArrayTableModel::sortRows(RowOrder& rows, int column, Qt::SortOrder order) const
{
    std::vector<std::pair<QVariant, std::int32_t>> keyed;
    keyed.reserve(rows.size());
    for (const std::int32_t row : rows)
        keyed.emplace_back(raw(row, column), row);
    std::stable_sort(keyed.begin(), keyed.end(),
        [order](const auto& a, const auto& b) { return comesBefore(a.first, b.first, order); });
    std::transform(keyed.begin(), keyed.end(), rows.begin(), [](const auto& entry) { return entry.second; });
}

void ArrayTableModel::resort()
{
    if (m_jobs)
        m_jobs->cancelKey(m_sortJobKey);
    if (m_keys.empty()) {
        showOrder(m_visible);
        return;
    }
    RowOrder rows = m_visible.value_or(RowOrder());
    if (!m_visible) {
        rows.resize(static_cast<std::size_t>(sourceRows()));
        std::iota(rows.begin(), rows.end(), 0);
    }
    const Sorter sorter = detachedSorter();
    const bool large = static_cast<std::int64_t>(rows.size()) > largestInPlaceSort;
    if (!large || !sorter || !m_jobs) {
        // The last key decides first in a chain of stable sorts.
        for (auto key = m_keys.rbegin(); key != m_keys.rend(); ++key)
            sortRows(rows, key->column, key->order);
        showOrder(std::move(rows));
        return;
    }
    emit sortingChanged(true);
    m_jobs->run(
        {JobLane::Inspect, tr("Sort %1 rows").arg(rows.size()), m_sortJobKey}, this,
        [rows = std::move(rows), sorter, keys = m_keys](Progress& progress) mutable {
            sorter(rows, keys, progress);
            return std::move(rows);
        },
        [this](RowOrder order) {
            showOrder(std::move(order));
            emit sortingChanged(false);
        },
        [this](const JobFailure&) { emit sortingChanged(false); });
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
    QModelIndexList to;
    for (qsizetype i = 0; i < from.size(); ++i) {
        const int row = shownRow(sources[static_cast<std::size_t>(i)]);
        to.append(row < 0 ? QModelIndex() : index(row, from[i].column()));
    }
    changePersistentIndexList(from, to);
    emit layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

void ArrayTableModel::resetSource(const std::function<void()>& change)
{
    beginResetModel();
    m_order.reset();
    m_visible.reset();
    change();
    endResetModel();
    if (!m_keys.empty())
        resort();
}

} // namespace recoscope
