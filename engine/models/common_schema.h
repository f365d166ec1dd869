// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Parameters that several models share, written once, and short makers for schema entries. Torch-free.
#pragma once

#include "engine/core/schema.h"

namespace recoscope::schema {

Parameter integer(std::string name, std::string label, std::int64_t value, double minimum, double maximum,
    std::string unit, std::string help, std::string group = "Architecture");
Parameter real(std::string name, std::string label, double value, double minimum, double maximum, std::string help,
    std::string group = "Architecture");
Parameter boolean(
    std::string name, std::string label, bool value, std::string help, std::string group = "Architecture");
Parameter choice(std::string name, std::string label, std::string value, std::vector<std::string> choices,
    std::string help, std::string group = "Architecture");

// loss, negatives, gbce_t, label_smoothing, temperature, popularity_power, begin_of_sequence (group "Loss").
ParameterSchema losses(bool beginOfSequence);

} // namespace recoscope::schema
