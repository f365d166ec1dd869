// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Vectors of a catalogue's titles, computed once for each version of a text encoder. A version has one file,
// `<folder>/<first 16 digits>.safetensors`: `vectors` [n, D] float32 and `texts` [n, 64] the SHA-256 of each text as
// hex. Texts that it holds are never encoded again, whichever dataset or row they stand in; the file is replaced whole.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/progress.h"
#include "engine/data/catalogue.h"
#include "engine/models/text_encoder.h"

namespace recoscope {

struct TextVectors {
    std::int64_t rows = 0, width = 0;
    std::int64_t encoded = 0; // texts that had to be encoded now, each counted once
    std::vector<float> values; // [rows, width]
};

// Rows in the order of `texts`. A damaged file is made anew. When the work is cancelled, what is done so far is kept
// and Error{Cancelled} goes on.
TextVectors textVectors(
    std::span<const std::string> texts, const TextEncoder& encoder, const Path& folder, Progress& progress);

class Workspace;

// The vectors of a dataset's titles, as `encode` and the window make them. `out` (or empty) is a .npy to write, rows in
// the order of the catalogue. Errors as openDataset(), openTextEncoder() and catalogueTitles().
struct EncodedTitles {
    std::string encoder, version; // TextEncoder's
    TextVectors vectors;
};
EncodedTitles encodeTitles(Workspace& workspace, const std::string& dataset, const Path& encoder,
    const TextEncoderSettings& settings, const Path& out, Progress& progress);

// The titles of all items, in index order; an item without one has an empty text. Error{Input} for a catalogue without
// any title.
std::vector<std::string> catalogueTitles(const Catalogue& catalogue);

} // namespace recoscope
