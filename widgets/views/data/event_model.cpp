// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/event_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/data/catalogue.h"
#include "engine/data/dataset.h"
#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

enum { UserColumn, ItemColumn, TimeColumn, SurfaceColumn, KindColumn, FeedbackColumn, RowColumn };

template <class Key> void sortBy(RowOrder& rows, Qt::SortOrder order, Key key)
{
    if (order == Qt::AscendingOrder)
        std::stable_sort(rows.begin(), rows.end(), [&](auto a, auto b) { return key(a) < key(b); });
    else
        std::stable_sort(rows.begin(), rows.end(), [&](auto a, auto b) { return key(b) < key(a); });
}

// Place of each title in alphabetical order, so that rows compare numbers.
std::vector<std::int32_t> places(const std::vector<std::string>& names)
{
    RowOrder order(names.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
        [&](auto a, auto b) { return names[static_cast<std::size_t>(a)] < names[static_cast<std::size_t>(b)]; });
    std::vector<std::int32_t> place(names.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        place[static_cast<std::size_t>(order[i])] = static_cast<std::int32_t>(i);
    return place;
}

// Events without a name come last in both directions.
void sortByName(
    RowOrder& rows, Qt::SortOrder order, const std::vector<std::string>& names, std::span<const std::uint8_t> numbers)
{
    if (numbers.empty())
        return;
    std::array<std::int32_t, EventMark::unknown + 1> place;
    place.fill(order == Qt::AscendingOrder ? EventMark::unknown : -1);
    std::ranges::copy(places(names), place.begin());
    sortBy(rows, order, [&](auto row) { return place[numbers[row]]; });
}

// Unknown ones come last in both directions.
void sortByFeedback(RowOrder& rows, Qt::SortOrder order, std::span<const float> feedback)
{
    constexpr float infinite = std::numeric_limits<float>::infinity();
    const float unknown = order == Qt::AscendingOrder ? infinite : -infinite;
    sortBy(rows, order, [&](auto row) { return std::isnan(feedback[row]) ? unknown : feedback[row]; });
}

QString nameOf(const std::vector<std::string>& names, std::span<const std::uint8_t> numbers, std::size_t row)
{
    const std::uint8_t number = numbers.empty() ? EventMark::unknown : numbers[row];
    return number == EventMark::unknown ? QString() : QString::fromStdString(names[number]);
}

QString shownName(const QString& name)
{
    return name.isEmpty() ? format::missing() : name;
}

QVariant rawName(const QString& name)
{
    return name.isEmpty() ? QVariant() : QVariant(name);
}

void sortEvents(const Dataset& dataset, RowOrder& rows, int column, Qt::SortOrder order)
{
    const InteractionView& events = dataset.interactions();
    switch (column) {
    case UserColumn: sortBy(rows, order, [&](auto row) { return events.users[row]; }); break;
    case ItemColumn: {
        const std::vector<std::int32_t> place = places(dataset.catalogue().titles());
        sortBy(rows, order, [&](auto row) { return place[static_cast<std::size_t>(events.items[row])]; });
        break;
    }
    case TimeColumn:
        if (!events.times.empty())
            sortBy(rows, order, [&](auto row) { return events.times[row]; });
        break;
    case SurfaceColumn: sortByName(rows, order, dataset.info().surfaces, events.surfaces); break;
    case KindColumn: sortByName(rows, order, dataset.info().kinds, events.kinds); break;
    case FeedbackColumn:
        if (!events.feedback.empty())
            sortByFeedback(rows, order, events.feedback);
        break;
    default:
        if (!events.order.empty())
            sortBy(rows, order, [&](auto row) { return events.order[row]; });
    }
}

} // namespace

EventModel::EventModel(QObject* parent)
    : ArrayTableModel(parent)
{
    setColumns({{tr("User"), {}, false, 120}, {tr("Item"), {}, false, 240}, {tr("Time (UTC)"), {}, false, 140},
        {tr("Surface"), tr("where the event took place"), false, 100},
        {tr("Kind"), tr("what was done: a listen, a like, ..."), false, 110},
        {tr("Feedback"), tr("rating or weight"), true, 80},
        {tr("Source row"), tr("row of the source file, from 1"), true, 90}});
}

void EventModel::setDataset(std::shared_ptr<const Dataset> dataset)
{
    resetSource([&] { m_dataset = std::move(dataset); });
}

int EventModel::userOf(int row) const
{
    return m_dataset->interactions().users[static_cast<std::size_t>(sourceRow(row))];
}

int EventModel::itemOf(int row) const
{
    return m_dataset->interactions().items[static_cast<std::size_t>(sourceRow(row))];
}

QList<int> EventModel::emptyColumns() const
{
    QList<int> columns;
    if (!m_dataset || m_dataset->info().surfaces.empty())
        columns << SurfaceColumn;
    if (!m_dataset || m_dataset->info().kinds.empty())
        columns << KindColumn;
    if (!m_dataset || !m_dataset->info().hasTimes)
        columns << TimeColumn;
    if (!m_dataset || !m_dataset->info().hasFeedback)
        columns << FeedbackColumn;
    return columns;
}

std::int64_t EventModel::sourceRows() const
{
    return m_dataset ? m_dataset->info().interactions : 0;
}

QString EventModel::text(std::int64_t row, int column) const
{
    const auto i = static_cast<std::size_t>(row);
    const InteractionView& events = m_dataset->interactions();
    const Catalogue& catalogue = m_dataset->catalogue();
    switch (column) {
    case UserColumn: return QString::fromStdString(catalogue.rawUsers()[static_cast<std::size_t>(events.users[i])]);
    case ItemColumn: return QString::fromStdString(catalogue.titles()[static_cast<std::size_t>(events.items[i])]);
    case TimeColumn: return events.times.empty() ? format::missing() : format::dateTime(events.times[i] / 1000);
    case SurfaceColumn: return shownName(nameOf(m_dataset->info().surfaces, events.surfaces, i));
    case KindColumn: return shownName(nameOf(m_dataset->info().kinds, events.kinds, i));
    case FeedbackColumn: return events.feedback.empty() ? format::missing() : format::number(events.feedback[i], 1);
    default: return events.order.empty() ? format::missing() : format::count(events.order[i] + 1);
    }
}

QVariant EventModel::raw(std::int64_t row, int column) const
{
    const auto i = static_cast<std::size_t>(row);
    const InteractionView& events = m_dataset->interactions();
    switch (column) {
    case UserColumn: return events.users[i];
    case ItemColumn: return events.items[i];
    case TimeColumn: return events.times.empty() ? QVariant() : QVariant::fromValue<qlonglong>(events.times[i]);
    case SurfaceColumn: return rawName(nameOf(m_dataset->info().surfaces, events.surfaces, i));
    case KindColumn: return rawName(nameOf(m_dataset->info().kinds, events.kinds, i));
    case FeedbackColumn: return events.feedback.empty() ? QVariant() : QVariant(double(events.feedback[i]));
    default: return events.order.empty() ? QVariant() : QVariant::fromValue<qlonglong>(events.order[i]);
    }
}

ArrayTableModel::Sorter EventModel::detachedSorter() const
{
    if (!m_dataset)
        return {};
    return [dataset = m_dataset](RowOrder& rows, const std::vector<SortKey>& keys, Progress& progress) {
        for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
            progress.checkCancelled();
            sortEvents(*dataset, rows, key->column, key->order);
        }
    };
}

} // namespace recoscope
