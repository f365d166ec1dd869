// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/prepared.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/data/catalogue.h"
#include "engine/data/event_selection.h"
#include "engine/data/protocol_text.h"
#include "engine/data/split.h"

namespace recoscope {

namespace {

void countUpTo(std::uint8_t number, std::int32_t& count)
{
    if (number != EventMark::unknown)
        count = std::max(count, number + 1);
}

std::vector<std::int32_t> usersWithTargets(const std::vector<SplitBounds>& bounds)
{
    std::vector<std::int32_t> users;
    for (std::size_t user = 0; user < bounds.size(); ++user) {
        if (!bounds[user].empty())
            users.push_back(static_cast<std::int32_t>(user));
    }
    return users;
}

// Dense new indices for kept ids, in ascending order of `rank` (of the index itself when ranks are empty).
void makeIndex(const std::vector<std::uint8_t>& kept, std::span<const std::int32_t> ranks,
    std::vector<std::int32_t>& toDataset, std::vector<std::int32_t>& fromDataset)
{
    std::vector<std::int32_t> byRank(kept.size());
    for (std::size_t index = 0; index < kept.size(); ++index)
        byRank[ranks.empty() ? index : ranks[index]] = static_cast<std::int32_t>(index);
    fromDataset.assign(kept.size(), -1);
    for (const std::int32_t index : byRank) {
        if (!kept[index])
            continue;
        fromDataset[index] = static_cast<std::int32_t>(toDataset.size());
        toDataset.push_back(index);
    }
}

[[noreturn]] void throwNothingLeft(const Protocol& protocol, std::int64_t rows, std::size_t selected)
{
    const std::string filter = protocol.toJson()["filter"].get<std::string>();
    if (selected == 0)
        throw Error(ErrorKind::Input, "min_rating leaves none of the " + std::to_string(rows) + " interactions",
            "lower min_rating or set min_rating=none");
    throw Error(ErrorKind::Input,
        "filter=" + filter + " leaves none of the " + std::to_string(selected) + " interactions",
        "use a smaller count or filter=none");
}

// A cut beyond either end of the data leaves nothing to learn from or nothing to predict.
[[noreturn]] void throwCutOutside(const Protocol& protocol, PackedView events, const char* part)
{
    const auto [first, last] = std::minmax_element(events.times.begin(), events.times.end());
    throw Error(ErrorKind::Input,
        "split=" + protocol.toJson()["split"].get<std::string>() + " leaves nothing for the " + part + " part",
        "the events lie between " + protocol_text::momentText(*first) + " and " + protocol_text::momentText(*last)
            + ": choose a cut well inside");
}

} // namespace

class PreparedDataBuilder {
public:
    PreparedDataBuilder(const InteractionView& view, std::span<const std::string> rawItems, const Protocol& protocol)
        : m_view(view)
        , m_protocol(protocol)
        , m_ranks(rawIdRanks(rawItems))
        , m_result(std::make_shared<PreparedData>())
    {
        m_items = static_cast<std::int32_t>(rawItems.size());
        if (rawItems.empty() && !view.items.empty()) {
            m_items = *std::max_element(view.items.begin(), view.items.end()) + 1;
            m_ranks.resize(m_items);
            std::iota(m_ranks.begin(), m_ranks.end(), 0);
        }
    }

    std::shared_ptr<const PreparedData> build(std::shared_ptr<const Dataset> dataset, Progress& progress)
    {
        m_result->m_protocol = m_protocol;
        m_result->m_dataset = std::move(dataset);
        progress.update(0.0, "Ordering events");
        m_result->m_all = selectEvents(m_view, m_ranks, m_protocol, progress);
        progress.update(0.5, "Filtering");
        applyFilter(progress);
        progress.update(0.8, "Splitting");
        split();
        m_result->countTraining();
        progress.update(1.0, "Ready");
        return m_result;
    }

private:
    void applyFilter(Progress& progress)
    {
        PackedSequences& all = m_result->m_all;
        const KeptIds kept = filterIds(all.view(), m_items, m_protocol.filter, m_protocol.filterCount, progress);
        makeIndex(kept.users, {}, m_result->m_userToDataset, m_result->m_datasetToUser);
        makeIndex(kept.items, m_ranks, m_result->m_itemToDataset, m_result->m_datasetToItem);
        if (m_result->m_userToDataset.empty())
            throwNothingLeft(m_protocol, static_cast<std::int64_t>(m_view.items.size()), all.items.size());
        compact(kept, progress);
    }

