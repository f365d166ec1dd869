// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What one forward pass needs besides the batch: whether dropout is on, where its masks come from, and who observes.
// Every dropout of a pass draws its own Philox seed from (seed, step, order of the call), never from a generator with
// a position, so a resumed run repeats the masks of the uninterrupted one. One object per pass; not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include <torch/torch.h>

#include "engine/models/trained_model.h"
#include "engine/nn/item_rows.h"

namespace recoscope {

// Named intermediates of one pass: "embedding", "layer0", "layer0.recurrent", ...
using Trace = std::map<std::string, torch::Tensor>;

// Probability 0 means "off" whatever the seed.
struct Dropout {
    float probability = 0.0f;
    std::uint64_t seed = 0;
};

class ForwardContext {
public:
    // Evaluation: no dropout. `observer` may be null and is not owned.
    explicit ForwardContext(ModelObserver* observer = nullptr)
        : m_observer(observer)
    {
    }
    // Training step `step` of a run with this seed.
    static ForwardContext training(std::uint64_t seed, std::uint64_t step);

    bool isTraining() const { return m_training; }
    // The next dropout of this pass.
    Dropout dropout(double probability);
    ModelObserver* observer() const { return m_observer; }
    bool observes(const char* what) const { return m_observer && m_observer->wants(what); }

    // Item vectors that were computed for this pass or before it; models that compute theirs read these then.
    void setItems(ItemRows items) { m_items = std::move(items); }
    const ItemRows& items() const { return m_items; }

    // Keeps every intermediate under its name, in the model's own precision. Not owned; null switches it off.
    void setTrace(Trace* trace) { m_trace = trace; }
    Trace* trace() const { return m_trace; }
    void record(const std::string& name, const torch::Tensor& value)
    {
        if (m_trace)
            (*m_trace)[name] = value.detach();
    }
    // Records rows [T, width] as "layer<i>" ("embedding" for -1). An observer of "hidden" gets them as the model's head
    // would read them: through `head` (a final norm, a dense layer) where there is one.
    void hidden(
        int layer, const torch::Tensor& rows, const std::function<torch::Tensor(const torch::Tensor&)>& head = {});

private:
    ModelObserver* m_observer = nullptr;
    ItemRows m_items;
    Trace* m_trace = nullptr;
    bool m_training = false;
    std::uint64_t m_base = 0;
    std::uint64_t m_calls = 0;
};

} // namespace recoscope
