// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/generator_samples.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/data/generator.h"
#include "engine/data/generator_catalogue.h"
#include "engine/data/generator_optimum.h"
#include "engine/data/generator_process.h"
#include "engine/data/protocol_text.h"

namespace recoscope {

namespace {

// Everything that the layouts write, in the order of raw ids.
class Sample {
public:
    Sample(const Json& parameters, std::uint64_t seed)
        : m_process(parameters, seed)
        , m_catalogue(m_process, parameters.at("category_noise"), seed)
        , m_itemOfRaw(m_process.items() + 1)
    {
        for (std::int32_t item = 0; item < m_process.items(); ++item)
            m_itemOfRaw[m_process.rawItem(item)] = item;
        for (std::int32_t user = 0; user < m_process.users(); ++user)
            m_sequences.push_back(m_process.sequence(user));
    }

    const PlantedProcess& process() const { return m_process; }
    std::int32_t users() const { return m_process.users(); }
    std::int32_t items() const { return m_process.items(); }
    const std::vector<GeneratedEvent>& sequence(std::int32_t user) const { return m_sequences[user]; }
    const ItemAttributes& attributes(std::int32_t raw) const { return m_catalogue.item(m_itemOfRaw[raw]); }
    std::string category(std::int32_t raw) const
    {
        const std::string& all = attributes(raw).categories;
        return all.substr(0, all.find('|'));
    }
    Json user(std::int32_t user) const { return Json::parse(m_catalogue.userAttributes(user)); }
    std::string raw(const GeneratedEvent& event) const { return std::to_string(m_process.rawItem(event.item)); }

    // visit(raw user, event)
    template <class Visit> void forEachEvent(Visit visit) const
    {
        for (std::int32_t user = 0; user < users(); ++user) {
            for (const GeneratedEvent& event : m_sequences[user])
                visit(std::to_string(user + 1), event);
        }
    }

private:
    PlantedProcess m_process;
    GeneratedCatalogue m_catalogue;
    std::vector<std::int32_t> m_itemOfRaw;
    std::vector<std::vector<GeneratedEvent>> m_sequences;
};

std::string feedbackText(const GeneratedEvent& event)
{
    return protocol_text::realText(event.feedback);
}

std::string priceText(const ItemAttributes& attributes)
{
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%.2f", attributes.price.value_or(0.0));
    return text.data();
}

std::string joined(std::initializer_list<std::string> fields, const std::string& separator)
{
    std::string line;
    for (const std::string& field : fields)
        line += (line.empty() ? "" : separator) + field;
    return line + "\n";
}

// user, item, rating, time in one line each.
std::string ratingLines(const Sample& sample, const std::string& separator)
{
    std::string text;
    sample.forEachEvent([&](const std::string& user, const GeneratedEvent& event) {
        text += joined({user, sample.raw(event), feedbackText(event), std::to_string(event.time)}, separator);
    });
    return text;
}

std::string usersSection(const Sample& sample, const std::string& separator, bool zipLast)
{
    std::string text;
    for (std::int32_t user = 0; user < sample.users(); ++user) {
        const std::string id = std::to_string(user + 1);
        const std::string gender = user % 2 == 0 ? "F" : "M";
        // "25-34" and "55+" begin with the age that the publishers' files give.
        const std::string age = sample.user(user).at("age_group").get<std::string>().substr(0, 2);
        const std::string zip = std::to_string(10000 + (user * 7919) % 90000);
        text += zipLast ? joined({id, age, gender, "other", zip}, separator)
                        : joined({id, gender, age, "0", zip}, separator);
    }
    return text;
}

std::vector<SampleFile> movieLens100k(const Sample& sample)
{
    constexpr std::size_t genreFlags = 19;
    const auto& names = generatedCategories();
    std::string items, genres;
    for (std::size_t genre = 0; genre < genreFlags; ++genre)
        genres += joined({genre < names.size() ? names[genre] : "Other" + std::to_string(genre - names.size() + 1),
                             std::to_string(genre)},
            "|");
    for (std::int32_t raw = 1; raw <= sample.items(); ++raw) {
        items += std::to_string(raw) + "|" + sample.attributes(raw).title + "|01-Jan-2022||";
        for (std::size_t genre = 0; genre < genreFlags; ++genre)
            items += genre < names.size() && sample.category(raw) == names[genre] ? "|1" : "|0";
        items += "\n";
    }
    return {{"u.data", ratingLines(sample, "\t")}, {"u.item", items}, {"u.genre", genres},
        {"u.user", usersSection(sample, "|", true)}};
}

std::vector<SampleFile> movieLens1m(const Sample& sample)
{
    std::string movies;
    for (std::int32_t raw = 1; raw <= sample.items(); ++raw)
        movies += joined({std::to_string(raw), sample.attributes(raw).title, sample.attributes(raw).categories}, "::");
    return {{"ratings.dat", ratingLines(sample, "::")}, {"movies.dat", movies},
        {"users.dat", usersSection(sample, "::", false)}};
}

std::vector<SampleFile> movieLensLatest(const Sample& sample)
{
    std::string movies = "movieId,title,genres\n";
    for (std::int32_t raw = 1; raw <= sample.items(); ++raw) {
        // Publishers quote titles that hold a comma; every third one here, so that quotes are read.
        const std::string title = sample.attributes(raw).title;
        movies += joined({std::to_string(raw), raw % 3 == 0 ? "\"" + title + ", Volume 1\"" : title,
                             sample.attributes(raw).categories},
            ",");
    }
    return {{"ratings.csv", "userId,movieId,rating,timestamp\n" + ratingLines(sample, ",")}, {"movies.csv", movies}};
}

std::vector<SampleFile> delimited(const Sample& sample)
{
    std::string rows = "user;item;rating;time\n", items = "item;title;category;brand;price\n";
    sample.forEachEvent([&](const std::string& user, const GeneratedEvent& event) {
        std::string time = protocol_text::momentText(event.time);
        time[time.find(' ')] = 'T';
        rows += joined({"u" + user, "i" + sample.raw(event), feedbackText(event), time + "Z"}, ";");
    });
    for (std::int32_t raw = 1; raw <= sample.items(); ++raw) {
        const ItemAttributes& item = sample.attributes(raw);
        items += joined({"i" + std::to_string(raw), item.title, item.categories, item.brand, priceText(item)}, ";");
    }
    return {{"interactions.csv", rows}, {"items.csv", items}};
}

std::string padded(std::int32_t number, const char* format)
{
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), format, number);
    return text.data();
}

