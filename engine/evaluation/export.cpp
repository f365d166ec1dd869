// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <charconv>
#include <string_view>

#include "engine/core/error.h"
#include "engine/core/file.h"
#include "engine/data/catalogue.h"
#include "engine/evaluation/ranking.h"

namespace recoscope {

namespace {

// RFC 4180: quoted only where it must be, so that plain ids stay exactly as they were.
void appendField(std::string& line, std::string_view text)
{
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        line += text;
        return;
    }
    line += '"';
    for (char c : text) {
        if (c == '"')
            line += '"';
        line += c;
    }
    line += '"';
}

// Shortest text that reads back as the same number.
template <class Number> void appendNumber(std::string& line, Number value)
{
    char buffer[64];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    line.append(buffer, error == std::errc() ? end : buffer);
}

// Lines gathered into large writes.
class CsvFile {
public:
    explicit CsvFile(const Path& path)
        : m_file(path)
    {
    }
    std::string& text() { return m_text; }
    void endLine()
    {
        m_text += '\n';
        if (m_text.size() >= largeWrite)
            flush();
    }
    void commit()
    {
        flush();
        m_file.commit();
    }

private:
    static constexpr std::size_t largeWrite = 1 << 20;
    void flush()
    {
        m_file.write(m_text);
        m_text.clear();
    }
    AtomicFile m_file;
    std::string m_text;
};

class RawIds {
public:
    explicit RawIds(const PreparedData& data)
        : m_data(data)
        , m_users(data.dataset()->catalogue().rawUsers())
        , m_items(data.dataset()->catalogue().rawItems())
    {
    }
    const std::string& user(std::int32_t user) const { return m_users[std::size_t(m_data.datasetUser(user))]; }
    const std::string& item(std::int32_t item) const { return m_items[std::size_t(m_data.datasetItem(item))]; }

private:
    const PreparedData& m_data;
    const std::vector<std::string>& m_users;
    const std::vector<std::string>& m_items;
};

} // namespace

void exportTopK(const RankingResult& result, const PreparedData& data, std::int64_t depth, const Path& file)
{
    if (depth < 1 || depth > result.depth)
        throw Error(ErrorKind::Usage,
            "lists of " + std::to_string(depth) + " items were asked for, " + std::to_string(result.depth)
                + " were kept",
            "rank with a larger depth");
    const RawIds raw(data);
    CsvFile out(file);
    out.text() += "user,item,rank,score";
    out.endLine();
    for (std::size_t u = 0; u < result.users.size(); ++u) {
        const std::size_t row = u * static_cast<std::size_t>(result.depth);
        for (std::size_t j = 0; j < static_cast<std::size_t>(depth) && result.topItems[row + j] >= 0; ++j) {
            appendField(out.text(), raw.user(result.users[u].user));
            out.text() += ',';
            appendField(out.text(), raw.item(result.topItems[row + j]));
            out.text() += ',';
            appendNumber(out.text(), j + 1);
            out.text() += ',';
            appendNumber(out.text(), result.topScores[row + j]);
            out.endLine();
        }
    }
    out.commit();
}

void exportUsers(const RankingResult& result, const PreparedData& data, const Path& file)
{
    const RawIds raw(data);
    const std::size_t columns = result.userMetricNames.size();
    CsvFile out(file);
    out.text() += "user,target,rank";
    for (const std::string& name : result.userMetricNames)
        out.text() += "," + name;
    out.endLine();
    for (std::size_t u = 0; u < result.users.size(); ++u) {
        appendField(out.text(), raw.user(result.users[u].user));
        out.text() += ',';
        appendField(out.text(), raw.item(result.users[u].target));
        out.text() += ',';
        appendNumber(out.text(), result.users[u].rank);
        for (std::size_t c = 0; c < columns; ++c) {
            out.text() += ',';
            appendNumber(out.text(), result.userMetrics[u * columns + c]);
        }
        out.endLine();
    }
    out.commit();
}

} // namespace recoscope
