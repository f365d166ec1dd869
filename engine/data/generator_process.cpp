// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/generator_process.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "engine/core/error.h"
#include "engine/data/protocol_text.h"

namespace recoscope {

namespace {

constexpr double weightScale = 1e6; // weights are rounded to integers, so no rounding of a machine's libm shows
constexpr std::int64_t secondsPerDay = 86400;
constexpr double forwardShare = 2.0 / 3.0; // of the switches, to the next cluster; the others to the one before

std::int64_t powerWeight(std::int32_t rank, double exponent)
{
    return std::max<std::int64_t>(1, std::llround(weightScale * std::pow(double(rank + 1), -exponent)));
}

// Position of the cumulative weight that a uniform draw falls into.
std::int32_t drawWeighted(std::span<const std::int64_t> cumulative, RandomStream& random)
{
    const auto value = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(cumulative.back())));
    return static_cast<std::int32_t>(
        std::upper_bound(cumulative.begin(), cumulative.end(), value) - cumulative.begin());
}

double shareAt(std::span<const std::int64_t> cumulative, std::int32_t position)
{
    const std::int64_t below = position == 0 ? 0 : cumulative[position - 1];
    return double(cumulative[position] - below) / double(cumulative.back());
}

double exponential(double mean, RandomStream& random)
{
    return -mean * std::log1p(-random.uniform());
}

template <class Enum>
Enum choice(const Json& parameters, const char* name, std::span<const std::pair<const char*, Enum>> names)
{
    const std::string text = parameters.at(name).get<std::string>();
    for (const auto& [known, value] : names) {
        if (text == known)
            return value;
    }
    throw Error(ErrorKind::Usage, std::string("parameter '") + name + "' cannot be '" + text + "'",
        "recoscope-cli generate --help lists the choices");
}

constexpr std::pair<const char*, FeedbackKind> feedbackNames[]
    = {{"none", FeedbackKind::None}, {"stars", FeedbackKind::Stars}, {"half_stars", FeedbackKind::HalfStars},
        {"plays", FeedbackKind::Plays}, {"likes", FeedbackKind::Likes}};
constexpr std::pair<const char*, TimeKind> timeNames[]
    = {{"seconds", TimeKind::Seconds}, {"days", TimeKind::Days}, {"none", TimeKind::None}};

} // namespace

PlantedProcess::PlantedProcess(const Json& parameters, std::uint64_t seed)
    : m_seed(seed)
    , m_users(parameters.at("users"))
    , m_items(parameters.at("items"))
    , m_clusters(parameters.at("clusters"))
    , m_meanLength(parameters.at("mean_length"))
    , m_minLength(parameters.at("min_length"))
    , m_switch(parameters.at("switch"))
    , m_noise(parameters.at("noise"))
    , m_longRange(parameters.at("long_range"))
    , m_repeats(parameters.at("repeats"))
    , m_distance(parameters.at("distance"))
    , m_partnersPerItem(parameters.at("partners"))
    , m_repeatWindow(parameters.at("repeat_window"))
    , m_branching(parameters.at("branching"))
    , m_eras(parameters.at("eras"))
    , m_span(parameters.at("days").get<std::int64_t>() * secondsPerDay)
    , m_sessionLength(parameters.at("session_length"))
    , m_sessionGap(parameters.at("session_gap_hours").get<double>() * 3600.0)
    , m_feedback(choice<FeedbackKind>(parameters, "feedback", feedbackNames))
    , m_timeKind(choice<TimeKind>(parameters, "times", timeNames))
{
    if (m_switch + m_noise + m_longRange > 1.0)
        throw Error(ErrorKind::Usage, "switch, noise and long_range together are more than 1",
            "lower one of them: what is left goes to the successors of the last item");
    if (m_items / m_clusters < m_branching + 2)
        throw Error(ErrorKind::Usage,
            "a cluster needs at least branching + 2 = " + std::to_string(m_branching + 2) + " items",
            "raise items, or lower clusters or branching");
    if (m_items <= m_partnersPerItem)
        throw Error(ErrorKind::Usage,
            "an item cannot have " + std::to_string(m_partnersPerItem) + " partners among " + std::to_string(m_items)
                + " items",
            "raise items or lower partners");
    if (m_minLength > longestLength())
        throw Error(ErrorKind::Usage,
            "users of at least " + std::to_string(m_minLength) + " events need " + std::to_string(2 * m_minLength)
                + " items: a new item must always be easy to find",
            "raise items or lower min_length");
    const auto start = protocol_text::parseDate(parameters.at("start").get<std::string>());
    if (!start)
        throw Error(ErrorKind::Usage, "parameter 'start' is not a date", "write it as 2022-01-01");
    m_startTime = *start;
    makePopularity(parameters.at("skew"));
    makeSuccessors(seed, parameters.at("concentration"), parameters.at("drift"));
    makePartners(seed);
    makeLandmarks(seed, parameters.at("landmarks"));
    makeRawItems(seed);
}

