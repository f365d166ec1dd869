// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// dataset.json: written by DatasetWriter, read by Dataset. Fields: docs/formats.md.
#pragma once

#include "engine/data/dataset.h"

namespace recoscope {

inline constexpr int datasetFormatVersion = 1;

Json datasetInfoToJson(const DatasetInfo& info);
// Error{Refused} for a newer version, Error{Input} when fields are missing or of the wrong type; both name `file`.
DatasetInfo datasetInfoFromJson(const Json& json, const Path& file);

} // namespace recoscope