    // Moves kept events to the front, with their new item indices; nothing is copied elsewhere.
    void compact(const KeptIds& kept, const Progress& progress)
    {
        PackedSequences& all = m_result->m_all;
        std::int64_t out = 0;
        std::int64_t keptUsers = 0;
        std::int64_t begin = 0;
        for (std::size_t user = 0; user < kept.users.size(); ++user) {
            if (user % 4096 == 0)
                progress.checkCancelled();
            const std::int64_t end = all.offsets[user + 1];
            for (std::int64_t event = begin; kept.users[user] && event < end; ++event) {
                const std::int32_t item = m_result->m_datasetToItem[all.items[event]];
                if (item < 0)
                    continue;
                all.moveEvent(event, out);
                all.items[out++] = item;
            }
            begin = end;
            if (kept.users[user])
                all.offsets[++keptUsers] = out; // never overtakes `begin`, which is already read
        }
        all.resize(out);
        all.offsets.resize(keptUsers + 1);
    }

    void split()
    {
        SplitResult result = splitEvents(m_result->m_all.view(), m_protocol);
        m_result->m_trainLength = std::move(result.trainLength);
        m_result->m_validBounds = std::move(result.valid);
        m_result->m_testBounds = std::move(result.test);
        holdOutItems();
        findUntrainedItems();
        for (std::size_t user = 0; user < m_result->m_trainLength.size(); ++user)
            m_result->m_lengthBeforeTest.push_back(
                std::max(m_result->m_trainLength[user], m_result->m_testBounds[user].historyEnd));
        sampleTrainUsers();
        m_result->m_validUsers = usersWithTargets(m_result->m_validBounds);
        m_result->m_testUsers = usersWithTargets(m_result->m_testBounds);
        m_result->findTrainUsers();
        const bool byTime = m_protocol.split != SplitKind::LeaveOneOut;
        if (byTime && m_result->m_trainUsers.empty())
            throwCutOutside(m_protocol, m_result->m_all.view(), "train");
        if (byTime && m_result->m_testUsers.empty())
            throwCutOutside(m_protocol, m_result->m_all.view(), "test");
    }

    // Drops all events of the drawn items but targets of the test part. By the dataset's index, so that it does not
    // matter what the filter leaves.
    void holdOutItems()
    {
        if (!m_protocol.coldItems)
            return;
        std::vector<std::uint8_t> isCold;
        for (const std::int32_t item : m_result->m_itemToDataset) {
            RandomStream draw(m_protocol.coldItemsSeed, "cold items", static_cast<std::uint64_t>(item));
            isCold.push_back(draw.uniform() < *m_protocol.coldItems);
        }
        PackedSequences& all = m_result->m_all;
        std::int64_t out = 0, begin = 0;
        std::vector<std::int64_t> place; // of each event of a user and of the end, once the dropped ones are gone
        for (std::int32_t user = 0; user < m_result->users(); ++user) {
            const std::int64_t end = all.offsets[user + 1], from = out;
            const SplitBounds& test = m_result->m_testBounds[user];
            place.clear();
            for (std::int64_t event = begin; event < end; ++event) {
                place.push_back(out - from);
                const std::int64_t position = event - begin;
                const bool isTarget = position >= test.targetBegin && position < test.targetEnd;
                if (!isCold[static_cast<std::size_t>(all.items[event])] || isTarget)
                    all.moveEvent(event, out++);
            }
            place.push_back(out - from);
            begin = end;
            all.offsets[user + 1] = out;
            moveBounds(user, place);
        }
        all.resize(out);
    }

    void moveBounds(std::int32_t user, const std::vector<std::int64_t>& place)
    {
        const auto moved = [&place](std::int64_t position) { return place[static_cast<std::size_t>(position)]; };
        m_result->m_trainLength[user] = moved(m_result->m_trainLength[user]);
        for (SplitBounds* bounds : {&m_result->m_validBounds[user], &m_result->m_testBounds[user]}) {
            *bounds = {moved(bounds->historyEnd), moved(bounds->targetBegin), moved(bounds->targetEnd)};
            if (bounds->historyEnd == 0) // nothing to predict from
                bounds->targetEnd = bounds->targetBegin;
        }
    }

    void findUntrainedItems()
    {
        std::vector<std::uint8_t> trained(m_result->m_itemToDataset.size(), 0);
        const PackedView all = m_result->sequences();
        for (std::int32_t user = 0; user < m_result->users(); ++user)
            for (const std::int32_t item : all.sequence(user).first(m_result->m_trainLength[user]))
                trained[item] = 1;
        for (std::int32_t item = 0; item < m_result->items(); ++item)
            if (!trained[item])
                m_result->m_untrainedItems.push_back(item);
    }

