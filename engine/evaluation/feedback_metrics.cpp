// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/evaluation/feedback_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "engine/core/random.h"
#include "engine/data/feedback_factors.h"

namespace recoscope {

namespace {

constexpr std::size_t usersAtOnce = 256;
constexpr std::int64_t mostNegatives = 4096;

// One pass over users in blocks.
class TaskPass {
public:
    TaskPass(const TrainedModel& model, const PreparedData& data)
        : m_model(model)
        , m_data(data)
        , m_factors(model.predictedFeedback())
        , m_head(*model.linearHead())
    {
        if (!m_factors)
            return;
        m_given.resize(m_factors->count());
        m_classes.resize(m_factors->count());
    }

    void add(std::span<const EvaluationCase> cases)
    {
        m_vectors = encode(cases, 0);
        if (m_model.scoreScale() > 0.0)
            addNextItem(cases);
        if (m_factors)
            addFeedback(cases);
        if (m_data.hasFeedback())
            addPairs(cases);
    }

    void finish(MetricSummary& summary) const
    {
        const auto put = [&](const std::string& name, double value) {
            if (std::isfinite(value))
                summary.values[name] = value;
        };
        put("nip_ne", m_unigramLoss > 0.0 ? m_modelLoss / m_unigramLoss : std::nan(""));
        for (std::size_t f = 0; f < m_given.size(); ++f)
            put("fp_ne_" + m_factors->names[f], normalisedEntropy(m_given[f], m_classes[f]));
        put("pair_accuracy", m_byScore.value());
        put("pair_accuracy_feedback", m_byFeedback.value());
    }

private:
    // Histories without their last `dropped` events, asked at the time of the event that follows.
    PackedSequences histories(std::span<const EvaluationCase> cases, std::size_t dropped) const
    {
        PackedSequences out;
        for (const EvaluationCase& c : cases) {
            const std::size_t kept = c.history.size() - dropped;
            const std::size_t first = kept - std::min(kept, static_cast<std::size_t>(m_model.maxLength()));
            const auto cut = [&](auto all) { return all.empty() ? all : all.subspan(first, kept - first); };
            if (m_data.hasTimes())
                out.append(cut(c.history), cut(c.times), dropped > 0 ? c.times[kept] : c.targetTime);
            else
                out.append(cut(c.history));
            out.appendFeedback(cut(c.feedback));
            out.appendMarks(cut(c.marks));
        }
        return out;
    }

    std::vector<float> encode(std::span<const EvaluationCase> cases, std::size_t dropped) const
    {
        std::vector<float> vectors(cases.size() * static_cast<std::size_t>(m_head.width));
        m_model.encodeLast(histories(cases, dropped).view(), vectors);
        return vectors;
    }

    double score(const float* vector, std::int32_t item) const
    {
        const float* row = m_head.table + item * m_head.width;
        return std::inner_product(vector, vector + m_head.width, row, m_head.bias ? m_head.bias[item] : 0.0);
    }

    void addNextItem(std::span<const EvaluationCase> cases)
    {
        const double scale = m_model.scoreScale();
        const std::int64_t items = m_data.items();
        const auto& counts = m_data.trainCounts();
        const auto unigram = [&](std::int32_t item) { return std::log(static_cast<double>(counts[item]) + 1.0); };
        std::vector<double> own, plain;
        for (std::size_t i = 0; i < cases.size(); ++i) {
            const float* vector = m_vectors.data() + i * static_cast<std::size_t>(m_head.width);
            const std::int32_t target = cases[i].targets.front();
            RandomStream stream(0, "nip negatives", static_cast<std::uint64_t>(m_data.datasetUser(cases[i].user)));
            own.clear();
            plain.clear();
            for (std::int64_t k = 0; k < std::min(items, mostNegatives); ++k) {
                const auto item = static_cast<std::int32_t>(
                    items <= mostNegatives ? k : static_cast<std::int64_t>(stream.below(std::uint64_t(items))));
                if (item == target)
                    continue;
                own.push_back(scale * score(vector, item));
                plain.push_back(unigram(item));
            }
            m_modelLoss += sampledLoss(scale * score(vector, target), own);
            m_unigramLoss += sampledLoss(unigram(target), plain);
        }
    }

    // [cases, classes of all factors] for one item of each case.
    std::vector<float> predict(
        std::span<const EvaluationCase> cases, std::size_t dropped, const std::vector<std::int32_t>& items) const
    {
        std::vector<float> out(cases.size() * static_cast<std::size_t>(m_factors->allClasses()));
        m_model.predictFeedback(histories(cases, dropped).view(), items, out);
        return out;
    }

    void addFeedback(std::span<const EvaluationCase> cases)
    {
        std::vector<std::int32_t> targets;
        for (const EvaluationCase& c : cases)
            targets.push_back(c.targets.front());
        const std::vector<float> rows = predict(cases, 0, targets);
        const auto classes = static_cast<std::size_t>(m_factors->allClasses());
        for (std::size_t i = 0; i < cases.size(); ++i) {
            const float* row = rows.data() + i * classes;
            const EvaluationCase& c = cases[i];
            const float value = c.targetFeedback.empty() ? std::nanf("") : c.targetFeedback.front();
            const std::uint8_t kind = c.targetMarks.empty() ? EventMark::unknown : c.targetMarks.front().kind;
            for (std::size_t f = 0; f < m_factors->count(); row += m_factors->classes(f++)) {
                const std::int32_t own = m_factors->classOf(f, value, kind);
                if (own < 0)
                    continue;
                m_classes[f].push_back(own);
                m_given[f].push_back(row[own]);
            }
        }
    }

