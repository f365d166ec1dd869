// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/given_vectors.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/npy.h"

namespace recoscope {

namespace {

constexpr const char* howToMake = "make it with recoscope-cli encode --dataset NAME --encoder FOLDER --out FILE";

[[noreturn]] void refuseVectors(const Path& file, const std::string& problem)
{
    throw Error(ErrorKind::Input, file.string() + " " + problem, howToMake);
}

NpyArray openVectors(const Path& file, std::int64_t items)
{
    if (!std::filesystem::exists(file))
        throw Error(ErrorKind::NotFound, "there is no file of item vectors '" + file.string() + "'", howToMake);
    NpyArray array(file);
    if (array.shape().size() != 2 || array.shape()[1] < 1)
        refuseVectors(file, "is no table of vectors");
    if (array.shape()[0] != items)
        refuseVectors(file,
            "has " + std::to_string(array.shape()[0]) + " rows, the catalogue " + std::to_string(items) + " items");
    array.values<float>(); // or an error that names the type
    return array;
}

} // namespace

void checkGivenVectors(const Path& file, std::int64_t items)
{
    openVectors(file, items);
}

FixedTensors givenVectors(const PreparedData& data, const Path& file)
{
    if (!data.dataset())
        throw Error(ErrorKind::Input, "the data have no catalogue, whose vectors a file could give",
            "prepare them from a dataset");
    const NpyArray array = openVectors(file, data.dataset()->info().items);
    const auto width = static_cast<std::size_t>(array.shape()[1]);
    std::vector<float> rows;
    rows.reserve(static_cast<std::size_t>(data.items()) * width);
    for (std::int32_t item = 0; item < data.items(); ++item) {
        const auto row = array.values<float>().subspan(static_cast<std::size_t>(data.datasetItem(item)) * width, width);
        rows.insert(rows.end(), row.begin(), row.end());
    }
    if (!std::all_of(rows.begin(), rows.end(), [](float value) { return std::isfinite(value); }))
        refuseVectors(file, "holds values that are no numbers");
    FixedTensors fixed;
    fixed.tensors["text.vectors"] = FixedTensor::ofFloats(rows, {data.items(), array.shape()[1]});
    return fixed;
}

} // namespace recoscope
