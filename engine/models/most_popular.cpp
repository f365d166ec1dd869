// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/counting.h"

namespace recoscope {

using namespace counting;

ModelDescriptor mostPopularDescriptor()
{
    ModelDescriptor d;
    d.name = "most_popular";
    d.title = "Most popular";
    d.kind = ModelKind::Counting;
    d.summary = "Every user gets the items with the most events.";
    d.paper = "baseline";
    d.fitCounts
        = [](const PreparedData& data, const Json&, CountOn on, Progress&) -> std::shared_ptr<const TrainedModel> {
        const CountedLog log(data, on);
        SparseRows none;
        none.offsets.resize(log.items() + 1, 0);
        SuccessorModel::Settings settings{"most_popular", countOnText(on), {}, data.protocol().maxLength};
        return std::make_shared<SuccessorModel>(std::move(settings), std::move(none), popularity(log, 1.0f));
    };
    return d;
}

} // namespace recoscope
