// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/run_table_model.h"

#include <QMimeData>

#include <algorithm>
#include <cmath>

#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

// Values that show alike at four decimals are tied.
constexpr double tie = 0.5e-4;

// Only measures of quality and of cost per request have a best value.
bool hasBest(const RunColumn& column)
{
    return column.kind == RunColumn::Kind::Metric || column.kind == RunColumn::Kind::Milliseconds;
}

bool isBetter(const RunColumn& column, double value, double than)
{
    return column.kind == RunColumn::Kind::Milliseconds ? value < than : value > than;
}

} // namespace

std::vector<RunColumn> standardRunColumns()
{
    using Kind = RunColumn::Kind;
    const auto tr = [](const char* text) { return RunTableModel::tr(text); };
    return {
        {"name", Kind::Name, {tr("Run"), {}, false, 250}},
        {"model", Kind::Text, {tr("Model"), {}, false, 96}},
        {"differs", Kind::Parameters, {tr("Differs"), tr("Parameters that are not the same in all runs"), false, 150}},
        {"ndcg@10", Kind::Metric, {QStringLiteral("NDCG@10"), tr("Test, at the best validation epoch"), true, 84}},
        {"interval:ndcg@10", Kind::Interval, {tr("95 % CI"), tr("Half width of NDCG@10 over users"), true, 76}},
        {"hr@10", Kind::Metric, {QStringLiteral("HR@10"), tr("Test, at the best validation epoch"), true, 76}},
        {"mrr", Kind::Metric, {QStringLiteral("MRR"), tr("Test, at the best validation epoch"), true, 70}},
        {"valid.ndcg@10", Kind::Metric, {tr("Best valid"), tr("Best NDCG@10 on validation over all epochs"), true, 84}},
        {"coverage@10", Kind::Metric, {tr("Coverage"), tr("Share of the catalogue in some top 10"), true, 80}},
        {"latency", Kind::Milliseconds, {tr("p95 ms"), tr("One request, batch 1"), true, 70}},
        {"seconds", Kind::Seconds, {tr("Train"), tr("Time of the training"), true, 86}},
        {"best_epoch", Kind::Count, {tr("Best epoch"), {}, true, 84}},
        {"protocol", Kind::Protocol, {tr("Protocol"), tr("First digits of its hash"), true, 78}},
        {"status", Kind::Text, {tr("Status"), {}, false, 84}},
        {"tags", Kind::Text, {tr("Tags"), {}, false, 110}},
        {"created", Kind::Stamp, {tr("Date"), {}, true, 110}},
    };
}

// What filtering, ordering and finding the best values need, copied for a job; nothing in it changes meanwhile.
struct RunTableModel::Request {
    RunCells cells;
    RunFilter filter;
    Predicate predicate;
    QSet<QString> references;
    std::string reference;
    std::vector<SortKey> keys;
};

struct RunTableModel::Answer {
    RunCells cells;
    RowOrder visible;
    std::vector<SortKey> keys;
    std::optional<RowOrder> order; // unset = source order
    BestValues best;
};

namespace {

bool excluded(const RunRecord& run, const std::string& reference)
{
    return !reference.empty() && run.protocolHash != reference;
}

std::string comparableGroup(const RunRecord& run)
{
    return run.datasetHash + " " + run.protocolHash;
}

// Best shown value of each column that has one, among the runs that may be compared: those on the same data under the
// same protocol. Nothing is best of one.
RunTableModel::BestValues bestValues(const RunCells& cells, const RowOrder& rows, const std::string& reference)
{
    RunTableModel::BestValues result;
    for (const RunColumn& column : *cells.columns) {
        if (!hasBest(column))
            continue;
        std::map<std::string, int> count;
        for (const std::int32_t row : rows) {
            const RunRecord& run = (*cells.runs)[static_cast<std::size_t>(row)];
            const auto value = excluded(run, reference) ? std::nullopt : cells.number(run, column);
            if (!value)
                continue;
            const std::string comparable = comparableGroup(run);
            const auto [best, isFirst] = result.try_emplace({comparable, column.id}, *value);
            if (!isFirst && isBetter(column, *value, best->second))
                best->second = *value;
            ++count[comparable];
        }
        for (const auto& [comparable, values] : count)
            if (values < 2)
                result.erase({comparable, column.id});
    }
    return result;
}

} // namespace

