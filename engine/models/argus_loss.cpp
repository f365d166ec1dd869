// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/argus_loss.h"

#include <cmath>

#include "engine/core/count_min_sketch.h"
#include "engine/core/random.h"
#include "engine/nn/functional.h"
#include "engine/nn/losses.h"
#include "engine/nn/transfers.h"
#include "engine/nn/unit_rows.h"

namespace recoscope {

using torch::Tensor;

namespace {

constexpr std::int64_t sketchDepth = 4;

// Where the rows are that they tell of.
Tensor numbers(const Tensor& where, const std::vector<std::int64_t>& values)
{
    return nn::sentTo(where.device(), torch::tensor(values));
}

class ArgusLoss : public ModelLoss {
public:
    explicit ArgusLoss(const Argus& model)
        : m_model(model)
        , m_inBatch(model.setup().parameters.at("negatives_in_batch"))
        , m_uniform(model.setup().parameters.at("negatives_uniform"))
        , m_correction(model.setup().parameters.at("logq"))
        , m_nextWeight(model.setup().parameters.at("next_weight"))
        , m_feedbackWeight(model.setup().parameters.at("feedback_weight"))
        , m_pairWeight(model.setup().parameters.at("pair_weight"))
        , m_delay(std::llround(model.setup().parameters.at("pair_delay").get<double>() * 3600.0))
        , m_sketch(model.setup().parameters.at("sketch_width"), sketchDepth)
    {
    }

    Tensor operator()(const LossBatch& batch) override
    {
        ForwardContext context = ForwardContext::training(batch.seed, batch.step);
        const auto* targets = batch.targets.const_data_ptr<std::int32_t>();
        for (std::int64_t t = 0; t < batch.targets.size(0); ++t)
            m_sketch.add(static_cast<std::uint64_t>(targets[t]));
        Tensor loss = torch::zeros({}, m_model.itemEmbedding.options());
        if (m_nextWeight > 0.0 || m_feedbackWeight > 0.0) {
            const Argus::Outputs outputs = m_model.outputs(batch.inputs, context, batch.targets);
            loss = loss + m_nextWeight * nextItem(batch, outputs.users);
            if (outputs.feedback.defined())
                loss = loss + m_feedbackWeight * feedback(batch, outputs.feedback);
        }
        return m_pairWeight > 0.0 ? loss + m_pairWeight * pairs(batch, context) : loss;
    }

    FlopCount flops(const LossBatch& batch) const override
    {
        const std::vector<std::int64_t> lengths = sequenceLengths(batch.inputs.offsetSpan());
        const ScoreWork score{
            static_cast<double>(batch.targets.size(0)), 1.0 + static_cast<double>(m_inBatch + m_uniform)};
        FlopCount work;
        if (m_nextWeight > 0.0 || m_feedbackWeight > 0.0)
            work += argusFlops(m_model.argusSizes(), lengths, true, score);
        if (m_pairWeight > 0.0) // one product a pair, of a row or two, is not counted
            work += argusFlops(m_model.argusSizes(), lengths, false, {});
        return work;
    }

    std::span<std::int64_t> memory() override { return m_sketch.memory(); }

private:
    Tensor drawNegatives(const LossBatch& batch) const
    {
        Tensor negatives = torch::empty({m_inBatch + m_uniform}, torch::kInt32);
        auto* out = negatives.data_ptr<std::int32_t>();
        RandomStream stream(batch.seed, "negatives", batch.step);
        const auto* targets = batch.targets.const_data_ptr<std::int32_t>();
        for (std::int64_t k = 0; k < m_inBatch; ++k)
            *out++ = targets[stream.below(static_cast<std::uint64_t>(batch.targets.size(0)))];
        for (std::int64_t k = 0; k < m_uniform; ++k)
            *out++ = static_cast<std::int32_t>(stream.below(static_cast<std::uint64_t>(m_model.items())));
        return negatives;
    }

    // Probability that one draw of the mixed sampler gives each item, [n] for [n] ids.
    Tensor drawProbability(const Tensor& ids) const
    {
        Tensor result = torch::empty({ids.size(0)}, torch::kFloat32);
        const double all = static_cast<double>(m_inBatch + m_uniform);
        const double even = static_cast<double>(m_uniform) / all / static_cast<double>(m_model.items());
        const double each = static_cast<double>(m_inBatch) / all / static_cast<double>(m_sketch.total());
        for (std::int64_t i = 0; i < ids.size(0); ++i) {
            const auto id = static_cast<std::uint64_t>(ids.const_data_ptr<std::int32_t>()[i]);
            result.data_ptr<float>()[i] = static_cast<float>(even + each * static_cast<double>(m_sketch.estimate(id)));
        }
        return result;
    }

