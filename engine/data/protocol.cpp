// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/protocol.h"

#include <functional>
#include <set>
#include <string_view>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/core/schema.h"
#include "engine/data/protocol_presets.h"
#include "engine/data/protocol_text.h"

namespace recoscope {

namespace {

using protocol_text::parseCount;
using protocol_text::parseReal;
using protocol_text::realText;

// One key: how its value is read from text, written to JSON, and which forms it takes.
struct Key {
    std::string name;
    std::string forms;
    std::function<bool(Protocol&, std::string_view)> parse; // false: not one of the forms
    std::function<Json(const Protocol&)> write;
    std::function<bool(const Protocol&)> stands = {}; // false: it is not part of this protocol; empty: always
};

template <class Enum> struct Named {
    Enum value;
    const char* name;
};

template <class Enum, std::size_t N>
Key choiceKey(std::string name, Enum Protocol::*member, const Named<Enum> (&names)[N])
{
    std::vector<Named<Enum>> table(names, names + N);
    std::string forms;
    for (const auto& entry : table)
        forms += (forms.empty() ? "" : " | ") + std::string(entry.name);
    return {std::move(name), std::move(forms),
        [table, member](Protocol& p, std::string_view text) {
            for (const auto& entry : table) {
                if (text == entry.name) {
                    p.*member = entry.value;
                    return true;
                }
            }
            return false;
        },
        [table, member](const Protocol& p) -> Json {
            for (const auto& entry : table) {
                if (entry.value == p.*member)
                    return entry.name;
            }
            return nullptr;
        }};
}

// "word:N"; nullopt when the text does not start with the word and a colon, or N is not a count of at least 1.
std::optional<int> countAfter(std::string_view text, std::string_view word)
{
    if (text.size() <= word.size() || text.substr(0, word.size()) != word || text[word.size()] != ':')
        return std::nullopt;
    return parseCount(text.substr(word.size() + 1), 1);
}

bool parseFilter(Protocol& p, std::string_view text)
{
    if (text == "none") {
        p.filter = FilterKind::None;
        p.filterCount = 0;
        return true;
    }
    const auto core = countAfter(text, "core");
    const auto raw = countAfter(text, "raw");
    if (!core && !raw)
        return false;
    p.filter = core ? FilterKind::KCore : FilterKind::RawCount;
    p.filterCount = core ? *core : *raw;
    return true;
}

Json writeFilter(const Protocol& p)
{
    if (p.filter == FilterKind::None)
        return "none";
    return (p.filter == FilterKind::KCore ? "core:" : "raw:") + std::to_string(p.filterCount);
}

bool parseCandidates(Protocol& p, std::string_view text)
{
    if (text == "full" || text == "trained") {
        p.candidates = text == "full" ? CandidateKind::Full : CandidateKind::Trained;
        p.candidateCount = 0;
        return true;
    }
    const auto uniform = countAfter(text, "uniform");
    const auto popular = countAfter(text, "popular");
    if (!uniform && !popular)
        return false;
    p.candidates = uniform ? CandidateKind::Uniform : CandidateKind::Popular;
    p.candidateCount = uniform ? *uniform : *popular;
    return true;
}

Json writeCandidates(const Protocol& p)
{
    if (p.candidates == CandidateKind::Full || p.candidates == CandidateKind::Trained)
        return p.candidates == CandidateKind::Full ? "full" : "trained";
    return (p.candidates == CandidateKind::Uniform ? "uniform:" : "popular:") + std::to_string(p.candidateCount);
}

constexpr std::string_view windowPrefix = "time_window:";

bool parseWindowSplit(Protocol& p, std::string_view text)
{
    const auto window = protocol_text::parseWindow(text);
    if (!window)
        return false;
    p.split = SplitKind::TimeWindow;
    p.splitPoint = protocol_text::dateText(window->begin);
    p.splitLength = protocol_text::durationText(window->length);
    p.splitGap = protocol_text::durationText(window->gap);
    return true;
}

bool parseSplit(Protocol& p, std::string_view text)
{
    if (text == "leave_one_out") {
        p.split = SplitKind::LeaveOneOut;
        p.splitPoint.clear();
        p.splitGap.clear();
        p.splitLength.clear();
        return true;
    }
    if (text.starts_with(windowPrefix))
        return parseWindowSplit(p, text.substr(windowPrefix.size()));
    constexpr std::string_view prefix = "global_time:";
    if (text.substr(0, prefix.size()) != prefix)
        return false;
    const auto cut = protocol_text::parseCut(text.substr(prefix.size()));
    if (!cut)
        return false;
    p.split = SplitKind::GlobalTime;
    p.splitPoint = cut->point;
    p.splitGap = cut->gap;
    p.splitLength.clear();
    return true;
}

Json writeSplit(const Protocol& p)
{
    if (p.split == SplitKind::LeaveOneOut)
        return "leave_one_out";
    if (p.split == SplitKind::TimeWindow)
        return std::string(windowPrefix) + p.splitPoint + ":" + p.splitLength + ":" + p.splitGap;
    return "global_time:" + p.splitPoint + (p.splitGap.empty() ? "" : ":" + p.splitGap);
}

bool parseMinRating(Protocol& p, std::string_view text)
{
    if (text == "none") {
        p.minRating.reset();
        return true;
    }
    const auto value = parseReal(text);
    if (value)
        p.minRating = *value;
    return value.has_value();
}

Json writeMinRating(const Protocol& p)
{
    if (!p.minRating)
        return "none";
    return realText(*p.minRating);
}

bool parseMaxLength(Protocol& p, std::string_view text)
{
    const auto value = parseCount(text, 1);
    if (value)
        p.maxLength = *value;
    return value.has_value();
}

bool parseMetricsAt(Protocol& p, std::string_view text)
{
    std::set<int> cuts; // ascending and unique, so that "10,5" and "5,10" are one protocol
    while (true) {
        const auto comma = text.find(',');
        const auto value = parseCount(text.substr(0, comma), 1);
        if (!value)
            return false;
        cuts.insert(*value);
        if (comma == std::string_view::npos)
            break;
        text.remove_prefix(comma + 1);
    }
    p.metricsAt.assign(cuts.begin(), cuts.end());
    return true;
}

// A share of something and the seed that draws it; `unset` = the key does not stand in a protocol.
struct DrawnShare {
    std::optional<double> Protocol::*share;
    std::uint64_t Protocol::*seed;
    const char* unset;
};
constexpr DrawnShare trainUsersShare{&Protocol::trainUsers, &Protocol::trainUsersSeed, "all"};
constexpr DrawnShare coldItemsShare{&Protocol::coldItems, &Protocol::coldItemsSeed, "none"};

bool parseShare(Protocol& p, std::string_view text, const DrawnShare& key)
{
    if (text == key.unset) {
        (p.*key.share).reset();
        p.*key.seed = 0;
        return true;
    }
    const auto colon = text.find(':');
    const auto share = parseReal(text.substr(0, colon));
    const auto seed = colon == std::string_view::npos ? std::optional<int>(42) : parseCount(text.substr(colon + 1), 0);
    if (!share || !seed || *share <= 0.0 || *share > 1.0)
        return false;
    p.*key.share = *share;
    p.*key.seed = static_cast<std::uint64_t>(*seed);
    return true;
}

Json writeShare(const Protocol& p, const DrawnShare& key)
{
    const std::optional<double>& share = p.*key.share;
    return share ? Json(realText(*share) + ":" + std::to_string(p.*key.seed)) : Json(key.unset);
}

// A key that is younger than stored hashes: it stands in a protocol only when it is set.
Key shareKey(const char* name, const DrawnShare& share)
{
    return {name, std::string(share.unset) + " | SHARE[:SEED] with SHARE above 0 and at most 1",
        [share](Protocol& p, std::string_view text) { return parseShare(p, text, share); },
        [share](const Protocol& p) { return writeShare(p, share); },
        [share](const Protocol& p) { return (p.*share.share).has_value(); }};
}

bool parseSelectBy(Protocol& p, std::string_view text)
{
    const auto at = text.find('@');
    const auto metric = text.substr(0, at);
    if (at == std::string_view::npos) {
        if (metric != "mrr" && metric != "pair_accuracy" && metric != "pair_accuracy_feedback")
            return false;
    } else if ((metric != "hr" && metric != "ndcg" && metric != "recall") || !parseCount(text.substr(at + 1), 1)) {
        return false;
    }
    p.selectBy = std::string(text);
    return true;
}

std::vector<Key> makeKeys()
{
    const Named<Duplicates> duplicates[]
        = {{Duplicates::Keep, "keep"}, {Duplicates::Adjacent, "adjacent"}, {Duplicates::Exact, "exact"}};
    const Named<OrderTies> orderTies[] = {{OrderTies::File, "file"}, {OrderTies::Item, "item"}};
    const Named<MaskSeen> maskSeen[]
        = {{MaskSeen::None, "none"}, {MaskSeen::Window, "window"}, {MaskSeen::History, "history"}};
    const Named<ScoreTies> scoreTies[] = {{ScoreTies::Pessimistic, "pessimistic"},
        {ScoreTies::Optimistic, "optimistic"}, {ScoreTies::Expected, "expected"}, {ScoreTies::LowestId, "lowest_id"}};
    const Named<Targets> targets[] = {{Targets::Next, "next"}, {Targets::AllInWindow, "all_in_window"}};
    // In alphabetical order, as toJson() and differences() list them.
    return {
        {"candidates", "full | trained | uniform:N | popular:N", parseCandidates, writeCandidates},
        shareKey("cold_items", coldItemsShare),
        choiceKey("duplicates", &Protocol::duplicates, duplicates),
        {"filter", "none | raw:N | core:N", parseFilter, writeFilter},
        choiceKey("mask_seen", &Protocol::maskSeen, maskSeen),
        {"max_length", "a count of at least 1", parseMaxLength, [](const Protocol& p) -> Json { return p.maxLength; }},
        {"metrics_at", "counts of at least 1, separated by commas: 1,5,10", parseMetricsAt,
            [](const Protocol& p) -> Json { return p.metricsAt; }},
        {"min_rating", "none | a number", parseMinRating, writeMinRating},
        choiceKey("order_ties", &Protocol::orderTies, orderTies),
        choiceKey("score_ties", &Protocol::scoreTies, scoreTies),
        {"select_by", "hr@K | ndcg@K | recall@K | mrr | pair_accuracy | pair_accuracy_feedback", parseSelectBy,
            [](const Protocol& p) -> Json { return p.selectBy; }},
        {"split",
            "leave_one_out | global_time:CUT[:GAP] with CUT a fraction between 0 and 1 or a date such as 2015-03-31 "
            "(UTC), GAP a duration such as 12h or 7d | time_window:DATE:LENGTH:GAP with two durations",
            parseSplit, writeSplit},
        choiceKey("targets", &Protocol::targets, targets),
        shareKey("train_users", trainUsersShare),
    };
}

const std::vector<Key>& keys()
{
    static const std::vector<Key> list = makeKeys();
    return list;
}

const Key& findKey(const std::string& name)
{
    std::vector<std::string> names;
    for (const Key& key : keys()) {
        if (key.name == name)
            return key;
        names.push_back(key.name);
    }
    std::string near;
    for (const std::string& candidate : nearestNames(name, names))
        near += (near.empty() ? "" : ", ") + candidate;
    throw Error(ErrorKind::Usage, "no protocol key is called '" + name + "'", "nearest keys: " + near);
}

// The command-line text of a JSON value, so that files may hold either form.
std::string valueText(const std::string& key, const Json& value)
{
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_number_integer())
        return value.dump();
    if (value.is_number())
        return realText(value.get<double>());
    if (value.is_array()) {
        std::string text;
        for (const Json& element : value)
            text += (text.empty() ? "" : ",") + valueText(key, element);
        return text;
    }
    if (value.is_null() && key == "min_rating")
        return "none";
    throw Error(ErrorKind::Usage, "protocol key '" + key + "' cannot be " + value.dump().substr(0, 80),
        "accepted: " + findKey(key).forms);
}

} // namespace

