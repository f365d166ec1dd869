// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/history_state.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/nn/pass_threads.h"
#include "engine/nn/user_state_base.h"

namespace recoscope::nn {

using torch::Tensor;

namespace {

class HistoryForm : public IncrementalForm {
public:
    HistoryForm(std::shared_ptr<const AttentionModel> network, const HistoryCompression& itsCompression,
        StatePrecision itsPrecision, const Tensor& readItems)
        : model(std::move(network))
        , compression(itsCompression)
        , precision(itsPrecision)
        , tag(tagOf(*model))
        , vectorWidth((readItems.defined() ? readItems : model->itemTable()).size(1))
        , m_items(readItems)
    {
    }

    void lendItems(ForwardContext& context) const
    {
        if (m_items.defined())
            context.setItems(m_items);
    }

    std::unique_ptr<UserState> newState() const override;

    const std::shared_ptr<const AttentionModel> model;
    const HistoryCompression& compression;
    const StatePrecision precision;
    const std::uint64_t tag; // of all weights: a memory is no use to any others
    const std::int64_t vectorWidth;

private:
    static std::uint64_t tagOf(const AttentionModel& model)
    {
        const auto& entries = model.parameters().entries();
        std::vector<float> all;
        for (const Parameters::Entry& entry : entries) {
            const std::vector<float> values = copyFloats(entry.value);
            all.insert(all.end(), values.begin(), values.end());
        }
        return weightTag(all.data(), static_cast<std::int64_t>(all.size()));
    }

    const Tensor m_items;
};

// 64-bit words as pairs of floats of the same bits.
void putWord(std::vector<float>& out, std::int64_t value)
{
    const auto bits = static_cast<std::uint64_t>(value);
    out.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    out.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits >> 32)));
}

std::int64_t takeWord(const float*& from)
{
    const auto low = std::bit_cast<std::uint32_t>(*from++);
    return static_cast<std::int64_t>(low | static_cast<std::uint64_t>(std::bit_cast<std::uint32_t>(*from++)) << 32);
}

std::size_t floatsFor(const Tensor& t)
{
    return (t.nbytes() + sizeof(float) - 1) / sizeof(float);
}

// The tensor's bytes, filled up to whole floats.
void putBytes(std::vector<float>& out, const Tensor& t)
{
    const Tensor values = t.contiguous();
    out.resize(out.size() + floatsFor(values), 0.0f);
    std::memcpy(
        &*(out.end() - static_cast<std::ptrdiff_t>(floatsFor(values))), values.const_data_ptr(), values.nbytes());
}

class HistoryState : public UserStateBase {
public:
    explicit HistoryState(std::shared_ptr<const HistoryForm> form)
        : UserStateBase(form->tag, form->model->items())
        , m_form(std::move(form))
    {
    }

    std::int64_t bytes() const override
    {
        return m_memory.bytes()
            + static_cast<std::int64_t>(m_items.size() * sizeof(std::int32_t) + m_times.size() * sizeof(std::int64_t));
    }

    bool isCompressed() const override { return true; }

    void userVector(std::span<float> out) const override
    {
        const torch::NoGradGuard guard;
        if (m_vector.empty())
            m_vector = vectorNow();
        std::copy(m_vector.begin(), m_vector.end(), out.begin());
    }

    // All at once: of events that later ones push out of the window nothing is compressed.
    void appendSequence(const PackedView& events, std::int64_t b) override
    {
        holdEach(events, b, [this](std::int32_t item, std::int64_t time, float, EventMark) { hold(item, time); });
        catchUp();
    }

protected:
    void stepAt(std::int32_t item, std::int64_t time) override
    {
        hold(item, time);
        catchUp();
    }

    // Segments, then window, tokens' times and what is kept of them by layer.
    std::vector<float> content() const override
    {
        std::vector<float> values;
        putWord(values, m_memory.segments);
        for (std::size_t i = 0; i < m_items.size(); ++i) {
            putWord(values, m_items[i]);
            putWord(values, m_times[i]);
        }
        for (const std::int64_t time : m_memory.times)
            putWord(values, time);
        for (const auto* list : {&m_memory.kept, &m_memory.scales})
            for (const Tensor& layer : *list)
                putBytes(values, layer);
        return values;
    }

