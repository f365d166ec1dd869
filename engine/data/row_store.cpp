// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/row_store.h"

#include <algorithm>
#include <limits>

#include "engine/core/error.h"

namespace recoscope {

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

void RowStore::pushMark(EventMark mark)
{
    if (mark == EventMark())
        return;
    while (marks.size() + 1 < size())
        marks.push({});
    marks.push(mark);
}

std::vector<std::int64_t> offsetsByUser(const RowStore& store, std::int32_t users)
{
    std::vector<std::int64_t> offsets(static_cast<std::size_t>(users) + 1, 0);
    for (std::int64_t row = 0; row < store.size(); ++row)
        ++offsets[static_cast<std::size_t>(store.users[row]) + 1];
    for (std::size_t user = 1; user < offsets.size(); ++user)
        offsets[user] += offsets[user - 1];
    return offsets;
}

std::vector<std::uint32_t> rowsByUser(const RowStore& store, std::span<const std::int64_t> offsets)
{
    if (store.size() > std::numeric_limits<std::uint32_t>::max())
        throw Error(ErrorKind::Resource, std::to_string(store.size()) + " rows are more than one dataset can hold",
            "split the source by user or by time");
    std::vector<std::uint32_t> order(static_cast<std::size_t>(store.size()));
    std::vector<std::int64_t> next(offsets.begin(), offsets.end() - 1);
    for (std::int64_t row = 0; row < store.size(); ++row) {
        const auto user = static_cast<std::size_t>(store.users[row]);
        order[static_cast<std::size_t>(next[user]++)] = static_cast<std::uint32_t>(row);
    }
    return order;
}

void gatherByTime(const RowStore& store, std::span<const std::uint32_t> numbers, std::vector<NumberedRow>& out)
{
    out.clear();
    for (const std::uint32_t number : numbers)
        out.push_back({store.rows[number], number});
    const auto earlier = [](const NumberedRow& a, const NumberedRow& b) { return a.row.time < b.row.time; };
    if (!std::is_sorted(out.begin(), out.end(), earlier))
        std::stable_sort(out.begin(), out.end(), earlier);
}

} // namespace recoscope
