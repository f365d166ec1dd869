// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/token_readings.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>

#include "engine/inspection/arrays.h"
#include "engine/inspection/compressed_model.h"
#include "engine/inspection/reading_ranker.h"
#include "engine/inspection/token_ways.h"

namespace recoscope {

namespace {

double medianMilliseconds(const std::function<void()>& request, Progress& progress)
{
    constexpr int requests = 5;
    std::vector<double> times;
    request(); // warm
    for (int i = 0; i < requests; ++i) {
        progress.checkCancelled();
        const auto begin = std::chrono::steady_clock::now();
        request();
        times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    std::nth_element(times.begin(), times.begin() + requests / 2, times.end());
    return times[requests / 2];
}

} // namespace

std::vector<TokenReading> tokenReadings(
    const ServingSession& session, const PackedView& history, std::int32_t target, int k, Progress& progress)
{
    const auto compressed = requireCompressed(session.model(), history);
    const std::int64_t events = std::min(history.events(), session.model().maxLength());
    auto [out, readings] = tokenWays(*compressed, events);
    progress.checkCancelled();
    ReadingRanker ranker(session, *compressed);
    ranker.read(history, readings);
    for (std::size_t i = 0; i < out.size(); ++i) {
        progress.checkCancelled();
        ranker.choose(i);
        out[i].list = ranker.list(k);
        out[i].shared = sharedItems(out[i].list, out.front().list);
        if (target >= 0)
            out[i].targetRank = ranker.rankOf(target).rank(ranker.ties());
    }
    return out;
}

TokenSavings tokenSavings(const ServingSession& session, const PackedView& history, Progress& progress)
{
    const TrainedModel& model = session.model();
    const auto compressed = requireCompressed(model, history);
    const CompressedShape shape = compressed->shape();
    std::vector<std::int32_t> items;
    std::vector<std::int64_t> times;
    const std::int64_t events = std::min(history.events(), model.maxLength());
    keepEvents(history, events, items, times);
    times.resize(items.size(), 0);
    const std::int64_t segments = compressed->segmentsOf(events), recent = events - segments * shape.segment;
    TokenSavings savings;
    savings.full.keysRead = events;
    const std::int64_t held = shape.tokensHeld(segments);
    savings.tokens.keysRead = held + recent;
    savings.recentOnly.keysRead = recent;
    constexpr auto size = static_cast<std::int64_t>(sizeof(float));
    savings.full.bytes = events * shape.rowNumbers * size;
    savings.tokens.bytes = (held * shape.tokenNumbers + recent * shape.rowNumbers) * size;
    savings.recentOnly.bytes = recent * shape.rowNumbers * size;

    std::vector<float> vector(static_cast<std::size_t>(model.linearHead()->width)), once(vector);
    const auto read = [&](const HistoryReading& reading) {
        return medianMilliseconds([&] { compressed->encode(history, {&reading, 1}, once); }, progress);
    };
    savings.full.milliseconds = read(fullReading());
    savings.recentOnly.milliseconds = read(recentAlone(*compressed, events));

    const auto state = model.newState();
    const auto begin = std::chrono::steady_clock::now();
    for (std::int64_t event = 0; event + 1 < events; ++event)
        state->append(items[static_cast<std::size_t>(event)], times[static_cast<std::size_t>(event)]);
    savings.compressMilliseconds
        = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    const auto before = state->save();
    savings.tokens.milliseconds = medianMilliseconds(
        [&] {
            state->load(before);
            state->append(items.back(), times.back());
            state->userVector(vector);
        },
        progress);
    savings.stateBytes = state->bytes();
    // The state is asked at the time of its last event.
    PackedSequences same;
    same.append(items, times);
    model.encodeLast(same.view(), once);
    for (std::size_t i = 0; i < vector.size(); ++i)
        savings.largestDifference
            = std::max(savings.largestDifference, std::abs(static_cast<double>(vector[i]) - once[i]));
    return savings;
}

} // namespace recoscope
