// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Text in, UTF-8 out. Everything behind readText() is UTF-8 without a byte order mark.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/data/importers/byte_source.h"

namespace recoscope {

enum class TextEncoding { Utf8, Utf16Le, Utf16Be, Latin1 };
const char* textEncodingName(TextEncoding encoding); // "utf-8", "utf-16le", "utf-16be", "latin-1"
// Error{Usage} with the accepted names.
TextEncoding parseTextEncoding(const std::string& name);

bool isUtf8(std::string_view text);
std::string latin1ToUtf8(std::string_view text);
// From a byte order mark, from zero bytes, or from whether `head` is valid UTF-8 (a cut last character is forgiven).
TextEncoding detectEncoding(std::string_view head);

// Converts as it reads and drops a byte order mark. A wrong UTF-16 surrogate becomes U+FFFD.
std::unique_ptr<ByteSource> readText(std::unique_ptr<ByteSource> source, TextEncoding encoding);

} // namespace recoscope
