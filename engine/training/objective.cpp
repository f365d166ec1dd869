// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/objective.h"

#include <algorithm>
#include <cmath>

#include "engine/core/random.h"
#include "engine/nn/chunked_reading.h"
#include "engine/nn/cross_entropy.h"
#include "engine/nn/losses.h"
#include "engine/nn/transfers.h"

namespace recoscope {

using torch::Tensor;

namespace {

BatchTensors tensorsOf(const TrainingBatch& batch)
{
    BatchTensors tensors;
    tensors.inputs = makePackedBatch(batch.inputs.view());
    tensors.ofPrefixes = batch.ofPrefixes;
    tensors.targets = torch::tensor(batch.targets, torch::kInt32);
    if (!batch.targetFeedback.empty())
        tensors.targetFeedback = torch::tensor(batch.targetFeedback, torch::kFloat32);
    tensors.targetSurfaces = markTensor(batch.targetMarks, &EventMark::surface);
    tensors.targetKinds = markTensor(batch.targetMarks, &EventMark::kind);
    return tensors;
}

} // namespace

Objective::Objective(const NeuralModel& model, const PreparedData& data, const Json& parameters, std::uint64_t seed)
    : m_own(model.ownLoss())
    , m_seed(seed)
    , m_items(data.items())
{
    if (!m_own)
        readParameters(data, parameters);
    if (m_logQ.defined())
        m_logQ = m_logQ.to(model.parameters().device());
}

void Objective::readParameters(const PreparedData& data, const Json& parameters)
{
    m_negatives = parameters.at("negatives");
    m_smoothing = parameters.at("label_smoothing");
    m_gbceT = parameters.at("gbce_t");
    m_temperature = parameters.at("temperature");
    m_nearPositive = parameters.value("near_positive", 1.0);
    m_perPosition = parameters.at("negatives_per") == "position";
    const std::string loss = parameters.at("loss");
    m_kind = loss == "bce"          ? Kind::Bce
        : loss == "gbce"            ? Kind::Gbce
        : loss == "sampled_softmax" ? Kind::SampledSoftmax
                                    : Kind::CrossEntropy;
    if (m_kind != Kind::SampledSoftmax)
        return;
    const double power = parameters.at("popularity_power");
    double total = 0.0;
    for (const std::int64_t count : data.trainCounts())
        m_cumulative.push_back(total += std::pow(std::max<double>(static_cast<double>(count), 1.0), power));
    m_logQ = torch::empty({m_items + 1}, torch::kFloat32);
    float* logQ = m_logQ.data_ptr<float>();
    for (std::int64_t i = 0; i < m_items; ++i)
        logQ[i] = static_cast<float>(std::log((m_cumulative[i] - (i ? m_cumulative[i - 1] : 0.0)) / total));
    logQ[m_items] = 0.0f; // the start token is never drawn
}

Tensor Objective::negativesPerPosition(const Tensor& targets, std::uint64_t step, bool excludeTarget) const
{
    Tensor negatives = torch::empty({targets.size(0), m_negatives}, torch::kInt32);
    auto out = negatives.accessor<std::int32_t, 2>();
    RandomStream stream(m_seed, "negatives", step);
    const bool exclude = excludeTarget && m_items > 1;
    const auto* positive = exclude ? targets.const_data_ptr<std::int32_t>() : nullptr;
    for (std::int64_t r = 0; r < targets.size(0); ++r)
        for (std::int64_t k = 0; k < m_negatives; ++k) {
            auto item = static_cast<std::int32_t>(stream.below(m_items - (exclude ? 1 : 0)));
            out[r][k] = item + (exclude && item >= positive[r] ? 1 : 0);
        }
    return negatives;
}

Tensor Objective::sharedNegatives(std::uint64_t step) const
{
    Tensor negatives = torch::empty({m_negatives}, torch::kInt32);
    RandomStream stream(m_seed, "negatives", step);
    for (std::int64_t k = 0; k < m_negatives; ++k) {
        const double draw = stream.uniform() * m_cumulative.back();
        const auto at = std::upper_bound(m_cumulative.begin(), m_cumulative.end() - 1, draw);
        negatives.data_ptr<std::int32_t>()[k] = static_cast<std::int32_t>(at - m_cumulative.begin());
    }
    return negatives;
}

// The events of a window are its inputs and its last target, the oldest dropped where they exceed the model's length.
// Each is masked with the ratio's probability; a window without a mask gets one at its last event.
void Objective::mask(const NeuralModel& model, const TrainingBatch& batch, Draw& draw) const
{
    const double ratio = model.setup().parameters.at("mask_ratio");
    const auto longest = static_cast<std::size_t>(model.setup().maxLength);
    RandomStream stream(m_seed, "masks", draw.step);
    PackedSequences inputs;
    std::vector<std::int32_t> events, targets;
    for (std::int64_t b = 0; b < batch.inputs.view().sequences(); ++b) {
        const auto window = batch.inputs.view().sequence(b);
        events.assign(window.begin(), window.end());
        events.push_back(batch.targets[static_cast<std::size_t>(batch.inputs.offsets[b + 1]) - 1]);
        if (events.size() > longest || events.front() == model.startToken())
            events.erase(events.begin());
        const auto first = static_cast<std::int64_t>(inputs.items.size());
        const std::size_t before = targets.size();
        for (std::size_t i = 0; i < events.size(); ++i) {
            const bool chosen = stream.uniform() < ratio;
            if (!chosen && !(i + 1 == events.size() && targets.size() == before))
                continue;
            draw.asked.push_back(first + static_cast<std::int64_t>(i));
            targets.push_back(events[i]);
            events[i] = model.startToken();
        }
        inputs.append(events);
    }
    draw.inputs = makePackedBatch(inputs.view());
    draw.targets = torch::tensor(targets, torch::kInt32);
}

Tensor Objective::drawNegatives(const Tensor& targets, std::uint64_t step) const
{
    switch (m_kind) {
    case Kind::CrossEntropy: return {};
    case Kind::SampledSoftmax:
        return m_perPosition ? negativesPerPosition(targets, step, false) : sharedNegatives(step);
    case Kind::Bce: return negativesPerPosition(targets, step, true);
    case Kind::Gbce: return negativesPerPosition(targets, step, false);
    }
    return {};
}

bool Objective::readsRows(const NeuralModel& model) const
{
    return m_own || model.asksAtMask() || model.computesItems() || m_kind == Kind::Bce;
}

Objective::Draw Objective::draw(const NeuralModel& model, const TrainingBatch& batch, std::uint64_t step) const
{
    if (!model.asksAtMask())
        return draw(tensorsOf(batch), step);
    Draw draw;
    draw.step = step;
    mask(model, batch, draw);
    if (!m_own)
        draw.negatives = drawNegatives(draw.targets, step);
    return draw;
}

Objective::Draw Objective::draw(BatchTensors batch, std::uint64_t step) const
{
    Draw draw{std::move(batch), {}, {}, step};
    if (draw.ofPrefixes)
        for (const std::int64_t end : draw.inputs.offsetSpan().subspan(1))
            draw.asked.push_back(end - 1);
    if (!m_own)
        draw.negatives = drawNegatives(draw.targets, step);
    return draw;
}

std::vector<std::int32_t> Objective::Draw::items(std::int64_t end, bool inputsAlone) const
{
    std::vector<std::uint8_t> read(end);
    const auto add = [&read](const Tensor& ids) {
        const auto* numbers = ids.const_data_ptr<std::int32_t>();
        for (std::int64_t i = 0; i < ids.numel(); ++i)
            read[numbers[i]] = 1;
    };
    add(inputs.items);
    for (const Tensor& ids : {targets, negatives})
        if (!inputsAlone && ids.defined())
            add(ids);
    std::vector<std::int32_t> items;
    for (std::int64_t item = 0; item < end; ++item)
        if (read[item])
            items.push_back(static_cast<std::int32_t>(item));
    return items;
}

// Each item that a step needs once. For the full softmax those are all, in their order, unless the model's head is its
// own: then the input alone needs any.
ItemRows Objective::computedItems(const NeuralModel& model, const Draw& draw) const
{
    const bool ownHead = model.scoredItems({}).defined();
    if (m_kind == Kind::CrossEntropy && !ownHead)
        return model.allItemVectors();
    const std::vector<std::int32_t> needed = draw.items(m_items + 1, ownHead);
    Tensor place = torch::full({m_items + 1}, -1, torch::kInt32);
    for (std::size_t row = 0; row < needed.size(); ++row)
        place.data_ptr<std::int32_t>()[needed[row]] = static_cast<std::int32_t>(row);
    return {model.itemVectors(torch::tensor(needed, torch::kInt32)), nn::sentTo(model.parameters().device(), place)};
}

LossBatch Objective::lossBatch(const Draw& draw) const
{
    LossBatch given;
    given.inputs = draw.inputs;
    given.targets = draw.targets;
    given.inputs.nextSurfaces = draw.targetSurfaces;
    given.targetFeedback = draw.targetFeedback;
    given.targetKinds = draw.targetKinds;
    given.seed = m_seed;
    given.step = draw.step;
    return given;
}

Tensor Objective::loss(const NeuralModel& model, const Draw& draw)
{
    if (m_own)
        return (*m_own)(lossBatch(draw));
    ForwardContext context = ForwardContext::training(m_seed, draw.step);
    ItemRows items = model.computesItems() ? computedItems(model, draw) : ItemRows(model.itemTable());
    if (model.computesItems()) {
        context.setItems(items);
        items = model.scoredItems(items);
    }
    const torch::Device device = model.parameters().device();
    Tensor hidden = nn::encodeForTraining(model, onDevice(draw.inputs, device), context);
    if (!draw.asked.empty())
        hidden = hidden.index_select(0, nn::sentTo(device, torch::tensor(draw.asked, torch::kInt64)));
    const Tensor scale = model.logitScale();
    if (scale.defined())
        hidden = hidden * scale;
    return lossOf(model, hidden, items, draw, scale.defined() ? 1.0 : m_temperature);
}

Tensor Objective::lossOf(
    const NeuralModel& model, const Tensor& hidden, const ItemRows& items, const Draw& draw, double temperature) const
{
    const Tensor bias = model.itemBias(), targets = nn::sentTo(hidden.device(), draw.targets);
    if (m_kind == Kind::CrossEntropy)
        return nn::crossEntropy(temperature == 1.0 ? hidden : hidden / temperature, model.scoringTable(items.whole()),
            bias, targets, m_smoothing);
    const Tensor negatives = nn::sentTo(hidden.device(), draw.negatives);
    nn::SampledLoss sampled;
    if (m_kind == Kind::SampledSoftmax) {
        sampled = nn::SampledLoss::softmax(targets, negatives);
        sampled.temperature = temperature;
        sampled.nearPositive = m_nearPositive;
        sampled.logQ = m_perPosition ? Tensor() : m_logQ;
    } else if (m_kind == Kind::Gbce) {
        sampled = nn::SampledLoss::gbce(targets, negatives, nn::gbceBeta(m_negatives, m_items, m_gbceT));
    } else {
        sampled = nn::SampledLoss::binary(targets, negatives);
    }
    sampled.unitItems = model.normalisesItems();
    return nn::sampledLossRows(hidden, items, bias, sampled).mean();
}

} // namespace recoscope
