// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The planted process of the generator. Items belong to taste clusters. An event repeats one of the user's last
// `repeat_window` events with probability `repeats`; else it is an item that the user never had, drawn from
//   long_range  the partners of the last landmark at least `distance` events back, which is the item `distance` back
//   where
//               all items are landmarks (its share goes to the next line when there is none)
//   the rest    the successors of the last item, inside its cluster, in the era of the event's time
//   switch      a neighbouring cluster, an item of it by popularity
//   noise       any item by popularity
// so that the probability of every next item follows from what a model may see, and the best prediction is known.
// Immutable; thread-safe. The same parameters and seed give the same events on every machine: weights are integers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/core/json.h"
#include "engine/core/random.h"

namespace recoscope {

struct GeneratedEvent {
    std::int32_t item = 0;
    std::int64_t time = 0; // Unix seconds; 0 when the dataset has none
    float feedback = 0.0f; // 0 when the dataset has none
};

// What the next event depends on.
struct ProcessContext {
    std::int32_t last = -1;
    std::int32_t distant = -1; // the last landmark at least `distance` events back, or -1
    std::int32_t era = 0;
};

enum class FeedbackKind { None, Stars, HalfStars, Plays, Likes };
enum class TimeKind { Seconds, Days, None };

class PlantedProcess {
public:
    // `parameters` are valid under generatorSchema(). Error{Usage} when shares sum to more than 1 or items are too few.
    PlantedProcess(const Json& parameters, std::uint64_t seed);

    std::int32_t users() const { return m_users; }
    std::int32_t items() const { return m_items; }
    std::int32_t clusters() const { return m_clusters; }
    std::int32_t clusterOf(std::int32_t item) const { return item % m_clusters; }
    std::int32_t startCluster(std::int32_t user) const;
    // Raw ids are 1..users and a permutation of 1..items, so that an id says nothing about popularity.
    std::int32_t rawItem(std::int32_t item) const { return m_rawItems[item]; }
    bool hasTimes() const { return m_timeKind != TimeKind::None; }
    FeedbackKind feedbackKind() const { return m_feedback; }
    double repeats() const { return m_repeats; }
    std::int32_t repeatWindow() const { return m_repeatWindow; }

    std::vector<GeneratedEvent> sequence(std::int32_t user) const;

    ProcessContext contextAfter(std::span<const GeneratedEvent> history, std::int64_t nextTime) const;
    // Probability that a new item is `item`, before items that the user had are left out.
    double newItemProbability(std::int32_t item, const ProcessContext& context) const;
    // The same for somebody who looks at the last item only.
    double firstOrderProbability(std::int32_t item, const ProcessContext& context) const;
    std::span<const std::int32_t> successors(std::int32_t item, std::int32_t era) const;
    std::span<const std::int32_t> partners(std::int32_t item) const;
    bool isLandmark(std::int32_t item) const { return m_landmarks[std::size_t(item)] != 0; }
    std::int32_t itemsIn(std::int32_t cluster) const { return (m_items - cluster + m_clusters - 1) / m_clusters; }

private:
    struct Shares {
        double distant = 0.0, successor = 0.0, neighbour = 0.0, any = 0.0;
    };
    Shares shares(const ProcessContext& context) const;
    void makePopularity(double skew);
    void makeSuccessors(std::uint64_t seed, double concentration, double drift);
    void makePartners(std::uint64_t seed);
    void makeLandmarks(std::uint64_t seed, double share);
    void makeRawItems(std::uint64_t seed);
    double popularityIn(std::int32_t cluster, std::int32_t item) const;
    std::int32_t drawIn(std::int32_t cluster, RandomStream& random) const;
    std::int32_t drawAny(RandomStream& random) const;
    std::int32_t drawNew(const ProcessContext& context, RandomStream& random) const;
    std::int32_t drawNeighbour(std::int32_t cluster, RandomStream& random) const;
    double neighbourShare(std::int32_t from, std::int32_t to) const;
    std::vector<std::int64_t> drawTimes(std::int32_t length, RandomStream& random) const;
    // A user never has more than half of the catalogue, so that a new item is always to be found.
    std::int64_t longestLength() const { return std::max<std::int64_t>(m_items / 2, 1); }
    std::int32_t drawLength(RandomStream& random) const;
    void drawItems(std::vector<GeneratedEvent>& events, std::int32_t startCluster, RandomStream& random) const;
    void drawFeedback(std::vector<GeneratedEvent>& events, std::int32_t startCluster, RandomStream& random) const;
    std::int32_t eraOf(std::int64_t time) const;

    std::uint64_t m_seed = 0;
    std::int32_t m_users = 0, m_items = 0, m_clusters = 0;
    double m_meanLength = 0.0;
    std::int32_t m_minLength = 0;
    double m_switch = 0.0, m_noise = 0.0, m_longRange = 0.0, m_repeats = 0.0;
    std::int32_t m_distance = 0, m_partnersPerItem = 0, m_repeatWindow = 0, m_branching = 0, m_eras = 1;
    std::int64_t m_startTime = 0, m_span = 0; // seconds
    double m_sessionLength = 0.0, m_sessionGap = 0.0; // events, seconds
    FeedbackKind m_feedback = FeedbackKind::None;
    TimeKind m_timeKind = TimeKind::Seconds;

    std::vector<std::vector<std::int64_t>> m_itemWeights; // per cluster, cumulative over its items by rank
    std::vector<std::int64_t> m_clusterWeights; // cumulative
    std::vector<std::int64_t> m_successorWeights; // cumulative, [branching]
    std::vector<std::int32_t> m_successors; // [eras, items, branching]
    std::vector<std::int64_t> m_partnerWeights; // cumulative, [partners]
    std::vector<std::int32_t> m_partners; // [items, partners]
    std::vector<std::uint8_t> m_landmarks; // [items]; 1 = its partners follow from afar
    std::vector<std::int32_t> m_rawItems; // [items]
};

} // namespace recoscope
