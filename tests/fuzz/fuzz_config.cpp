// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/schema.h"
#include "engine/data/dataset_format.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace recoscope;
    // Model and trainer configurations, and dataset.json.
    static const ParameterSchema schema({{"rate", "Rate", ParameterType::Real, 0.1, 0.0, 1.0, {}, "", "", ""},
        {"dim", "Dim", ParameterType::Integer, 64, 1.0, 1024.0, {}, "", "", ""},
        {"on", "On", ParameterType::Boolean, true, {}, {}, {}, "", "", ""},
        {"loss", "Loss", ParameterType::Choice, "ce", {}, {}, {"ce", "bce"}, "", "", ""},
        {"note", "Note", ParameterType::Text, "", {}, {}, {}, "", "", ""}});
    const std::string text(textOf(data, size));
    mustNotFail([&] {
        const Json json = parseJson(text, "config");
        mustNotFail([&] { (void)schema.validate(json).dump(); });
        mustNotFail([&] { (void)datasetInfoFromJson(json, "dataset.json"); });
    });
    for (const Parameter& parameter : schema.parameters())
        mustNotFail([&] { (void)schema.parseAssignment(parameter.name, text); });
    return 0;
}
