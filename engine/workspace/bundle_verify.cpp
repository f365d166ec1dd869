// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "engine/kernels/ops.h"
#include "engine/workspace/bundle_file.h"
#include "engine/workspace/run_execution.h"

namespace recoscope {

namespace {

using bundle::File;
using bundle::Lists;
using bundle::Users;
using Metrics = std::map<std::string, double>;

constexpr double sameSum = 1e-9; // the rows are added up in another order

class Verifier {
public:
    Verifier(Workspace& workspace, const Path& path)
        : m_workspace(workspace)
        , m_file(path)
    {
    }

    BundleReport verify(Progress& progress)
    {
        progress.update(0.0, "Checking " + m_file.path().filename().string());
        m_report.checks = m_file.checkMembers(progress);
        if (!m_report.ok()) {
            m_report.remark = "the file is damaged or was changed; nothing in it was used";
            return std::move(m_report);
        }
        m_run = m_file.run().record;
        m_report.run = m_run.id;
        m_report.model = m_run.model;
        m_report.dataset = m_run.dataset;
        m_report.datasetHash = m_run.datasetHash;
        checkRows();
        rankAgain(progress);
        return std::move(m_report);
    }

private:
    void add(const std::string& what, double stated, double found, double tolerance)
    {
        const bool same = std::abs(stated - found) <= tolerance || (std::isnan(stated) && std::isnan(found));
        m_report.checks.push_back({what, stated, found, same});
    }
    void addCount(const std::string& what, std::int64_t found, std::int64_t allowed)
    {
        m_report.checks.push_back({what, 0, found, found <= allowed});
    }

    void checkRows()
    {
        m_test = m_file.users(SplitPart::Test);
        m_valid = m_file.users(SplitPart::Valid);
        for (const SplitPart part : {SplitPart::Valid, SplitPart::Test}) {
            const bool test = part == SplitPart::Test;
            const std::optional<Users>& users = test ? m_test : m_valid;
            const Metrics& stated = test ? m_run.test : m_run.valid;
            for (std::size_t m = 0; users && m < users->metricNames.size(); ++m) {
                const std::string& name = users->metricNames[m];
                if (const auto found = stated.find(name); found != stated.end())
                    add(std::string(splitPartName(part)) + " " + name + " from " + bundle::usersFile(part),
                        found->second, meanInterval(users->metrics[m]).mean, sameSum);
            }
        }
        if (m_test && m_file.has(bundle::lists))
            checkLists();
    }

    // A user's target stands in the list at its rank, or is not in it.
    void checkLists()
    {
        m_lists = bundle::readLists(m_file.open(bundle::lists));
        const Protocol protocol = Protocol::fromJson(m_run.protocol);
        if (protocol.targets != Targets::Next || protocol.scoreTies == ScoreTies::Expected)
            return; // several targets, or a mean of ranks: no single place to look at
        std::int64_t unlike = 0;
        for (std::size_t u = 0; u < m_test->names.size(); ++u) {
            const std::vector<std::string>& list = m_lists[m_test->names[u]];
            const auto place = std::find(list.begin(), list.end(), m_test->targets[u]) - list.begin() + 1;
            const bool listed = place <= static_cast<std::ptrdiff_t>(list.size());
            const double rank = m_test->ranks[u];
            unlike += listed ? rank != static_cast<double>(place) : rank <= static_cast<double>(m_file.depth());
        }
        addCount("users whose list and rank differ", unlike, 0);
    }

