// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// BSARec (Shin et al., AAAI 2024, "An Attentive Inductive Bias for Sequential Recommendation beyond the
// Self-Attention"): beside self-attention, each layer parts the history into slow and fast changes and weighs the fast
// ones. The public code takes a Fourier transform of the padded window, in which an event sees later ones, so it
// can only train the last position. Here every position has the filter of its own history: causal, so all positions
// are trained, and equal to the transform at the last event of a window whose pads are zero. Equations: docs/models.md.
#include <cmath>
#include <numbers>

#include "engine/core/error.h"
#include "engine/models/common_schema.h"
#include "engine/models/registry.h"
#include "engine/models/sasrec.h"
#include "engine/models/sasrec_network.h"

namespace recoscope {

namespace {

using torch::Tensor;

// The slow part of sequences: of the window's N frequencies the lowest c. With w_k = 2 pi k / N,
// low_t = 1/N sum_k g_k Re s_k,t,  s_k,t = exp(i w_k) s_k,t-1 + x_t,  g_0 = 1, else 2: a recurrence for each frequency.
class LowPass {
public:
    LowPass() = default;
    LowPass(Parameters& parameters, std::int64_t window, std::int64_t frequencies, std::int64_t width)
        : m_frequencies(frequencies)
    {
        const Tensor k = torch::arange(frequencies, torch::kFloat64);
        const Tensor angle = (k * (2.0 * std::numbers::pi / static_cast<double>(window))).repeat_interleave(width);
        m_lambda = parameters.fixed(torch::cat({angle.cos(), angle.sin()}));
        const Tensor weights = torch::full_like(k, 2.0 / static_cast<double>(window));
        weights[0] *= 0.5; // the others stand for two of the window's frequencies each
        m_gains = parameters.fixed(weights.view({1, -1, 1}));
    }

    // Rows [T, D] of packed sequences -> [T, D].
    Tensor operator()(const Tensor& x, const Tensor& offsets) const
    {
        const Tensor real = x.repeat({1, m_frequencies});
        const Tensor states = nn::lruScan(torch::cat({real, torch::zeros_like(real)}, 1), m_lambda, offsets);
        return (states.slice(1, 0, real.size(1)).reshape({x.size(0), m_frequencies, x.size(1)}) * m_gains).sum(1);
    }

private:
    std::int64_t m_frequencies = 0;
    Tensor m_lambda, m_gains; // [2cD] planar complex, [1, c, 1]
};

class BsaRec : public SasRec {
public:
    explicit BsaRec(const ModelSetup& setup)
        : SasRec("bsarec", setup)
        , m_share(setup.parameters.at("filter_share"))
    {
        const std::int64_t frequencies = setup.parameters.at("frequencies");
        if (2 * frequencies > setup.maxLength + 1)
            throw Error(ErrorKind::Usage,
                "a window of " + std::to_string(setup.maxLength) + " events has no " + std::to_string(frequencies)
                    + " frequencies",
                "set frequencies to " + std::to_string((setup.maxLength + 1) / 2) + " or less, or a longer max_length");
        if (shape.norm != SasRecNorm::Post || shape.bidirectional)
            throw Error(ErrorKind::Usage, "bsarec has norm=post and sees no later event",
                "leave norm and bidirectional as they are");
        for (std::int64_t i = 0; i < shape.layers; ++i) {
            const std::string name = "layers." + std::to_string(i) + ".filter";
            m_filters.push_back({m_parameters.truncatedNormal(name + ".beta", {shape.width}, false, 1.0),
                nn::Norm(m_parameters, name + ".norm", shape.width, shape.epsilon)});
        }
        m_parameters.freeze(); // again, with the filters
        m_lowPass = LowPass(m_parameters, setup.maxLength, frequencies, shape.width);
    }

    FlopCount layerFlops(const SequenceCounts& rows) const override
    {
        SasRecSizes filtered = sizes();
        filtered.filterFrequencies = m_setup.parameters.at("frequencies");
        return sasRecFlops(filtered, rows, {});
    }

protected:
    bool hasRows() const override { return false; }
    Tensor layerForward(int index, const Tensor& x, const PackedBatch& batch, ForwardContext& context) const override
    {
        const Filter& filter = m_filters[static_cast<std::size_t>(index)];
        const Layer& layer = layers[static_cast<std::size_t>(index)];
        const Tensor low = batch.onlyAsked(m_lowPass(x, batch.offsets)), own = batch.onlyAsked(x);
        const Tensor weighed = low + filter.beta.square() * (own - low);
        const Tensor filtered = filter.norm(weighed, own, context.dropout(dropoutRate()));
        const Tensor attended = attend(layer, x, x, batch, context, index);
        const Tensor seen = layer.norm1(attended, own, context.dropout(dropoutRate()));
        const Tensor mixed = m_share * filtered + (1.0 - m_share) * seen;
        const Tensor fed = feedForward(layer, mixed, context);
        return layer.norm2(fed, mixed, context.dropout(dropoutRate()));
    }

private:
    struct Filter {
        Tensor beta; // [D]
        nn::Norm norm;
    };

    double m_share;
    std::vector<Filter> m_filters;
    LowPass m_lowPass;
};

} // namespace

ModelDescriptor bsaRecDescriptor()
{
    using namespace schema;
    ModelDescriptor d = sasRecDescriptor();
    d.name = "bsarec";
    d.title = "BSARec";
    d.summary = "Self-attention beside a filter that parts slow from fast changes of the history.";
    d.paper = "Shin et al., AAAI 2024";
    d.hasState = false;
    d.build = [](const ModelSetup& setup) -> std::unique_ptr<NeuralModel> { return std::make_unique<BsaRec>(setup); };
    d.schema = withDefaults(d.schema,
                   {{"norm", "post"}, {"input_norm", true}, {"final_norm", false}, {"scale_embedding", false}})
        + ParameterSchema({
            real("filter_share", "Filter's share", 0.7, 0.0, 1.0,
                "Of each layer's output; the rest is attention's. Alpha of the paper"),
            integer(
                "frequencies", "Slow frequencies", 3, 1, 512, "", "The lowest of the window, with the constant one"),
        });
    return d;
}

} // namespace recoscope
