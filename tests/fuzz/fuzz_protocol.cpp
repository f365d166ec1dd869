// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/protocol.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace recoscope;
    // As JSON, and line by line as on the command line; what is accepted must read back as itself.
    const std::string text(textOf(data, size));
    const auto readsBack = [](const Protocol& protocol) {
        if (!(Protocol::fromJson(protocol.toJson()) == protocol))
            std::abort();
    };
    mustNotFail([&] { readsBack(Protocol::fromJson(parseJson(text, "protocol"))); });
    mustNotFail([&] {
        Protocol protocol;
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            const std::string line = text.substr(begin, end - begin);
            const std::size_t equals = std::min(line.find('='), line.size());
            protocol.set(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
            begin = end + 1;
        }
        readsBack(protocol);
    });
    return 0;
}
