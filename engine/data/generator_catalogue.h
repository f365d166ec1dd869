// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Invented titles, categories, brands, prices and descriptions of generated items, and attributes of users. A category
// follows the item's cluster, apart from `category_noise` of the items; the other attributes follow the category.
// The same parameters and seed give the same text. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/data/dataset_writer.h"
#include "engine/data/generator_process.h"

namespace recoscope {

class GeneratedCatalogue {
public:
    GeneratedCatalogue(const PlantedProcess& process, double categoryNoise, std::uint64_t seed);

    const ItemAttributes& item(std::int32_t index) const { return m_items[index]; }
    std::string userAttributes(std::int32_t user) const; // JSON: {"age_group", "segment"}

private:
    ItemAttributes makeItem(std::int32_t index, double categoryNoise);
    std::string makeTitle(std::int32_t category, RandomStream& random);

    const PlantedProcess& m_process;
    std::uint64_t m_seed;
    std::unordered_map<std::string, int> m_titleUses;
    std::vector<ItemAttributes> m_items;
};

// "Mystery", "Voyages", ...: the category of cluster c is number c modulo their count.
const std::vector<std::string>& generatedCategories();

} // namespace recoscope