    void rankAgain(Progress& progress)
    {
        const auto dataset = bundle::datasetWithHash(m_workspace, m_run.datasetHash);
        if (!dataset) {
            m_report.remark = "not ranked again: no dataset of this workspace has the content of '" + m_run.dataset
                + "' (hash " + m_run.datasetHash.substr(0, 16) + "…); import it and verify once more";
            return;
        }
        const auto data = m_workspace.prepareData(*dataset, Protocol::fromJson(m_run.protocol), progress);
        const AtomicFolder scratch(m_workspace.runFolder(m_run.id + ".verify")); // never committed
        for (const char* weights : bundle::allWeights)
            if (m_file.has(weights))
                m_file.extract(weights, scratch.path() / weights);
        for (const SplitPart part : {SplitPart::Valid, SplitPart::Test}) {
            const bool test = part == SplitPart::Test;
            RankingOptions options;
            options.part = part;
            options.depth = test ? m_file.depth() + 1 : 0;
            const auto model = modelOfRun(m_run, scratch.path(), data, part, progress);
            const RankingResult result = rankAll(*model, *data, data->protocol(), options, progress);
            compareMetrics(part, test ? m_run.test : m_run.valid, result.metrics);
            compareUsers(*data, part, test ? m_test : m_valid, result);
            if (test && m_file.has(bundle::lists))
                compareLists(*data, result, scratch.path());
        }
        m_report.recomputed = true;
    }

    // Another instruction set adds in another order: single ranks move, so means move by little.
    bool sameMachine() const
    {
        return m_run.environment.value("kernels", Json()) == kernels::pathName(kernels::activePath());
    }
    std::int64_t allowedUsers(std::size_t users) const
    {
        return sameMachine() ? 0 : static_cast<std::int64_t>(users / 50 + 1);
    }

    void compareMetrics(SplitPart part, const Metrics& stated, const MetricSummary& again)
    {
        const double tolerance = sameMachine() ? sameSum : 1e-3;
        for (const auto& [name, value] : stated) {
            const auto found = again.values.find(name);
            add(std::string(splitPartName(part)) + " " + name + " ranked again", value,
                found == again.values.end() ? std::nan("") : found->second, tolerance);
        }
    }

    std::vector<std::string> userNames(const PreparedData& data, const RankingResult& result) const
    {
        if (m_file.rawUsers())
            return bundle::userNames(result, data, nullptr);
        const bundle::Pseudonyms pseudonyms(*data.dataset());
        return bundle::userNames(result, data, &pseudonyms);
    }

    void compareUsers(
        const PreparedData& data, SplitPart part, const std::optional<Users>& stated, const RankingResult& again)
    {
        std::unordered_map<std::string, double> ranks;
        for (std::size_t u = 0; stated && u < stated->names.size(); ++u)
            ranks[stated->names[u]] = stated->ranks[u];
        const std::vector<std::string> names = userNames(data, again);
        std::int64_t unlike = static_cast<std::int64_t>(ranks.size());
        for (std::size_t u = 0; u < names.size(); ++u) {
            const auto found = ranks.find(names[u]);
            if (found == ranks.end())
                ++unlike;
            else if (found->second == again.users[u].rank)
                --unlike;
        }
        addCount(std::string("users with another rank on ") + splitPartName(part) + ", ranked again", unlike,
            allowedUsers(names.size()));
    }

    void compareLists(const PreparedData& data, const RankingResult& again, const Path& scratch)
    {
        const Path file = scratch / bundle::lists;
        exportTopK(again, data, m_file.depth(), file, {userNames(data, again)});
        const Lists lists = bundle::readLists(openByteSource(file));
        std::int64_t unlike = 0;
        for (const auto& [user, items] : lists) {
            const auto found = m_lists.find(user);
            unlike += found == m_lists.end() || found->second != items;
        }
        addCount("users with another list, ranked again", unlike, allowedUsers(lists.size()));
    }

    Workspace& m_workspace;
    const File m_file;
    RunRecord m_run;
    std::optional<Users> m_test, m_valid;
    Lists m_lists;
    BundleReport m_report;
};

} // namespace

bool BundleReport::ok() const
{
    return std::all_of(checks.begin(), checks.end(), [](const BundleCheck& check) { return check.ok; });
}

BundleReport verifyBundle(Workspace& workspace, const Path& file, Progress& progress)
{
    return Verifier(workspace, file).verify(progress);
}

} // namespace recoscope
