// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/parity_model.h"

#include <cmath>
#include <limits>

#include "engine/core/error.h"
#include "engine/models/registry.h"
#include "engine/nn/cross_entropy.h"
#include "engine/training/parity_device.h"

namespace recoscope {

using torch::Tensor;

namespace {

// Their parameter read out of ours, by `pick` (value or gradient); entries nothing is linked to keep `rest`.
Tensor assemble(const ParityPlan& plan, const Parameters& parameters, const std::string& theirs, const Tensor& rest,
    const std::function<Tensor(const Parameters::Entry&)>& pick)
{
    Tensor result = rest.to(parameters.type()).clone();
    for (const ParameterLink& l : plan.links) {
        if (l.theirs != theirs)
            continue;
        const Tensor ours = pick(parameters.at(l.ours)).cpu();
        if (l.rows < 0) {
            result = (ours * l.factor).reshape(rest.sizes());
            continue;
        }
        theirPart(result, l).copy_(ourPart(ours, l) * l.factor);
    }
    return result;
}

class PlanRun {
public:
    PlanRun(const ParityCase& c, const ParityPlan& plan, bool wide)
        : m_case(c)
        , m_plan(plan)
        , m_precision(wide ? "fp64" : "fp32")
        , m_prefix(wide ? "f64." : "")
        , m_network(plan.build(wide ? torch::kFloat64 : torch::kFloat32))
    {
        loadLinked(plan.links, *m_network.parameters, [&c](const std::string& name) { return c.weight(name); });
    }

    std::vector<ParityRow> run()
    {
        outputs();
        Optimiser optimiser(*m_network.parameters, m_plan.optimiser);
        std::vector<double> losses;
        for (int step = 0; step <= 3; ++step) {
            m_network.parameters->clearGradients();
            Tensor loss = m_network.loss();
            losses.push_back(loss.item<double>());
            loss.backward();
            if (step == 0) {
                add("loss", loss);
                gradients();
            }
            if (step < 3)
                optimiser.step(m_plan.optimiser.learningRate);
        }
        add("loss_steps", torch::tensor(losses, torch::kFloat64));
        steps();
        return std::move(m_rows);
    }

private:
    void outputs()
    {
        const torch::NoGradGuard guard;
        for (const auto& [name, value] : m_network.outputs())
            add("out." + name, value);
    }

    void gradients()
    {
        const torch::NoGradGuard guard;
        for (const std::string& name : m_case.weightNames()) {
            Tensor gradient = assemble(m_plan, *m_network.parameters, name, torch::zeros_like(m_case.weight(name)),
                [](const Parameters::Entry& e) { return e.value.grad(); });
            const auto zero = m_case.listedRows("fp32_gradients_zero_in_theory", "grad." + name);
            addExcept("grad." + name, gradient, zero, 1e-6);
        }
    }

    void steps()
    {
        const torch::NoGradGuard guard;
        const OptimiserSettings& o = m_plan.optimiser;
        const double kept = m_plan.restDecays ? std::pow(1.0 - o.learningRate * o.weightDecay, 3) : 1.0;
        for (const std::string& name : m_case.weightNames()) {
            const Tensor rest = m_case.weight(name).to(m_network.parameters->type()) * kept;
            Tensor value = assemble(
                m_plan, *m_network.parameters, name, rest, [](const Parameters::Entry& e) { return e.value; });
            // Adam makes steps of full size out of rounding noise there: nothing to compare.
            addExcept("step3." + name, value, m_case.listedRows("fp32_exceptions_after_3_steps", "step3." + name),
                std::numeric_limits<double>::infinity());
        }
    }

    void add(const std::string& name, const Tensor& actual)
    {
        const std::string full = m_prefix + name;
        if (m_case.has(full))
            m_rows.push_back(m_case.compare(full, actual, m_case.tolerance(m_precision, full)));
    }

    // The listed rows only have to be within `bound` of the fixture in float32.
    void addExcept(const std::string& name, Tensor actual,
        const std::optional<std::pair<std::int64_t, std::int64_t>>& rows, double bound)
    {
        if (rows && m_precision == "fp32" && m_case.has(name)) {
            const Tensor expected = m_case.io(name).slice(0, rows->first, rows->second).to(actual.scalar_type());
            Tensor part = actual.slice(0, rows->first, rows->second);
            if ((part - expected).abs().max().item<double>() <= bound)
                part.copy_(expected);
        }
        add(name, actual);
    }

