// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Runs the text cases of tests/cases/split (format: its README.md).

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "interaction_table.h"

namespace recoscope {
namespace {

const std::filesystem::path caseFolder = RECOSCOPE_SOURCE_DIR "/tests/cases/split";

struct SplitCase {
    testing::InteractionTable table;
    Protocol protocol = testing::plainProtocol();
    std::multiset<std::string> expected;
    std::vector<std::string> errorWords; // empty = must succeed
};

void readRow(std::istringstream& words, SplitCase& result)
{
    std::string user, item, time, rating;
    words >> user >> item >> time >> rating;
    if (!rating.empty())
        result.table.add(user, item, std::stoll(time), std::stof(rating));
    else if (!time.empty())
        result.table.add(user, item, std::stoll(time));
    else
        result.table.add(user, item);
}

SplitCase readCase(const std::filesystem::path& file)
{
    SplitCase result;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
        std::istringstream words(line);
        std::string kind, word;
        words >> kind;
        if (kind == "row") {
            readRow(words, result);
        } else if (kind == "expect") {
            result.expected.insert(line.substr(7));
        } else if (kind == "protocol") {
            while (words >> word)
                result.protocol.set(word.substr(0, word.find('=')), word.substr(word.find('=') + 1));
        } else if (kind == "error") {
            while (words >> word)
                result.errorWords.push_back(word);
        } else if (!kind.empty() && kind[0] != '#') {
            ADD_FAILURE() << file << ": " << line;
        }
    }
    return result;
}

std::multiset<std::string> describe(const PreparedData& data, const testing::InteractionTable& table)
{
    const auto text = [&](std::span<const std::int32_t> items) {
        std::string joined;
        for (const std::int32_t item : items)
            joined += " " + table.rawItems()[data.datasetItem(item)];
        return joined;
    };
    std::multiset<std::string> lines;
    for (std::int32_t user = 0; user < data.users(); ++user) {
        const std::string name = table.rawUsers()[data.datasetUser(user)];
        if (data.trainLength(user) > 0)
            lines.insert(name + " train" + text(data.sequences().sequence(user).first(data.trainLength(user))));
    }
    for (const SplitPart part : {SplitPart::Valid, SplitPart::Test}) {
        for (const std::int32_t user : data.evaluatedUsers(part)) {
            const EvaluationCase c = data.evaluationCase(part, user);
            lines.insert(table.rawUsers()[data.datasetUser(user)] + " " + splitPartName(part) + text(c.history) + " ->"
                + text(c.targets));
        }
    }
    return lines;
}

void runCase(SplitCase& c)
{
    try {
        const auto data = c.table.prepare(c.protocol);
        ASSERT_TRUE(c.errorWords.empty()) << "an error was expected";
        EXPECT_EQ(describe(*data, c.table), c.expected);
    } catch (const Error& error) {
        ASSERT_FALSE(c.errorWords.empty()) << error.message();
        const std::string all = std::string(errorKindName(error.kind())) + " " + error.message() + " " + error.hint();
        for (const std::string& word : c.errorWords)
            EXPECT_NE(all.find(word), std::string::npos) << "'" << word << "' is not in: " << all;
    }
}

TEST(PrepareCases, everyTextCaseComesOut)
{
    int cases = 0;
    for (const auto& entry : std::filesystem::directory_iterator(caseFolder)) {
        if (entry.path().extension() != ".case")
            continue;
        SCOPED_TRACE(entry.path().filename().string());
        SplitCase c = readCase(entry.path());
        ASSERT_FALSE(c.expected.empty() && c.errorWords.empty()) << "the case expects nothing";
        runCase(c);
        ++cases;
    }
    EXPECT_GE(cases, 20);
}

} // namespace
} // namespace recoscope
