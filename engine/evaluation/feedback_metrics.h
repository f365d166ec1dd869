// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the next-item and the feedback task of a two-task model are worth beside HR and NDCG. Formulas: docs/metrics.md.
#pragma once

#include <cstdint>
#include <span>

#include "engine/core/progress.h"
#include "engine/data/prepared.h"
#include "engine/models/trained_model.h"
#include "engine/store/records.h"

namespace recoscope {

// Feedback: mean of -ln p over the events, p what the model gave to the class that came, divided by the entropy of the
// classes' own frequencies. 1 = no better than always the same frequencies. NaN when only one class comes.
double normalisedEntropy(std::span<const double> probabilities, std::span<const std::int32_t> classes);

// Next item: -ln of the softmax share of `positive` among itself and the negatives.
double sampledLoss(double positive, std::span<const double> negatives);

// Share of pairs of different feedback whose scores stand in the same order, equal scores a half.
class PairAccuracy {
public:
    // Pairs of equal or unknown (NaN) feedback do not count.
    void add(float feedbackA, float feedbackB, double scoreA, double scoreB);
    std::int64_t pairs() const { return m_pairs; }
    double value() const; // NaN without pairs

private:
    double m_right = 0.0;
    std::int64_t m_pairs = 0;
};

// Adds what the model offers for these users of the part: "nip_ne"; "fp_ne_<factor>"; "pair_accuracy" and
// "pair_accuracy_feedback" where there are pairs. Nothing for models that neither predict feedback nor have scores that
// are logits (scoreScale).
void addTaskMetrics(MetricSummary& summary, const TrainedModel& model, const PreparedData& data, SplitPart part,
    std::span<const std::int32_t> users, Progress& progress);

} // namespace recoscope
