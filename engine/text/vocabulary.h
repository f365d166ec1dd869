// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Pieces and their ids, both ways. Immutable once filled; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace recoscope {

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

template <class Value> using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

class Vocabulary {
public:
    // A piece or an id that is there already gets the new partner.
    void add(const std::string& piece, std::int32_t id);

    std::int32_t idOf(std::string_view piece) const // -1 when there is none
    {
        if (piece.size() > m_longest)
            return -1;
        const auto found = m_ids.find(piece);
        return found == m_ids.end() ? -1 : found->second;
    }
    const std::string& piece(std::int32_t id) const; // empty when there is none
    std::int32_t size() const { return m_size; } // largest id + 1
    std::int32_t count() const; // of entries: less than size() where ids are left out
    std::size_t longest() const { return m_longest; } // bytes of the longest piece
    const StringMap<std::int32_t>& ids() const { return m_ids; }

private:
    StringMap<std::int32_t> m_ids;
    std::unordered_map<std::int32_t, std::string> m_pieces;
    std::int32_t m_size = 0;
    std::size_t m_longest = 0;
};

// The name of a byte as a piece: "<0x0A>".
std::string bytePiece(unsigned char byte);
// The byte that such a name means, or -1.
int byteOfPiece(std::string_view piece);

} // namespace recoscope