    // Kinds of events have no order.
    bool hasLevels() const { return m_factors && !m_factors->isKind(0); }

    double expectedLevel(const float* probabilities) const
    {
        double sum = 0.0;
        for (std::int64_t c = 0; c < m_factors->classes(0); ++c)
            sum += static_cast<double>(c) * probabilities[c];
        return sum;
    }

    // The last event of the history and the targets, neighbours in time, all seen from before the first of them.
    void addPairs(std::span<const EvaluationCase> all)
    {
        std::vector<EvaluationCase> cases;
        std::size_t longest = 0;
        for (const EvaluationCase& c : all)
            if (!c.history.empty()) {
                cases.push_back(c);
                longest = std::max(longest, c.targets.size());
            }
        if (cases.empty())
            return;
        const std::vector<float> vectors = encode(cases, 1);
        const auto itemAt = [](const EvaluationCase& c, std::size_t j) { // beyond the end: the last one again
            return j == 0 ? c.history.back() : c.targets[std::min(j, c.targets.size()) - 1];
        };
        const auto feedbackAt = [](const EvaluationCase& c, std::size_t j) {
            return j == 0 ? c.feedback.back() : c.targetFeedback[j - 1];
        };
        std::vector<double> levels(cases.size()), before(cases.size());
        for (std::size_t j = 0; j <= longest; ++j) {
            std::vector<std::int32_t> items;
            for (const EvaluationCase& c : cases)
                items.push_back(itemAt(c, j));
            before.swap(levels);
            if (hasLevels()) {
                const std::vector<float> rows = predict(cases, 1, items);
                for (std::size_t i = 0; i < cases.size(); ++i)
                    levels[i] = expectedLevel(rows.data() + i * static_cast<std::size_t>(m_factors->allClasses()));
            }
            for (std::size_t i = 0; j > 0 && i < cases.size(); ++i) {
                const EvaluationCase& c = cases[i];
                if (j > c.targets.size())
                    continue;
                const float a = feedbackAt(c, j - 1), b = feedbackAt(c, j);
                const float* vector = vectors.data() + i * static_cast<std::size_t>(m_head.width);
                m_byScore.add(a, b, score(vector, itemAt(c, j - 1)), score(vector, items[i]));
                if (hasLevels())
                    m_byFeedback.add(a, b, before[i], levels[i]);
            }
        }
    }

    const TrainedModel& m_model;
    const PreparedData& m_data;
    const FeedbackFactors* m_factors;
    const LinearHead m_head;
    std::vector<float> m_vectors; // of the block
    double m_modelLoss = 0.0, m_unigramLoss = 0.0;
    std::vector<std::vector<double>> m_given; // by factor
    std::vector<std::vector<std::int32_t>> m_classes;
    PairAccuracy m_byScore, m_byFeedback;
};

} // namespace

double normalisedEntropy(std::span<const double> probabilities, std::span<const std::int32_t> classes)
{
    std::map<std::int32_t, std::int64_t> counts;
    double loss = 0.0;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        loss -= std::log(std::max(probabilities[i], std::numeric_limits<double>::min()));
        ++counts[classes[i]];
    }
    if (counts.size() < 2)
        return std::nan("");
    double entropy = 0.0; // times the number of events, as the loss
    for (const auto& [label, count] : counts)
        entropy -= double(count) * std::log(double(count) / double(classes.size()));
    return loss / entropy;
}

double sampledLoss(double positive, std::span<const double> negatives)
{
    double largest = positive;
    for (const double n : negatives)
        largest = std::max(largest, n);
    double sum = std::exp(positive - largest);
    for (const double n : negatives)
        sum += std::exp(n - largest);
    return std::log(sum) + largest - positive;
}

void PairAccuracy::add(float feedbackA, float feedbackB, double scoreA, double scoreB)
{
    if (std::isnan(feedbackA) || std::isnan(feedbackB) || feedbackA == feedbackB)
        return;
    ++m_pairs;
    if (scoreA == scoreB)
        m_right += 0.5;
    else if ((scoreA < scoreB) == (feedbackA < feedbackB))
        m_right += 1.0;
}

double PairAccuracy::value() const
{
    return m_pairs > 0 ? m_right / double(m_pairs) : std::nan("");
}

void addTaskMetrics(MetricSummary& summary, const TrainedModel& model, const PreparedData& data, SplitPart part,
    std::span<const std::int32_t> users, Progress& progress)
{
    if (!model.linearHead() || (!model.predictedFeedback() && model.scoreScale() <= 0.0))
        return;
    TaskPass pass(model, data);
    for (std::size_t begin = 0; begin < users.size(); begin += usersAtOnce) {
        progress.checkCancelled();
        std::vector<EvaluationCase> cases;
        for (const std::int32_t user : users.subspan(begin, std::min(usersAtOnce, users.size() - begin)))
            cases.push_back(data.evaluationCase(part, user));
        pass.add(cases);
    }
    pass.finish(summary);
}

} // namespace recoscope
