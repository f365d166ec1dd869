// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/history_state.h"

#include <algorithm>
#include <cstring>

#include "engine/nn/pass_threads.h"
#include "engine/nn/saved_words.h"
#include "engine/nn/user_state_base.h"

namespace recoscope::nn {

using torch::Tensor;

namespace {

class HistoryState;

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
    void userVectors(std::span<UserState* const> states, std::span<float> out) const override;
    // The vectors of states of this form that have events and no vector, in one pass.
    void read(std::span<const HistoryState* const> states) const;

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

PackedBatch batchAt(const PackedSequences& events, const std::vector<std::int32_t>& positions)
{
    PackedBatch batch = makePackedBatch(events.view());
    batch.positions = copied(positions);
    return batch;
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
        const HistoryState* const self = this;
        if (waits())
            m_form->read({&self, 1});
        else if (m_vector.empty())
            m_vector = coldVector();
        std::copy(m_vector.begin(), m_vector.end(), out.begin());
    }

    const HistoryForm* form() const { return m_form.get(); }
    const HistoryMemory& memory() const { return m_memory; }
    bool waits() const { return m_vector.empty() && !m_items.empty(); }
    // The vector that waits() was about; computed from what recent() gives.
    void setVector(std::vector<float> vector) const { m_vector = std::move(vector); }
    // Puts the events after the last segment below others, with their positions; returns how many.
    std::int64_t putRecent(PackedSequences& out, std::vector<std::int32_t>& positions) const
    {
        const std::int64_t begin = m_memory.segments * geometry().segment;
        putPart(begin, std::ssize(m_items), out, positions);
        return std::ssize(m_items) - begin;
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
    void putPart(std::int64_t begin, std::int64_t end, PackedSequences& out, std::vector<std::int32_t>& positions) const
    {
        const auto first = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(end - begin);
        out.append(std::span(m_items).subspan(first, count), std::span(m_times).subspan(first, count));
        for (std::int64_t place = begin; place < end; ++place)
            positions.push_back(static_cast<std::int32_t>(place));
    }

    void compressNext()
    {
        const std::int64_t length = geometry().segment, begin = m_memory.segments * length;
        PackedSequences segment;
        std::vector<std::int32_t> positions;
        putPart(begin, begin + length, segment, positions);
        const PassThreads threads(length * (length + 64));
        ForwardContext context;
        m_form->lendItems(context);
        m_form->compression.compress(*m_form->model, batchAt(segment, positions), m_memory, context);
    }

    // Of no event.
    std::vector<float> coldVector() const
    {
        const AttentionModel& model = *m_form->model;
        if (!model.predictsFirst())
            return std::vector<float>(static_cast<std::size_t>(m_form->vectorWidth), 0.0f);
        const torch::NoGradGuard guard;
        ForwardContext context;
        m_form->lendItems(context);
        PackedSequences start;
        const std::int32_t token = model.startToken();
        start.append({&token, 1});
        return copyFloats(model.encode(makePackedBatch(start.view()), context));
    }

    std::shared_ptr<const HistoryForm> m_form;
    std::vector<std::int32_t> m_items; // the window
    std::vector<std::int64_t> m_times;
    HistoryMemory m_memory{.precision = m_form->precision};
    mutable std::vector<float> m_vector; // empty: not computed since the last event
};

void HistoryForm::read(std::span<const HistoryState* const> states) const
{
    const torch::NoGradGuard guard;
    PackedSequences recent;
    std::vector<std::int32_t> positions;
    HistoryMemories memories;
    std::int64_t work = 0;
    for (const HistoryState* state : states) {
        const std::int64_t events = state->putRecent(recent, positions);
        work += events * (events + 64);
        memories.push_back(&state->memory());
    }
    const PassThreads threads(work);
    ForwardContext context;
    lendItems(context);
    const Tensor vectors = compression.encodeRecent(*model, batchAt(recent, positions), memories, context);
    for (std::size_t b = 0; b < states.size(); ++b)
        states[b]->setVector(copyFloats(vectors[static_cast<std::int64_t>(b)]));
}

void HistoryForm::userVectors(std::span<UserState* const> states, std::span<float> out) const
{
    std::vector<const HistoryState*> waiting;
    constexpr std::size_t usersOfPass = 32; // bounds its memory, and keeps its rows in the cache
    for (const UserState* state : states) {
        const auto* own = dynamic_cast<const HistoryState*>(state);
        if (!own || own->form() != this)
            throw Error(ErrorKind::Usage, "a state of another model", "ask the model that made it");
        if (own->waits())
            waiting.push_back(own);
    }
    for (std::size_t first = 0; first < waiting.size(); first += usersOfPass)
        read(std::span(waiting).subspan(first, std::min(usersOfPass, waiting.size() - first)));
    IncrementalForm::userVectors(states, out);
}

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
