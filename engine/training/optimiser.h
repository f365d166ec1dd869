// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Optimisers over the flat buffers of a parameter set. float32 AdamW and Adam are one fused kernel pass with the clip
// folded in; the others, and float64, are a few tensor operations on the flat buffers.
#pragma once

#include <string>

#include "engine/nn/parameters.h"

namespace recoscope {

enum class OptimiserKind { AdamW, Adam, Adagrad, Sgd };

struct OptimiserSettings {
    OptimiserKind kind = OptimiserKind::AdamW;
    double learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    double weightDecay = 0.0; // AdamW: decoupled; Adam and SGD: added to the gradient
    bool amsgrad = false;
    double momentum = 0.0; // SGD
    double initialAccumulator = 0.0; // Adagrad
    double clipNorm = 0.0; // global norm; 0 = off
};

class Optimiser {
public:
    Optimiser(Parameters& parameters, const OptimiserSettings& settings);

    // One step from parameters.gradients(); returns the gradient's global norm before the clip.
    double step(double learningRate);
    std::int64_t steps() const { return m_steps; }
    void setSteps(std::int64_t steps) { m_steps = steps; }

    // State for checkpoints: flat, as long as the parameters. Undefined where the kind has none.
    torch::Tensor firstMoment, secondMoment, maxSecondMoment;

private:
    void adam(std::int64_t begin, std::int64_t end, double learningRate, double scale, double weightDecay);
    void plainAdam(std::int64_t begin, std::int64_t end, double learningRate, double scale, double weightDecay);
    void adagradOrSgd(std::int64_t begin, std::int64_t end, double learningRate, double scale, double weightDecay);

    Parameters& m_parameters;
    OptimiserSettings m_settings;
    std::int64_t m_steps = 0;
};

// Learning rate factor by step: "constant", "linear" (warm-up, then to zero) or "cosine" (warm-up, then half cosine).
double scheduleFactor(
    const std::string& schedule, std::int64_t step, std::int64_t warmupSteps, std::int64_t totalSteps);

} // namespace recoscope
