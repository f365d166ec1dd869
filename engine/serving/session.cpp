// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/serving/session.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.h"
#include "engine/evaluation/metrics.h"
#include "engine/evaluation/score_ranking.h"
#include "engine/kernels/ops.h"
#include "engine/models/listing_model.h"
#include "engine/serving/request_server.h"

namespace recoscope {

namespace {

std::vector<std::int32_t> seenItems(const PackedView& history, bool maskSeen)
{
    if (!maskSeen)
        return {};
    std::vector<std::int32_t> seen(history.items.begin(), history.items.end());
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    return seen;
}

void requireOneHistory(const PackedView& history, std::int32_t items)
{
    if (history.sequences() != 1)
        throw Error(ErrorKind::Usage, "expected one history, got " + std::to_string(history.sequences()),
            "pass the events of one user");
    for (std::int32_t item : history.items)
        if (item < 0 || item >= items)
            throw Error(ErrorKind::Usage,
                "item index " + std::to_string(item) + " is not in the catalogue of " + std::to_string(items)
                    + " items",
                "use the item indices of the prepared data");
}

// The scores of some items for many histories, through the head where there is one.
class ItemScorer {
public:
    ItemScorer(const TrainedModel& model, const std::vector<std::int32_t>& items)
        : m_model(model)
        , m_items(items)
        , m_head(model.linearHead())
    {
    }

    // Histories whose scores fit in memory comfortably.
    std::int64_t batch() const
    {
        constexpr std::int64_t floats = 4'000'000;
        return std::clamp<std::int64_t>(floats / std::max<std::int64_t>(1, rowSize()), 1, 64);
    }

    // [histories, items]
    std::vector<double> score(const PackedView& histories) const
    {
        const auto count = static_cast<std::size_t>(histories.sequences());
        const auto size = static_cast<std::size_t>(rowSize());
        std::vector<float> rows(count * size);
        if (m_head)
            m_model.encodeLast(histories, rows);
        else
            m_model.score(histories, rows);
        std::vector<double> out;
        out.reserve(count * m_items.size());
        for (std::size_t b = 0; b < count; ++b)
            for (std::int32_t item : m_items)
                out.push_back(itemScore(std::span(rows).subspan(b * size, size), static_cast<std::size_t>(item)));
        return out;
    }

private:
    std::int64_t rowSize() const { return m_head ? m_head->width : m_model.items(); }
    double itemScore(std::span<const float> row, std::size_t item) const
    {
        if (!m_head)
            return row[item];
        const std::span<const float> vector(m_head->table + item * row.size(), row.size());
        const double bias = m_head->bias ? m_head->bias[item] : 0.0;
        return std::inner_product(row.begin(), row.end(), vector.begin(), bias);
    }

