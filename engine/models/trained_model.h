// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A model with fixed weights, as the rest of the engine sees it: torch-free, immutable, thread-safe for const calls.
// Item indices are those of the PreparedData it was trained on. Neural models also expose a linear head so that
// ranking never materialises scores; counting models score directly.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/packed.h"

namespace recoscope {

// score(user, item) = userVector · table[item] + bias[item].
struct LinearHead {
    std::int64_t items = 0; // V
    std::int64_t width = 0; // D
    const float* table = nullptr; // [V, D]
    const float* bias = nullptr; // [V] or null
};

// What is reported while one history is encoded. Called on the caller's thread; views are valid during the call.
class ModelObserver {
public:
    virtual ~ModelObserver() = default;
    virtual bool wants(const std::string& name) const = 0; // "attention", "hidden", "state", "gates"
    // Attention weights of one layer and head over the history: [rows, columns], row-major; rows are queries.
    // `rowsSumToOne` is false for pointwise (HSTU) weights.
    virtual void onAttention(
        int layer, int head, std::int64_t rows, std::int64_t columns, const float* weights, bool rowsSumToOne)
    {
        (void)layer;
        (void)head;
        (void)rows;
        (void)columns;
        (void)weights;
        (void)rowsSumToOne;
    }
    // Hidden vectors after a layer (layer -1 = the embedding): [rows, width].
    virtual void onHidden(int layer, std::int64_t rows, std::int64_t width, const float* values)
    {
        (void)layer;
        (void)rows;
        (void)width;
        (void)values;
    }
    // State after each event of a layer: [rows, channels], planar complex when `complex`. Long histories come in parts.
    virtual void onState(int layer, std::int64_t rows, std::int64_t channels, bool complex, const float* values)
    {
        (void)layer;
        (void)rows;
        (void)channels;
        (void)complex;
        (void)values;
    }
};

// Incremental state of one user: append events one at a time, read the user's vector or scores at any time.
// Not thread-safe; one object per user. Owned by the caller, must not outlive the model.
class UserState {
public:
    virtual ~UserState() = default;
    virtual void append(std::int32_t item, std::int64_t time) = 0;
    // With what the user thought of it, as the data has it, and where it took place; for models that look at them.
    virtual void appendRated(std::int32_t item, std::int64_t time, float feedback, EventMark mark)
    {
        (void)feedback;
        (void)mark;
        append(item, time);
    }
    // Sequence `b` of `events`, oldest first; the same as one by one.
    virtual void appendSequence(const PackedView& events, std::int64_t b);
    virtual std::int64_t events() const = 0;
    virtual std::int64_t bytes() const = 0; // memory of the state itself
    virtual bool isFixedSize() const { return false; } // save() gives as many bytes for any history
    virtual bool isCompressed() const { return false; } // keeps tokens in place of most of the events
    virtual void userVector(std::span<float> out) const = 0; // [D]; models with a linear head
    virtual std::vector<std::byte> save() const = 0;
    virtual void load(std::span<const std::byte> saved) = 0; // Error{Input} for another model or version
};

struct FeedbackFactors; // data/feedback_factors.h

class TrainedModel {
public:
    virtual ~TrainedModel() = default;
    virtual std::string modelName() const = 0; // "sasrec"
    virtual std::int64_t items() const = 0; // V
    virtual std::int64_t parameterCount() const = 0;
    virtual std::int64_t layers() const { return 0; } // with attention; 0 = none
    virtual std::int64_t heads() const { return 0; }
    virtual std::int64_t maxLength() const = 0; // events used of a history; longer ones are cut from the front
    virtual std::string description() const { return {}; } // e.g. "counts of train + validation"

    // Null for counting models.
    virtual std::optional<LinearHead> linearHead() const { return std::nullopt; }
    // User vectors after the last event of each history: [B, D]. An empty history gives the model's cold-start
    // vector. Only with a linear head. Histories longer than maxLength are cut.
    virtual void encodeLast(const PackedView& histories, std::span<float> out) const;
    // Scores of every item for each history: [B, V] (keep B small). Works for every model.
    virtual void score(const PackedView& histories, std::span<float> out) const = 0;
    // What the softmax of a trained model multiplies scores with; 0 when its scores are no logits of that kind.
    virtual double scoreScale() const { return 0.0; }
    // Null for models that do not predict feedback.
    virtual const FeedbackFactors* predictedFeedback() const { return nullptr; }
    // Probabilities of every class of every factor, for the event of item targets[b] after history b: [B, sum of
    // classes].
    virtual void predictFeedback(
        const PackedView& histories, std::span<const std::int32_t> targets, std::span<float> out) const;
    // One history, observed.
    virtual void observe(const PackedView& history, ModelObserver& observer) const;
    // Null when the model has no incremental form.
    virtual std::unique_ptr<UserState> newState() const { return nullptr; }
    // Appends the events of sequence b to states[b], of this model and none of them twice: what
    // UserState::appendRated() gives event by event, to the bit on processors, and faster where a model can take many
    // at once. Memory does not grow with the events. Error{Usage} for unknown items.
    virtual void appendToStates(std::span<UserState* const> states, const PackedView& events) const;
    // Vectors [B, D] of states of this model, none of them twice: what UserState::userVector() gives, within rounding,
    // and faster where a model can compute many at once.
    virtual void userVectors(std::span<UserState* const> states, std::span<float> out) const;
};

void appendOneByOne(std::span<UserState* const> states, const PackedView& events);
void vectorsOneByOne(std::span<UserState* const> states, std::span<float> out);
// Error{Usage} when there is not one sequence for each state.
void requireOneEach(std::span<UserState* const> states, const PackedView& events);

} // namespace recoscope
