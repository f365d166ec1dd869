// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A dataset seen through a protocol: filtered, ordered and split sequences with their own dense indices. Immutable
// once built; share it as shared_ptr<const PreparedData>. Memory: 4 bytes an event, 8 more with times, 4 more with
// feedback, 2 more with marks. Users keep the order of the dataset; items are in ascending order of raw id (by number
// when every raw id is an integer, else by bytes), so that "lowest id" means the same whatever the order of the source
// file. What each step does and in which order: docs/protocol.md.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/core/packed.h"
#include "engine/core/progress.h"
#include "engine/data/dataset.h"
#include "engine/data/protocol.h"

namespace recoscope {

enum class SplitPart { Train, Valid, Test };
const char* splitPartName(SplitPart part); // "train", "valid", "test"

// One user who is evaluated in a part: the history that a model may see, and the target(s).
struct EvaluationCase {
    std::int32_t user = 0; // prepared index
    std::span<const std::int32_t> history; // whole history before the target, oldest first (not yet cut to max_length)
    std::span<const std::int64_t> times; // [history] seconds, or empty
    std::span<const std::int32_t> targets; // one for `next`
    std::int64_t targetTime = 0; // seconds of the first target; 0 without times
    std::span<const float> feedback, targetFeedback; // [history], [targets], or empty
    std::span<const EventMark> marks, targetMarks; // likewise; a model may see the history's alone
};

// Where one user's history ends and the targets lie, as positions within the user's sequence.
struct SplitBounds {
    std::int64_t historyEnd = 0, targetBegin = 0, targetEnd = 0;
    bool empty() const { return targetBegin == targetEnd; }
};

class PreparedData {
public:
    const Protocol& protocol() const { return m_protocol; }
    // Null when prepared from plain arrays.
    const std::shared_ptr<const Dataset>& dataset() const { return m_dataset; }

    std::int32_t users() const { return static_cast<std::int32_t>(m_userToDataset.size()); }
    std::int32_t items() const { return static_cast<std::int32_t>(m_itemToDataset.size()); }
    std::int64_t interactions() const { return static_cast<std::int64_t>(m_all.items.size()); }
    bool hasTimes() const { return !m_all.times.empty(); }
    bool hasFeedback() const { return !m_all.feedback.empty(); }
    // 1 + the largest number of a surface, of a kind of event among the training events; 0 where none has one.
    std::int32_t surfaces() const { return m_surfaces; }
    std::int32_t kinds() const { return m_kinds; }

    // Whole sequences in time order, one per prepared user: [users].
    PackedView sequences() const { return m_all.view(); }
    // Events of user u that training may see are the first trainLength(u) of its sequence.
    std::int64_t trainLength(std::int32_t user) const { return m_trainLength[user]; }
    std::span<const std::int64_t> trainLengths() const { return m_trainLength; }
    // Likewise for models that learn once more before the test, from train + validation: what lies before the gap and
    // the test part, never less than trainLength(u).
    std::int64_t lengthBeforeTest(std::int32_t user) const { return m_lengthBeforeTest[user]; }
    // The same data where training sees lengthBeforeTest(u) events and nobody is left to validate; holds the events a
    // second time.
    std::shared_ptr<const PreparedData> withValidationInTraining() const;
    // Users with a target in `part`, in index order.
    const std::vector<std::int32_t>& evaluatedUsers(SplitPart part) const;
    EvaluationCase evaluationCase(SplitPart part, std::int32_t user) const;
    // Occurrences of every item in the training events: [items].
    const std::vector<std::int64_t>& trainCounts() const { return m_trainCounts; }
    // Items that no training event of any user names, also where train_users leaves users out: ascending.
    const std::vector<std::int32_t>& untrainedItems() const { return m_untrainedItems; }

    // Between prepared and dataset indices (dataset indices are those of the catalogue). -1 = filtered away.
    std::int32_t datasetUser(std::int32_t user) const { return m_userToDataset[user]; }
    std::int32_t datasetItem(std::int32_t item) const { return m_itemToDataset[item]; }
    std::int32_t preparedUser(UserIndex user) const { return m_datasetToUser[user.value]; }
    std::int32_t preparedItem(ItemIndex item) const { return m_datasetToItem[item.value]; }

private:
    friend class PreparedDataBuilder; // prepared.cpp

    void findTrainUsers();
    void countTraining();

    Protocol m_protocol;
    std::shared_ptr<const Dataset> m_dataset;
    PackedSequences m_all;
    std::vector<std::int64_t> m_trainLength, m_lengthBeforeTest;
    std::vector<SplitBounds> m_validBounds, m_testBounds; // [users]; empty target range = not evaluated
    std::vector<std::int32_t> m_trainUsers, m_validUsers, m_testUsers;
    std::vector<std::int64_t> m_trainCounts;
    std::int32_t m_surfaces = 0, m_kinds = 0;
    std::vector<std::int32_t> m_untrainedItems;
    std::vector<std::int32_t> m_userToDataset, m_itemToDataset, m_datasetToUser, m_datasetToItem;
};

// Filters (iterated k-core or raw count), orders, removes duplicates and splits as `protocol` says. Error{Input} when
// nothing is left, naming the filter.
std::shared_ptr<const PreparedData> prepare(
    std::shared_ptr<const Dataset> dataset, const Protocol& protocol, Progress& progress);
// The same from plain arrays, with no dataset behind them. `rawItems` are the raw ids in item order (they decide the
// order of prepared items and of `order_ties=item`); empty = the indices themselves are the ids. The views are read
// only during the call.
std::shared_ptr<const PreparedData> prepareInteractions(
    const InteractionView& view, std::span<const std::string> rawItems, const Protocol& protocol, Progress& progress);

} // namespace recoscope
