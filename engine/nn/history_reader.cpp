// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/history_reader.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <string>

#include "engine/core/error.h"
#include "engine/models/compressed_history.h"
#include "engine/nn/functional.h"
#include "engine/nn/history_state.h"
#include "engine/nn/neural_trained_model.h"
#include "engine/nn/pass_threads.h"

namespace recoscope {

using torch::Tensor;

namespace {

constexpr std::int64_t readingEventsPerPass = 16384; // bounds the memory of one pass

void requireReading(bool condition, const char* problem)
{
    if (!condition)
        throw Error(ErrorKind::Usage, problem, "read a history of at least one known item");
}

class HistoryReader : public CompressedHistory {
public:
    HistoryReader(const NeuralTrainedModel& trained, const nn::CompressedModel& compressed)
        : m_trained(trained)
        , m_model(compressed.wrapped())
        , m_compression(compressed.compression())
    {
    }

    CompressedShape shape() const override
    {
        const nn::SegmentGeometry& g = m_compression.geometry;
        CompressedShape shape{
            g.tokens, g.segment, g.recent, m_model.layerCount(), m_model.setup().parameters.at("heads")};
        shape.rowNumbers = m_model.layerCount() * widthOf(m_model.keysAndValues());
        shape.tokenNumbers = m_compression.keptLayers(m_model) * widthOf(m_compression.keptColumns(m_model));
        shape.renewed = m_compression.renews();
        return shape;
    }
    std::int64_t segmentsOf(std::int64_t events) const override { return m_compression.geometry.segmentsOf(events); }

    CompressedRows rows(std::int64_t events) const override
    {
        const std::vector<std::int64_t> offsets{0, events};
        nn::SegmentedRows rows
            = nn::segmentRows(offsets, m_compression.geometry, nn::segmentCounts(offsets, m_compression.geometry));
        for (std::int64_t row = 0; row < rows.rows(); ++row)
            if (rows.isToken(row))
                rows.token[row]
                    = static_cast<std::int32_t>(m_compression.geometry.tokenAfter(rows.event[row], rows.token[row]));
        return {std::move(rows.event), std::move(rows.token), std::move(rows.piece), m_compression.renews()};
    }

    void encode(
        const PackedView& history, std::span<const HistoryReading> readings, std::span<float> out) const override
    {
        const torch::NoGradGuard guard;
        const PackedView window = windowOf(history);
        const std::int64_t width = m_trained.linearHead()->width;
        requireReading(out.size() == readings.size() * static_cast<std::size_t>(width), "no room for the vectors");
        for (const auto& [first, last] : passes(window, readings.size())) {
            for (const bool compressed : {true, false}) {
                std::vector<std::size_t> chosen;
                for (std::size_t i = first; i < last; ++i)
                    if (readings[i].compressed == compressed)
                        chosen.push_back(i);
                if (chosen.empty())
                    continue;
                const Tensor vectors = lastVectors(batchOf(window, readings, chosen), compressed).contiguous();
                for (std::size_t i = 0; i < chosen.size(); ++i)
                    std::copy_n(vectors.const_data_ptr<float>() + static_cast<std::int64_t>(i) * width, width,
                        out.begin() + static_cast<std::int64_t>(chosen[i]) * width);
            }
        }
    }

    std::vector<float> tokenContents(const PackedView& history, std::span<const HistoryReading> readings) const override
    {
        const torch::NoGradGuard guard;
        const PackedView window = windowOf(history);
        const std::int64_t tokens = segmentsOf(window.events()) * m_compression.geometry.tokens;
        const auto count = static_cast<std::int64_t>(readings.size());
        Tensor contents = torch::zeros({count, tokens, shape().tokenNumbers});
        for (const auto& [first, last] : passes(window, readings.size())) {
            std::vector<std::size_t> chosen(last - first);
            std::iota(chosen.begin(), chosen.end(), first);
            fillContents(contents.slice(0, static_cast<std::int64_t>(first), static_cast<std::int64_t>(last)),
                batchOf(window, readings, chosen));
        }
        return {contents.const_data_ptr<float>(), contents.const_data_ptr<float>() + contents.numel()};
    }