void PlantedProcess::makePopularity(double skew)
{
    m_itemWeights.resize(m_clusters);
    for (std::int32_t cluster = 0; cluster < m_clusters; ++cluster) {
        std::int64_t sum = 0;
        for (std::int32_t rank = 0; rank < itemsIn(cluster); ++rank)
            m_itemWeights[cluster].push_back(sum += powerWeight(rank, skew));
    }
    std::int64_t sum = 0;
    for (std::int32_t cluster = 0; cluster < m_clusters; ++cluster)
        m_clusterWeights.push_back(sum += powerWeight(cluster, skew / 2));
}

void PlantedProcess::makeSuccessors(std::uint64_t seed, double concentration, double drift)
{
    std::int64_t sum = 0;
    for (std::int32_t place = 0; place < m_branching; ++place) {
        const double weight = weightScale * std::pow(1.0 - concentration, place);
        m_successorWeights.push_back(sum += std::max<std::int64_t>(1, std::llround(weight)));
    }
    m_successors.resize(std::size_t(m_eras) * m_items * m_branching);
    for (std::int32_t era = 0; era < m_eras; ++era) {
        RandomStream random(seed, "successors", era);
        for (std::int32_t item = 0; item < m_items; ++item) {
            const auto out = m_successors.begin() + (std::int64_t(era) * m_items + item) * m_branching;
            if (era > 0 && random.uniform() >= drift) {
                std::copy_n(out - std::int64_t(m_items) * m_branching, m_branching, out);
                continue;
            }
            for (std::int32_t found = 0; found < m_branching;) {
                const std::int32_t candidate = drawIn(clusterOf(item), random);
                if (candidate != item && std::find(out, out + found, candidate) == out + found)
                    out[found++] = candidate;
            }
        }
    }
}

void PlantedProcess::makePartners(std::uint64_t seed)
{
    std::int64_t sum = 0;
    for (std::int32_t place = 0; place < m_partnersPerItem; ++place)
        m_partnerWeights.push_back(sum += m_partnersPerItem - place);
    RandomStream random(seed, "partners");
    m_partners.resize(std::size_t(m_items) * m_partnersPerItem);
    for (std::int32_t item = 0; item < m_items; ++item) {
        const auto out = m_partners.begin() + std::int64_t(item) * m_partnersPerItem;
        for (std::int32_t found = 0; found < m_partnersPerItem;) {
            const auto candidate = static_cast<std::int32_t>(random.below(m_items));
            if (candidate != item && std::find(out, out + found, candidate) == out + found)
                out[found++] = candidate;
        }
    }
}

void PlantedProcess::makeLandmarks(std::uint64_t seed, double share)
{
    RandomStream random(seed, "landmarks");
    m_landmarks.resize(std::size_t(m_items));
    for (std::uint8_t& landmark : m_landmarks)
        landmark = random.uniform() < share;
}

void PlantedProcess::makeRawItems(std::uint64_t seed)
{
    m_rawItems.resize(m_items);
    std::iota(m_rawItems.begin(), m_rawItems.end(), 1);
    RandomStream(seed, "raw items").shuffle(m_rawItems);
}

std::int32_t PlantedProcess::startCluster(std::int32_t user) const
{
    RandomStream random(m_seed, "start cluster", user);
    return drawWeighted(m_clusterWeights, random);
}