void Protocol::set(const std::string& key, const std::string& value)
{
    if (key == "preset") {
        Protocol changed = *this;
        for (const auto& [name, text] : findProtocolPreset(value).assignments)
            changed.set(name, text);
        *this = std::move(changed);
        return;
    }
    const Key& entry = findKey(key);
    Protocol changed = *this;
    if (!entry.parse(changed, value))
        throw Error(ErrorKind::Usage, "protocol key '" + key + "' cannot be '" + value.substr(0, 80) + "'",
            "accepted: " + entry.forms);
    *this = std::move(changed);
}

Json Protocol::toJson() const
{
    Json json = Json::object();
    for (const Key& key : keys())
        if (!key.stands || key.stands(*this))
            json[key.name] = key.write(*this);
    return json;
}

Protocol Protocol::fromJson(const Json& json)
{
    if (!json.is_object())
        throw Error(ErrorKind::Usage, "a protocol is a JSON object, not " + json.dump().substr(0, 80),
            "write {\"filter\": \"core:5\", ...}; docs/protocol.md lists the keys");
    Protocol protocol;
    for (const auto& [key, value] : json.items()) {
        if (key != "hash") // results show the hash beside the keys
            protocol.set(key, valueText(key, value));
    }
    return protocol;
}

std::string Protocol::hash() const
{
    return sha256Hex(toJson().dump()).substr(0, 16);
}

