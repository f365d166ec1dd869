// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <cmath>

#include "engine/nn/cross_entropy.h"
#include "engine/nn/losses.h"
#include "engine/training/parity_case.h"
#include "engine/training/parity_families.h"

namespace recoscope {

using torch::Tensor;

namespace {

// Tolerances of these families are stated in the fixtures' README, by precision.
struct LossTolerance {
    double single = 0.0, wide = 0.0;
};

class LossRun {
public:
    LossRun(const ParityCase& c, LossTolerance tolerance)
        : m_case(c)
        , m_tolerance(tolerance)
    {
    }

    // A leaf in the current precision.
    Tensor leaf(const std::string& name) const
    {
        return m_case.io(name).to(wide ? torch::kFloat64 : torch::kFloat32).clone().set_requires_grad(true);
    }

    void compare(const std::string& name, const Tensor& actual)
    {
        const std::string full = (wide ? "f64." : "") + name;
        if (m_case.has(full))
            rows.push_back(m_case.compare(full, actual, {wide ? m_tolerance.wide : m_tolerance.single, 0.0, 0.0}));
    }

    bool wide = false;
    std::vector<ParityRow> rows;

private:
    const ParityCase& m_case;
    LossTolerance m_tolerance;
};

void fullCrossEntropyVariant(const ParityCase& c, LossRun& run, const std::string& variant)
{
    Tensor h = run.leaf("in.h"), table = run.leaf("in.W"), bias = run.leaf("in.b");
    const bool withBias = variant != "nobias";
    const double smoothing = variant == "smooth" ? 0.1 : 0.0;
    const Tensor labels = c.io(variant == "ignore" ? "in.y_ignore" : "in.y");
    const Tensor rows = torch::nonzero(labels >= 0).squeeze(1);
    const Tensor targets = labels.index_select(0, rows).to(torch::kInt32);
    const Tensor hidden = (variant == "large" ? h * 60.0 : h).index_select(0, rows);
    const Tensor used = withBias ? bias : Tensor();
    Tensor loss = nn::crossEntropy(hidden, table, used, targets, smoothing);
    run.compare(variant + ".loss", loss);
    loss.backward();
    run.compare(variant + ".grad.h", h.grad());
    run.compare(variant + ".grad.W", table.grad());
    if (withBias)
        run.compare(variant + ".grad.b", bias.grad());
    const torch::NoGradGuard guard;
    Tensor perRow = torch::zeros(labels.sizes(), h.options());
    const double scale = static_cast<double>(labels.numel()) / static_cast<double>(rows.numel());
    for (std::int64_t r = 0; r < rows.numel(); ++r)
        perRow[rows[r].item<std::int64_t>()]
            = nn::crossEntropy(hidden.slice(0, r, r + 1), table, used, targets.slice(0, r, r + 1), smoothing) * scale;
    run.compare(variant + ".loss_per_row", perRow);
}

nn::SampledLoss sampledVariant(const ParityCase& c, const std::string& variant)
{
    auto s = nn::SampledLoss::softmax(c.io("in.pos"), c.io("in.neg"));
    s.removeHits = variant != "plain";
    if (variant.find("logq") != std::string::npos)
        s.logQ = c.io("in.q").log();
    if (variant == "logq_neg") {
        s.correctPositive = false;
        s.logCount = std::log(static_cast<double>(s.negatives.size(1)));
    }
    if (variant.starts_with("cosine")) {
        s.cosine = true;
        s.temperature = c.json().at("temperature");
    }
    if (variant == "shared_logq")
        s.negatives = c.io("in.shared_neg");
    if (variant == "in_batch_logq")
        s.negatives = s.positives;
    return s;
}

} // namespace

std::vector<ParityRow> parityFullCrossEntropy(const ParityCase& c)
{
    LossRun run(c, {2e-4, 1e-12});
    for (const bool wide : {false, true}) {
        run.wide = wide;
        for (const auto& [variant, text] : c.json().at("variants").items())
            fullCrossEntropyVariant(c, run, variant);
    }
    return run.rows;
}

std::vector<ParityRow> parityGbce(const ParityCase& c)
{
    LossRun run(c, {5e-6, 1e-9});
    for (const bool wide : {false, true}) {
        run.wide = wide;
        for (const auto& [name, parameters] : c.json().at("beta").items())
            for (const std::string prefix : {"", "closed_"}) {
                // The fixture has logits: items of one number each, and users that are 1.
                const Tensor logits = run.leaf("in.logits").detach();
                Tensor items = logits.reshape({-1, 1}).set_requires_grad(true);
                const Tensor ids = torch::arange(logits.numel()).view(logits.sizes());
                const auto loss = nn::SampledLoss::gbce(ids.select(1, 0), ids.slice(1, 1), parameters.at("beta"));
                const Tensor rows
                    = nn::sampledLossRows(torch::ones({logits.size(0), 1}, logits.options()), items, {}, loss);
                rows.mean().backward();
                run.compare(prefix + name + ".loss_per_row", rows);
                run.compare(prefix + name + ".loss", rows.mean());
                run.compare(prefix + name + ".grad.logits", items.grad().view(logits.sizes()));
            }
    }
    return run.rows;
}

std::vector<ParityRow> paritySampledSoftmax(const ParityCase& c)
{
    LossRun run(c, {c.name().ends_with("_b") ? 5e-6 : 8e-6, 1e-12});
    for (const bool wide : {false, true}) {
        run.wide = wide;
        for (const auto& [variant, text] : c.json().at("variants").items()) {
            Tensor users = run.leaf("in.u"), table = run.leaf("in.W");
            const Tensor rows = nn::sampledLossRows(users, table, {}, sampledVariant(c, variant));
            rows.mean().backward();
            run.compare(variant + ".loss_per_row", rows);
            run.compare(variant + ".loss", rows.mean());
            run.compare(variant + ".grad.u", users.grad());
            run.compare(variant + ".grad.W", table.grad());
        }
    }
    return run.rows;
}

} // namespace recoscope