std::span<const std::int32_t> PlantedProcess::successors(std::int32_t item, std::int32_t era) const
{
    const auto begin = (std::size_t(era) * m_items + item) * m_branching;
    return std::span(m_successors).subspan(begin, m_branching);
}

std::span<const std::int32_t> PlantedProcess::partners(std::int32_t item) const
{
    return std::span(m_partners).subspan(std::size_t(item) * m_partnersPerItem, m_partnersPerItem);
}

PlantedProcess::Shares PlantedProcess::shares(const ProcessContext& context) const
{
    const double distant = context.distant >= 0 ? m_longRange : 0.0;
    return {distant, 1.0 - distant - m_switch - m_noise, m_switch, m_noise};
}

std::int32_t PlantedProcess::eraOf(std::int64_t time) const
{
    if (m_eras == 1 || m_timeKind == TimeKind::None)
        return 0;
    return static_cast<std::int32_t>(std::clamp<std::int64_t>((time - m_startTime) * m_eras / m_span, 0, m_eras - 1));
}

ProcessContext PlantedProcess::contextAfter(std::span<const GeneratedEvent> history, std::int64_t nextTime) const
{
    ProcessContext context;
    context.era = eraOf(nextTime);
    if (!history.empty())
        context.last = history.back().item;
    for (auto event = std::int64_t(history.size()) - m_distance; event >= 0 && context.distant < 0; --event) {
        if (isLandmark(history[std::size_t(event)].item))
            context.distant = history[std::size_t(event)].item;
    }
    return context;
}

double PlantedProcess::popularityIn(std::int32_t cluster, std::int32_t item) const
{
    return clusterOf(item) == cluster ? shareAt(m_itemWeights[cluster], item / m_clusters) : 0.0;
}

double PlantedProcess::neighbourShare(std::int32_t from, std::int32_t to) const
{
    double share = 0.0;
    if (to == (from + 1) % m_clusters)
        share += forwardShare;
    if (to == (from + m_clusters - 1) % m_clusters)
        share += 1.0 - forwardShare;
    return share;
}

double PlantedProcess::newItemProbability(std::int32_t item, const ProcessContext& context) const
{
    const Shares share = shares(context);
    const std::int32_t cluster = clusterOf(item);
    const double inCluster = popularityIn(cluster, item);
    double probability = share.any * shareAt(m_clusterWeights, cluster) * inCluster
        + share.neighbour * neighbourShare(clusterOf(context.last), cluster) * inCluster;
    const auto next = successors(context.last, context.era);
    for (std::int32_t place = 0; place < m_branching; ++place)
        probability += next[place] == item ? share.successor * shareAt(m_successorWeights, place) : 0.0;
    if (context.distant >= 0) {
        const auto far = partners(context.distant);
        for (std::int32_t place = 0; place < m_partnersPerItem; ++place)
            probability += far[place] == item ? share.distant * shareAt(m_partnerWeights, place) : 0.0;
    }
    return probability;
}

double PlantedProcess::firstOrderProbability(std::int32_t item, const ProcessContext& context) const
{
    return newItemProbability(item, {context.last, -1, context.era});
}

std::int32_t PlantedProcess::drawIn(std::int32_t cluster, RandomStream& random) const
{
    return drawWeighted(m_itemWeights[cluster], random) * m_clusters + cluster;
}

std::int32_t PlantedProcess::drawAny(RandomStream& random) const
{
    return drawIn(drawWeighted(m_clusterWeights, random), random);
}

std::int32_t PlantedProcess::drawNeighbour(std::int32_t cluster, RandomStream& random) const
{
    return random.uniform() < forwardShare ? (cluster + 1) % m_clusters : (cluster + m_clusters - 1) % m_clusters;
}

std::int32_t PlantedProcess::drawNew(const ProcessContext& context, RandomStream& random) const
{
    const Shares share = shares(context);
    const double u = random.uniform();
    if (u < share.distant)
        return partners(context.distant)[drawWeighted(m_partnerWeights, random)];
    if (u < share.distant + share.neighbour)
        return drawIn(drawNeighbour(clusterOf(context.last), random), random);
    if (u < share.distant + share.neighbour + share.any)
        return drawAny(random);
    return successors(context.last, context.era)[drawWeighted(m_successorWeights, random)];
}

