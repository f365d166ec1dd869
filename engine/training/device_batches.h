// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Batches that a device makes itself, from histories that lie there as long as this: what TrainingBatches makes of the
// same windows, as tensors with the same bytes (kernels/batch_rows.h). The host sends 24 bytes for each window and
// makes the offsets, which it reads as well. Nobody waits for the device, but for the histories when they are sent. One
// thread.
#pragma once

#include "engine/training/objective.h"

namespace recoscope {

class DeviceBatches {
public:
    // Of data with sequences; on the device 4 bytes an event, 8 more with times, 4 with feedback, 2 with marks.
    DeviceBatches(const PreparedData& data, torch::Device device);

    // Without targetFeedback, targetSurfaces and targetKinds, which losses of a model's own read alone. At least one
    // window, each with a target; `prefixes` as TrainingBatches::Options says.
    BatchTensors make(const std::vector<TrainingWindow>& windows, bool prefixes) const;

private:
    std::int32_t m_startToken;
    torch::Tensor m_offsets, m_items, m_times, m_feedback, m_marks; // undefined where the data has none
};

} // namespace recoscope
