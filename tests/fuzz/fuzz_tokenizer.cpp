// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A tokeniser (tokenizer.json or a SentencePiece model), a line "====", and a text for it. What could be read must give
// ids that it knows, and take them back.

#include "engine/text/tokenizer.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace recoscope;
    const std::string_view input = textOf(data, size);
    constexpr std::string_view separator = "\n====\n";
    const std::size_t end = std::min(input.find(separator), size);
    const std::string_view text = input.substr(std::min(end + separator.size(), size));
    mustNotFail([&] {
        const auto tokenizer = loadTokenizer(scratchFile("tokenizer.file", data, end));
        mustNotFail([&] {
            const auto ids = tokenizer->encode(text);
            for (const std::int32_t id : ids)
                if (id < 0)
                    std::abort();
            (void)tokenizer->decode(ids);
        });
    });
    return 0;
}
