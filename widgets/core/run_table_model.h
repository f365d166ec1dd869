// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Runs as a table over shared, immutable records: a filter and an order over row numbers, so that ten thousand runs
// answer a keystroke at once and nothing is copied. A reload replaces the records whole and keeps checks, filter and
// order. GUI thread only.
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

class RunTableModel : public ArrayTableModel {
    Q_OBJECT

public:
    using Runs = std::vector<RunRecord>;
    using Predicate = std::function<bool(const RunRecord&)>;

    explicit RunTableModel(QObject* parent = nullptr);

    void setRuns(std::shared_ptr<const Runs> runs);
    const std::shared_ptr<const Runs>& runs() const { return m_runs; }
    void setFilter(const RunFilter& filter);
    void setPredicate(Predicate predicate); // beside the filter: the folder, the brushed lines; empty = all
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

    const RunRecord& runAt(int row) const { return (*m_runs)[static_cast<std::size_t>(sourceRow(row))]; }
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
    std::int64_t sourceRows() const override { return static_cast<std::int64_t>(m_runs->size()); }
    QString text(std::int64_t row, int column) const override;
    QVariant raw(std::int64_t row, int column) const override;
    QVariant extra(std::int64_t row, int column, int role) const override;

private:
    void refilter();
    void findBest();
    void repaintAll();
    std::optional<double> number(const RunRecord& run, const RunColumn& column) const;
    QString parametersText(const RunRecord& run) const;
    QString aside(const RunRecord& run) const;
    bool isBest(const RunRecord& run, const RunColumn& column) const;

    std::shared_ptr<const Runs> m_runs;
    std::vector<RunColumn> m_runColumns;
    RunFilter m_filter;
    Predicate m_predicate;
    QStringList m_slots;
    QSet<QString> m_checked, m_references;
    std::map<RunId, double> m_latency;
    std::map<std::string, double> m_best; // by column id
    std::vector<std::string> m_differing; // parameter names
    std::string m_reference;
    bool m_checkable = false;
    bool m_onlyDiffering = true;
};

// The mime type of run ids dragged from a table (newline-separated).
inline constexpr const char* runMimeType = "application/x-recoscope-runs";

} // namespace recoscope