std::vector<SampleFile> amazon(const Sample& sample)
{
    const auto asin = [](std::int32_t raw) { return padded(raw, "B0SAMPLE%02d"); };
    std::string reviews, meta;
    for (std::int32_t user = 0; user < sample.users(); ++user) {
        for (const GeneratedEvent& event : sample.sequence(user))
            reviews += Json({{"reviewerID", padded(user + 1, "A%07dSAMPLE")},
                                {"asin", asin(sample.process().rawItem(event.item))}, {"overall", event.feedback},
                                {"unixReviewTime", event.time}, {"verified", true}})
                           .dump()
                + "\n";
    }
    for (std::int32_t raw = 1; raw <= sample.items(); ++raw) {
        const ItemAttributes& item = sample.attributes(raw);
        const auto bar = item.categories.find('|');
        meta += Json({{"asin", asin(raw)}, {"title", item.title},
                         {"category", {"Sample", item.categories.substr(0, bar), item.categories.substr(bar + 1)}},
                         {"brand", item.brand}, {"price", "$" + priceText(item)},
                         {"description", Json::array({item.description})}})
                    .dump()
            + "\n";
    }
    return {{"Sample_5.json", reviews}, {"meta_Sample.json", meta}};
}

std::vector<SampleFile> recbole(const Sample& sample)
{
    std::string rows = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n" + ratingLines(sample, "\t");
    std::string items = "item_id:token\ttitle:token_seq\tcategories:token_seq\tbrand:token\tprice:float"
                        "\tdescription:token_seq\n";
    for (std::int32_t raw = 1; raw <= sample.items(); ++raw) {
        const ItemAttributes& item = sample.attributes(raw);
        items += joined(
            {std::to_string(raw), item.title, item.categories, item.brand, priceText(item), item.description}, "\t");
    }
    std::string users = "user_id:token\tage_group:token\tsegment:token\n";
    for (std::int32_t user = 0; user < sample.users(); ++user) {
        const Json attributes = sample.user(user);
        users += joined({std::to_string(user + 1), attributes.at("age_group").get<std::string>(),
                            attributes.at("segment").get<std::string>()},
            "\t");
    }
    return {{"sample.inter", rows}, {"sample.item", items}, {"sample.user", users}};
}

std::vector<SampleFile> sasrec(const Sample& sample)
{
    std::string rows;
    sample.forEachEvent([&](const std::string& user, const GeneratedEvent& event) {
        rows += joined({user, sample.raw(event)}, " ");
    });
    return {{"sample.txt", rows}};
}

