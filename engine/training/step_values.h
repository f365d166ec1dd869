// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a step of training says, which may still be on its way from a device when the next steps are given to it. Owned
// by who made the step; one thread.
#pragma once

#include <cstdint>

#include "engine/nn/transfers.h"

namespace recoscope {

// Error{Refused} that names the step.
void requireFinite(double loss, std::int64_t step);

class StepValues {
public:
    // `loss` [] and `gradientNorm` [], or undefined for zero, where the step was computed; they may be overwritten
    // right afterwards.
    StepValues(std::int64_t step, const torch::Tensor& loss, const torch::Tensor& gradientNorm);

    // These wait for what is on its way. Error{Usage} when a kernel has met an index outside its table, Error{Refused}
    // when the loss is not finite.
    double loss() const;
    double gradientNorm() const { return m_numbers.at(1); }
    std::int64_t step() const { return m_step; }

private:
    std::int64_t m_step;
    torch::Device m_device;
    nn::LateNumbers m_numbers; // loss, norm, and the fault where a device can have one
};

} // namespace recoscope
