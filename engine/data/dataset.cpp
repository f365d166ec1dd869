// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/dataset.h"

#include <system_error>

#include "engine/core/error.h"
#include "engine/core/packed.h"
#include "engine/data/catalogue.h"
#include "engine/data/dataset_format.h"

namespace recoscope {

namespace {

Error damaged(const Path& folder, const std::string& what)
{
    return Error(ErrorKind::Input, "dataset '" + folder.string() + "' is damaged: " + what, "import the source again");
}

template <class T>
std::span<const T> mapColumn(
    const Path& folder, const std::string& name, std::int64_t expected, std::vector<std::unique_ptr<NpyArray>>& arrays)
{
    arrays.push_back(std::make_unique<NpyArray>(folder / name));
    const std::span<const T> values = arrays.back()->values<T>();
    if (static_cast<std::int64_t>(values.size()) != expected)
        throw damaged(folder,
            name + " has " + std::to_string(values.size()) + " values, " + std::to_string(expected) + " expected");
    return values;
}

// Numbers of `names`, or nothing where there are no names.
std::span<const std::uint8_t> mapNames(const Path& folder, const std::string& name,
    const std::vector<std::string>& names, std::int64_t rows, std::vector<std::unique_ptr<NpyArray>>& arrays)
{
    if (names.empty())
        return {};
    const auto values = mapColumn<std::uint8_t>(folder, name, rows, arrays);
    for (std::size_t row = 0; row < values.size(); ++row) {
        if (values[row] != EventMark::unknown && values[row] >= names.size())
            throw damaged(folder,
                name + " has the number " + std::to_string(values[row]) + " at row " + std::to_string(row)
                    + ", and dataset.json " + std::to_string(names.size()) + " names");
    }
    return values;
}

void checkOffsets(const Path& folder, const InteractionView& view)
{
    const auto offsets = view.offsets;
    if (offsets.front() != 0 || offsets.back() != static_cast<std::int64_t>(view.items.size()))
        throw damaged(folder, "offsets.npy does not span all interactions");
    for (std::size_t user = 1; user < offsets.size(); ++user) {
        if (offsets[user] <= offsets[user - 1])
            throw damaged(folder, "offsets.npy does not increase at user " + std::to_string(user - 1));
    }
}

// One pass over all rows: what it lets through can be indexed with anywhere else without a check.
void checkRows(const Path& folder, const InteractionView& view, std::int64_t items)
{
    for (std::size_t user = 0; user + 1 < view.offsets.size(); ++user) {
        for (auto row = static_cast<std::size_t>(view.offsets[user]);
             row < static_cast<std::size_t>(view.offsets[user + 1]); ++row) {
            if (view.users[row] != static_cast<std::int32_t>(user))
                throw damaged(folder, "user.npy and offsets.npy disagree at row " + std::to_string(row));
            if (view.items[row] < 0 || view.items[row] >= items)
                throw damaged(folder, "item.npy names an unknown item at row " + std::to_string(row));
            if (!view.times.empty() && row > static_cast<std::size_t>(view.offsets[user])
                && view.times[row] < view.times[row - 1])
                throw damaged(folder, "time.npy is out of order at row " + std::to_string(row));
        }
    }
}

} // namespace

Dataset::~Dataset() = default;

std::shared_ptr<const Dataset> Dataset::open(const Path& folder)
{
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored))
        throw Error(ErrorKind::NotFound, "there is no dataset folder '" + folder.string() + "'", "check the name");
    const std::shared_ptr<Dataset> dataset(new Dataset);
    dataset->m_folder = folder;
    dataset->m_info = datasetInfoFromJson(readJson(folder / "dataset.json"), folder / "dataset.json");
    const DatasetInfo& info = dataset->m_info;
    if (info.users < 1 || info.items < 1 || info.interactions < 1 || info.users > info.interactions
        || info.items > info.interactions)
        throw damaged(folder, "the counts in dataset.json are impossible");
    auto& arrays = dataset->m_arrays;
    InteractionView& view = dataset->m_view;
    const std::int64_t rows = info.interactions;
    view.users = mapColumn<std::int32_t>(folder, "interactions/user.npy", rows, arrays);
    view.items = mapColumn<std::int32_t>(folder, "interactions/item.npy", rows, arrays);
    if (info.hasTimes)
        view.times = mapColumn<std::int64_t>(folder, "interactions/time.npy", rows, arrays);
    if (info.hasFeedback)
        view.feedback = mapColumn<float>(folder, "interactions/feedback.npy", rows, arrays);
    view.surfaces = mapNames(folder, "interactions/surface.npy", info.surfaces, rows, arrays);
    view.kinds = mapNames(folder, "interactions/kind.npy", info.kinds, rows, arrays);
    view.order = mapColumn<std::int64_t>(folder, "interactions/order.npy", rows, arrays);
    view.offsets = mapColumn<std::int64_t>(folder, "offsets.npy", info.users + 1, arrays);
    checkOffsets(folder, view);
    checkRows(folder, view, info.items);
    dataset->m_catalogue = std::make_unique<Catalogue>(folder / "catalogue.sqlite");
    if (dataset->m_catalogue->itemCount() != info.items || dataset->m_catalogue->userCount() != info.users)
        throw damaged(folder, "catalogue.sqlite does not hold the items and users of dataset.json");
    return dataset;
}

} // namespace recoscope