    Tensor nextItem(const LossBatch& batch, const Tensor& unitUsers) const
    {
        const Tensor ids = drawNegatives(batch), users = unitUsers * m_model.logitScale();
        const torch::Device device = users.device();
        Tensor positive = (users * nn::unitRows(m_model.itemVectors(batch.targets))).sum(1);
        const Tensor cosines = torch::mm(users, nn::unitRows(m_model.itemVectors(ids)).t());
        const auto type = users.scalar_type();
        const Tensor positiveQ = nn::sentTo(device, drawProbability(batch.targets)).to(type);
        Tensor negative = cosines - nn::sentTo(device, drawProbability(ids)).to(type).log();
        if (m_correction == "both")
            positive = positive - positiveQ.log();
        else // an estimate of the sum over the whole catalogue
            negative = negative - std::log(static_cast<double>(ids.size(0)));
        negative = nn::withoutHits(negative, nn::sentTo(device, batch.targets), nn::sentTo(device, ids));
        if (m_correction != "reweighted")
            return (torch::logsumexp(torch::cat({positive.unsqueeze(1), negative}, 1), 1) - positive).mean();
        // Draws that are the row's positive do not count, so the others are likelier by 1 / (1 - q+).
        const Tensor others = torch::logsumexp(negative, 1) + torch::log1p(-positiveQ);
        const Tensor share = torch::sigmoid(positive - others).detach();
        return ((1.0 - share) * (others - positive)).mean();
    }

    // Sum over the factors of the mean cross-entropy over the events whose feedback is known.
    Tensor feedback(const LossBatch& batch, const Tensor& logits) const
    {
        const FeedbackFactors& factors = m_model.factors;
        Tensor sum = torch::zeros({}, logits.options());
        std::int64_t first = 0;
        for (std::size_t f = 0; f < factors.count(); first += factors.classes(f++)) {
            std::vector<std::int64_t> rows, labels;
            for (std::int64_t t = 0; t < batch.targets.size(0); ++t)
                if (const std::int32_t own = feedbackClass(factors, f, batch.targetFeedback, batch.targetKinds, t);
                    own >= 0) {
                    rows.push_back(t);
                    labels.push_back(own);
                }
            if (!rows.empty())
                sum = sum
                    + torch::nn::functional::cross_entropy(
                        logits.slice(1, first, first + factors.classes(f)).index_select(0, numbers(logits, rows)),
                        numbers(logits, labels));
        }
        return sum;
    }

    // Rows of a pair: the state that ranks it, and the targets, the better one first.
    struct Pairs {
        std::vector<std::int64_t> states, better, worse;
    };
    Pairs neighbours(const LossBatch& batch) const
    {
        Pairs found;
        const auto offsets = batch.inputs.offsetSpan();
        const float* feedback = batch.targetFeedback.const_data_ptr<float>();
        const bool timed = batch.inputs.times.defined();
        for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
            for (std::int64_t t = offsets[b], state = t; t + 1 < offsets[b + 1]; ++t) {
                if (!(feedback[t] < feedback[t + 1] || feedback[t] > feedback[t + 1]))
                    continue;
                const bool laterIsBetter = feedback[t] < feedback[t + 1];
                if (timed) {
                    const std::int64_t until = batch.inputs.queryTimes.const_data_ptr<std::int64_t>()[t] - m_delay;
                    const auto* times = batch.inputs.times.const_data_ptr<std::int64_t>();
                    while (state < t && times[state + 1] <= until)
                        ++state;
                    if (times[state] > until)
                        continue; // nobody was there yet
                }
                found.states.push_back(timed ? state : t);
                found.better.push_back(laterIsBetter ? t + 1 : t);
                found.worse.push_back(laterIsBetter ? t : t + 1);
            }
        return found;
    }

    // Mean of softplus(worse - better) over the pairs; the state does not know when and where it will be asked.
    Tensor pairs(const LossBatch& batch, ForwardContext& context) const
    {
        PackedBatch blind = batch.inputs;
        if (blind.queryTimes.defined())
            blind.queryTimes = torch::zeros_like(blind.queryTimes);
        if (blind.surfaces.defined())
            blind.nextSurfaces = torch::full_like(blind.surfaces, EventMark::unknown);
        const Tensor users = m_model.outputs(blind, context, {}).users * m_model.logitScale();
        const Pairs found = batch.targetFeedback.defined() ? neighbours(batch) : Pairs();
        if (found.states.empty())
            return users.sum() * 0.0;
        const Tensor items = nn::unitRows(m_model.itemVectors(batch.targets));
        const auto rows = [](const Tensor& of, const std::vector<std::int64_t>& at) { // some more than once
            return nn::gatherRows(of, numbers(of, at).to(torch::kInt32));
        };
        const Tensor lead = (rows(users, found.states) * (rows(items, found.better) - rows(items, found.worse))).sum(1);
        return torch::nn::functional::softplus(-lead).mean();
    }

    const Argus& m_model;
    const std::int64_t m_inBatch, m_uniform;
    const std::string m_correction;
    const double m_nextWeight, m_feedbackWeight, m_pairWeight;
    const std::int64_t m_delay; // seconds
    CountMinSketch m_sketch;
};

} // namespace

std::unique_ptr<ModelLoss> makeArgusLoss(const Argus& model)
{
    return std::make_unique<ArgusLoss>(model);
}

} // namespace recoscope
