// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Weights of a public code base as a run of the workspace.
#include <charconv>
#include <system_error>
#include <unordered_map>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/data/catalogue.h"
#include "engine/data/importers/line_reader.h"
#include "engine/training/adopted_weights.h"
#include "engine/training/run_files.h"
#include "engine/workspace/workspace.h"

namespace recoscope {

namespace {

// Row of their table of each raw id, or 0: line k of the list, or without a list the id's own number.
class ForeignItems {
public:
    explicit ForeignItems(const Path& list)
        : m_fromList(!list.empty())
    {
        if (!m_fromList)
            return;
        LineReader reader(openByteSource(list));
        for (std::string_view line; reader.next(line);)
            if (!m_rows.emplace(line, reader.lineNumber()).second)
                throw Error(ErrorKind::Input,
                    list.string() + ":" + std::to_string(reader.lineNumber()) + ": '" + std::string(line)
                        + "' stands there twice",
                    "give each item one line");
    }

    std::int64_t rowOf(const std::string& raw) const
    {
        if (m_fromList) {
            const auto found = m_rows.find(raw);
            return found == m_rows.end() ? 0 : found->second;
        }
        std::int64_t number = 0;
        const char* end = raw.data() + raw.size();
        const auto [read, error] = std::from_chars(raw.data(), end, number);
        return error == std::errc() && read == end ? number : 0;
    }

private:
    const bool m_fromList;
    std::unordered_map<std::string, std::int64_t> m_rows;
};

std::vector<std::int64_t> rowsOf(const ForeignWeights& weights, const PreparedData& data, const Path& list)
{
    if (weights.items == 0)
        return {};
    const ForeignItems items(list);
    const std::vector<std::string>& raw = data.dataset()->catalogue().rawItems();
    std::vector<std::int64_t> rows;
    for (std::int32_t item = 0; item < data.items(); ++item) {
        const std::string& id = raw[static_cast<std::size_t>(data.datasetItem(item))];
        rows.push_back(items.rowOf(id));
        if (rows.back() < 1 || rows.back() > weights.items)
            throw Error(ErrorKind::Input,
                "item '" + id + "' has no row in " + weights.file.string() + ", whose items are 1 to "
                    + std::to_string(weights.items),
                list.empty() ? "give a file with their items' raw ids, one a line in their order (--items FILE)"
                             : "import the data that the checkpoint was trained on, under the same filter");
    }
    return rows;
}

void requireLength(const ForeignWeights& weights, const Protocol& protocol)
{
    if (weights.maxLength != 0 && weights.maxLength != protocol.maxLength)
        throw Error(ErrorKind::Usage,
            weights.file.string() + " knows histories of " + std::to_string(weights.maxLength) + " events, and the "
                + "protocol's max_length is " + std::to_string(protocol.maxLength),
            "set max_length to " + std::to_string(weights.maxLength));
}

// A file that goes unless it was moved away.
struct ScratchFile {
    Path path;
    ~ScratchFile()
    {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
    }
};

} // namespace

RunRecord Workspace::adopt(const Adoption& adoption, Progress& progress)
{
    openDataset(adoption.dataset); // a name that does not exist is told first
    const ForeignWeights weights = readForeignWeights(adoption.weights, adoption.model, adoption.settings);
    requireLength(weights, adoption.protocol);
    const auto data = prepareData(adoption.dataset, adoption.protocol, progress);
    NewRun request;
    request.dataset = adoption.dataset;
    request.protocol = adoption.protocol;
    request.model = weights.model;
    request.parameters = weights.parameters;
    request.name = adoption.name.empty() ? weights.source + " " + adoption.weights.filename().string() : adoption.name;
    request.tags = adoption.tags;
    request.adopted = {{"items_left_out", weights.items > 0 ? weights.items - data->items() : 0},
        {"file", adoption.weights.filename().string()}, {"sha256", sha256HexOfFile(adoption.weights)},
        {"source", weights.source}};
    const std::string hash = request.adopted.at("sha256");
    const ScratchFile scratch{m_folder / "runs" / ("adopting-" + hash.substr(0, 16) + ".safetensors")};
    std::error_code code;
    std::filesystem::create_directories(scratch.path.parent_path(), code);
    adoptWeights(weights, *data, rowsOf(weights, *data, adoption.items), request.seed, scratch.path);
    const RunId id = createRun(request);
    try {
        std::filesystem::create_directories(runFolder(id), code);
        if (!code)
            std::filesystem::rename(scratch.path, weightsFile(runFolder(id)), code);
        if (code)
            throw Error(ErrorKind::Resource, "cannot write to '" + runFolder(id).string() + "': " + code.message(),
                "give this user access to the workspace folder");
        TrainControl control;
        return execute(id, control, {}, progress);
    } catch (const Error&) {
        removeUnbegun(id); // where it failed: nothing was trained, so there is nothing to keep
        throw;
    }
}

} // namespace recoscope