    // By the dataset's index, so that it does not matter what the filter leaves.
    void sampleTrainUsers()
    {
        if (!m_protocol.trainUsers)
            return;
        for (std::int32_t user = 0; user < m_result->users(); ++user) {
            const auto index = static_cast<std::uint64_t>(m_result->m_userToDataset[user]);
            if (RandomStream(m_protocol.trainUsersSeed, "train users", index).uniform() >= *m_protocol.trainUsers)
                m_result->m_trainLength[user] = m_result->m_lengthBeforeTest[user] = 0;
        }
    }

    const InteractionView& m_view;
    const Protocol& m_protocol;
    std::vector<std::int32_t> m_ranks; // [items]
    std::int32_t m_items = 0;
    std::shared_ptr<PreparedData> m_result;
};

void PreparedData::findTrainUsers()
{
    m_trainUsers.clear();
    for (std::int32_t user = 0; user < users(); ++user) {
        if (m_trainLength[user] > 0)
            m_trainUsers.push_back(user);
    }
}

void PreparedData::countTraining()
{
    m_trainCounts.assign(m_itemToDataset.size(), 0);
    const PackedView all = sequences();
    for (std::int32_t user = 0; user < users(); ++user) {
        for (const std::int32_t item : all.sequence(user).first(m_trainLength[user]))
            ++m_trainCounts[item];
        for (const EventMark& mark :
            all.marksOf(static_cast<std::size_t>(all.offsets[user]), static_cast<std::size_t>(m_trainLength[user]))) {
            countUpTo(mark.surface, m_surfaces);
            countUpTo(mark.kind, m_kinds);
        }
    }
}

std::shared_ptr<const PreparedData> PreparedData::withValidationInTraining() const
{
    auto result = std::make_shared<PreparedData>(*this);
    result->m_trainLength = m_lengthBeforeTest;
    result->m_validBounds.assign(m_validBounds.size(), {});
    result->m_validUsers.clear();
    result->findTrainUsers();
    result->countTraining();
    return result;
}

const char* splitPartName(SplitPart part)
{
    switch (part) {
    case SplitPart::Train: return "train";
    case SplitPart::Valid: return "valid";
    case SplitPart::Test: return "test";
    }
    return "";
}

const std::vector<std::int32_t>& PreparedData::evaluatedUsers(SplitPart part) const
{
    switch (part) {
    case SplitPart::Valid: return m_validUsers;
    case SplitPart::Test: return m_testUsers;
    case SplitPart::Train: break;
    }
    return m_trainUsers;
}

EvaluationCase PreparedData::evaluationCase(SplitPart part, std::int32_t user) const
{
    const std::int64_t begin = m_all.offsets[user];
    const std::int64_t length = m_all.offsets[user + 1] - begin;
    const auto sequence = std::span(m_all.items).subspan(begin, length);
    SplitBounds bounds;
    if (part == SplitPart::Train) {
        const std::int64_t end = m_trainLength[user];
        bounds = {std::max<std::int64_t>(end - 1, 0), std::max<std::int64_t>(end - 1, 0), end};
    } else {
        bounds = part == SplitPart::Valid ? m_validBounds[user] : m_testBounds[user];
    }
    EvaluationCase result;
    result.user = user;
    result.history = sequence.first(bounds.historyEnd);
    result.targets = sequence.subspan(bounds.targetBegin, bounds.targetEnd - bounds.targetBegin);
    if (hasTimes()) {
        const auto times = std::span(m_all.times).subspan(begin, length);
        result.times = times.first(bounds.historyEnd);
        result.targetTime = bounds.empty() ? 0 : times[bounds.targetBegin];
    }
    if (hasFeedback()) {
        const auto feedback = std::span(m_all.feedback).subspan(begin, length);
        result.feedback = feedback.first(bounds.historyEnd);
        result.targetFeedback = feedback.subspan(bounds.targetBegin, bounds.targetEnd - bounds.targetBegin);
    }
    if (!m_all.marks.empty()) {
        const auto marks = std::span(m_all.marks).subspan(begin, length);
        result.marks = marks.first(bounds.historyEnd);
        result.targetMarks = marks.subspan(bounds.targetBegin, bounds.targetEnd - bounds.targetBegin);
    }
    return result;
}

std::shared_ptr<const PreparedData> prepare(
    std::shared_ptr<const Dataset> dataset, const Protocol& protocol, Progress& progress)
{
    const InteractionView view = dataset->interactions();
    PreparedDataBuilder builder(view, dataset->catalogue().rawItems(), protocol);
    return builder.build(std::move(dataset), progress);
}

std::shared_ptr<const PreparedData> prepareInteractions(
    const InteractionView& view, std::span<const std::string> rawItems, const Protocol& protocol, Progress& progress)
{
    return PreparedDataBuilder(view, rawItems, protocol).build(nullptr, progress);
}

} // namespace recoscope
