// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The base of every neural model: packed batch in, one vector per event out, scores = vector · item table + bias. Item
// tables have V+1 rows; row V is the start token, whose one-event sequence stands for "no history yet". Const calls are
// thread-safe once training is over.
#pragma once

#include <memory>
#include <string>

#include <torch/torch.h>

#include "engine/core/json.h"
#include "engine/data/feedback_factors.h"
#include "engine/models/fixed_tensors.h"
#include "engine/nn/forward_context.h"
#include "engine/nn/packed_batch.h"
#include "engine/nn/parameters.h"
#include "engine/scaling/flops.h"

namespace recoscope {

struct ModelSetup {
    std::int64_t items = 0; // V
    std::int64_t maxLength = 0; // longest window
    Json parameters; // validated: every key of the model's schema present
    std::uint64_t seed = 42;
    torch::ScalarType type = torch::kFloat32;
    std::shared_ptr<const FixedTensors> fixed; // what the model's descriptor says it keeps of the catalogue; or null
    FeedbackFactors feedback; // of the training data, for models with the key `feedback_classes`
    std::int64_t surfaces = 0; // of the training data, for models with the key `surface_dropout`
};

class ModelLoss; // nn/model_loss.h

// Weights laid out for few events at a time; shared by the states of all users. Thread-safe.
class IncrementalForm : public std::enable_shared_from_this<IncrementalForm> {
public:
    virtual ~IncrementalForm() = default;
    virtual std::unique_ptr<UserState> newState() const = 0;
    // NeuralModel::lastVectors() of windows, [B, D], for models that say formReadsWindows().
    virtual void lastVectors(const PackedView& windows, float* out) const;
    // TrainedModel::appendToStates() for states of newState().
    virtual void append(std::span<UserState* const> states, const PackedView& events) const
    {
        appendOneByOne(states, events);
    }
    // TrainedModel::userVectors() of them.
    virtual void userVectors(std::span<UserState* const> states, std::span<float> out) const
    {
        vectorsOneByOne(states, out);
    }
};

class NeuralModel {
public:
    explicit NeuralModel(const ModelSetup& setup)
        : m_setup(setup)
        , m_parameters(setup.type, setup.seed)
    {
    }
    virtual ~NeuralModel() = default;
    NeuralModel(const NeuralModel&) = delete;
    NeuralModel& operator=(const NeuralModel&) = delete;

