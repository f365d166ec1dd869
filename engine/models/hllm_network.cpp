// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/hllm_network.h"

#include <cmath>
#include <limits>

#include "engine/core/error.h"
#include "engine/nn/unit_rows.h"

namespace recoscope {

using torch::Tensor;

namespace {

const double firstLogitScale = std::log(1.0 / 0.07);
const double largestLogitScale = std::log(100.0);

TextModelConfig withoutWords(TextModelConfig config)
{
    config.vocabulary = 0;
    config.head = false;
    return config;
}

} // namespace

HllmNetwork::HllmNetwork(
    Parameters& parameters, const TextModelConfig& item, TextModelConfig user, const nn::TextNetworkOptions& options)
    : m_item(parameters, item, options)
{
    if (item.width != user.width || item.isEncoder() || user.isEncoder())
        throw Error(ErrorKind::Usage, "HLLM needs an item and a user model that are decoders of the same width",
            "choose two Llama, Qwen2 or GPT-2 models of one width");
    m_logitScale = parameters.constant("logit_scale", {1}, firstLogitScale, options.decayAll);
    m_user = nn::makeTextNetwork(parameters, "user.", withoutWords(user), options);
}

Tensor HllmNetwork::lossRows(
    const Tensor& users, const Tensor& positives, const Tensor& negatives, double nearPositive) const
{
    const Tensor user = nn::unitRows(users), positive = nn::unitRows(positives), pool = nn::unitRows(negatives);
    const Tensor scale = logitScale();
    const Tensor near = torch::mm(positive, pool.t()).detach() > nearPositive;
    const Tensor others
        = (torch::mm(user, pool.t()) * scale).masked_fill(near, -std::numeric_limits<double>::infinity());
    const Tensor own = (user * positive).sum(1, true) * scale;
    return torch::logsumexp(torch::cat({own, others}, 1), 1) - own.squeeze(1);
}

Tensor HllmNetwork::logitScale() const
{
    return m_logitScale.clamp(0.0, largestLogitScale).exp();
}

} // namespace recoscope
