// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/generator_catalogue.h"

#include <array>
#include <cmath>

#include "engine/core/json.h"

namespace recoscope {

namespace {

constexpr std::size_t wordsPerTheme = 10;

struct Theme {
    const char* category;
    std::array<const char*, wordsPerTheme> nouns;
    std::array<const char*, 3> shelves; // finer categories
    std::array<const char*, 3> brands;
    std::int64_t cents; // typical price
};

const std::array<Theme, 12>& themes()
{
    static const std::array<Theme, 12> list = {{
        {"Mystery",
            {"Cipher", "Lantern", "Alibi", "Keyhole", "Corridor", "Witness", "Ledger", "Threshold", "Verdict", "Attic"},
            {"Detectives", "Puzzles", "Night trains"}, {"Ravenwick", "Old Quill", "Thornlea"}, 1290},
        {"Voyages",
            {"Harbour", "Compass", "Meridian", "Lighthouse", "Caravan", "Atlas", "Strait", "Passage", "Anchor",
                "Isthmus"},
            {"Seas", "Railways", "Islands"}, {"Farwater", "Longroad", "Capstan"}, 1590},
        {"Starlight",
            {"Orbit", "Nebula", "Satellite", "Beacon", "Eclipse", "Colony", "Signal", "Horizon", "Comet", "Vessel"},
            {"First contact", "Stations", "Far futures"}, {"Perihelion", "Blue Dwarf", "Apogee"}, 1890},
        {"Hearth",
            {"Kettle", "Orchard", "Pantry", "Loaf", "Ember", "Saffron", "Picnic", "Recipe", "Honeycomb", "Cellar"},
            {"Baking", "Preserves", "Slow cooking"}, {"Copper Ladle", "Millbrook", "Tallow and Rye"}, 2490},
        {"Gardens",
            {"Trellis", "Hedgerow", "Seedling", "Arbour", "Meadow", "Greenhouse", "Fern", "Rosebud", "Furrow",
                "Terrace"},
            {"Roses", "Kitchen gardens", "Woodland"}, {"Mossgate", "Greenfinger Lane", "Loam"}, 1990},
        {"Music",
            {"Sonata", "Chorus", "Metronome", "Fiddle", "Nocturne", "Ballad", "Overture", "Refrain", "Bandstand",
                "Reed"},
            {"Chamber", "Dance halls", "Folk"}, {"Hollow Oak", "Semiquaver", "Bellhouse"}, 1390},
        {"Courts",
            {"Crown", "Banner", "Chancellor", "Tapestry", "Siege", "Envoy", "Throne", "Decree", "Bastion", "Heir"},
            {"Dynasties", "Intrigue", "Campaigns"}, {"Gilt and Vellum", "Highgate", "Parapet"}, 1690},
        {"Wilds", {"Ridge", "Otter", "Glacier", "Thicket", "Falcon", "Tundra", "Estuary", "Cairn", "Heron", "Gorge"},
            {"Mountains", "Rivers", "Birds"}, {"Cold Spring", "Northlight", "Tarn"}, 1790},
        {"Sport", {"Relay", "Paddock", "Regatta", "Sprint", "Trophy", "Pitch", "Rally", "Pennant", "Summit", "Racket"},
            {"Cycling", "Rowing", "Field days"}, {"Second Wind", "Velolane", "Home Straight"}, 2190},
        {"Workshop", {"Chisel", "Loom", "Bellows", "Lathe", "Kiln", "Thimble", "Anvil", "Mosaic", "Dovetail", "Bobbin"},
            {"Wood", "Cloth", "Clay"}, {"True Edge", "Warp and Weft", "Fireclay"}, 2990},
        {"Fables", {"Fox", "Thistle", "Giant", "Mirror", "Goblet", "Spindle", "Raven", "Enchanter", "Bridge", "Riddle"},
            {"Forests", "Beasts", "Bargains"}, {"Nine Hazels", "Wishbone", "Elderroot"}, 1190},
        {"Letters",
            {"Postcard", "Inkwell", "Promise", "Courtyard", "Waltz", "Summer", "Envelope", "Window", "Bouquet",
                "Parting"},
            {"Correspondence", "Second chances", "Seasides"}, {"Penny Blue", "Lilac House", "Ribbon"}, 990},
    }};
    return list;
}

constexpr std::array<const char*, 32> adjectives = {"Amber", "Silent", "Crooked", "Golden", "Hidden", "Winter",
    "Scarlet", "Hollow", "Distant", "Paper", "Broken", "Gentle", "Copper", "Midnight", "Restless", "Borrowed", "Ivory",
    "Second", "Wandering", "Northern", "Velvet", "Forgotten", "Quiet", "Painted", "Tidal", "Bitter", "Emerald",
    "Lonely", "Patient", "Burning", "Silver", "Last"};

const char* pick(std::span<const char* const> words, RandomStream& random)
{
    return words[random.below(words.size())];
}

std::string withArticle(const std::string& noun)
{
    const bool vowel = std::string("AEIOU").find(noun.front()) != std::string::npos;
    return (vowel ? "An " : "A ") + noun;
}

std::string romanNumber(int number)
{
    constexpr std::pair<int, const char*> digits[] = {{10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}};
    if (number > 39)
        return std::to_string(number);
    std::string text;
    for (const auto& [value, symbol] : digits) {
        for (; number >= value; number -= value)
            text += symbol;
    }
    return text;
}

} // namespace

const std::vector<std::string>& generatedCategories()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        for (const Theme& theme : themes())
            list.emplace_back(theme.category);
        return list;
    }();
    return names;
}

