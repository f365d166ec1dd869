// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/csv_file.h"
#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "engine/evaluation/ranking.h"

namespace recoscope {

namespace {

struct ListedItem {
    std::int32_t item;
    float score;
};

// The list as the metrics counted it: the target stands at its rank among the items that tie with it, so that scoring
// the file again gives the run's metrics under every rule that has one rank. Other ties stay lowest index first.
std::vector<ListedItem> listOfUser(const RankingResult& result, std::size_t user, std::size_t depth, bool oneTarget)
{
    const auto kept = static_cast<std::size_t>(result.depth);
    std::vector<ListedItem> list;
    for (std::size_t j = 0; j < kept && result.topItems[user * kept + j] >= 0; ++j)
        list.push_back({result.topItems[user * kept + j], result.topScores[user * kept + j]});
    const bool cutShort = list.size() == kept;
    const UserResult& own = result.users[user];
    const auto place = static_cast<std::size_t>(std::lround(own.rank)) - 1;
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& l) { return l.item == own.target; });
    // A target that is missing from a whole list was masked.
    if (oneTarget && (found != list.end() || cutShort)) {
        float score = place < list.size() ? list[place].score : 0.0f;
        if (found != list.end()) {
            score = found->score;
            list.erase(found);
        }
        if (place < depth && place <= list.size())
            list.insert(list.begin() + static_cast<std::ptrdiff_t>(place), {own.target, score});
    }
    list.resize(std::min(list.size(), depth));
    return list;
}

class Names {
public:
    Names(const RankingResult& result, const PreparedData& data, const ExportNaming& naming)
        : m_result(result)
        , m_data(data)
        , m_given(naming.users)
        , m_users(data.dataset()->catalogue().rawUsers())
        , m_items(data.dataset()->catalogue().rawItems())
    {
    }
    const std::string& user(std::size_t position) const
    {
        return m_given.empty() ? m_users[std::size_t(m_data.datasetUser(m_result.users[position].user))]
                               : m_given[position];
    }
    const std::string& item(std::int32_t item) const { return m_items[std::size_t(m_data.datasetItem(item))]; }
    // Positions of the result's users in the order of the rows.
    std::vector<std::size_t> order() const
    {
        std::vector<std::size_t> positions(m_result.users.size());
        std::iota(positions.begin(), positions.end(), std::size_t(0));
        if (!m_given.empty())
            std::sort(positions.begin(), positions.end(), [this](auto a, auto b) { return m_given[a] < m_given[b]; });
        return positions;
    }

private:
    const RankingResult& m_result;
    const PreparedData& m_data;
    const std::vector<std::string>& m_given;
    const std::vector<std::string>& m_users;
    const std::vector<std::string>& m_items;
};

} // namespace

void exportTopK(const RankingResult& result, const PreparedData& data, std::int64_t depth, const Path& file,
    const ExportNaming& naming)
{
    if (depth < 1 || depth > result.depth)
        throw Error(ErrorKind::Usage,
            "lists of " + std::to_string(depth) + " items were asked for, " + std::to_string(result.depth)
                + " were kept",
            "rank with a larger depth");
    const Names names(result, data, naming);
    CsvFile out(file);
    out.text() += "user,item,rank,score";
    out.endLine();
    const bool oneTarget = data.protocol().targets == Targets::Next;
    for (const std::size_t u : names.order()) {
        std::size_t rank = 0;
        for (const ListedItem& listed : listOfUser(result, u, static_cast<std::size_t>(depth), oneTarget)) {
            appendField(out.text(), names.user(u));
            out.text() += ',';
            appendField(out.text(), names.item(listed.item));
            out.text() += ',';
            appendNumber(out.text(), ++rank);
            out.text() += ',';
            appendNumber(out.text(), listed.score);
            out.endLine();
        }
    }
    out.commit();
}

void exportUsers(const RankingResult& result, const PreparedData& data, const Path& file, const ExportNaming& naming)
{
    const Names names(result, data, naming);
    const std::size_t columns = result.userMetricNames.size();
    CsvFile out(file);
    out.text() += "user,target,rank";
    for (const std::string& name : result.userMetricNames)
        out.text() += "," + name;
    if (naming.counts)
        out.text() += ",history_length,target_popularity";
    out.endLine();
    for (const std::size_t u : names.order()) {
        appendField(out.text(), names.user(u));
        out.text() += ',';
        appendField(out.text(), names.item(result.users[u].target));
        out.text() += ',';
        appendNumber(out.text(), result.users[u].rank);
        for (std::size_t c = 0; c < columns; ++c) {
            out.text() += ',';
            appendNumber(out.text(), result.userMetrics[u * columns + c]);
        }
        if (naming.counts) {
            for (const std::int64_t count : {result.users[u].historyLength, result.users[u].targetPopularity}) {
                out.text() += ',';
                appendNumber(out.text(), count);
            }
        }
        out.endLine();
    }
    out.commit();
}

} // namespace recoscope
