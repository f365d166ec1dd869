// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Small data that every model can be built over: times, ratings and titles.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/random.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/prepared.h"
#include "engine/models/registry.h"
#include "engine/nn/neural_model.h"
#include "tests/temporary_folder.h"

namespace recoscope::test {

// 13 items with titles of one to three words, users with 2 to 14 events, each with a time and a rating.
inline std::shared_ptr<const PreparedData> ratedTexts(const TemporaryFolder& scratch)
{
    DatasetWriter writer(scratch / "rated", "rated", "test", "none");
    const std::vector<std::string> words = {"amber", "silent", "crooked", "golden", "hidden", "winter", "scarlet"};
    for (int user = 0; user < 9; ++user) {
        RandomStream stream(1, "counted work", static_cast<std::uint64_t>(user));
        const std::int32_t row = writer.userIndex("u" + std::to_string(user));
        for (int i = 0; i < 4 + user * 3 / 2; ++i)
            writer.addRow(row, writer.itemIndex("i" + std::to_string(stream.below(13))),
                1'600'000'000'000 + 5'000'000 * i, static_cast<float>(1 + stream.below(4)));
    }
    for (int i = 0; i < 13; ++i) {
        ItemAttributes attributes;
        for (int w = 0; w <= i % 3; ++w)
            attributes.title += words[static_cast<std::size_t>(i + w) % words.size()] + " ";
        attributes.brand = i % 2 ? "" : "house";
        writer.setItem("i" + std::to_string(i), attributes);
    }
    Progress progress;
    Protocol protocol;
    protocol.set("filter", "none");
    protocol.set("max_length", "12");
    return prepare(writer.finish({}, progress), protocol, progress);
}

// `parameters`: the full schema's, validated.
inline ModelSetup setupOver(
    const PreparedData& data, const std::string& name, const Json& parameters, torch::ScalarType type)
{
    ModelSetup setup;
    setup.items = data.items();
    setup.maxLength = data.protocol().maxLength;
    setup.parameters = parameters;
    setup.type = type;
    if (const auto& make = findModel(name).fixedTensors)
        setup.fixed = std::make_shared<FixedTensors>(make(data, parameters, nullptr));
    if (parameters.contains("feedback_classes"))
        setup.feedback = FeedbackFactors::of(data, parameters.at("feedback_classes"), 0.0);
    return setup;
}

} // namespace recoscope::test
