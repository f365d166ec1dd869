// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Runs as a table over shared, immutable records: a filter and an order over row numbers, so that nothing is copied. A
// reload replaces the records whole and keeps checks, filter and order. With more than a thousand runs, and jobs to do
// it, filter, order and best values are found by a job and shown together when it is done. GUI thread only.
#pragma once

#include <QSet>

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "engine/store/store.h"
#include "widgets/core/array_table_model.h"
#include "widgets/core/run_filter.h"

namespace recoscope {

// What a cell is made from: `id` is a field name of run_filter.h, or "latency", "differs", "interval:<metric>".
struct RunColumn {
    enum class Kind { Name, Text, Metric, Interval, Milliseconds, Seconds, Count, Stamp, Protocol, Parameters };
    std::string id;
    Kind kind = Kind::Text;
    TableColumn shown;
};
std::vector<RunColumn> standardRunColumns();

// The cells of runs: all that their text and value are made from. A value; const members are thread-safe.
struct RunCells {
    std::shared_ptr<const std::vector<RunRecord>> runs;
    std::shared_ptr<const std::map<RunId, double>> p95Ms;
    std::shared_ptr<const std::vector<RunColumn>> columns;
    std::vector<std::string> differing; // parameter names
    bool onlyDiffering = true;

    std::optional<double> number(const RunRecord& run, const RunColumn& column) const;
    QString text(std::int64_t row, int column) const;
    QVariant raw(std::int64_t row, int column) const;

private:
    QString parametersText(const RunRecord& run) const;
};

class RunTableModel : public ArrayTableModel {
    Q_OBJECT

public:
    using Runs = std::vector<RunRecord>;
    using Predicate = std::function<bool(const RunRecord&)>;
    // By data and protocol, and column id. Runs on other data or under another protocol are never compared.
    using BestValues = std::map<std::pair<std::string, std::string>, double>;

    explicit RunTableModel(QObject* parent = nullptr);

    void setRuns(std::shared_ptr<const Runs> runs);
    const std::shared_ptr<const Runs>& runs() const { return m_cells.runs; } // those that are shown now
    void setFilter(const RunFilter& filter);
    // Beside the filter: the folder, the brushed lines; empty = all. May be called on a worker.
    void setPredicate(Predicate predicate);
    // The "differs" column names every parameter, or only those that are not the same in all shown runs.
    void setOnlyDifferingParameters(bool on);
    void setSlots(const QStringList& runIds); // run ids with a colour and shape, in slot order
    void setLatency(std::map<RunId, double> p95Ms); // one request at batch 1
    void setReferenceProtocol(const std::string& hash); // others are dimmed and never best; "" = no reference
    void setCheckable(bool on); // a box before each name
    void setChecked(const QStringList& runIds); // checks survive the filter
    QStringList checked() const; // in the order of the records, references among them
    // Runs that stand in every comparison: always checked, never filtered away, named as references with their remark.
    void setReferences(const QStringList& runIds);
    bool isReference(const RunRecord& run) const { return m_references.contains(QString::fromStdString(run.id)); }

    const RunRecord& runAt(int row) const { return (*m_cells.runs)[static_cast<std::size_t>(sourceRow(row))]; }
    int rowOf(const RunId& id) const; // -1 when not shown
    std::vector<const RunRecord*> shownRuns() const;
    bool isExcluded(const RunRecord& run) const { return !m_reference.empty() && run.protocolHash != m_reference; }

    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;

signals:
    void checkedChanged();
    void shownChanged(); // another set of rows

protected:
    std::int64_t sourceRows() const override { return static_cast<std::int64_t>(m_cells.runs->size()); }
    QString text(std::int64_t row, int column) const override { return m_cells.text(row, column); }
    QVariant raw(std::int64_t row, int column) const override { return m_cells.raw(row, column); }
    QVariant extra(std::int64_t row, int column, int role) const override;
    Sorter detachedSorter() const override;

private:
    struct Request;
    struct Answer;
    static Answer answer(Request request, Progress& progress);
    static void sortCells(const RunCells& cells, RowOrder& rows, const std::vector<SortKey>& keys, Progress& progress);
    void refilter();
    void show(Answer answer);
    void repaintAll();
    QString aside(const RunRecord& run) const;
    bool isBest(const RunRecord& run, const RunColumn& column) const;

    RunCells m_cells; // what is shown
    std::shared_ptr<const Runs> m_wantedRuns; // what will be, when the filter is done
    std::shared_ptr<const std::map<RunId, double>> m_wantedLatency;
    RunFilter m_filter;
    Predicate m_predicate;
    QStringList m_slots;
    QSet<QString> m_checked, m_references;
    BestValues m_best;
    std::string m_reference;
    QString m_filterKey;
    bool m_checkable = false;
};

// The mime type of run ids dragged from a table (newline-separated).
inline constexpr const char* runMimeType = "application/x-recoscope-runs";

} // namespace recoscope
