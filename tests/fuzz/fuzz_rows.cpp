// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/fast_rows.h"
#include "engine/data/importers/layout_detection.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace recoscope;
    // Whatever the fast path takes, the slow one must read alike.
    const std::string text(textOf(data, size));
    DelimitedLayout layout;
    layout.columns = {"user", "item", "rating", "time"};
    layout.user = 0;
    layout.item = 1;
    layout.rating = 2;
    layout.time = 3;
    layout.timeUnit = TimeUnit::Seconds;
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
            if (fields.size() != 4 || fields[0] != std::to_string(batch.users[row])
                || fields[1] != std::to_string(batch.items[row])
                || static_cast<float>(*parseNumber(fields[2])) != batch.ratings[row]
                || *parseTime(fields[3], TimeUnit::Seconds) != batch.times[row] * 1000)
                std::abort();
            begin = end + 1;
        }
        if (batch.size == RowBatch::capacity || parser.atEnd())
            continue;
        begin += parser.takeLine().size();
        begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
    }
    return 0;
}
