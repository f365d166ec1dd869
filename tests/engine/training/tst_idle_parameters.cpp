// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a schema says to have no effect beside the other values has none: a training with all of these changed leaves
// the same weights, to the last bit.
#include <gtest/gtest.h>

#include "engine/core/safetensors.h"
#include "engine/kernels/ops.h"
#include "engine/training/run_files.h"
#include "tests/engine/models/text_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

struct IdleCase {
    std::string model;
    Json parameters;
    const char* idle; // one that must be among them
};

void PrintTo(const IdleCase& idle, std::ostream* out)
{
    *out << idle.model << " " << idle.parameters;
}

// Another valid value.
Json otherValue(const Parameter& p)
{
    switch (p.type) {
    case ParameterType::Boolean: return !p.defaultValue.get<bool>();
    case ParameterType::Choice: return p.choices.front() == p.defaultValue ? p.choices.back() : p.choices.front();
    case ParameterType::Text: return "of no effect";
    case ParameterType::Integer:
    case ParameterType::Real: break;
    }
    const double middle = (*p.minimum + std::min(*p.maximum, 4.0 * (*p.minimum + 1.0))) / 2.0;
    return p.type == ParameterType::Integer ? Json(static_cast<std::int64_t>(middle) + 1) : Json(middle);
}

class IdleParameters : public testing::TestWithParam<IdleCase> {
protected:
    void SetUp() override { kernels::setThreads(1); }

    std::map<std::string, std::vector<double>> weightsAfter(const Json& parameters, const std::string& folder)
    {
        const TrainRequest request = test::trainRequest(GetParam().model, parameters, data, scratch / folder);
        TrainControl control;
        Progress progress;
        trainRun(request, control, {}, progress);
        const SafetensorsFile file(weightsFile(scratch / folder));
        std::map<std::string, std::vector<double>> weights;
        for (const auto& [name, tensor] : file.tensors())
            if (tensor.type == TensorType::F32) // others are kept of the catalogue
                weights[name] = tensor.toDouble();
        EXPECT_FALSE(weights.empty());
        return weights;
    }

    test::TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = test::textData(scratch, {.users = 24});
};

TEST_P(IdleParameters, ChangeNothing)
{
    const ParameterSchema schema = fullSchema(findModel(GetParam().model));
    Json base = {{"epochs", 1}, {"hidden", 8}, {"heads", 2}, {"layers", 1}, {"segment", 3}, {"recent", 2},
        {"tokens", 1}, {"negatives", 6}};
    for (const char* name : {"heads", "layers", "segment", "recent", "tokens", "negatives"})
        if (!schema.find(name))
            base.erase(name);
    base.update(GetParam().parameters);
    Json changed = base;
    int idle = 0;
    for (const Parameter& p : schema.parameters())
        if (!schema.matters(p, base)) {
            changed[p.name] = otherValue(p);
            EXPECT_NE(schema.validate(changed).at(p.name), schema.validate(base).at(p.name)) << p.name;
            ++idle;
        }
    EXPECT_GT(idle, 0);
    EXPECT_FALSE(schema.matters(*schema.find(GetParam().idle), base)) << GetParam().idle;
    EXPECT_TRUE(weightsAfter(base, "base") == weightsAfter(changed, "changed")) << changed;
}

INSTANTIATE_TEST_SUITE_P(Losses, IdleParameters,
    testing::Values(IdleCase{"lrurec", {{"loss", "cross_entropy"}}, "negatives"},
        IdleCase{"lrurec", {{"loss", "bce"}}, "temperature"}, IdleCase{"sasrec", {{"loss", "gbce"}}, "label_smoothing"},
        IdleCase{"hstu", {{"loss", "sampled_softmax"}}, "gbce_t"},
        IdleCase{"gru4rec", {{"loss", "cross_entropy"}}, "popularity_power"}));
INSTANTIATE_TEST_SUITE_P(Texts, IdleParameters,
    testing::Values(IdleCase{"hllm", {{"loss", "cross_entropy"}}, "near_positive"},
        IdleCase{"hllm", {{"loss", "sampled_softmax"}}, "time_dropout"}));
INSTANTIATE_TEST_SUITE_P(Backbones, IdleParameters,
    testing::Values(IdleCase{"persrec", {{"backbone", "hstu"}}, "activation"},
        IdleCase{"persrec", {{"backbone", "sasrec"}, {"temperature", 1.0}}, "query_dim"},
        IdleCase{"persrec", {{"backbone", "hllm"}}, "relative_bias"}));

} // namespace
} // namespace recoscope
