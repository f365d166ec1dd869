// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/vocabulary.h"

#include <algorithm>
#include <cstdio>

namespace recoscope {

void Vocabulary::add(const std::string& piece, std::int32_t id)
{
    m_ids.insert_or_assign(piece, id);
    m_pieces.insert_or_assign(id, piece);
    m_size = std::max(m_size, id + 1);
    m_longest = std::max(m_longest, piece.size());
}

std::int32_t Vocabulary::count() const
{
    return static_cast<std::int32_t>(std::max(m_ids.size(), m_pieces.size()));
}

const std::string& Vocabulary::piece(std::int32_t id) const
{
    static const std::string none;
    const auto found = m_pieces.find(id);
    return found == m_pieces.end() ? none : found->second;
}

std::string bytePiece(unsigned char byte)
{
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", byte);
    return name;
}

int byteOfPiece(std::string_view piece)
{
    if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>')
        return -1;
    int byte = 0;
    for (const char c : piece.substr(3, 2)) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'A' && c <= 'F'))
            return -1;
        byte = byte * 16 + (digit ? c - '0' : c - 'A' + 10);
    }
    return byte;
}

} // namespace recoscope
