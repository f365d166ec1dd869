// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a training that starts from another run's weights may change, epoch by epoch. Progressive unfreezing as in the
// SRT paper's fine-tuning: for k = 1 .. layers the embeddings and positions and all but the top k layers stay as they
// are, then everything is trained; each phase has an optimiser and a schedule of its own. Elastic weight consolidation
// (Kirkpatrick et al., PNAS 2017): the loss gains lambda sum_i F_i (theta_i - theta*_i)^2, F the importance measured on
// the source's data (measureImportance). Used by one thread.
#pragma once

#include <string>
#include <vector>

#include "engine/nn/parameters.h"
#include "engine/training/trainer.h"

namespace recoscope {

// The number in "layers.3.", or -1.
int layerOf(const std::string& parameter);

class TransferPhases {
public:
    // `parameters` hold the weights to start from and outlive this. `embeddings`: as the model's descriptor names them.
    // The request has passed checkInitialWeights().
    TransferPhases(
        const TrainRequest& request, Parameters& parameters, const std::vector<std::string>& embeddings, int epochs);

    struct Phase {
        int begin = 1, end = 1; // epochs [begin, end)
        std::vector<std::size_t> frozen; // of the parameters' entries
    };
    const Phase& of(int epoch) const; // the last one's for later epochs
    bool isLast(int epoch) const { return &of(epoch) == &m_phases.back(); }

    // After the backward pass: frozen parameters have no gradient, others the penalty's as well.
    void adjustGradients(int epoch);
    // After the optimiser's step, whose weight decay moves what has no gradient, too.
    void restoreFrozen(int epoch);

private:
    void unfreezeFromTheTop(const Transfer& transfer, const std::vector<std::string>& embeddings, int epochs);

    Parameters& m_parameters;
    std::vector<Phase> m_phases;
    torch::Tensor m_start; // flat values at the start; undefined when nothing needs them
    torch::Tensor m_pull; // 2 lambda F, flat; undefined without a penalty
};

} // namespace recoscope
