// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// How the parameters of a public code base and ours correspond: which rows or columns of which tensor of theirs are
// which of ours, up to a factor. Parity compares through these links, and weights from elsewhere are read through them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/nn/parameters.h"

namespace recoscope {

// Rows (or columns) [theirBegin, +rows) of their parameter are factor times rows [ourBegin, +rows) of ours.
struct ParameterLink {
    std::string theirs, ours;
    std::int64_t theirBegin = 0, ourBegin = 0, rows = -1; // -1 = all
    double factor = 1.0;
    bool columns = false;
};

torch::Tensor theirPart(const torch::Tensor& theirs, const ParameterLink& link);
torch::Tensor ourPart(const torch::Tensor& ours, const ParameterLink& link);
// Copies what is linked into `parameters`. `tensor` gives theirs by name. Error{Input} naming the tensor, with expected
// and found, when a shape differs.
void loadLinked(const std::vector<ParameterLink>& links, const Parameters& parameters,
    const std::function<torch::Tensor(const std::string& name)>& tensor);

// "blocks." and 2 are "blocks.2.", as the layers of a list are called in a checkpoint.
std::string numbered(const char* prefix, std::int64_t i, const char* suffix = ".");
// Links their item table (row 0 = pad, rows 1..items) to ours (rows 0..items-1, start token last).
void linkItemTable(
    std::vector<ParameterLink>& links, const std::string& theirs, const std::string& ours, std::int64_t items);
void link(std::vector<ParameterLink>& links, const std::string& theirs, const std::string& ours);
// weight and bias.
void linkBoth(std::vector<ParameterLink>& links, const std::string& theirs, const std::string& ours);
// Separate layers of theirs that are rows of a fused one of ours: weight and bias.
void linkRows(std::vector<ParameterLink>& links, const std::vector<std::string>& theirs, const std::string& ours,
    std::int64_t width);

// -- Public code bases, each with every tensor of its checkpoints that decides what the model computes.

// yueqirex/LRURec.
std::vector<ParameterLink> lruRecLinks(std::int64_t items, std::int64_t blocks, std::int64_t state);
// RecBole: SASRec, BERT4Rec and what both share beside the item table, GRU4Rec.
std::vector<ParameterLink> recBoleTransformerLinks(std::int64_t layers, std::int64_t width);
std::vector<ParameterLink> recBoleSasRecLinks(std::int64_t items, std::int64_t layers, std::int64_t width);
// Their mask becomes our start token; the pad's row is left out, or is one more item, the last, as in their softmax.
std::vector<ParameterLink> recBoleBert4RecLinks(
    std::int64_t items, std::int64_t layers, std::int64_t width, bool padIsItem = false);
std::vector<ParameterLink> recBoleGru4RecLinks(std::int64_t items, std::int64_t layers);
// The PyTorch port (pmixer/SASRec.pytorch): row 0 of its positions is the pads'.
std::vector<ParameterLink> sasRecPortLinks(std::int64_t items, std::int64_t blocks);
// asash/gSASRec-pytorch: row 0 of its tables is nobody, the last the pad's.
struct GSasRecLinkShape {
    std::int64_t items = 0, blocks = 0, width = 0;
    bool tied = false; // one table for input and output
};
std::vector<ParameterLink> gSasRecLinks(const GSasRecLinkShape& shape);
// facebookresearch/PerSRec, its HSTU. `rows`: events and tokens of a window; their position table has one row more.
struct PersrecLinkShape {
    std::int64_t items = 0, blocks = 0, rows = 0;
    bool projection = false, temperature = true, tokens = false;
};
std::vector<ParameterLink> persrecHstuLinks(const PersrecLinkShape& shape);
// generative-recommenders, the research model. `window`: rows of the position table.
struct HstuLinkShape {
    std::int64_t items = 0, blocks = 0, window = 0;
    bool relativeBias = true, ratings = false;
};
std::vector<ParameterLink> hstuResearchLinks(const HstuLinkShape& shape);

} // namespace recoscope
