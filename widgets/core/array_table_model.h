// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The plumbing of every table, written once. A model shows rows of arrays (or of a vector) in place: no row is copied
// into items. Rows can be shown in a sorted order and filtered; above a thousand rows the order is computed by a job,
// so the GUI thread never sorts: by the model's own sorter, or from values that are taken in short slices between
// events. GUI thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <QAbstractTableModel>
#include <QString>

#include "widgets/core/jobs.h"

namespace recoscope {

enum TableRole {
    SortRole = Qt::UserRole + 1, // the raw value that sorting compares
    RawRole, // the raw value for export and tests
    RowIdRole, // identity of the row (a run id, a dataset name, an index)
    SecondLineRole, // QString: a grey second line under the first
    RunSlotRole, // int: the run's slot (0 = A), -1 = none
    BestRole, // bool: best comparable value of its column
    ChipRole, // int: StatusTone of a chip drawn behind the text
    DimmedRole, // bool: not comparable, drawn in text 2
    AsideRole, // QString: grey words after the text of the cell
    LinkRole, // bool: the cell is a link
};

struct TableColumn {
    QString title;
    QString tip; // what it is, with unit; may be empty
    bool numeric = false; // right-aligned, tabular digits
    int width = 0; // preferred logical pixels; 0 = by content
};

// Row numbers of the source in the order to show.
using RowOrder = std::vector<std::int32_t>;

// Up to so many rows are sorted and filtered at once; more of them by a job.
inline constexpr std::int64_t mostRowsAtOnce = 1000;

class ArrayTableModel : public QAbstractTableModel {
    Q_OBJECT

public:
    explicit ArrayTableModel(QObject* parent = nullptr);

    // Jobs for sorting long tables; without it every sort is done in place.
    void setJobs(Jobs* jobs) { m_jobs = jobs; }

    int rowCount(const QModelIndex& parent = {}) const final;
    int columnCount(const QModelIndex& parent = {}) const final;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const final;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const final;
    void sort(int column, Qt::SortOrder order) final; // column -1 = source order
    // Adds a key after the present ones (Shift+click on a header).
    void addSortKey(int column, Qt::SortOrder order);
    // Only these source rows (ascending) are shown; unset = all.
    void setVisibleRows(std::optional<RowOrder> rows);

    const std::vector<TableColumn>& columns() const { return m_columns; }
    void setColumnTitle(int column, const QString& title);
    std::int64_t sourceRow(int row) const; // shown row -> source row
    int shownRow(std::int64_t sourceRow) const; // -1 when filtered away

signals:
    void sortingChanged(bool running);

protected:
    struct SortKey {
        int column;
        Qt::SortOrder order;
        bool operator==(const SortKey&) const = default;
    };

    void setColumns(std::vector<TableColumn> columns);
    virtual std::int64_t sourceRows() const = 0;
    virtual QString text(std::int64_t row, int column) const = 0;
    virtual QVariant raw(std::int64_t row, int column) const = 0;
    // Any other role; the default gives none.
    virtual QVariant extra(std::int64_t row, int column, int role) const;
    // Sorts rows (given in source order) by the keys without touching this object, so that a job can do it; null = from
    // the values of raw().
    using Sorter = std::function<void(RowOrder&, const std::vector<SortKey>&, Progress&)>;
    virtual Sorter detachedSorter() const { return {}; }
    // For models that filter in a job of their own: what the job needs to sort too, and the way to show its result.
    const std::vector<SortKey>& sortKeys() const { return m_keys; }
    Jobs* jobs() const { return m_jobs; }
    // `sameSource`: `change` leaves the source rows what they were, so that a selection can be kept.
    void showRows(
        const std::function<void()>& change, bool sameSource, RowOrder visible, std::optional<RowOrder> order);
    // Subclasses call this around a change of their source.
    void resetSource(const std::function<void()>& change);

    // Sorts by columns of values, values[key][i] belonging to rows[i]; missing values come last.
    static void sortByValues(
        RowOrder& rows, const std::vector<SortKey>& keys, const std::vector<std::vector<QVariant>>& values);

private:
    struct Gathering;
    RowOrder rowsToSort() const;
    std::vector<std::int32_t> shownRows(const std::vector<std::int64_t>& sources) const; // -1 when filtered away
    void resort();
    void sortInJob(RowOrder rows, Sorter sorter);
    void gather(const std::shared_ptr<Gathering>& gathering);
    void stopSorting();
    void showOrder(std::optional<RowOrder> order);

    std::vector<TableColumn> m_columns;
    std::vector<SortKey> m_keys;
    std::optional<RowOrder> m_visible; // filter, source order
    std::optional<RowOrder> m_order; // what is shown; unset = source order
    Jobs* m_jobs = nullptr;
    QString m_sortJobKey;
    std::shared_ptr<Gathering> m_gathering; // null unless values are being taken
    bool m_sorting = false;
};

// A table over a vector of values, with a function per column.
template <class T> class RowTableModel : public ArrayTableModel {
public:
    struct Column : TableColumn {
        std::function<QString(const T&)> show;
        std::function<QVariant(const T&)> value; // raw; empty = the shown text
        std::function<QVariant(const T&, int role)> extras{}; // further roles; may be empty
    };

    RowTableModel(std::vector<Column> columns, QObject* parent = nullptr)
        : ArrayTableModel(parent)
        , m_rowColumns(std::move(columns))
    {
        setColumns({m_rowColumns.begin(), m_rowColumns.end()});
    }

    void setRows(std::vector<T> rows)
    {
        resetSource([&] { m_rows = std::move(rows); });
    }
    const std::vector<T>& rows() const { return m_rows; }
    const T& rowAt(int shown) const { return m_rows[static_cast<std::size_t>(sourceRow(shown))]; }
    // Roles that belong to the row, whatever the column (RowIdRole, DimmedRole, ...).
    void setRowRoles(std::function<QVariant(const T&, int role)> roles) { m_rowRoles = std::move(roles); }

protected:
    std::int64_t sourceRows() const override { return static_cast<std::int64_t>(m_rows.size()); }
    QString text(std::int64_t row, int column) const override { return m_rowColumns[column].show(m_rows[row]); }
    QVariant raw(std::int64_t row, int column) const override
    {
        const Column& c = m_rowColumns[column];
        return c.value ? c.value(m_rows[row]) : QVariant(c.show(m_rows[row]));
    }
    QVariant extra(std::int64_t row, int column, int role) const override
    {
        const Column& c = m_rowColumns[column];
        QVariant found = c.extras ? c.extras(m_rows[row], role) : QVariant();
        if (!found.isValid() && m_rowRoles)
            found = m_rowRoles(m_rows[row], role);
        return found;
    }

private:
    std::vector<Column> m_rowColumns;
    std::vector<T> m_rows;
    std::function<QVariant(const T&, int role)> m_rowRoles;
};

} // namespace recoscope