std::vector<SampleFile> s3rec(const Sample& sample)
{
    std::string rows;
    for (std::int32_t user = 0; user < sample.users(); ++user) {
        rows += std::to_string(user + 1);
        for (const GeneratedEvent& event : sample.sequence(user))
            rows += " " + sample.raw(event);
        rows += "\n";
    }
    Json attributes = Json::object();
    const auto& names = generatedCategories();
    for (std::int32_t raw = 1; raw <= sample.items(); ++raw) {
        const auto place = std::find(names.begin(), names.end(), sample.category(raw)) - names.begin();
        attributes[std::to_string(raw)] = Json::array({place + 1});
    }
    return {{"sample.txt", rows}, {"sample_item2attributes.json", attributes.dump() + "\n"}};
}

std::vector<SampleFile> userLists(const Sample& sample)
{
    Json users = Json::object(), items = Json::object();
    for (std::int32_t user = 0; user < sample.users(); ++user) {
        Json list = Json::array();
        for (const GeneratedEvent& event : sample.sequence(user))
            list.push_back(sample.process().rawItem(event.item));
        users[std::to_string(user + 1)] = std::move(list);
    }
    for (std::int32_t raw = 1; raw <= sample.items(); ++raw) {
        const ItemAttributes& item = sample.attributes(raw);
        items[std::to_string(raw)] = {{"title", item.title}, {"description", item.description}, {"brand", item.brand},
            {"categories", item.categories}};
    }
    return {{"sample.inter.json", users.dump() + "\n"}, {"sample.item.json", items.dump() + "\n"}};
}

struct Layout {
    const char* name;
    std::vector<SampleFile> (*write)(const Sample& sample);
};
constexpr Layout layouts[] = {{"movielens-100k", movieLens100k}, {"movielens-1m", movieLens1m},
    {"movielens-latest", movieLensLatest}, {"delimited", delimited}, {"amazon", amazon}, {"recbole", recbole},
    {"sasrec", sasrec}, {"s3rec", s3rec}, {"user_lists", userLists}};

std::vector<ShippedSample> makeShippedSamples()
{
    std::vector<ShippedSample> samples;
    for (const GeneratorPreset& preset : generatorPresets()) {
        if (preset.name == "tour")
            samples.push_back({"tour", "recbole", preset.parameters, 7});
    }
    const Json small = {{"users", 40}, {"items", 60}, {"clusters", 4}, {"mean_length", 12.0}, {"min_length", 5}};
    for (const Layout& layout : layouts)
        samples.push_back({layout.name, layout.name, small, 7});
    return samples;
}

Json expectedOf(const ShippedSample& sample, const std::vector<SampleFile>& files, Progress& progress)
{
    const Json parameters = generatorSchema().validate(sample.parameters);
    const PlantedProcess process(parameters, sample.seed);
    std::int64_t interactions = 0;
    std::set<std::int32_t> items;
    for (std::int32_t user = 0; user < process.users(); ++user) {
        for (const GeneratedEvent& event : process.sequence(user)) {
            ++interactions;
            items.insert(event.item);
        }
    }
    Json hashes = Json::object();
    for (const SampleFile& file : files)
        hashes[file.name] = sha256Hex(file.content);
    return {{"format", sample.format}, {"parameters", sample.parameters}, {"seed", sample.seed},
        {"users", process.users()}, {"items", items.size()}, {"interactions", interactions},
        {"optimum", computeOptimum(process, process.users(), progress).toJson()}, {"sha256", std::move(hashes)}};
}

} // namespace

const std::vector<std::string>& sampleFormats()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        for (const Layout& layout : layouts)
            list.emplace_back(layout.name);
        return list;
    }();
    return names;
}

std::vector<SampleFile> exportSample(const Json& parameters, std::uint64_t seed, const std::string& format)
{
    for (const Layout& layout : layouts) {
        if (format == layout.name)
            return layout.write(Sample(generatorSchema().validate(parameters), seed));
    }
    std::string known;
    for (const std::string& name : sampleFormats())
        known += (known.empty() ? "" : ", ") + name;
    throw Error(ErrorKind::NotFound, "no sample layout is called '" + format + "'", "layouts: " + known);
}

const std::vector<ShippedSample>& shippedSamples()
{
    static const std::vector<ShippedSample> samples = makeShippedSamples();
    return samples;
}

void writeShippedSamples(const Path& folder, Progress& progress)
{
    Json expected = Json::object();
    for (const ShippedSample& sample : shippedSamples()) {
        progress.checkCancelled();
        const auto files = exportSample(sample.parameters, sample.seed, sample.format);
        std::filesystem::create_directories(folder / sample.folder);
        for (const SampleFile& file : files)
            writeFileAtomically(folder / sample.folder / file.name, file.content);
        expected[sample.folder] = expectedOf(sample, files, progress);
    }
    writeJson(folder / "expected.json", expected);
}

} // namespace recoscope
