// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Finds out how a delimited table of interactions is laid out, from its beginning and from what the user has fixed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/data/importers/delimited_text.h"
#include "engine/data/importers/importer.h"

namespace recoscope {

struct LayoutGuess {
    DelimitedLayout layout; // user and item may be missing (-1): see requireRoles
    std::vector<std::vector<std::string>> rows; // up to 50, header excluded
    std::vector<std::string> warnings;
};

// `head` is the undecoded beginning of the file `name`. What `options` leaves open is detected; "none" for a role keeps
// it open. `names`, if there are as many as columns, replace the numbers of a table without a header. Error{Input}
// naming the file, the line and what was expected: empty, one column only, a named column missing or there twice.
LayoutGuess detectLayout(const std::string& head, const std::string& name, const ImportOptions& options,
    const std::vector<std::string>& names = {});

// Error{Input} when the layout of the file `name` has no column for the user or the item, or one for both.
void requireRoles(const DelimitedLayout& layout, const std::string& name);

// The lines of a head, without a cut last one; decoded.
std::vector<std::string> headLines(const std::string& head, TextEncoding encoding, std::size_t most = 200);
// The delimiter that splits the lines most evenly; "" when none does.
std::string detectDelimiter(const std::vector<std::string>& lines, char quote);
// `options` with everything that the layout says.
ImportOptions optionsOf(const DelimitedLayout& layout, ImportOptions options);
std::vector<ColumnPreview> columnPreviews(const LayoutGuess& guess);

} // namespace recoscope
