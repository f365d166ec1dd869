// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/user/user_data.h"

#include <QCoreApplication>

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "engine/core/error.h"
#include "engine/data/catalogue.h"

namespace recoscope {

namespace {

// Ranks of the unedited history are looked up this deep; an item from below is "new".
constexpr int depthBefore = 200;
constexpr std::int64_t millisecondsPerSecond = 1000;

std::vector<std::int64_t> toSeconds(std::span<const std::int64_t> milliseconds)
{
    std::vector<std::int64_t> seconds(milliseconds.size());
    std::transform(milliseconds.begin(), milliseconds.end(), seconds.begin(),
        [](std::int64_t ms) { return ms / millisecondsPerSecond; });
    return seconds;
}

void readFromRun(UserEvents& result, const PreparedData& data)
{
    const std::int32_t user = data.preparedUser(UserIndex{result.datasetUser});
    if (user < 0)
        throw Error(ErrorKind::NotFound, "This user was filtered away by the protocol of the run.",
            "Choose another user or a run with a weaker filter.");
    const std::vector<std::int32_t>& tested = data.evaluatedUsers(SplitPart::Test);
    std::span<const std::int32_t> events = data.sequences().sequence(user);
    const PackedView all = data.sequences();
    std::span<const std::int64_t> times;
    if (data.hasTimes())
        times = all.times.subspan(static_cast<std::size_t>(all.offsets[static_cast<std::size_t>(user)]), events.size());
    if (std::binary_search(tested.begin(), tested.end(), user)) {
        const EvaluationCase c = data.evaluationCase(SplitPart::Test, user);
        events = c.history;
        times = c.times;
        result.target = data.datasetItem(c.targets.front());
    }
    std::vector<std::int32_t> items(events.size());
    std::transform(
        events.begin(), events.end(), items.begin(), [&](std::int32_t item) { return data.datasetItem(item); });
    result.history = EditedHistory(items, {times.begin(), times.end()});
}

void readFromDataset(UserEvents& result, const Dataset& dataset)
{
    const InteractionView& view = dataset.interactions();
    const auto user = static_cast<std::size_t>(result.datasetUser);
    const auto begin = static_cast<std::size_t>(view.offsets[user]);
    const auto count = static_cast<std::size_t>(view.offsets[user + 1]) - begin;
    const auto items = view.items.subspan(begin, count);
    const auto times = view.times.empty() ? std::vector<std::int64_t>() : toSeconds(view.times.subspan(begin, count));
    result.history = EditedHistory({items.begin(), items.end()}, times);
}

std::vector<RankedItem> rankedItems(
    const ServingSession& session, const PackedView& history, int count, const std::string& category)
{
    const PreparedData& data = session.data();
    const auto& categories = data.dataset()->catalogue().categories();
    const int depth = category.empty() ? count : static_cast<int>(data.items());
    std::vector<RankedItem> items;
    int rank = 0;
    for (const Recommendation& r : session.recommend(history, depth)) {
        RankedItem item;
        item.prepared = r.item;
        item.dataset = data.datasetItem(r.item);
        item.score = r.score;
        item.rank = ++rank;
        const auto own = category.empty() ? std::vector<std::string>()
                                          : splitCategories(categories[static_cast<std::size_t>(item.dataset)]);
        if (category.empty() || std::find(own.begin(), own.end(), category) != own.end())
            items.push_back(item);
        if (static_cast<int>(items.size()) == count)
            break;
    }
    return items;
}

void rememberRanksBefore(UserAnswer& answer, const PackedSequences& original)
{
    const ModelHistory before = toModelHistory(original, answer.session->data());
    std::unordered_map<std::int32_t, int> ranks;
    int rank = 0;
    for (const Recommendation& r : answer.session->recommend(before.history.view(), depthBefore))
        ranks.emplace(r.item, ++rank);
    for (RankedItem& item : answer.items) {
        const auto found = ranks.find(item.prepared);
        item.before = found == ranks.end() ? 0 : found->second;
    }
}

void rankTarget(UserAnswer& answer, const UserQuestion& question)
{
    if (question.target < 0)
        return;
    const std::int32_t target = answer.session->data().preparedItem(ItemIndex{question.target});
    if (target < 0)
        return;
    answer.targetRank = answer.session->rankOf(answer.history.history.view(), target).rank;
    if (question.edited) {
        const ModelHistory before = toModelHistory(question.original, answer.session->data());
        answer.targetRankBefore = answer.session->rankOf(before.history.view(), target).rank;
    }
    for (RankedItem& item : answer.items)
        item.target = item.prepared == target;
}

UserAnswer answerOf(Workspace& workspace, const RunId& run, const UserQuestion& question, Progress& progress)
{
    UserAnswer answer;
    answer.run = run;
    answer.session = workspace.openSession(run, progress);
    answer.history = toModelHistory(question.events, answer.session->data());
    answer.edited = question.edited;
    const auto start = std::chrono::steady_clock::now();
    answer.items = rankedItems(*answer.session, answer.history.history.view(), question.count, question.category);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    answer.milliseconds = took.count();
    if (question.edited)
        rememberRanksBefore(answer, question.original);
    rankTarget(answer, question);
    return answer;
}

} // namespace

UserEvents loadUserEvents(
    Workspace& workspace, const std::string& dataset, const RunId& run, int datasetUser, Progress& progress)
{
    UserEvents result;
    result.datasetUser = datasetUser;
    const auto opened = workspace.openDataset(dataset);
    result.name = QString::fromStdString(opened->catalogue().user(UserIndex{datasetUser}).raw);
    if (run.empty())
        readFromDataset(result, *opened);
    else
        readFromRun(result, workspace.openSession(run, progress)->data());
    return result;
}

std::vector<UserAnswer> answerUser(Workspace& workspace, const UserQuestion& question, Progress& progress)
{
    std::vector<UserAnswer> answers;
    for (const RunId& run : question.runs) {
        progress.checkCancelled();
        try {
            answers.push_back(answerOf(workspace, run, question, progress));
        } catch (const Error& error) {
            // One run that cannot answer must not hide the others.
            if (error.kind() == ErrorKind::Cancelled)
                throw;
            UserAnswer failed;
            failed.run = run;
            failed.problem = QString::fromStdString(error.message() + " " + error.hint());
            answers.push_back(std::move(failed));
        }
    }
    return answers;
}

std::vector<std::string> splitCategories(const std::string& categories)
{
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (begin <= categories.size() && !categories.empty()) {
        const std::size_t end = std::min(categories.find('|', begin), categories.size());
        if (end > begin)
            parts.push_back(categories.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

std::vector<std::string> commonCategories(const Dataset& dataset, std::size_t most)
{
    std::unordered_map<std::string, int> counts;
    for (const std::string& categories : dataset.catalogue().categories()) {
        for (std::string& category : splitCategories(categories))
            ++counts[std::move(category)];
    }
    std::vector<std::pair<std::string, int>> order(counts.begin(), counts.end());
    std::sort(order.begin(), order.end(),
        [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
    order.resize(std::min(order.size(), most));
    std::vector<std::string> names;
    for (const auto& [name, count] : order)
        names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace recoscope