    virtual std::string name() const = 0;
    // [T, D] after the last layer; reports to the context's observer.
    torch::Tensor encode(const PackedBatch& batch, ForwardContext& context) const
    {
        return encodeRows(batch, context, torch::Tensor());
    }
    // The rows of encode() after the last event of each sequence, [B, D], which take less than all of them where the
    // last layer leaves the others out. No sequence may be empty; that layer reports nothing.
    torch::Tensor lastVectors(const PackedBatch& batch, ForwardContext& context) const
    {
        return encodeRows(batch, context, batch.lastRows());
    }
    // What a sequence hands from one chunk of its events to the next, in floats: 0 for models that read whole
    // histories.
    virtual std::int64_t carriedFloats() const { return 0; }
    // encode() of the next events of every sequence, with carriedFloats(): the rows that encode() has for them in whole
    // sequences. `carried` [B, carriedFloats()], zeros before the first chunk, becomes what the following one starts
    // from, differentiably; a sequence without events in this chunk keeps its row.
    virtual torch::Tensor encodeChunk(const PackedBatch& batch, torch::Tensor& carried, ForwardContext& context) const;
    virtual torch::Tensor itemTable() const = 0; // [V+1, D]
    // True when the item vectors that the input reads are computed (from texts, say) and not rows of a table: training
    // then computes those that a batch needs once, with itemVectors(), and serving all of them once.
    virtual bool computesItems() const { return false; }
    // Vectors of items [n] int32, each 0..V: [n, D], differentiable.
    virtual torch::Tensor itemVectors(const torch::Tensor& items) const { return ItemRows(itemTable()).of(items); }
    // All of them, [V+1, D], computed in blocks; with gradients every block's intermediates stay.
    torch::Tensor allItemVectors() const;
    // From the computed vectors that the input reads to those that scores are products with: the same unless the model
    // has a head of its own. Of a head that does not depend on them it gives, for {}, the whole head.
    virtual ItemRows scoredItems(const ItemRows& read) const { return read; }
    // True when scores are products with L2-normalised item vectors (cosines, for models of unit user vectors).
    virtual bool normalisesItems() const { return false; }
    // What scores are products with: [V+1, D]. `table` stands for itemTable() where that was computed before.
    torch::Tensor scoringTable() const { return scoringTable(itemTable()); }
    torch::Tensor scoringTable(const torch::Tensor& table) const;
    // True when the model is asked at a masked event (the start token) after the history, and trained on masked events
    // with the keys `mask_ratio`.
    virtual bool asksAtMask() const { return false; }
    virtual torch::Tensor itemBias() const { return {}; } // [V+1] or undefined
    // Rows that a history of so many events has in the layers, by which passes are bounded.
    virtual std::int64_t passRows(std::int64_t events) const { return events; }
    // What scores are multiplied with in training where the model learns its temperature: [1]; otherwise undefined.
    virtual torch::Tensor logitScale() const { return {}; }
    // Operations of encoding sequences of these lengths in one training step, and of its scores.
    virtual FlopCount flops(std::span<const std::int64_t> lengths, const ScoreWork& score) const = 0;
    // Operations of itemVectors(), item i `reads[i]` times: [V+1]. For models that compute items.
    virtual FlopCount itemFlops(std::span<const double> reads) const
    {
        (void)reads;
        return {};
    }
    // For models whose paper has laws of a compute and a size of its own (scaling/reference_curves.h): that compute of
    // `samples` training samples, and the numbers that its N counts. Zeros for others.
    struct PaperCost {
        double compute = 0.0, size = 0.0;
    };
    virtual PaperCost paperCost(double samples) const
    {
        (void)samples;
        return {};
    }
    // A training loss of the model's own, in place of those of the "Loss" group; it must not outlive the model.
    virtual std::unique_ptr<ModelLoss> ownLoss() const;
    // What the softmax of a trained model multiplies scores with; 0 when scores are no logits.
    virtual double scoreScale() const { return 0.0; }
    // Null for models that do not predict feedback.
    virtual const FeedbackFactors* predictedFeedback() const { return nullptr; }
    // Probabilities of every class of every factor, for the event of item targets[b] that follows sequence b: [B, sum
    // of classes].
    virtual torch::Tensor feedbackAfter(const PackedBatch& batch, const torch::Tensor& targets) const;
    virtual std::int64_t attentionLayers() const { return 0; }
    virtual std::int64_t attentionHeads() const { return 0; }
    // Null when the model has no incremental form. It copies the weights, but not tables of items, which it may share.
    // `readItems`: the vectors that the input reads, [V+1, D], where the model computes them; undefined for others.
    virtual std::shared_ptr<const IncrementalForm> incrementalForm(const torch::Tensor& readItems) const
    {
        (void)readItems;
        return nullptr;
    }
    // True when that form gives a request its vector faster than the network does: it is asked for it then.
    virtual bool formReadsWindows() const { return false; }

    const ModelSetup& setup() const { return m_setup; }
    std::int64_t items() const { return m_setup.items; }
    std::int32_t startToken() const { return static_cast<std::int32_t>(m_setup.items); }
    // True when the start token is trained to predict first items.
    bool predictsFirst() const { return m_setup.parameters.value("begin_of_sequence", false); }
    Parameters& parameters() { return m_parameters; }
    const Parameters& parameters() const { return m_parameters; }

protected:
    // encode(): the rows `asked` [R] int64, all of them where that is undefined.
    virtual torch::Tensor encodeRows(
        const PackedBatch& batch, ForwardContext& context, const torch::Tensor& asked) const = 0;

    ModelSetup m_setup;
    Parameters m_parameters;
};

// By registry name; Error{Usage} for a counting model. From here on the process keeps the memory it frees.
std::unique_ptr<NeuralModel> buildNeuralModel(const std::string& name, const ModelSetup& setup);

} // namespace recoscope