std::string Protocol::summary() const
{
    const std::string separator = " · ";
    std::string text = split == SplitKind::LeaveOneOut ? "LOO" : "time " + splitPoint;
    if (!splitLength.empty())
        text += " for " + splitLength;
    if (!splitGap.empty())
        text += " gap " + splitGap;
    text += separator + writeCandidates(*this).get<std::string>();
    text += separator + "mask " + findKey("mask_seen").write(*this).get<std::string>();
    std::string filterText = writeFilter(*this).get<std::string>();
    if (const auto colon = filterText.find(':'); colon != std::string::npos)
        filterText[colon] = ' ';
    text += separator + (filter == FilterKind::None ? "no filter" : filterText);
    if (coldItems)
        text += separator + "cold " + realText(*coldItems) + " of items";
    return text + separator + "L " + std::to_string(maxLength);
}

SplitCut splitCut(const Protocol& protocol)
{
    if (protocol.split == SplitKind::TimeWindow) {
        const std::string text = protocol.splitPoint + ":" + protocol.splitLength + ":" + protocol.splitGap;
        if (const auto window = protocol_text::parseWindow(text))
            return {std::nullopt, window->begin, window->gap, window->length};
        throw Error(ErrorKind::Usage, "'" + text + "' is not a window of a time_window split",
            "accepted: " + findKey("split").forms);
    }
    const std::string text = protocol.splitPoint + (protocol.splitGap.empty() ? "" : ":" + protocol.splitGap);
    const auto cut = protocol_text::parseCut(text);
    if (!cut)
        throw Error(ErrorKind::Usage, "'" + text + "' is not a cut of a global_time split",
            "accepted: " + findKey("split").forms);
    return {cut->fraction, cut->time, cut->gapSeconds, 0};
}

std::vector<ProtocolDifference> differences(const Protocol& a, const Protocol& b)
{
    const auto text = [](const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); };
    std::vector<ProtocolDifference> result;
    for (const Key& key : keys()) {
        const Json inA = key.write(a);
        const Json inB = key.write(b);
        if (inA != inB)
            result.push_back({key.name, text(inA), text(inB)});
    }
    return result;
}

} // namespace recoscope
