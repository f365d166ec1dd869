// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/serving/request_server.h"

#include <algorithm>
#include <utility>

#include "engine/evaluation/score_ranking.h"
#include "engine/models/item_reader.h"
#include "engine/serving/new_events.h"

namespace recoscope {

SeenItems::SeenItems(const PackedView& histories)
{
    for (std::int64_t b = 0; b < histories.sequences(); ++b) {
        const auto events = histories.sequence(b);
        std::vector<std::int32_t> seen(events.begin(), events.end());
        std::sort(seen.begin(), seen.end());
        seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
        items.insert(items.end(), seen.begin(), seen.end());
        offsets.push_back(static_cast<std::int64_t>(items.size()));
    }
}

RequestServer::RequestServer(
    const ServingSession& session, std::int64_t k, const std::function<double()>& clock, const RoundedFrom& from)
    : m_model(session.model())
    , m_head(m_model.linearHead())
    , m_k(std::min<std::int64_t>(k, m_model.items()))
    , m_clock(clock)
{
    if (m_head && m_head->items >= from.fourBits)
        m_fourBits = kernels::roundToInt4(m_head->items, m_head->width, m_head->table);
    else if (m_head && m_head->items >= from.bytes)
        m_bytes = kernels::quantise(m_head->items, m_head->width, m_head->table);
}

RequestServer::Times RequestServer::serve(
    const ServingPath& path, const PackedView& histories, const std::function<void()>& between)
{
    const SeenItems seen(histories);
    m_ids.assign(static_cast<std::size_t>(seen.histories() * m_k), -1);
    return path.beam > 0 ? serveLists(path.beam, histories, seen) : serveScores(path.mode, histories, seen, between);
}

std::span<const std::int32_t> RequestServer::list(std::int64_t b) const
{
    const auto row = std::span(m_ids).subspan(static_cast<std::size_t>(b * m_k), static_cast<std::size_t>(m_k));
    return row.first(static_cast<std::size_t>(std::find(row.begin(), row.end(), -1) - row.begin()));
}

std::span<std::int32_t> RequestServer::places(std::int64_t b)
{
    return std::span(m_ids).subspan(static_cast<std::size_t>(b * m_k), static_cast<std::size_t>(m_k));
}

RequestServer::Times RequestServer::serveScores(
    ServingMode mode, const PackedView& histories, const SeenItems& seen, const std::function<void()>& between)
{
    const bool kept = mode == ServingMode::Incremental || mode == ServingMode::Compressed;
    const auto states = kept ? statesBeforeLast(histories, between) : std::vector<std::unique_ptr<UserState>>();
    const double begin = m_clock();
    if (kept)
        appendLast(histories, states);
    else
        encode(histories, mode == ServingMode::ItemHeadReread);
    const double encoded = m_clock();
    if (m_head)
        rankByHead(seen);
    else
        rankByScores(seen);
    return {m_clock() - begin, encoded - begin, 0.0};
}

RequestServer::Times RequestServer::serveLists(std::int64_t beam, const PackedView& histories, const SeenItems& seen)
{
    const ListingModel& model = listsOf(beam);
    BeamTimes times;
    times.clock = m_clock;
    const double begin = m_clock();
    const auto lists = model.lists(histories, seen.hidden(), &times);
    for (std::size_t b = 0; b < lists.size(); ++b) {
        const auto row = places(static_cast<std::int64_t>(b));
        for (std::size_t i = 0; i < std::min(row.size(), lists[b].size()); ++i)
            row[i] = lists[b][i].item;
    }
    return {m_clock() - begin, times.encode, times.decode};
}

const ListingModel& RequestServer::listsOf(std::int64_t beam)
{
    auto& model = m_ofWidth[beam];
    if (!model)
        model = dynamic_cast<const ListingModel&>(m_model).ofLength(beam);
    return dynamic_cast<const ListingModel&>(*model);
}

std::vector<std::unique_ptr<UserState>> RequestServer::statesBeforeLast(
    const PackedView& histories, const std::function<void()>& between) const
{
    std::vector<std::unique_ptr<UserState>> states;
    NewEvents before(histories, 0, histories.sequences());
    for (std::size_t b = 0; std::cmp_less(b, histories.sequences()); ++b) {
        states.push_back(m_model.newState());
        before.leaveLast(b);
    }
    constexpr std::int64_t eventsOfRound = 4096;
    std::vector<std::size_t> whose;
    std::vector<UserState*> going;
    for (PackedSequences round = before.round(eventsOfRound, whose); !whose.empty();
         round = before.round(eventsOfRound, whose)) {
        between();
        going.clear();
        for (const std::size_t b : whose)
            going.push_back(states[b].get());
        m_model.appendToStates(going, round.view());
    }
    return states;
}

void RequestServer::appendLast(const PackedView& histories, const std::vector<std::unique_ptr<UserState>>& states)
{
    const auto width = static_cast<std::size_t>(m_head->width);
    m_vectors.resize(states.size() * width);
    NewEvents last(histories, 0, histories.sequences());
    std::vector<UserState*> all;
    for (std::size_t b = 0; b < states.size(); ++b) {
        last.skip(b, last.of(b) - 1);
        all.push_back(states[b].get());
    }
    std::vector<std::size_t> whose;
    m_model.appendToStates(all, last.round(histories.sequences(), whose).view());
    m_model.userVectors(all, m_vectors);
}

void RequestServer::encode(const PackedView& histories, bool reread)
{
    const auto rows = static_cast<std::size_t>(histories.sequences());
    m_vectors.resize(rows * static_cast<std::size_t>(m_head ? m_head->width : m_model.items()));
    if (reread)
        itemReader(m_model)->encodeLastReading(histories, m_vectors);
    else if (m_head)
        m_model.encodeLast(histories, m_vectors);
    else
        m_model.score(histories, m_vectors);
}

void RequestServer::rankByHead(const SeenItems& seen)
{
    m_scores.resize(m_ids.size());
    const kernels::TopK request{seen.histories(), m_head->items, m_head->width, m_k, m_vectors.data(), m_head->table,
        m_head->bias, seen.offsets, seen.items, m_ids.data(), m_scores.data()};
    constexpr std::int64_t mostAtATime = 16; // of which threads share out those of the floats alone
    const bool few = seen.histories() * kernels::threads() <= mostAtATime;
    if (few && m_fourBits)
        kernels::topKInt4(request, *m_fourBits);
    else if (few && m_bytes)
        kernels::topKInt8(request, *m_bytes);
    else
        kernels::topK(request);
}

void RequestServer::rankByScores(const SeenItems& seen)
{
    const auto items = static_cast<std::size_t>(m_model.items());
    for (std::int64_t b = 0; b < seen.histories(); ++b) {
        const auto scores = std::span<const float>(m_vectors).subspan(static_cast<std::size_t>(b) * items, items);
        const auto row = places(b);
        const auto best = topItems(scores, seen.hidden().of(b), m_k);
        for (std::size_t i = 0; i < best.size(); ++i)
            row[i] = best[i].item;
    }
}

} // namespace recoscope