std::int32_t PlantedProcess::drawLength(RandomStream& random) const
{
    const double extra = exponential(std::max(0.0, m_meanLength - m_minLength), random);
    return static_cast<std::int32_t>(std::min<std::int64_t>(m_minLength + std::llround(extra), longestLength()));
}

std::vector<std::int64_t> PlantedProcess::drawTimes(std::int32_t length, RandomStream& random) const
{
    std::vector<std::int64_t> times(length, 0);
    if (m_timeKind == TimeKind::None)
        return times;
    const auto begin = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(m_span * 4 / 5 + 1)));
    std::int64_t offset = 0;
    for (std::int32_t event = 1; event < length; ++event) {
        const bool newSession = random.uniform() * m_sessionLength < 1.0;
        const double gap = newSession ? 1800.0 + exponential(m_sessionGap, random) : 20.0 + exponential(160.0, random);
        times[event] = offset += std::llround(gap);
    }
    // A user whose sessions would reach beyond the end is more active: the gaps shrink, the order stays.
    const std::int64_t room = m_span - 1 - begin;
    for (std::int64_t& time : times) {
        const auto scaled = offset > room ? static_cast<std::int64_t>(__int128(time) * room / offset) : time;
        time = m_startTime + begin + scaled;
        if (m_timeKind == TimeKind::Days)
            time -= (time - m_startTime) % secondsPerDay;
    }
    return times;
}

void PlantedProcess::drawItems(
    std::vector<GeneratedEvent>& events, std::int32_t startCluster, RandomStream& random) const
{
    std::unordered_set<std::int32_t> had;
    for (std::size_t event = 0; event < events.size(); ++event) {
        const std::span<const GeneratedEvent> history(events.data(), event);
        if (event > 0 && random.uniform() < m_repeats) {
            const std::size_t window = std::min<std::size_t>(event, m_repeatWindow);
            events[event].item = events[event - 1 - random.below(window)].item;
            continue;
        }
        const ProcessContext context = contextAfter(history, events[event].time);
        const auto draw = [&] { return event == 0 ? drawIn(startCluster, random) : drawNew(context, random); };
        std::int32_t item = draw();
        // Without noise and switches every successor may be used up; then any new item comes, and the planted
        // probabilities are slightly off. The limit is far beyond what happens with a little noise.
        for (int attempt = 0; had.contains(item); ++attempt)
            item = attempt < 1000 ? draw() : static_cast<std::int32_t>(random.below(m_items));
        had.insert(item);
        events[event].item = item;
    }
}

void PlantedProcess::drawFeedback(
    std::vector<GeneratedEvent>& events, std::int32_t startCluster, RandomStream& random) const
{
    if (m_feedback == FeedbackKind::None)
        return;
    for (GeneratedEvent& event : events) {
        // Quality belongs to the item, taste to the user; both in half stars.
        const std::int32_t quality = m_rawItems[event.item] % 4;
        const std::int32_t taste = clusterOf(event.item) == startCluster ? 2 : 0;
        const auto halves
            = std::clamp<std::int32_t>(3 + quality + taste + static_cast<std::int32_t>(random.below(4)), 1, 10);
        switch (m_feedback) {
        case FeedbackKind::Stars: event.feedback = float((halves + 1) / 2); break;
        case FeedbackKind::HalfStars: event.feedback = float(halves) / 2.0f; break;
        case FeedbackKind::Plays: event.feedback = float(1 + std::llround(exponential(halves, random))); break;
        case FeedbackKind::Likes: event.feedback = halves >= 7 ? 1.0f : 0.0f; break;
        case FeedbackKind::None: break;
        }
    }
}

std::vector<GeneratedEvent> PlantedProcess::sequence(std::int32_t user) const
{
    RandomStream random(m_seed, "user", user);
    const std::vector<std::int64_t> times = drawTimes(drawLength(random), random);
    std::vector<GeneratedEvent> events(times.size());
    for (std::size_t event = 0; event < events.size(); ++event)
        events[event].time = times[event];
    const std::int32_t cluster = startCluster(user);
    drawItems(events, cluster, random);
    drawFeedback(events, cluster, random);
    return events;
}

} // namespace recoscope
