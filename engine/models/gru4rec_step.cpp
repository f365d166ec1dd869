// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/gru4rec_step.h"

#include <cmath>

#include "engine/core/hash.h"
#include "engine/kernels/ops.h"
#include "engine/nn/recurrent_state.h"
#include "engine/nn/user_state_base.h"

namespace recoscope {

namespace {

using Vector = std::vector<float>;

float sigmoid(float x)
{
    return 1.0f / (1.0f + std::exp(-x));
}

class GruForm : public RecurrentForm {
public:
    struct Layer {
        Vector input, recurrent; // [3H, in], [3H, H]
        std::int64_t inputWidth = 0;
    };

    void advance(std::int32_t item, float* states, float* vector) const override
    {
        Vector x(table.begin() + item * width, table.begin() + (item + 1) * width);
        for (std::size_t i = 0; i < layers.size(); ++i)
            x = cell(layers[i], x, states + i * hidden);
        kernels::scoreAll(width, hidden, x.data(), denseWeight.data(), denseBias.data(), vector);
    }

    std::int64_t hidden = 0;
    Vector table, denseWeight, denseBias;
    std::vector<Layer> layers;

private:
    Vector cell(const Layer& layer, const Vector& x, float* h) const
    {
        Vector in(3 * hidden), back(3 * hidden);
        kernels::scoreAll(3 * hidden, layer.inputWidth, x.data(), layer.input.data(), nullptr, in.data());
        kernels::scoreAll(3 * hidden, hidden, h, layer.recurrent.data(), nullptr, back.data());
        for (std::int64_t i = 0; i < hidden; ++i) {
            const float reset = sigmoid(in[i] + back[i]);
            const float update = sigmoid(in[hidden + i] + back[hidden + i]);
            const float fresh = std::tanh(in[2 * hidden + i] + reset * back[2 * hidden + i]);
            h[i] = (1.0f - update) * fresh + update * h[i];
        }
        return {h, h + hidden};
    }
};

} // namespace

std::shared_ptr<const IncrementalForm> makeGruForm(std::int64_t items, bool predictsFirst, const torch::Tensor& table,
    const std::vector<torch::Tensor>& input, const std::vector<torch::Tensor>& recurrent, const nn::Linear& dense)
{
    auto form = std::make_shared<GruForm>();
    form->items = items;
    form->predictsFirst = predictsFirst;
    form->width = table.size(1);
    form->hidden = recurrent.front().size(1);
    form->table = copyFloats(table);
    form->denseWeight = copyFloats(dense.weight);
    form->denseBias = copyFloats(dense.bias);
    form->stateFloats = static_cast<std::int64_t>(recurrent.size()) * form->hidden;
    for (std::size_t i = 0; i < input.size(); ++i)
        form->layers.push_back({copyFloats(input[i]), copyFloats(recurrent[i]), input[i].size(1)});
    form->tag = weightTag(form->table.data(), static_cast<std::int64_t>(form->table.size()));
    for (const Vector* values : {&form->denseWeight, &form->denseBias})
        form->tag = fnvStep(form->tag, weightTag(values->data(), static_cast<std::int64_t>(values->size())));
    for (const GruForm::Layer& layer : form->layers)
        for (const Vector* values : {&layer.input, &layer.recurrent})
            form->tag = fnvStep(form->tag, weightTag(values->data(), static_cast<std::int64_t>(values->size())));
    return form;
}

} // namespace recoscope
