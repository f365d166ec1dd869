// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/lint.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "engine/data/catalogue.h"
#include "engine/data/lint_checks.h"
#include "engine/data/protocol_text.h"

namespace recoscope {

namespace {

constexpr std::size_t mostExamples = 20;

constexpr lint::Check rowChecks[] = {lint::exactDuplicates, lint::nearDuplicates, lint::timeTies, lint::outOfOrder,
    lint::negativeTime, lint::futureTime, lint::bots};
constexpr lint::Check splitChecks[] = {lint::coldTestItems, lint::leakage, lint::maskedTargets, lint::coldItems};

} // namespace

const char* lintSeverityName(LintSeverity severity)
{
    switch (severity) {
    case LintSeverity::Info: return "info";
    case LintSeverity::Warning: return "warning";
    case LintSeverity::Error: return "error";
    }
    return "";
}

namespace lint {

Evidence::Evidence(const PreparedData& data)
    : m_data(data)
{
}

void Evidence::keep(std::string text)
{
    ++m_finding.count;
    if (m_finding.examples.size() < mostExamples)
        m_finding.examples.push_back(std::move(text));
}

void Evidence::add(
    std::int32_t datasetUser, std::int32_t datasetItem, std::optional<std::int64_t> seconds, const std::string& more)
{
    std::string text;
    if (m_finding.examples.size() < mostExamples) { // names come from the catalogue: only for what is shown
        const auto& dataset = m_data.dataset();
        text = "user " + (dataset ? dataset->catalogue().rawUsers()[datasetUser] : std::to_string(datasetUser))
            + ", item " + (dataset ? dataset->catalogue().rawItems()[datasetItem] : std::to_string(datasetItem));
        if (seconds)
            text += ", " + protocol_text::momentText(*seconds);
        text += more;
    }
    keep(std::move(text));
}

void Evidence::addItem(std::int32_t datasetItem, const std::string& more)
{
    const auto& dataset = m_data.dataset();
    keep("item " + (dataset ? dataset->catalogue().rawItems()[datasetItem] : std::to_string(datasetItem)) + more);
}

std::optional<LintFinding> Evidence::finish(std::string code, LintSeverity severity, std::string title, std::string why,
    std::string remedy, std::string protocolKey, std::string protocolValue)
{
    if (m_finding.count == 0)
        return std::nullopt;
    m_finding.code = std::move(code);
    m_finding.severity = severity;
    m_finding.title = std::move(title);
    m_finding.why = std::move(why);
    m_finding.remedy = std::move(remedy);
    m_finding.protocolKey = std::move(protocolKey);
    m_finding.protocolValue = std::move(protocolValue);
    return std::move(m_finding);
}

std::string percentText(std::int64_t part, std::int64_t whole)
{
    if (part < whole && part * 1000 >= whole * 999)
        return "over 99.9 %";
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%.1f %%", whole > 0 ? 100.0 * double(part) / double(whole) : 0.0);
    return text.data();
}

} // namespace lint

std::vector<LintFinding> lintDataset(const PreparedData& data, Progress& progress)
{
    std::vector<lint::Check> checks;
    if (data.dataset())
        checks.assign(std::begin(rowChecks), std::end(rowChecks));
    checks.insert(checks.end(), std::begin(splitChecks), std::end(splitChecks));
    std::vector<LintFinding> findings;
    for (std::size_t i = 0; i < checks.size(); ++i) {
        progress.checkCancelled();
        progress.update(double(i) / double(checks.size()), "Checking the data");
        if (auto finding = checks[i](data, progress))
            findings.push_back(std::move(*finding));
    }
    std::stable_sort(findings.begin(), findings.end(),
        [](const LintFinding& a, const LintFinding& b) { return a.severity > b.severity; });
    progress.update(1.0, "Checked");
    return findings;
}

Json toJson(const std::vector<LintFinding>& findings)
{
    Json list = Json::array();
    for (const LintFinding& finding : findings) {
        Json entry = {{"code", finding.code}, {"severity", lintSeverityName(finding.severity)},
            {"title", finding.title}, {"why", finding.why}, {"remedy", finding.remedy}, {"count", finding.count},
            {"examples", finding.examples}};
        if (!finding.protocolKey.empty())
            entry["protocol"] = {{finding.protocolKey, finding.protocolValue}};
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace recoscope
