// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Private to engine/training: the public code bases whose checkpoints can be adopted. A further one is a line of
// foreignFamilies() and its links (parameter_links.h).
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "engine/core/safetensors.h"
#include "engine/models/fixed_tensors.h"
#include "engine/training/adopted_weights.h"
#include "engine/training/parameter_links.h"

namespace recoscope {

struct ForeignFamily;

// Sizes of the tensors of a checkpoint. Error{Input} naming the file and the tensor when one is not as the family has
// it.
class ForeignShapes {
public:
    ForeignShapes(const SafetensorsFile& tensors, const Path& file, const ForeignFamily& family)
        : m_tensors(tensors)
        , m_file(file)
        , m_family(family)
    {
    }

    bool has(const std::string& name) const { return m_tensors.contains(name); }
    std::int64_t size(const std::string& name, std::size_t axis) const;
    // How many of prefix0suffix, prefix1suffix, ... there are; at least one.
    std::int64_t count(const std::string& prefix, const std::string& suffix) const;
    // size / unit, where that is whole.
    std::int64_t multiple(const std::string& name, std::size_t axis, std::int64_t unit) const;
    [[noreturn]] void fail(const std::string& name, const std::string& problem) const;

private:
    const SafetensorsFile& m_tensors;
    const Path& m_file;
    const ForeignFamily& m_family;
};

struct ForeignFamily {
    std::string source; // the code base
    std::string model; // of our registry
    std::vector<std::string> marks; // tensors that tell it from those after it in the list
    std::string itemTable = {}; // their tensor of item vectors; empty: items are read from their texts
    std::int64_t otherRows = 1; // of it that are no items: the pad, a mask
    std::string positionTable = {}; // empty: none
    std::int64_t otherPositions = 0; // rows of it that are no event's
    std::string tokenTable = {}; // [1, k, D] tokens that have k of its rows; empty, or not in the file: none
    std::vector<std::string> asks = {}; // settings of our model that no shape tells
    // Settings of our model by their shapes; `given` is what the user said.
    Json (*parameters)(const ForeignShapes& shapes, const Json& given) = nullptr;
    std::vector<ParameterLink> (*links)(const ForeignShapes& shapes, const ForeignWeights& weights) = nullptr;
    // Of a model that reads texts: the vocabulary that it reads them by, as the source of its kept arrays.
    FixedTensors (*vocabulary)(const Json& parameters) = nullptr;
    // Tensors that checkpoints hold and no score depends on.
    bool (*isIdle)(const std::string& name) = [](const std::string&) { return false; };

    bool matches(const SafetensorsFile& file) const
    {
        return std::all_of(marks.begin(), marks.end(), [&](const std::string& name) { return file.contains(name); });
    }
};

// Parts of the list that have a file of their own.
ForeignFamily foreignHllm();
ForeignFamily foreignPerSRecHllm();

const std::vector<ForeignFamily>& foreignFamilies();

} // namespace recoscope
