// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// SHA-256 for identities that are shown or stored (dataset content, protocol, downloads); FNV-1a for tags and checksums
// inside the program.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace recoscope {

// FNV-1a with 64 bits: start from fnvStart and take in one byte or word after another.
constexpr std::uint64_t fnvStart = 0xCBF29CE484222325ull;
constexpr std::uint64_t fnvStep(std::uint64_t hash, std::uint64_t word)
{
    return (hash ^ word) * 0x100000001B3ull;
}

class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void update(const void* data, std::size_t bytes);
    // 64 lower-case hex digits; the object may not be used afterwards.
    std::string finish();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

std::string sha256Hex(std::string_view text);
std::string sha256HexOfFile(const std::filesystem::path& path);
// Only to compare with checksums that publishers give in MD5.
std::string md5HexOfFile(const std::filesystem::path& path);

} // namespace recoscope
