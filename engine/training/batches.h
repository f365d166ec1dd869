// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Training windows and the order in which an epoch visits them. Torch-free. A sequence of n training events gives
// inputs e[0..n-2] and targets e[1..n-1] (LRURec 1.5): one window of the last L targets when n < 2L, otherwise
// non-overlapping windows of L targets from the end, the leftover head dropped. With `randomShift` each epoch moves a
// user's windows back by a draw from 0 to that leftover, so that no target is left out of all epochs; windows and
// targets of an epoch stay as many. With `beginOfSequence` a window that reaches the first event also predicts it from
// the start token, as a separate sequence of one event. With `prefixes` every target is an example of its own, with at
// most L events before it.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/packed.h"
#include "engine/data/prepared.h"

namespace recoscope {

struct TrainingWindow {
    std::int32_t user = 0;
    std::int64_t targetBegin = 0, targetEnd = 0; // positions in the user's sequence
};

struct TrainingBatch {
    PackedSequences inputs;
    bool ofPrefixes = false;
    std::vector<std::int32_t> targets; // [M], one for every input event; of prefixes for the last one of each sequence
    std::vector<float> targetFeedback; // [M], or empty
    std::vector<EventMark> targetMarks; // [M], or empty
};

class TrainingBatches {
public:
    struct Options {
        std::int64_t maxLength = 200;
        std::int64_t batchSize = 128; // windows
        bool beginOfSequence = false;
        bool randomShift = false;
        bool prefixes = false; // without randomShift
        std::uint64_t seed = 42;
    };
    TrainingBatches(std::shared_ptr<const PreparedData> data, const Options& options);

    std::int64_t windows() const { return static_cast<std::int64_t>(m_windows.size()); }
    std::int64_t batchesPerEpoch() const;
    std::int64_t targetsPerEpoch() const { return m_targets; }
    bool ofPrefixes() const { return m_options.prefixes; }
    // Fixes windows and their order for epoch `epoch` (1-based): a function of (seed, epoch) only.
    void startEpoch(int epoch);
    TrainingBatch batch(std::int64_t index) const;
    std::int64_t targetsOf(std::int64_t index) const; // of batch `index`, without making it
    std::vector<TrainingWindow> windowsOf(std::int64_t index) const; // in the order of its sequences

private:
    void cutWindows(int epoch);
    void cutPrefixes();
    std::int64_t targetsIn(const TrainingWindow& window) const;
    void append(TrainingBatch& batch, const TrainingWindow& window) const;

    std::shared_ptr<const PreparedData> m_data;
    Options m_options;
    std::vector<TrainingWindow> m_windows;
    std::vector<std::int32_t> m_order;
    std::int64_t m_targets = 0;
};

} // namespace recoscope