    bool restore(const std::vector<float>& values, std::int64_t events) override
    {
        const std::int64_t length = std::min(events, m_form->model->setup().maxLength);
        const std::int64_t segments = geometry().segmentsOf(length);
        const std::int64_t tokens = m_form->compression.tokensAfter(segments);
        std::vector<Tensor> tensors = emptyTensors(tokens);
        std::size_t floats = 0;
        for (const Tensor& t : tensors)
            floats += floatsFor(t);
        const float* from = values.data();
        if (values.size() != static_cast<std::size_t>(2 + 4 * length + 2 * tokens) + floats
            || takeWord(from) != segments)
            return false;
        std::vector<std::int32_t> items;
        std::vector<std::int64_t> times;
        for (std::int64_t i = 0; i < length; ++i) {
            const std::int64_t item = takeWord(from);
            if (item < 0 || item >= m_form->model->items())
                return false;
            items.push_back(static_cast<std::int32_t>(item));
            times.push_back(takeWord(from));
        }
        HistoryMemory memory{.precision = m_form->precision};
        memory.segments = segments;
        for (std::int64_t i = 0; i < tokens; ++i)
            memory.times.push_back(takeWord(from));
        for (std::size_t i = 0; i < tensors.size(); ++i) {
            std::memcpy(tensors[i].data_ptr(), from, tensors[i].nbytes());
            from += floatsFor(tensors[i]);
            const bool scale = i >= static_cast<std::size_t>(m_form->compression.keptLayers(*m_form->model));
            (scale ? memory.scales : memory.kept).push_back(tensors[i]);
        }
        m_items = std::move(items);
        m_times = std::move(times);
        m_memory = std::move(memory);
        m_vector.clear();
        return true;
    }

private:
    const SegmentGeometry& geometry() const { return m_form->compression.geometry; }

    void hold(std::int32_t item, std::int64_t time)
    {
        m_items.push_back(item);
        m_times.push_back(time);
    }

    // Compresses the segments that what is held has become long enough for.
    void catchUp()
    {
        const torch::NoGradGuard guard;
        m_vector.clear();
        const std::int64_t over = std::ssize(m_items) - m_form->model->setup().maxLength;
        if (over > 0) {
            m_items.erase(m_items.begin(), m_items.begin() + over); // the window moves on, and with it every position
            m_times.erase(m_times.begin(), m_times.begin() + over);
            m_memory = {.precision = m_form->precision};
        }
        while (m_memory.segments < geometry().segmentsOf(std::ssize(m_items)))
            compressNext();
    }

    // What a memory of so many tokens holds: what is kept of every layer, then scales of every layer.
    std::vector<Tensor> emptyTensors(std::int64_t tokens) const
    {
        std::vector<Tensor> tensors;
        if (tokens == 0)
            return tensors;
        std::int64_t width = 0;
        const auto ranges = m_form->compression.keptColumns(*m_form->model);
        for (const ColumnRange& range : ranges)
            width += range.last - range.first;
        const StatePrecision precision = m_form->precision;
        const auto type = precision == StatePrecision::Half ? torch::kHalf
            : precision == StatePrecision::Byte             ? torch::kChar
                                                            : torch::kFloat32;
        const std::int64_t layers = m_form->compression.keptLayers(*m_form->model);
        for (std::int64_t i = 0; i < layers; ++i)
            tensors.push_back(torch::empty({tokens, width}, type));
        for (std::int64_t i = 0; precision == StatePrecision::Byte && i < layers; ++i)
            tensors.push_back(torch::empty({tokens, static_cast<std::int64_t>(ranges.size())}, torch::kFloat32));
        return tensors;
    }

    // Events [begin, end) of the window at their positions.
    PackedBatch part(std::int64_t begin, std::int64_t end) const
    {
        PackedSequences one;
        const auto count = static_cast<std::size_t>(end - begin);
        one.append(std::span(m_items).subspan(begin, count), std::span(m_times).subspan(begin, count));
        PackedBatch batch = makePackedBatch(one.view());
        batch.positions += begin;
        return batch;
    }

    void compressNext()
    {
        const std::int64_t length = geometry().segment, begin = m_memory.segments * length;
        const PassThreads threads(length * (length + 64));
        ForwardContext context;
        m_form->lendItems(context);
        m_form->compression.compress(*m_form->model, part(begin, begin + length), m_memory, context);
    }

    std::vector<float> vectorNow() const
    {
        const AttentionModel& model = *m_form->model;
        ForwardContext context;
        m_form->lendItems(context);
        const auto length = static_cast<std::int64_t>(m_items.size());
        if (length == 0 && !model.predictsFirst())
            return std::vector<float>(static_cast<std::size_t>(m_form->vectorWidth), 0.0f);
        if (length == 0) {
            PackedSequences start;
            const std::int32_t token = model.startToken();
            start.append({&token, 1});
            return copyFloats(model.encode(makePackedBatch(start.view()), context));
        }
        const std::int64_t begin = m_memory.segments * geometry().segment, recent = length - begin;
        const PassThreads threads(recent * (recent + 64));
        return copyFloats(m_form->compression.encodeRecent(model, part(begin, length), m_memory, context)[recent - 1]);
    }

    std::shared_ptr<const HistoryForm> m_form;
    std::vector<std::int32_t> m_items; // the window
    std::vector<std::int64_t> m_times;
    HistoryMemory m_memory{.precision = m_form->precision};
    mutable std::vector<float> m_vector; // empty: not computed since the last event
};

std::unique_ptr<UserState> HistoryForm::newState() const
{
    return std::make_unique<HistoryState>(std::static_pointer_cast<const HistoryForm>(shared_from_this()));
}

} // namespace

std::shared_ptr<const IncrementalForm> makeHistoryForm(std::shared_ptr<const AttentionModel> model,
    const HistoryCompression& compression, StatePrecision precision, const Tensor& readItems)
{
    return std::make_shared<HistoryForm>(std::move(model), compression, precision, readItems);
}

} // namespace recoscope::nn