RunTableModel::Answer RunTableModel::answer(Request request, Progress& progress)
{
    Answer result;
    result.cells = std::move(request.cells);
    const Runs& runs = *result.cells.runs;
    std::vector<const RunRecord*> shown;
    for (std::size_t row = 0; row < runs.size(); ++row) {
        if (row % mostRowsAtOnce == 0)
            progress.checkCancelled();
        const bool wanted = (!request.predicate || request.predicate(runs[row])) && request.filter.matches(runs[row]);
        if (!wanted && !request.references.contains(QString::fromStdString(runs[row].id)))
            continue;
        result.visible.push_back(static_cast<std::int32_t>(row));
        shown.push_back(&runs[row]);
    }
    result.cells.differing = differingParameters(shown);
    progress.checkCancelled();
    result.best = bestValues(result.cells, result.visible, request.reference);
    result.keys = std::move(request.keys);
    if (!result.keys.empty()) {
        result.order = result.visible;
        sortCells(result.cells, *result.order, result.keys, progress);
    }
    return result;
}

void RunTableModel::sortCells(
    const RunCells& cells, RowOrder& rows, const std::vector<SortKey>& keys, Progress& progress)
{
    std::vector<std::vector<QVariant>> values(keys.size());
    for (std::size_t key = 0; key < keys.size(); ++key) {
        progress.checkCancelled();
        values[key].reserve(rows.size());
        for (const std::int32_t row : rows)
            values[key].push_back(cells.raw(row, keys[key].column));
    }
    sortByValues(rows, keys, values);
}

RunTableModel::RunTableModel(QObject* parent)
    : ArrayTableModel(parent)
    , m_wantedRuns(std::make_shared<const Runs>())
    , m_wantedLatency(std::make_shared<const std::map<RunId, double>>())
    , m_filterKey(QStringLiteral("filter-%1").arg(reinterpret_cast<quintptr>(this)))
{
    m_cells.runs = m_wantedRuns;
    m_cells.p95Ms = m_wantedLatency;
    m_cells.columns = std::make_shared<const std::vector<RunColumn>>(standardRunColumns());
    std::vector<TableColumn> shown;
    for (const RunColumn& column : *m_cells.columns)
        shown.push_back(column.shown);
    setColumns(std::move(shown));
}

void RunTableModel::setRuns(std::shared_ptr<const Runs> runs)
{
    m_wantedRuns = std::move(runs);
    refilter();
}

void RunTableModel::setFilter(const RunFilter& filter)
{
    m_filter = filter;
    refilter();
}

void RunTableModel::setPredicate(Predicate predicate)
{
    m_predicate = std::move(predicate);
    refilter();
}

ArrayTableModel::Sorter RunTableModel::detachedSorter() const
{
    return [cells = m_cells](RowOrder& rows, const std::vector<SortKey>& keys, Progress& progress) {
        sortCells(cells, rows, keys, progress);
    };
}

void RunTableModel::refilter()
{
    Request request{m_cells, m_filter, m_predicate, m_references, m_reference, sortKeys()};
    request.cells.runs = m_wantedRuns;
    request.cells.p95Ms = m_wantedLatency;
    if (!jobs() || static_cast<std::int64_t>(m_wantedRuns->size()) <= mostRowsAtOnce) {
        if (jobs())
            jobs()->cancelKey(m_filterKey);
        Progress progress;
        show(answer(std::move(request), progress));
        return;
    }
    jobs()->run(
        {JobLane::Inspect, {}, m_filterKey}, this,
        [request = std::move(request)](Progress& progress) mutable { return answer(std::move(request), progress); },
        [this](Answer found) {
            if (found.keys == sortKeys())
                show(std::move(found));
            else
                refilter(); // the order was changed meanwhile
        });
}

void RunTableModel::show(Answer found)
{
    m_best = std::move(found.best);
    const bool sameRuns = found.cells.runs == m_cells.runs;
    found.cells.onlyDiffering = m_cells.onlyDiffering;
    showRows([&] { m_cells = std::move(found.cells); }, sameRuns, std::move(found.visible), std::move(found.order));
    emit shownChanged();
}