GeneratedCatalogue::GeneratedCatalogue(const PlantedProcess& process, double categoryNoise, std::uint64_t seed)
    : m_process(process)
    , m_seed(seed)
{
    m_items.reserve(process.items());
    for (std::int32_t index = 0; index < process.items(); ++index)
        m_items.push_back(makeItem(index, categoryNoise));
}

std::string GeneratedCatalogue::makeTitle(std::int32_t category, RandomStream& random)
{
    const auto& nouns = themes()[category].nouns;
    const std::string adjective = pick(adjectives, random);
    const std::string noun = pick(nouns, random);
    std::string other = pick(nouns, random);
    while (other == noun)
        other = pick(nouns, random);
    std::string title;
    switch (random.below(5)) {
    case 0: title = "The " + adjective + " " + noun; break;
    case 1: title = adjective + " " + noun; break;
    case 2: title = "The " + noun + " and the " + other; break;
    case 3: title = withArticle(other) + " for the " + adjective + " " + noun; break;
    default: title = std::string("Beyond the ") + adjective + " " + noun; break;
    }
    const int uses = ++m_titleUses[title];
    return uses == 1 ? title : title + " " + romanNumber(uses);
}

ItemAttributes GeneratedCatalogue::makeItem(std::int32_t index, double categoryNoise)
{
    RandomStream random(m_seed, "attributes", index);
    const auto count = static_cast<std::int32_t>(themes().size());
    std::int32_t category = m_process.clusterOf(index) % count;
    if (random.uniform() < categoryNoise)
        category = static_cast<std::int32_t>(random.below(count));
    const Theme& theme = themes()[category];
    const std::string shelf = pick(theme.shelves, random);
    ItemAttributes attributes;
    attributes.title = makeTitle(category, random);
    attributes.categories = std::string(theme.category) + "|" + shelf;
    attributes.brand = pick(theme.brands, random);
    const std::int64_t steps = static_cast<std::int64_t>(random.below(21)) - 10; // 70 % to 130 % of the typical price
    attributes.price = double(theme.cents + theme.cents * steps * 3 / 100) / 100.0;
    attributes.description = attributes.title + ", from the " + shelf + " shelf of " + theme.category + ", made by "
        + attributes.brand + ".";
    return attributes;
}

std::string GeneratedCatalogue::userAttributes(std::int32_t user) const
{
    constexpr std::array<const char*, 5> ages = {"18-24", "25-34", "35-44", "45-54", "55+"};
    RandomStream random(m_seed, "user attributes", user);
    const std::int32_t cluster = m_process.startCluster(user);
    // Age leans towards one group per taste, so that slices by attribute show something.
    const std::size_t age = random.uniform() < 0.5 ? cluster % ages.size() : random.below(ages.size());
    return Json({{"age_group", ages[age]}, {"segment", generatedCategories()[cluster % themes().size()]}}).dump();
}

} // namespace recoscope
