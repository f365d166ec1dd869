// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/workspace/text_vectors.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/core/npy.h"
#include "engine/core/safetensors.h"
#include "engine/workspace/workspace.h"

namespace recoscope {

namespace {

constexpr std::size_t hashDigits = 64;
constexpr std::size_t encodedAtOnce = 8192; // texts; what a cancelled work may lose
constexpr std::uint64_t mostBytes = std::uint64_t(4) << 30; // of a file; beyond it, texts that nobody asked for go

// The file of one encoder version, in memory.
class Stock {
public:
    Stock(const TextEncoder& encoder, const Path& folder)
        : m_encoder(encoder)
        , m_folder(folder)
        , m_file(folder / (encoder.version().substr(0, 16) + ".safetensors"))
    {
        try {
            if (std::filesystem::exists(m_file))
                read();
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::Input)
                throw;
            m_rows.clear();
            m_vectors.clear();
        }
    }

    bool has(const std::string& hash) const { return m_rows.contains(hash); }
    std::span<const float> vector(const std::string& hash) const
    {
        return std::span(m_vectors).subspan(m_rows.at(hash) * width(), width());
    }
    void add(const std::string& hash, std::span<const float> vector)
    {
        m_rows.emplace(hash, m_vectors.size() / width());
        m_vectors.insert(m_vectors.end(), vector.begin(), vector.end());
    }

    // `asked`: texts that stay when there is not room for all.
    void write(const std::vector<std::string>& asked) const
    {
        std::error_code code;
        std::filesystem::create_directories(m_folder, code);
        if (code)
            throw Error(ErrorKind::Resource, "cannot create '" + m_folder.string() + "': " + code.message(),
                "choose a folder that this user may write to");
        const bool all = m_rows.size() * (width() * sizeof(float) + hashDigits) <= mostBytes;
        std::string hashes;
        std::vector<float> vectors;
        for (const auto& [hash, row] : m_rows) {
            if (!all && !std::binary_search(asked.begin(), asked.end(), hash))
                continue;
            hashes += hash;
            const auto values = vector(hash);
            vectors.insert(vectors.end(), values.begin(), values.end());
        }
        const auto rows = static_cast<std::int64_t>(hashes.size() / hashDigits);
        writeSafetensors(m_file,
            {{"vectors", {TensorType::F32, {rows, m_encoder.width()}, std::as_bytes(std::span(vectors))}},
                {"texts", {TensorType::U8, {rows, hashDigits}, std::as_bytes(std::span(hashes))}}},
            {{"format", "recoscope-text-vectors-1"}, {"encoder", m_encoder.description()},
                {"version", m_encoder.version()}});
    }

private:
    std::size_t width() const { return static_cast<std::size_t>(m_encoder.width()); }

    void read()
    {
        const SafetensorsFile file(m_file);
        const auto version = file.metadata().find("version");
        const TensorView &texts = file.at("texts"), &vectors = file.at("vectors");
        const bool fits = version != file.metadata().end() && version->second == m_encoder.version()
            && texts.type == TensorType::U8 && texts.shape.size() == 2 && texts.shape[1] == hashDigits
            && vectors.shape == std::vector<std::int64_t>{texts.shape[0], m_encoder.width()};
        if (!fits)
            throw Error(ErrorKind::Input, m_file.string() + " is of another encoder", "delete the file");
        m_vectors = vectors.toFloat();
        const char* digits = reinterpret_cast<const char*>(texts.data.data());
        for (std::size_t row = 0; row < static_cast<std::size_t>(texts.shape[0]); ++row)
            m_rows.emplace(std::string(digits + row * hashDigits, hashDigits), row);
    }