void RunTableModel::setOnlyDifferingParameters(bool on)
{
    m_cells.onlyDiffering = on;
    repaintAll();
}

void RunTableModel::setSlots(const QStringList& runIds)
{
    m_slots = runIds;
    repaintAll();
}

void RunTableModel::setLatency(std::map<RunId, double> p95Ms)
{
    m_wantedLatency = std::make_shared<const std::map<RunId, double>>(std::move(p95Ms));
    refilter();
}

void RunTableModel::setReferenceProtocol(const std::string& hash)
{
    if (m_reference == hash)
        return;
    m_reference = hash;
    refilter();
}

void RunTableModel::setCheckable(bool on)
{
    m_checkable = on;
    repaintAll();
}

void RunTableModel::setChecked(const QStringList& runIds)
{
    const QSet<QString> checks(runIds.begin(), runIds.end());
    if (checks == m_checked)
        return;
    m_checked = checks;
    repaintAll();
    emit checkedChanged();
}

void RunTableModel::setReferences(const QStringList& runIds)
{
    const QSet<QString> references(runIds.begin(), runIds.end());
    if (references == m_references)
        return;
    m_references = references;
    refilter();
    emit checkedChanged();
}

QStringList RunTableModel::checked() const
{
    QStringList ids;
    for (const RunRecord& run : *m_cells.runs) {
        const QString id = QString::fromStdString(run.id);
        if (m_checked.contains(id) || m_references.contains(id))
            ids.push_back(id);
    }
    return ids;
}

