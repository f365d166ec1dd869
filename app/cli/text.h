// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Plain text for people: aligned tables and numbers. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace recoscope::cli {

// Columns padded to equal width, columns of numbers flushed right; a head of empty texts is not shown. UTF-8 aware.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> head);
    void add(std::vector<std::string> row);
    std::string text() const;

private:
    std::vector<std::vector<std::string>> m_rows;
};

std::string fixed(double value, int decimals);
std::string signedFixed(double value, int decimals);
std::string probability(double p); // "0.031", "< 0.0001"
std::string bytesText(double bytes); // "1.2 GB"
std::vector<std::string> splitList(const std::string& text, char separator = ','); // without empty parts
// Whole numbers from 1; Error{Usage} naming `option`.
std::vector<std::int64_t> splitNumbers(const std::string& text, const std::string& option);

} // namespace recoscope::cli
