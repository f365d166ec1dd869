// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Raw ids to dense indices in order of first appearance, and back. Ids that are canonical integers (as nearly all
// are) cost 12 to 28 bytes and no string; any other text is kept once. raw(indexOf(text)) == text, byte for byte.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace recoscope {

// The value of `text` when printing it gives the same text again: up to 18 digits, no sign but '-', no leading zero.
bool canonicalInteger(std::string_view text, std::int64_t& value);

class IdIndex {
public:
    static constexpr std::int64_t maxIds = 2147483647;

    // `what` ("users", "items") names the ids in the Error{Input} that more than `limit` distinct ids give.
    explicit IdIndex(std::string what, std::int64_t limit = maxIds);

    std::int32_t indexOf(std::string_view raw);
    std::int32_t indexOf(std::int64_t value)
    {
        if (static_cast<std::uint64_t>(value) < m_small.size()) {
            const std::int32_t found = m_small[static_cast<std::size_t>(value)];
            if (found >= 0)
                return found;
        }
        return indexOfSlowly(value);
    }
    // -1 when unknown.
    std::int32_t find(std::string_view raw) const;

    std::int32_t size() const { return static_cast<std::int32_t>(m_values.size()); }
    std::string raw(std::int32_t index) const;
    // Keeps the ids whose `keep` flag is set and closes the gaps, order unchanged.
    void compact(const std::vector<bool>& keep);

private:
    struct IntegerSlot {
        std::int64_t value = 0;
        std::int32_t index = -1;
    };
    struct TextSlot {
        std::uint32_t hash = 0;
        std::int32_t index = -1;
    };

    std::int32_t indexOfSlowly(std::int64_t value);
    std::int32_t indexOfText(std::string_view raw);
    std::int32_t append(std::int64_t value);
    std::size_t integerSlot(std::int64_t value) const;
    std::size_t textSlot(std::string_view raw, std::uint32_t hash) const;
    std::string_view text(std::int64_t value) const;
    void growIntegers();
    void growTexts();

    std::string m_what;
    std::int64_t m_limit;
    std::vector<std::int64_t> m_values; // [ids]; a text is textBase + its number
    std::vector<std::int32_t> m_small; // index by value, for small values; -1 = none
    std::vector<IntegerSlot> m_integers; // open addressing, power of two
    std::size_t m_integerCount = 0;
    std::vector<TextSlot> m_texts; // open addressing, power of two
    std::vector<std::uint64_t> m_textEnds;
    std::string m_textBytes;
};

} // namespace recoscope