void RunTableModel::repaintAll()
{
    if (rowCount() > 0)
        emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

int RunTableModel::rowOf(const RunId& id) const
{
    const auto found
        = std::find_if(m_cells.runs->begin(), m_cells.runs->end(), [&](const RunRecord& run) { return run.id == id; });
    return found == m_cells.runs->end() ? -1 : shownRow(found - m_cells.runs->begin());
}

std::vector<const RunRecord*> RunTableModel::shownRuns() const
{
    std::vector<const RunRecord*> runs;
    for (int row = 0; row < rowCount(); ++row)
        runs.push_back(&runAt(row));
    return runs;
}

bool RunTableModel::isBest(const RunRecord& run, const RunColumn& column) const
{
    const auto best = m_best.find({comparableGroup(run), column.id});
    if (best == m_best.end() || isExcluded(run))
        return false;
    const auto value = m_cells.number(run, column);
    return value && std::abs(*value - best->second) < tie;
}

std::optional<double> RunCells::number(const RunRecord& run, const RunColumn& column) const
{
    const auto in = [](const auto& values, const std::string& name) {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional<double>(found->second);
    };
    switch (column.kind) {
    case RunColumn::Kind::Interval: return in(run.testHalfWidth, column.id.substr(column.id.find(':') + 1));
    case RunColumn::Kind::Milliseconds: return in(*p95Ms, run.id);
    case RunColumn::Kind::Metric:
    case RunColumn::Kind::Seconds:
    case RunColumn::Kind::Count: return runNumber(run, column.id);
    default: return std::nullopt;
    }
}

QString RunCells::parametersText(const RunRecord& run) const
{
    std::vector<std::string> names = differing;
    if (!onlyDiffering && run.parameters.is_object()) {
        names.clear();
        for (const auto& item : run.parameters.items())
            names.push_back(item.key());
    }
    QStringList parts;
    for (const std::string& name : names) {
        const auto value = run.parameters.is_object() ? run.parameters.find(name) : run.parameters.end();
        if (value != run.parameters.end())
            parts.push_back(QStringLiteral("%1 %2").arg(
                QString::fromStdString(name), QString::fromStdString(parameterText(*value))));
    }
    return parts.join(QStringLiteral(" · "));
}

QString RunTableModel::aside(const RunRecord& run) const
{
    const QString remark = QString::fromStdString(run.remark);
    if (!isReference(run))
        return remark;
    return remark.isEmpty() ? tr("reference") : tr("reference, %1").arg(remark);
}

QString RunCells::text(std::int64_t row, int column) const
{
    const RunRecord& run = (*runs)[static_cast<std::size_t>(row)];
    const RunColumn& c = (*columns)[static_cast<std::size_t>(column)];
    const auto value = number(run, c);
    switch (c.kind) {
    case RunColumn::Kind::Metric: return format::accuracy(value);
    case RunColumn::Kind::Interval: return format::halfWidth(value);
    case RunColumn::Kind::Milliseconds: return value ? format::number(*value, *value < 1 ? 3 : 1) : format::missing();
    case RunColumn::Kind::Seconds: return value ? format::duration(*value) : format::missing();
    case RunColumn::Kind::Count:
        return value && *value > 0 ? format::count(static_cast<qint64>(*value)) : format::missing();
    case RunColumn::Kind::Stamp: return format::ago(QString::fromStdString(run.created));
    case RunColumn::Kind::Protocol: return QString::fromStdString(run.protocolHash.substr(0, 4));
    case RunColumn::Kind::Parameters: return parametersText(run);
    case RunColumn::Kind::Name:
    case RunColumn::Kind::Text: break;
    }
    return QString::fromStdString(runText(run, c.id));
}

QVariant RunCells::raw(std::int64_t row, int column) const
{
    const RunRecord& run = (*runs)[static_cast<std::size_t>(row)];
    const RunColumn& c = (*columns)[static_cast<std::size_t>(column)];
    if (c.shown.numeric && c.kind != RunColumn::Kind::Stamp && c.kind != RunColumn::Kind::Protocol) {
        const auto value = number(run, c);
        return value ? QVariant(*value) : QVariant();
    }
    const QString words
        = c.kind == RunColumn::Kind::Parameters ? parametersText(run) : QString::fromStdString(runText(run, c.id));
    return words.isEmpty() ? QVariant() : QVariant(words);
}

QVariant RunTableModel::extra(std::int64_t row, int column, int role) const
{
    const RunRecord& run = (*m_cells.runs)[static_cast<std::size_t>(row)];
    const RunColumn& c = (*m_cells.columns)[static_cast<std::size_t>(column)];
    switch (role) {
    case Qt::CheckStateRole:
        if (m_checkable && column == 0)
            return isReference(run) || m_checked.contains(QString::fromStdString(run.id)) ? Qt::Checked : Qt::Unchecked;
        return {};
    case AsideRole: return c.kind == RunColumn::Kind::Name ? QVariant(aside(run)) : QVariant();
    case Qt::ToolTipRole:
        if (c.kind == RunColumn::Kind::Protocol)
            return QString::fromStdString(run.protocolHash);
        return c.kind == RunColumn::Kind::Name ? QVariant(QString::fromStdString(run.remark))
                                               : QVariant(text(row, column));
    case RowIdRole: return QString::fromStdString(run.id);
    case RunSlotRole:
        return column == 0 ? QVariant(static_cast<int>(m_slots.indexOf(QString::fromStdString(run.id)))) : QVariant();
    case BestRole: return isBest(run, c);
    case DimmedRole: return isExcluded(run);
    default: return {};
    }
}

bool RunTableModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::CheckStateRole || !(flags(index) & Qt::ItemIsUserCheckable))
        return false;
    const QString id = QString::fromStdString(runAt(index.row()).id);
    if (value.toInt() == Qt::Checked)
        m_checked.insert(id);
    else
        m_checked.remove(id);
    emit dataChanged(index, index, {Qt::CheckStateRole});
    emit checkedChanged();
    return true;
}

Qt::ItemFlags RunTableModel::flags(const QModelIndex& index) const
{
    Qt::ItemFlags result = ArrayTableModel::flags(index);
    if (index.isValid())
        result |= Qt::ItemIsDragEnabled;
    if (index.isValid() && m_checkable && index.column() == 0 && !isReference(runAt(index.row())))
        result |= Qt::ItemIsUserCheckable;
    return result;
}

QStringList RunTableModel::mimeTypes() const
{
    return {QString::fromLatin1(runMimeType)};
}

QMimeData* RunTableModel::mimeData(const QModelIndexList& indexes) const
{
    QStringList ids;
    for (const QModelIndex& index : indexes) {
        const QString id = QString::fromStdString(runAt(index.row()).id);
        if (!ids.contains(id))
            ids.push_back(id);
    }
    auto* mime = new QMimeData;
    mime->setData(QString::fromLatin1(runMimeType), ids.join(u'\n').toUtf8());
    return mime;
}

} // namespace recoscope
