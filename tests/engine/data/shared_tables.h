// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Public datasets of the shared folder as tables, read by a few lines of their own, so that a test of filters does not
// depend on the importers. Absent folder: sharedFolder() is empty and the test skips.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <zlib.h>

#include "interaction_table.h"

namespace recoscope::testing {

inline std::filesystem::path sharedFolder()
{
    const char* chosen = std::getenv("RECOSCOPE_SHARED");
    const std::filesystem::path folder = chosen ? chosen : RECOSCOPE_SOURCE_DIR "/../shared";
    return std::filesystem::exists(folder / "parity" / "dataset_counts") ? folder : std::filesystem::path();
}

// Lines of a plain or gzip file.
inline void forEachLine(const std::filesystem::path& file, const std::function<void(const std::string&)>& use)
{
    gzFile stream = gzopen(file.c_str(), "rb");
    if (!stream)
        throw std::runtime_error("cannot open " + file.string());
    std::string line;
    std::vector<char> buffer(1 << 16);
    while (gzgets(stream, buffer.data(), static_cast<int>(buffer.size()))) {
        line += buffer.data();
        if (line.back() != '\n')
            continue;
        line.pop_back();
        use(line);
        line.clear();
    }
    gzclose(stream);
    if (!line.empty())
        use(line);
}

inline std::vector<std::string> fields(const std::string& line, const std::string& separator)
{
    std::vector<std::string> result;
    for (std::size_t begin = 0;;) {
        const std::size_t end = line.find(separator, begin);
        result.push_back(line.substr(begin, end - begin));
        if (end == std::string::npos)
            return result;
        begin = end + separator.size();
    }
}

// "user SEP item SEP rating SEP seconds", after `skip` header lines.
inline InteractionTable readRatings(const std::filesystem::path& file, const std::string& separator, int skip = 0)
{
    InteractionTable table;
    forEachLine(file, [&](const std::string& line) {
        if (skip-- > 0)
            return;
        const auto values = fields(line, separator);
        table.add(values[0], values[1], std::stoll(values[3]), std::stof(values[2]));
    });
    return table;
}

// "user item item ..." a line.
inline InteractionTable readSequences(const std::filesystem::path& file)
{
    InteractionTable table;
    forEachLine(file, [&](const std::string& line) {
        std::istringstream words(line);
        std::string user, item;
        for (words >> user; words >> item;)
            table.add(user, item);
    });
    return table;
}

// The text after `"name": ` up to the next comma or brace, without quotes.
inline std::string jsonField(const std::string& line, const std::string& name)
{
    const std::size_t begin = line.find("\"" + name + "\": ") + name.size() + 4;
    std::string value = line.substr(begin, line.find_first_of(",}", begin) - begin);
    std::erase(value, '"');
    return value;
}

inline InteractionTable readAmazonReviews(const std::filesystem::path& file)
{
    InteractionTable table;
    forEachLine(file, [&](const std::string& line) {
        table.add(
            jsonField(line, "reviewerID"), jsonField(line, "asin"), std::stoll(jsonField(line, "unixReviewTime")));
    });
    return table;
}

inline InteractionTable readDistinctPairs(const std::filesystem::path& file)
{
    InteractionTable table;
    std::set<std::pair<std::string, std::string>> known;
    bool header = true;
    forEachLine(file, [&](const std::string& line) {
        const auto values = fields(line, "\t");
        if (!std::exchange(header, false) && known.insert({values[0], values[1]}).second)
            table.add(values[0], values[1]);
    });
    return table;
}

} // namespace recoscope::testing
