// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the Compare page draws, computed from stored ranks of two runs over the users that both were tested on. Pure
// functions of values; any thread. Differences are always B - A.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/data/protocol.h"
#include "engine/evaluation/significance.h"
#include "engine/store/store.h"

namespace recoscope {

// One user of both runs.
struct PairedUser {
    std::int32_t user = 0; // prepared index
    std::int32_t target = 0; // prepared item
    double rankA = 0.0, rankB = 0.0;
    std::int32_t historyLength = 0, targetPopularity = 0;
};

// Users present in both lists (each ascending by user) whose target is the same.
std::vector<PairedUser> pairUsers(const std::vector<UserMetricRow>& a, const std::vector<UserMetricRow>& b);

// A metric of one user from the rank of the one target: "hr@k", "ndcg@k", "mrr". Under the tie rule "expected" the
// stored rank is a mean and so is this value an approximation. Error{Usage} for another name.
double metricOfRank(const std::string& metric, double rank);

enum class SignificanceTest { Permutation, TTest, Wilcoxon };

struct MetricDifference {
    std::string metric;
    double a = 0.0, b = 0.0; // means
    PairedTest test;
    double permutationHolm = 1.0, tHolm = 1.0, wilcoxonHolm = 1.0; // over the metrics of the list
    double holmP(SignificanceTest which) const;
    // One rule for colour and words: p of the chosen test, adjusted by Holm, is under significanceLevel.
    bool decided(SignificanceTest which) const;
    // The 95 % interval shown beside that test: the t interval for the t test, else the percentile bootstrap.
    struct Interval {
        double low, high;
    };
    Interval interval(SignificanceTest which) const;
};
inline constexpr double significanceLevel = 0.05;
// Runs the paired tests; about 20,000 passes over the users per metric.
std::vector<MetricDifference> metricDifferences(
    const std::vector<PairedUser>& users, const std::vector<std::string>& metrics, Progress& progress);

// A metric of A and B by group of users, with 95 % half widths (1.96 standard errors).
struct SlicePair {
    std::string name;
    std::int64_t users = 0;
    double a = 0.0, aHalf = 0.0, b = 0.0, bHalf = 0.0;
};
enum class SliceBy { HistoryLength, TargetPopularity };
// Groups by fixed limits ("≤ 10", "11–20", ...); limits are chosen from the data so that at most five groups, each
// with users, come out.
std::vector<SlicePair> sliceUsers(const std::vector<PairedUser>& users, SliceBy by, const std::string& metric);

// Share of users whose target ranks higher in A, and in B; ties are in neither.
struct Winners {
    double a = 0.0, b = 0.0;
};
Winners winners(const std::vector<PairedUser>& users);
// metricOfRank of B - A.
double differenceOf(const PairedUser& user, const std::string& metric);
// Indices of users, those who lose most first.
std::vector<int> losersFirst(const std::vector<PairedUser>& users, std::vector<int> indices, const std::string& metric);

// How many of the top k two users' lists share: share[i] = share of users with i common items, [k + 1].
struct ListOverlap {
    int k = 0;
    std::int64_t users = 0;
    std::vector<double> share;
    double median = 0.0;
};
// Lists are [users, depth] items with -1 past the end, both in the same user order.
ListOverlap listOverlap(
    const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b, std::int64_t depth, int k);

// What keeps two runs from being compared: another dataset or unlike protocol keys; empty when they are alike.
std::vector<ProtocolDifference> incomparable(const RunRecord& a, const RunRecord& b);
// "split: leave_one_out and global_time:0.9; max_length: 50 and 200".
std::string differenceText(const std::vector<ProtocolDifference>& differences);

} // namespace recoscope