    const ParityCase& m_case;
    const ParityPlan& m_plan;
    std::string m_precision, m_prefix;
    ParityNetwork m_network;
    std::vector<ParityRow> m_rows;
};

} // namespace

std::vector<ParityRow> runParityPlan(const ParityCase& c, const ParityPlan& plan)
{
    std::vector<ParityRow> rows = PlanRun(c, plan, false).run();
    if (!c.onProcessor()) // where kernels know float32 alone
        return rows;
    const std::vector<ParityRow> wide = PlanRun(c, plan, true).run();
    rows.insert(rows.end(), wide.begin(), wide.end());
    return rows;
}

std::vector<ParityRow> runParityModel(const ParityCase& c, ParityModel model)
{
    ParityPlan plan{model.links, model.optimiser, model.restDecays, {}};
    if (!c.onProcessor() && !findModel(model.model).trainsOnDevice)
        throw Error(ErrorKind::Refused, model.model + " computes on the processor only", "use device cpu");
    plan.build = [&model, &c](torch::ScalarType type) {
        ModelSetup setup = model.setup;
        setup.type = type;
        const std::shared_ptr<NeuralModel> network = buildNeuralModel(model.model, setup);
        const auto seen = c.onProcessor() ? network : std::make_shared<ModelOnDevice>(network, c.device());
        return ParityNetwork{seen, &network->parameters(), [&model, seen] { return model.outputs(*seen); },
            [&model, seen] { return model.loss(*seen); }};
    };
    return runParityPlan(c, plan);
}

Json modelParameters(const std::string& model, const Json& changes)
{
    return findModel(model).schema.validate(changes);
}

OptimiserSettings optimiserOf(const Json& json)
{
    OptimiserSettings s;
    const std::string kind = json.contains("name") ? json.at("name") : json.at("cls");
    s.kind = kind == "Adam" ? OptimiserKind::Adam
        : kind == "Adagrad" ? OptimiserKind::Adagrad
        : kind == "SGD"     ? OptimiserKind::Sgd
                            : OptimiserKind::AdamW;
    s.learningRate = json.at("lr");
    if (json.contains("betas")) {
        s.beta1 = json.at("betas").at(0);
        s.beta2 = json.at("betas").at(1);
    }
    s.epsilon = json.value("eps", 1e-8);
    s.weightDecay = json.value("weight_decay", 0.0);
    s.amsgrad = json.value("amsgrad", false);
    s.momentum = json.value("momentum", 0.0);
    s.initialAccumulator = json.value("initial_accumulator_value", 0.0);
    for (const char* key : {"grad_clip_global_norm", "clip_global_norm"})
        if (json.contains(key) && json.at(key).is_number())
            s.clipNorm = json.at(key);
    return s;
}

Tensor ourItems(const Tensor& theirs, std::int64_t items)
{
    return torch::where(theirs == 0, torch::full_like(theirs, items), theirs - 1).to(torch::kInt32).contiguous();
}

Tensor theirScores(const NeuralModel& model, const Tensor& hidden)
{
    Tensor scores = torch::mm(hidden, model.scoringTable().t());
    if (model.itemBias().defined())
        scores = scores + model.itemBias();
    return torch::cat({scores.slice(1, model.items()), scores.slice(1, 0, model.items())}, 1);
}

PackedBatch packedInputs(const ParityCase& c, std::int64_t items)
{
    const Tensor packed = ourItems(c.io("in.packed_items"), items), offsets = c.io("in.offsets").contiguous();
    PackedView view;
    view.items = {packed.const_data_ptr<std::int32_t>(), static_cast<std::size_t>(packed.numel())};
    view.offsets = {offsets.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(offsets.numel())};
    return makePackedBatch(view);
}

Tensor lastPositionCrossEntropy(const ParityCase& c, const NeuralModel& model)
{
    const PackedBatch batch = packedInputs(c, model.items());
    ForwardContext context;
    const Tensor last = model.encode(batch, context).index_select(0, batch.lastRows());
    return nn::crossEntropy(last, model.itemTable(), model.itemBias(), ourItems(c.io("in.targets"), model.items()));
}

} // namespace recoscope
