// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/fast_rows.h"
#include "engine/data/importers/layout_detection.h"
#include "tests/fuzz/harness.h"

namespace recoscope {
namespace {

DelimitedLayout layoutWith(int user, int item, int rating, int time)
{
    DelimitedLayout layout;
    layout.columns.resize(4);
    layout.user = user;
    layout.item = item;
    layout.rating = rating;
    layout.time = time;
    layout.timeUnit = TimeUnit::Seconds;
    return layout;
}

// Whatever the fast path takes, the slow one must read alike.
void compare(const std::string& text, const DelimitedLayout& layout)
{
    FastRowParser parser(layout);
    RowBatch batch;
    parser.begin(text);
    FieldSplitter splitter(",", 0);
    for (std::size_t begin = 0; !parser.atEnd();) {
        batch.size = 0;
        parser.parse(batch);
        for (std::size_t row = 0; row < batch.size; ++row) {
            const std::size_t end = text.find('\n', begin);
            std::string_view line = std::string_view(text).substr(begin, end - begin);
            if (!line.empty() && line.back() == '\r')
                line.remove_suffix(1);
            splitter.split(line);
            const auto& fields = splitter.fields();
            const auto field = [&](int column) { return fields[static_cast<std::size_t>(column)]; };
            if (fields.size() != 4 || field(layout.user) != std::to_string(batch.users[row])
                || field(layout.item) != std::to_string(batch.items[row])
                || static_cast<float>(*parseNumber(field(layout.rating))) != batch.ratings[row]
                || *parseTime(field(layout.time), TimeUnit::Seconds) != batch.times[row] * 1000)
                std::abort();
            begin = end + 1;
        }
        if (batch.size == RowBatch::capacity || parser.atEnd())
            continue;
        begin += parser.takeLine().size();
        begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
    }
}

} // namespace
} // namespace recoscope

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace recoscope;
    const std::string text(textOf(data, size));
    compare(text, layoutWith(0, 1, 2, 3)); // known to the compiler
    compare(text, layoutWith(1, 0, 3, 2)); // looked up
    return 0;
}
