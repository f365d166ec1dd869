// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/serving/serving_paths.h"

#include <algorithm>
#include <set>

#include "engine/core/error.h"
#include "engine/models/item_reader.h"
#include "engine/models/listing_model.h"

namespace recoscope {

namespace {

bool isAmong(std::span<const ServingMode> modes, ServingMode mode)
{
    return std::find(modes.begin(), modes.end(), mode) != modes.end();
}

std::string modeList(std::span<const ServingMode> modes, const char* last)
{
    std::string text;
    for (std::size_t i = 0; i < modes.size(); ++i)
        text += (i == 0 ? "" : i + 1 < modes.size() ? ", " : last) + std::string(servingModeName(modes[i]));
    return text;
}

std::set<std::int64_t> beamWidths(const ListingModel& model, std::span<const std::int64_t> asked)
{
    for (const std::int64_t width : asked)
        model.ofLength(width); // refuses a width that no search has
    if (!asked.empty())
        return {asked.begin(), asked.end()};
    std::set<std::int64_t> usual(usualBeams.begin(), usualBeams.end());
    usual.insert(model.listLength());
    return usual;
}

} // namespace

std::vector<ServingMode> servingModes(const TrainedModel& model)
{
    std::vector<ServingMode> modes;
    if (dynamic_cast<const ListingModel*>(&model))
        modes = {ServingMode::Beam};
    else if (itemReader(model))
        modes = {ServingMode::ItemHead, ServingMode::ItemHeadReread};
    else
        modes = {ServingMode::Full};
    if (const auto state = model.newState())
        modes.push_back(state->isCompressed() ? ServingMode::Compressed : ServingMode::Incremental);
    return modes;
}

std::vector<ServingPath> servingPaths(
    const TrainedModel& model, std::span<const ServingMode> asked, std::span<const std::int64_t> beams)
{
    const std::vector<ServingMode> offered = servingModes(model);
    const auto* lists = dynamic_cast<const ListingModel*>(&model);
    std::vector<ServingPath> paths;
    for (const ServingMode mode : asked) {
        const bool plain = mode == ServingMode::Full && (offered[0] == mode || !isAmong(asked, offered[0]));
        if (!plain && !isAmong(offered, mode))
            continue;
        if (mode == ServingMode::Beam)
            for (const std::int64_t width : beamWidths(*lists, beams))
                paths.push_back({mode, width, width == lists->listLength()});
        else
            paths.push_back({mode, lists ? lists->listLength() : 0, true});
    }
    if (paths.empty())
        throw Error(ErrorKind::Refused, model.modelName() + " has no mode " + modeList(asked, " or "),
            "it has " + modeList(offered, " and ")
                + (offered[0] == ServingMode::Full ? "" : "; full is had from every model"));
    return paths;
}

} // namespace recoscope
