// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/row_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/core/error.h"

namespace recoscope {

namespace {

// The rows of one user arrive in row order, so sorting pairs by time alone, stably, keeps the file order of ties.
void sortByTime(const BlockColumn<std::int64_t>& times, std::span<std::uint32_t> rows,
    std::vector<std::pair<std::int64_t, std::uint32_t>>& scratch)
{
    scratch.clear();
    bool sorted = true;
    for (const std::uint32_t row : rows) {
        scratch.emplace_back(times[row], row);
        sorted = sorted && (scratch.size() < 2 || scratch[scratch.size() - 2].first <= scratch.back().first);
    }
    if (sorted)
        return;
    std::sort(scratch.begin(), scratch.end());
    std::transform(scratch.begin(), scratch.end(), rows.begin(), [](const auto& entry) { return entry.second; });
}

} // namespace

void RowStore::requireSameShape(bool time, bool rating)
{
    if (size() == 0) {
        hasTimes = time;
        hasFeedback = rating;
    }
    if (hasTimes != time || hasFeedback != rating)
        throw Error(ErrorKind::Usage, "some rows have a time or feedback and others have none",
            "give every row the same columns");
}

std::vector<std::int64_t> offsetsByUser(const RowStore& rows, std::int32_t users)
{
    std::vector<std::int64_t> offsets(static_cast<std::size_t>(users) + 1, 0);
    for (std::int64_t row = 0; row < rows.size(); ++row)
        ++offsets[static_cast<std::size_t>(rows.users[row]) + 1];
    for (std::size_t user = 1; user < offsets.size(); ++user)
        offsets[user] += offsets[user - 1];
    return offsets;
}

std::vector<std::uint32_t> sortedRows(const RowStore& rows, std::span<const std::int64_t> offsets)
{
    if (rows.size() > std::numeric_limits<std::uint32_t>::max())
        throw Error(ErrorKind::Resource, std::to_string(rows.size()) + " rows are more than one dataset can hold",
            "split the source by user or by time");
    std::vector<std::uint32_t> order(static_cast<std::size_t>(rows.size()));
    std::vector<std::int64_t> next(offsets.begin(), offsets.end() - 1);
    for (std::int64_t row = 0; row < rows.size(); ++row)
        order[static_cast<std::size_t>(next[static_cast<std::size_t>(rows.users[row])]++)]
            = static_cast<std::uint32_t>(row);
    if (!rows.hasTimes)
        return order;
    std::vector<std::pair<std::int64_t, std::uint32_t>> scratch;
    for (std::size_t user = 0; user + 1 < offsets.size(); ++user) {
        const std::span<std::uint32_t> own(
            order.data() + offsets[user], static_cast<std::size_t>(offsets[user + 1] - offsets[user]));
        sortByTime(rows.times, own, scratch);
    }
    return order;
}

} // namespace recoscope
