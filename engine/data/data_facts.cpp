// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/data/data_facts.h"

#include <algorithm>

#include "engine/data/catalogue.h"

namespace recoscope {

DataFacts DataFacts::of(const Dataset& dataset)
{
    const DatasetInfo& info = dataset.info();
    return {
        info.name, info.hasTimes, info.hasFeedback, dataset.catalogue().hasTitles(), info.items, info.kinds.size() > 1};
}

DataFacts DataFacts::of(const PreparedData& data)
{
    DataFacts facts = data.dataset() ? of(*data.dataset()) : DataFacts();
    if (!data.dataset())
        facts.catalogue = data.items();
    facts.times = data.hasTimes();
    facts.feedback = data.hasFeedback();
    facts.kinds = data.kinds() > 1;
    for (const std::int64_t length : data.trainLengths())
        facts.longestTraining = std::max(facts.longestTraining, length);
    return facts;
}

} // namespace recoscope