    const TrainedModel& m_model;
    const std::vector<std::int32_t>& m_items;
    std::optional<LinearHead> m_head;
};

// The model, where it finds lists.
const ListingModel* lister(const TrainedModel& model)
{
    return dynamic_cast<const ListingModel*>(&model);
}

std::int64_t requestTime(const PackedView& history)
{
    return history.requestTimes.empty() ? 0 : history.requestTimes.front();
}

PackedSequences withoutEvents(const PackedView& history, std::int64_t first, std::int64_t count)
{
    PackedSequences out;
    for (std::int64_t left = first; left < first + count; ++left) {
        std::vector<std::int32_t> items(history.items.begin(), history.items.end());
        std::vector<std::int64_t> times(history.times.begin(), history.times.end());
        items.erase(items.begin() + left);
        if (!times.empty())
            times.erase(times.begin() + left);
        out.append(items, times);
        if (!history.feedback.empty()) {
            std::vector<float> feedback(history.feedback.begin(), history.feedback.end());
            feedback.erase(feedback.begin() + left);
            out.appendFeedback(feedback);
        }
        if (!history.marks.empty()) {
            std::vector<EventMark> marks(history.marks.begin(), history.marks.end());
            marks.erase(marks.begin() + left);
            out.appendMarks(marks);
        }
    }
    // Each without an event, asked at the same time.
    out.requestTimes.assign(history.requestTimes.empty() ? 0 : static_cast<std::size_t>(count), requestTime(history));
    return out;
}

} // namespace

ServingSession::ServingSession(std::shared_ptr<const TrainedModel> model, std::shared_ptr<const PreparedData> data)
    : m_model(std::move(model))
    , m_data(std::move(data))
{
    if (m_model->items() != m_data->items())
        throw Error(ErrorKind::Input,
            m_model->modelName() + " knows " + std::to_string(m_model->items()) + " items, the data has "
                + std::to_string(m_data->items()),
            "open the session with the dataset and filter that the run was trained on");
}

PackedSequences ServingSession::historyOf(std::int32_t user, int hideLast) const
{
    if (user < 0 || user >= m_data->users())
        throw Error(ErrorKind::NotFound, "there is no user " + std::to_string(user) + " after the filter",
            "choose one of the " + std::to_string(m_data->users()) + " users that the protocol keeps");
    const PackedView all = m_data->sequences();
    const std::span<const std::int32_t> items = all.sequence(user);
    const std::size_t kept = items.size() - std::min(items.size(), static_cast<std::size_t>(std::max(0, hideLast)));
    PackedSequences history;
    const auto begin = static_cast<std::size_t>(all.offsets[static_cast<std::size_t>(user)]);
    if (all.times.empty())
        history.append(items.first(kept));
    else if (kept < items.size()) // asked for when the hidden event came
        history.append(items.first(kept), all.times.subspan(begin, kept), all.times[begin + kept]);
    else
        history.append(items, all.times.subspan(begin, kept));
    if (!all.feedback.empty())
        history.appendFeedback(all.feedback.subspan(begin, kept));
    history.appendMarks(all.marksOf(begin, kept));
    return history;
}

std::vector<Recommendation> ServingSession::recommend(
    const PackedView& history, int k, bool maskSeen, const UserState* state) const
{
    requireOneHistory(history, m_data->items());
    const std::vector<std::int32_t> seen = seenItems(history, maskSeen);
    const std::vector<float> scores = scoresOf(history, seen, state);
    std::vector<Recommendation> out;
    for (const ScoredItem& s : topItems(scores, seen, k))
        if (!lister(*m_model) || std::isfinite(s.score))
            out.push_back({s.item, s.score});
    return out;
}

std::vector<std::vector<Recommendation>> ServingSession::recommendAll(
    std::span<const float> vectors, const PackedView& histories, int k, bool maskSeen) const
{
    const std::optional<LinearHead> head = m_model->linearHead();
    if (!head)
        throw Error(ErrorKind::Refused, m_model->modelName() + " has no user vectors", "ask for one list at a time");
    if (k < 1)
        throw Error(ErrorKind::Usage, "lists of " + std::to_string(k) + " items", "ask for at least one");
    const std::int64_t users = histories.sequences(), most = std::min<std::int64_t>(k, head->items);
    if (std::ssize(vectors) != users * head->width)
        throw Error(ErrorKind::Usage,
            std::to_string(vectors.size()) + " numbers for " + std::to_string(users) + " users",
            "pass vectors as [users, D]");
    const SeenItems seen(maskSeen ? histories : PackedView{});
    std::vector<std::int32_t> ids(static_cast<std::size_t>(users * most));
    std::vector<float> scores(ids.size());
    const auto offsets = maskSeen ? std::span<const std::int64_t>(seen.offsets) : std::span<const std::int64_t>();
    kernels::topK({users, head->items, head->width, most, vectors.data(), head->table, head->bias, offsets, seen.items,
        ids.data(), scores.data()});
    std::vector<std::vector<Recommendation>> lists(static_cast<std::size_t>(users));
    for (std::size_t b = 0; b < lists.size(); ++b)
        for (auto i = b * static_cast<std::size_t>(most); i < (b + 1) * static_cast<std::size_t>(most); ++i)
            if (ids[i] >= 0)
                lists[b].push_back({ids[i], scores[i]});
    return lists;
}

ServingSession::ItemRank ServingSession::rankOf(
    const PackedView& history, std::int32_t item, bool maskSeen, const UserState* state) const
{
    requireOneHistory(history, m_data->items());
    if (item < 0 || item >= m_data->items())
        throw Error(ErrorKind::NotFound, "there is no item " + std::to_string(item) + " after the filter",
            "choose an item that the protocol keeps");
    std::vector<std::int32_t> seen = seenItems(history, maskSeen);
    const auto own = std::lower_bound(seen.begin(), seen.end(), item);
    if (own != seen.end() && *own == item)
        seen.erase(own); // the question is where it would stand
    const std::vector<float> scores = scoresOf(history, seen, state);
    const float score = scores[static_cast<std::size_t>(item)];
    if (lister(*m_model) && !std::isfinite(score))
        return {static_cast<double>(scores.size() - seen.size()), score};
    return {rankInScores(scores, seen, item).rank(m_data->protocol().scoreTies), score};
}

std::vector<float> ServingSession::scoresOf(
    const PackedView& history, std::span<const std::int32_t> hidden, const UserState* state) const
{
    std::vector<float> scores(static_cast<std::size_t>(m_model->items()));
    if (state) {
        const LinearHead head = m_model->linearHead().value();
        std::vector<float> vector(static_cast<std::size_t>(head.width));
        state->userVector(vector);
        kernels::scoreAll(head.items, head.width, vector.data(), head.table, head.bias, scores.data());
        return scores;
    }
    const std::vector<std::int64_t> offsets{0, static_cast<std::int64_t>(hidden.size())};
    if (const ListingModel* lists = lister(*m_model))
        lists->scoreHiding(history, {offsets, hidden}, scores);
    else
        m_model->score(history, scores);
    return scores;
}

std::vector<Explanation> ServingSession::explain(
    const PackedView& history, const std::vector<std::int32_t>& items, Progress& progress) const
{
    requireOneHistory(history, m_data->items());
    if (lister(*m_model))
        throw Error(ErrorKind::Refused,
            m_model->modelName() + " finds lists and has no score for an item that an event keeps out of the list",
            "look at the lists with and without the event");
    const auto length = static_cast<std::int64_t>(history.items.size());
    const std::int64_t used = std::min(length, m_model->maxLength());
    PackedSequences cut;
    const auto last = static_cast<std::size_t>(used);
    cut.append(history.items.last(last), history.times.empty() ? history.times : history.times.last(last));
    if (!history.feedback.empty())
        cut.appendFeedback(history.feedback.last(last));
    cut.appendMarks(history.marksOf(history.items.size() - last, last));
    cut.requestTimes.assign(history.requestTimes.begin(), history.requestTimes.end());
    const ItemScorer scorer(*m_model, items);
    const std::vector<double> whole = scorer.score(cut.view());
    std::vector<Explanation> out;
    for (std::size_t i = 0; i < items.size(); ++i)
        out.push_back({items[i], whole[i], {}, 0.0});
    for (std::int64_t begin = 0; begin < used; begin += scorer.batch()) {
        progress.checkCancelled();
        const std::int64_t count = std::min(scorer.batch(), used - begin);
        const std::vector<double> without = scorer.score(withoutEvents(cut.view(), begin, count).view());
        for (std::size_t j = 0; j < without.size(); ++j) {
            Explanation& e = out[j % items.size()];
            e.contributions.push_back(e.score - without[j]);
        }
        progress.update(double(begin + count) / double(used),
            "Explaining · " + std::to_string(begin + count) + " / " + std::to_string(used) + " events left out");
    }
    for (Explanation& e : out)
        e.residual = e.score - std::accumulate(e.contributions.begin(), e.contributions.end(), 0.0);
    return out;
}

} // namespace recoscope