    std::unique_ptr<UserState> newState(StatePrecision precision) const override
    {
        const std::lock_guard lock(m_mutex);
        auto& form = m_forms[precision];
        if (!form) {
            ForwardContext items;
            m_trained.lendItems(items);
            const std::shared_ptr<const AttentionModel> kept(m_trained.sharedNetwork(), &m_model);
            form = nn::makeHistoryForm(kept, m_compression, precision, items.items().vectors);
        }
        return form->newState();
    }

private:
    static std::int64_t widthOf(const std::vector<ColumnRange>& columns)
    {
        std::int64_t width = 0;
        for (const ColumnRange& range : columns)
            width += range.last - range.first;
        return width;
    }

    PackedView windowOf(const PackedView& history) const
    {
        requireReading(history.sequences() == 1 && history.events() > 0, "expected one history with an event");
        const auto length = static_cast<std::size_t>(std::min(history.events(), m_model.setup().maxLength));
        PackedView window = history;
        window.items = history.items.last(length);
        if (!history.times.empty())
            window.times = history.times.last(length);
        for (const std::int32_t item : window.items)
            requireReading(item >= 0 && item < m_model.items(), "an item of the history is outside the catalogue");
        return window;
    }

    // [first, last) of the readings that go into a pass together.
    static std::vector<std::pair<std::size_t, std::size_t>> passes(const PackedView& window, std::size_t readings)
    {
        const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, readingEventsPerPass / window.events()));
        std::vector<std::pair<std::size_t, std::size_t>> found;
        for (std::size_t first = 0; first < readings; first += most)
            found.emplace_back(first, std::min(readings, first + most));
        return found;
    }

    nn::PartialHistories batchOf(const PackedView& window, std::span<const HistoryReading> readings,
        const std::vector<std::size_t>& chosen) const
    {
        nn::PartialHistories batch;
        PackedSequences sequences;
        std::vector<std::int32_t> positions;
        for (const std::size_t index : chosen)
            batch.segments.push_back(appendReading(sequences, positions, window, readings[index]));
        batch.events = makePackedBatch(sequences.view());
        batch.events.positions = torch::tensor(positions, torch::kInt32);
        return batch;
    }

    nn::SequenceSegments appendReading(PackedSequences& out, std::vector<std::int32_t>& positions,
        const PackedView& window, const HistoryReading& reading) const
    {
        const std::int64_t length = m_compression.geometry.segment;
        const std::int64_t segments = reading.segments < 0 ? segmentsOf(window.events()) : reading.segments;
        requireReading(segments * length <= window.events(), "more segments than the history has events for");
        nn::SequenceSegments cut;
        cut.events.resize(static_cast<std::size_t>(segments), 0);
        cut.absent = reading.absentTokens;
        std::vector<std::int32_t> items;
        std::vector<std::int64_t> times;
        for (std::int64_t event = 0; event < window.events(); ++event) {
            const auto index = static_cast<std::int32_t>(event);
            if (std::binary_search(reading.absentEvents.begin(), reading.absentEvents.end(), index))
                continue;
            if (event < segments * length)
                ++cut.events[static_cast<std::size_t>(event / length)];
            items.push_back(window.items[static_cast<std::size_t>(event)]);
            positions.push_back(index);
            if (!window.times.empty())
                times.push_back(window.times[static_cast<std::size_t>(event)]);
        }
        requireReading(!items.empty(), "no event of the history is left");
        if (times.empty())
            out.append(items);
        else
            out.append(items, times, window.requestTimes.empty() ? window.times.back() : window.requestTimes.front());
        return cut;
    }

    static std::int64_t workOf(const PackedBatch& events)
    {
        std::int64_t work = 0;
        const auto offsets = events.offsetSpan();
        for (std::size_t b = 1; b < offsets.size(); ++b)
            work += (offsets[b] - offsets[b - 1]) * (offsets[b] - offsets[b - 1] + 64);
        return work;
    }

