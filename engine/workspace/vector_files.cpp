// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/workspace/vector_files.h"

#include <algorithm>
#include <map>

#include "engine/core/csv_file.h"
#include "engine/core/error.h"
#include "engine/core/npy.h"
#include "engine/core/safetensors.h"
#include "engine/data/catalogue.h"
#include "engine/inspection/embedding.h"
#include "engine/training/run_files.h"
#include "engine/workspace/bundle_file.h"

namespace recoscope {

namespace {

[[noreturn]] void failEnding(const Path& file, const std::string& known)
{
    throw Error(ErrorKind::Usage, "'" + file.string() + "' has no known ending", "end the name with " + known);
}

TensorView viewOf(const std::vector<float>& values, std::vector<std::int64_t> shape)
{
    return {TensorType::F32, std::move(shape), std::as_bytes(std::span(values))};
}

VectorFile writeVectors(const Path& file, const std::vector<float>& vectors, std::int64_t width,
    const std::vector<float>& bias, const std::vector<std::string>& ids)
{
    VectorFile written{file, Path(file).replace_extension(".ids.csv"), static_cast<std::int64_t>(ids.size()), width};
    if (file.extension() == ".npy") {
        writeNpy<float>(file, vectors, {written.rows, width});
    } else if (file.extension() == ".safetensors") {
        std::map<std::string, TensorView> tensors = {{"vectors", viewOf(vectors, {written.rows, width})}};
        if (!bias.empty())
            tensors["bias"] = viewOf(bias, {written.rows});
        writeSafetensors(file, tensors);
    } else {
        failEnding(file, ".npy or .safetensors");
    }
    CsvFile csv(written.ids);
    csv.text() += "row,id";
    csv.endLine();
    for (std::size_t row = 0; row < ids.size(); ++row) {
        appendNumber(csv.text(), row);
        csv.text() += ',';
        appendField(csv.text(), ids[row]);
        csv.endLine();
    }
    csv.commit();
    return written;
}

void addHistory(PackedSequences& histories, const PackedSequences& one)
{
    if (one.requestTimes.empty())
        histories.append(one.items, one.times);
    else
        histories.append(one.items, one.times, one.requestTimes.front());
    histories.appendFeedback(one.feedback);
    histories.appendMarks(one.marks);
}

} // namespace

VectorFile writeItemVectors(const ServingSession& session, const Path& file)
{
    const ItemVectors items = itemVectors(session.model());
    const PreparedData& data = session.data();
    const std::vector<std::string>& raw = data.dataset()->catalogue().rawItems();
    std::vector<std::string> ids;
    for (std::int32_t item = 0; item < data.items(); ++item)
        ids.push_back(raw[static_cast<std::size_t>(data.datasetItem(item))]);
    return writeVectors(file, items.vectors, items.width, items.bias, ids);
}

VectorFile writeUserVectors(
    const ServingSession& session, int hideLast, bool rawUsers, const Path& file, Progress& progress)
{
    constexpr std::int32_t atOnce = 256;
    const auto head = session.model().linearHead();
    if (!head)
        throw Error(ErrorKind::Refused, session.model().modelName() + " counts and has no vectors of users",
            "choose a run of a neural model");
    const PreparedData& data = session.data();
    const bundle::Pseudonyms pseudonyms(*data.dataset());
    const std::vector<std::string>& raw = data.dataset()->catalogue().rawUsers();
    std::vector<std::string> ids;
    std::vector<float> vectors(static_cast<std::size_t>(data.users() * head->width));
    for (std::int32_t first = 0; first < data.users(); first += atOnce) {
        progress.checkCancelled();
        progress.update(static_cast<double>(first) / data.users(), "Reading histories");
        const std::int32_t end = std::min(data.users(), first + atOnce);
        PackedSequences histories;
        for (std::int32_t user = first; user < end; ++user) {
            addHistory(histories, session.historyOf(user, hideLast));
            const std::string& id = raw[static_cast<std::size_t>(data.datasetUser(user))];
            ids.push_back(rawUsers ? id : pseudonyms.of(id));
        }
        session.model().encodeLast(histories.view(),
            std::span(vectors).subspan(
                static_cast<std::size_t>(first * head->width), static_cast<std::size_t>((end - first) * head->width)));
    }
    return writeVectors(file, vectors, head->width, {}, ids);
}

void writeWeights(const Path& runFolder, const Path& file)
{
    const Path source = servedWeightsFile(runFolder);
    if (!std::filesystem::exists(source))
        throw Error(ErrorKind::NotFound, "the run holds no weights", "choose a neural run that was validated once");
    if (file.extension() == ".safetensors") {
        writeFileAtomically(file, readFile(source));
        return;
    }
    if (file.extension() != ".npz")
        failEnding(file, ".safetensors or .npz");
    const SafetensorsFile weights(source);
    std::vector<NamedArray> arrays;
    for (const auto& [name, view] : weights.tensors())
        if (view.type == TensorType::F32)
            arrays.push_back({name, npyDescr<float>(), view.shape, {view.data.begin(), view.data.end()}});
    writeNpz(file, arrays);
}

} // namespace recoscope
