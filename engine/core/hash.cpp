// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/hash.h"

#include <span>

#include <openssl/evp.h>

#include "engine/core/error.h"
#include "engine/core/file.h"

namespace recoscope {

namespace {

std::string hexOf(std::span<const unsigned char> bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * bytes.size());
    for (const unsigned char byte : bytes) {
        hex.push_back(digits[byte >> 4]);
        hex.push_back(digits[byte & 15]);
    }
    return hex;
}

} // namespace

struct Sha256::Impl {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~Impl() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256()
    : m_impl(std::make_unique<Impl>())
{
    if (!m_impl->context || EVP_DigestInit_ex(m_impl->context, EVP_sha256(), nullptr) != 1)
        throw Error(ErrorKind::Internal, "SHA-256 is not available in this OpenSSL", "check the OpenSSL installation");
}

Sha256::~Sha256() = default;

void Sha256::update(const void* data, std::size_t bytes)
{
    if (bytes > 0 && EVP_DigestUpdate(m_impl->context, data, bytes) != 1)
        throw Error(ErrorKind::Internal, "SHA-256 failed", "check the OpenSSL installation");
}

std::string Sha256::finish()
{
    std::array<unsigned char, 32> digest{};
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(m_impl->context, digest.data(), &size) != 1 || size != digest.size())
        throw Error(ErrorKind::Internal, "SHA-256 failed", "check the OpenSSL installation");
    return hexOf(digest);
}

std::string sha256Hex(std::string_view text)
{
    Sha256 hash;
    hash.update(text.data(), text.size());
    return hash.finish();
}

std::string sha256HexOfFile(const std::filesystem::path& path)
{
    const MappedFile file(path);
    Sha256 hash;
    hash.update(file.bytes().data(), file.bytes().size());
    return hash.finish();
}

std::string md5HexOfFile(const std::filesystem::path& path)
{
    const MappedFile file(path);
    std::array<unsigned char, 16> digest{};
    unsigned int size = 0;
    if (EVP_Digest(file.bytes().data(), file.bytes().size(), digest.data(), &size, EVP_md5(), nullptr) != 1)
        throw Error(ErrorKind::Internal, "MD5 is not available in this OpenSSL", "check the OpenSSL installation");
    return hexOf(digest);
}

} // namespace recoscope