    const TextEncoder& m_encoder;
    Path m_folder, m_file;
    std::map<std::string, std::size_t> m_rows; // by hash, in the order of the file
    std::vector<float> m_vectors;
};

void requireNumbers(std::span<const float> vector, const std::string& text)
{
    for (const float value : vector)
        if (!std::isfinite(value))
            throw Error(ErrorKind::Input, "the encoder's vector of the title \"" + text + "\" is not finite",
                "its weights hold NaN, or numbers too large for float32: take them as they were published");
}

// Adds the vectors of `missing` texts part by part.
void encodeMissing(std::span<const std::string> texts, const std::vector<std::string>& hashes,
    const std::vector<std::size_t>& missing, const TextEncoder& encoder, Stock& stock, Progress& progress)
{
    const auto width = static_cast<std::size_t>(encoder.width());
    for (std::size_t begin = 0; begin < missing.size(); begin += encodedAtOnce) {
        const std::size_t count = std::min(encodedAtOnce, missing.size() - begin);
        std::vector<std::string> part;
        for (std::size_t i = begin; i < begin + count; ++i)
            part.push_back(texts[missing[i]]);
        Progress* inside = nullptr;
        Progress partly([&](const ProgressReport& report) {
            const double done = static_cast<double>(begin) + report.fraction * static_cast<double>(count);
            progress.update(done / static_cast<double>(missing.size()),
                "Encoding titles · " + std::to_string(static_cast<std::int64_t>(done)) + " / "
                    + std::to_string(missing.size()));
            if (progress.cancelRequested())
                inside->requestCancel();
        });
        inside = &partly;
        progress.checkCancelled();
        const std::vector<float> vectors = encoder.encode(part, partly);
        for (std::size_t i = 0; i < count; ++i) {
            const auto vector = std::span(vectors).subspan(i * width, width);
            requireNumbers(vector, part[i]);
            stock.add(hashes[missing[begin + i]], vector);
        }
    }
}

} // namespace

TextVectors textVectors(
    std::span<const std::string> texts, const TextEncoder& encoder, const Path& folder, Progress& progress)
{
    Stock stock(encoder, folder);
    std::vector<std::string> hashes;
    for (const std::string& text : texts)
        hashes.push_back(sha256Hex(text));
    std::vector<std::string> asked = hashes;
    std::sort(asked.begin(), asked.end());
    std::vector<std::size_t> missing;
    std::set<std::string> met;
    for (std::size_t i = 0; i < hashes.size(); ++i)
        if (!stock.has(hashes[i]) && met.insert(hashes[i]).second)
            missing.push_back(i);
    if (!missing.empty()) {
        try {
            encodeMissing(texts, hashes, missing, encoder, stock, progress);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Cancelled)
                stock.write(asked);
            throw;
        }
        stock.write(asked);
    }
    TextVectors result;
    result.rows = std::ssize(texts);
    result.width = encoder.width();
    result.encoded = std::ssize(missing);
    for (const std::string& hash : hashes) {
        const auto vector = stock.vector(hash);
        result.values.insert(result.values.end(), vector.begin(), vector.end());
    }
    return result;
}

EncodedTitles encodeTitles(Workspace& workspace, const std::string& dataset, const Path& encoder,
    const TextEncoderSettings& settings, const Path& out, Progress& progress)
{
    if (const Path folder = out.parent_path(); !folder.empty() && !std::filesystem::is_directory(folder))
        throw Error(ErrorKind::Resource, "there is no folder '" + folder.string() + "' for the vectors",
            "make it first, or name another file");
    const std::vector<std::string> titles = catalogueTitles(workspace.openDataset(dataset)->catalogue());
    const auto opened = openTextEncoder(encoder, settings);
    EncodedTitles result{opened->description(), opened->version(),
        textVectors(titles, *opened, workspace.folder() / "text_vectors", progress)};
    if (!out.empty())
        writeNpy<float>(out, result.vectors.values, {result.vectors.rows, result.vectors.width});
    return result;
}

std::vector<std::string> catalogueTitles(const Catalogue& catalogue)
{
    if (!catalogue.hasTitles())
        throw Error(ErrorKind::Input, "the catalogue has no titles, which a text model reads",
            "import the dataset with a file of items that has a title column (--items)");
    std::vector<std::int32_t> indices(static_cast<std::size_t>(catalogue.itemCount()));
    std::iota(indices.begin(), indices.end(), 0);
    std::vector<std::string> titles;
    for (const ItemRecord& item : catalogue.items(indices))
        titles.push_back(item.title);
    return titles;
}

} // namespace recoscope