    Tensor lastVectors(const nn::PartialHistories& batch, bool compressed) const
    {
        const PassThreads threads(workOf(batch.events));
        ForwardContext context;
        m_trained.lendItems(context);
        const Tensor vectors = compressed
            ? m_compression.encodePartial(m_model, batch, nullptr, context)
            : m_model.layersAndHead(m_model.input(batch.events, context), batch.events, context);
        return vectors.index_select(0, batch.events.lastRows());
    }

    // contents [readings, tokens, tokenNumbers]
    void fillContents(const Tensor& contents, const nn::PartialHistories& batch) const
    {
        const PassThreads threads(workOf(batch.events));
        ForwardContext context;
        m_trained.lendItems(context);
        nn::TokenContents found;
        m_compression.encodePartial(m_model, batch, &found, context);
        if (!found.token.empty())
            contents.index_put_({torch::tensor(found.sequence), torch::tensor(found.token)},
                found.values.flatten(1).to(torch::kFloat32));
    }

    const NeuralTrainedModel& m_trained;
    const AttentionModel& m_model;
    const nn::HistoryCompression& m_compression;
    mutable std::mutex m_mutex;
    mutable std::map<StatePrecision, std::shared_ptr<const IncrementalForm>> m_forms;
};

} // namespace

std::unique_ptr<CompressedHistory> compressedHistory(const TrainedModel& model)
{
    const auto* trained = dynamic_cast<const NeuralTrainedModel*>(&model);
    const auto* compressed = trained ? dynamic_cast<const nn::CompressedModel*>(&trained->network()) : nullptr;
    return compressed ? std::make_unique<HistoryReader>(*trained, *compressed) : nullptr;
}

namespace nn {

void reportPieces(const AttentionView& view, ModelObserver& observer, int layer, bool rowsSumToOne,
    const std::function<Tensor(std::int64_t)>& weightsOf)
{
    const std::int64_t rows = view.places.size(0);
    const auto* offsets = view.offsets.const_data_ptr<std::int64_t>();
    const auto* sources = view.sources.const_data_ptr<std::int32_t>();
    const auto* places = view.places.const_data_ptr<std::int32_t>();
    std::vector<std::vector<float>> pictures; // by head: [rows, rows]
    std::int64_t row = 0;
    for (std::int64_t piece = 0; piece + 1 < view.offsets.size(0); ++piece) {
        const std::int64_t begin = offsets[piece], length = offsets[piece + 1] - begin;
        const Tensor weights = weightsOf(piece).to(torch::kFloat32).contiguous();
        pictures.resize(static_cast<std::size_t>(weights.size(0)));
        const std::int64_t firstRow = row;
        for (std::size_t head = 0; head < pictures.size(); ++head) {
            pictures[head].resize(static_cast<std::size_t>(rows * rows));
            const float* from = weights.const_data_ptr<float>() + static_cast<std::int64_t>(head) * length * length;
            for (row = firstRow; row < rows && places[row] < begin + length; ++row)
                for (std::int64_t key = 0; key < length; ++key)
                    pictures[head][static_cast<std::size_t>(row * rows + sources[begin + key])]
                        = from[(places[row] - begin) * length + key];
        }
    }
    for (std::size_t head = 0; head < pictures.size(); ++head)
        observer.onAttention(layer, static_cast<int>(head), rows, rows, pictures[head].data(), rowsSumToOne);
}

void reportSoftmaxAttention(const Tensor& weights, int layer, ModelObserver& observer)
{
    const Tensor shown = weights.to(torch::kFloat32).contiguous();
    const std::int64_t length = shown.size(1);
    for (int head = 0; head < static_cast<int>(shown.size(0)); ++head)
        observer.onAttention(layer, head, length, length, shown.const_data_ptr<float>() + head * length * length, true);
}

} // namespace nn

} // namespace recoscope
