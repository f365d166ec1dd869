// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/protocol_presets.h"

#include "engine/core/error.h"

namespace recoscope {

namespace {

// Yambda (arXiv 2505.22238, code of the data's own repository). Its clock counts seconds from a hidden start, here
// 1970. The last event is at 26,000,000 s; the test day is [25,913,600, 26,000,000), half an hour before it is
// nobody's, and the validation day ends where that begins: [25,825,400, 25,911,800).
ProtocolPreset yambda(std::string name, std::string summary, std::string minRating)
{
    return {std::move(name), std::move(summary),
        {{"candidates", "trained"}, {"duplicates", "keep"}, {"filter", "none"}, {"mask_seen", "none"},
            {"max_length", "200"}, {"metrics_at", "10,50,100"}, {"min_rating", std::move(minRating)},
            {"order_ties", "file"}, {"score_ties", "pessimistic"}, {"select_by", "ndcg@100"},
            {"split", "time_window:1970-10-27T22:13:20:1d:30m"}, {"targets", "all_in_window"}}};
}

} // namespace

const std::vector<ProtocolPreset>& protocolPresets()
{
    static const std::vector<ProtocolPreset> list = {
        yambda("yambda_listen", "Yambda's Listen+: listens of at least half the track, one day to test", "50"),
        yambda("yambda_like", "Yambda's Like: one day to test; also for dislikes", "none"),
    };
    return list;
}

const ProtocolPreset& findProtocolPreset(const std::string& name)
{
    std::string names;
    for (const ProtocolPreset& preset : protocolPresets()) {
        if (preset.name == name)
            return preset;
        names += (names.empty() ? "" : ", ") + preset.name;
    }
    throw Error(ErrorKind::Usage, "no protocol preset is called '" + name.substr(0, 80) + "'", "there are " + names);
}

} // namespace recoscope
