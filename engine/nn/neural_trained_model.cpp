// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/neural_trained_model.h"

#include <algorithm>
#include <limits>

#include "engine/core/error.h"
#include "engine/kernels/ops.h"
#include "engine/nn/chunked_reading.h"
#include "engine/nn/pass_threads.h"

namespace recoscope {

using torch::Tensor;

namespace {

// What bounds the memory of one packed pass, and what its events cost besides meeting each other.
struct PassSize {
    std::int64_t rows = 16384;
    std::int64_t workOfEvent = 0;
};
constexpr PassSize readingItems{1024, 4096}; // a text of some thirty pieces each

void requireItems(std::span<const std::int32_t> window, const NeuralModel& model)
{
    for (const std::int32_t item : window)
        if (item < 0 || item >= model.items())
            throw Error(ErrorKind::Usage,
                "item index " + std::to_string(item) + " is outside the catalogue of " + std::to_string(model.items())
                    + " items",
                "map ids through the prepared data first");
}

void requireWindow(const PackedView& histories, std::int64_t b, const NeuralModel& model)
{
    const auto all = histories.sequence(b);
    requireItems(all.last(std::min<std::size_t>(all.size(), model.setup().maxLength)), model);
}

// The last `maxLength` events, the start token when there are none; the mask after them where the model asks there.
void appendCut(PackedSequences& out, const PackedView& histories, std::int64_t b, const NeuralModel& model)
{
    const auto all = histories.sequence(b);
    const std::int64_t room = model.setup().maxLength - (model.asksAtMask() ? 1 : 0);
    const std::size_t keep = std::min<std::size_t>(all.size(), room);
    const auto window = all.subspan(all.size() - keep);
    requireItems(window, model);
    const std::int32_t start = model.startToken();
    std::vector<std::int32_t> asked;
    if (model.asksAtMask()) { // no model of this kind looks at times
        asked.assign(window.begin(), window.end());
        asked.push_back(start);
        out.append(asked);
        return;
    }
    const auto items = keep == 0 ? std::span<const std::int32_t>(&start, 1) : window;
    const float unknown = std::numeric_limits<float>::quiet_NaN();
    if (!histories.feedback.empty())
        out.appendFeedback(keep == 0 ? std::span<const float>(&unknown, 1)
                                     : histories.feedback.subspan(histories.offsets[b + 1] - keep, keep));
    const EventMark unmarked;
    if (keep == 0 && !histories.marks.empty())
        out.appendMarks({&unmarked, 1});
    out.appendMarks(histories.marksOf(static_cast<std::size_t>(histories.offsets[b + 1]) - keep, keep));
    if (histories.times.empty()) {
        out.append(items);
        return;
    }
    const std::int64_t end = histories.offsets[b + 1];
    const std::int64_t last = keep == 0 ? 0 : histories.times[end - 1];
    const std::int64_t request = histories.requestTimes.empty() ? last : histories.requestTimes[b];
    if (keep == 0)
        out.append(items, {&request, 1}, request);
    else
        out.append(items, histories.times.subspan(end - keep, keep), request);
}

// Events and pairs of events.
std::int64_t passWork(const PackedView& sequences)
{
    std::int64_t work = 0;
    for (std::int64_t b = 0; b < sequences.sequences(); ++b) {
        const auto events = static_cast<std::int64_t>(sequences.sequence(b).size());
        work += events * (events + 64);
    }
    return work;
}

// Cut histories [begin, end) in passes of bounded memory: pass(windows, number of the first) writes their rows of
// `width` floats to `rows`.
template <class Pass>
void inPasses(const NeuralModel& model, const PackedView& histories, std::int64_t begin, std::int64_t end,
    const PassSize& size, Pass pass, float* rows, std::int64_t width)
{
    PackedSequences sequences;
    std::int64_t done = begin, rowsOfPass = 0;
    for (std::int64_t b = begin; b < end; ++b) {
        appendCut(sequences, histories, b, model);
        rowsOfPass += model.passRows(std::ssize(sequences.items) - sequences.offsets[std::size_t(b - done)]);
        if (rowsOfPass < size.rows && b + 1 < end)
            continue;
        const PassThreads threads(
            passWork(sequences.view()) + static_cast<std::int64_t>(sequences.items.size()) * size.workOfEvent);
        pass(sequences.view(), done, rows + (done - begin) * width);
        done = b + 1;
        rowsOfPass = 0;
        sequences = {};
    }
}

void copyTo(float* rows, const Tensor& values)
{
    const Tensor dense = values.contiguous();
    std::copy_n(dense.const_data_ptr<float>(), dense.numel(), rows);
}

} // namespace

void NeuralTrainedModel::lendItems(ForwardContext& context) const
{
    if (m_items.defined())
        context.setItems(m_items);
}

NeuralTrainedModel::NeuralTrainedModel(std::shared_ptr<const NeuralModel> model)
    : m_model(std::move(model))
{
    const torch::NoGradGuard guard;
    if (m_model->computesItems())
        m_items = m_model->allItemVectors().contiguous();
    m_table = m_model->scoringTable(m_items.defined() ? m_model->scoredItems(m_items).whole() : m_model->itemTable())
                  .contiguous();
}

std::optional<LinearHead> NeuralTrainedModel::linearHead() const
{
    const Tensor bias = m_model->itemBias();
    return LinearHead{m_model->items(), m_table.size(1), m_table.const_data_ptr<float>(),
        bias.defined() ? bias.const_data_ptr<float>() : nullptr};
}

void NeuralTrainedModel::encodeLast(const PackedView& histories, std::span<float> out) const
{
    encodeRows(histories, false, out);
}

void NeuralTrainedModel::encodeLastReading(const PackedView& histories, std::span<float> out) const
{
    if (!readsItems())
        throw Error(ErrorKind::Refused, modelName() + " has a table of item vectors and nothing to read them from",
            "measure a model that reads its items from texts");
    encodeRows(histories, true, out);
}

void NeuralTrainedModel::encodeRows(const PackedView& histories, bool again, std::span<float> out) const
{
    const torch::InferenceMode guard;
    const std::int64_t width = m_table.size(1);
    if (static_cast<std::int64_t>(out.size()) != histories.sequences() * width)
        throw Error(ErrorKind::Usage, "encodeLast needs room for one vector a history", "size `out` as [B, D]");
    const bool byForm = !again && m_model->formReadsWindows();
    const auto lastRows = [&](const PackedView& windows, std::int64_t, float* rows) {
        if (byForm)
            return form()->lastVectors(windows, rows);
        ForwardContext context;
        if (!again)
            lendItems(context);
        copyTo(rows, m_model->lastVectors(makePackedBatch(windows), context));
    };
    std::int64_t done = 0;
    for (std::int64_t b = 0; b <= histories.sequences(); ++b) {
        const bool chunks = b < histories.sequences() && nn::readsInChunks(*m_model, histories, b);
        if (b < histories.sequences() && !chunks)
            continue;
        inPasses(*m_model, histories, done, b, again ? readingItems : PassSize(), lastRows, out.data() + done * width,
            width);
        if (chunks)
            encodeLong(histories, b, out.subspan(static_cast<std::size_t>(b * width), static_cast<std::size_t>(width)));
        done = b + 1;
    }
    if (m_model->predictsFirst())
        return;
    for (std::int64_t b = 0; b < histories.sequences(); ++b)
        if (histories.sequence(b).empty())
            std::fill_n(out.data() + b * width, width, 0.0f); // an untrained start token would be noise
}

void NeuralTrainedModel::encodeLong(const PackedView& histories, std::int64_t b, std::span<float> out) const
{
    requireWindow(histories, b, *m_model);
    ForwardContext context;
    lendItems(context);
    const Tensor vector = nn::lastVectorByChunks(*m_model, histories, b, nn::chunkEvents, context);
    std::copy_n(vector.const_data_ptr<float>(), vector.numel(), out.data());
}

void NeuralTrainedModel::predictFeedback(
    const PackedView& histories, std::span<const std::int32_t> targets, std::span<float> out) const
{
    const torch::InferenceMode guard;
    const FeedbackFactors* factors = predictedFeedback();
    const std::int64_t classes = factors ? factors->allClasses() : 0;
    if (static_cast<std::int64_t>(targets.size()) != histories.sequences()
        || static_cast<std::int64_t>(out.size()) != histories.sequences() * classes)
        throw Error(ErrorKind::Usage, "predictFeedback needs a target and a row of classes for each history",
            "size `out` as [B, sum of classes]");
    const auto probabilities = [&](const PackedView& windows, std::int64_t first, float* rows) {
        const auto own
            = targets.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(windows.sequences()));
        copyTo(rows,
            m_model->feedbackAfter(makePackedBatch(windows),
                torch::tensor(std::vector<std::int32_t>(own.begin(), own.end()), torch::kInt32)));
    };
    inPasses(*m_model, histories, 0, histories.sequences(), {}, probabilities, out.data(), classes);
}

void NeuralTrainedModel::score(const PackedView& histories, std::span<float> out) const
{
    const LinearHead head = *linearHead();
    std::vector<float> vectors(histories.sequences() * head.width);
    encodeLast(histories, vectors);
    for (std::int64_t b = 0; b < histories.sequences(); ++b)
        kernels::scoreAll(head.items, head.width, vectors.data() + b * head.width, head.table, head.bias,
            out.data() + b * head.items);
}

void NeuralTrainedModel::observe(const PackedView& history, ModelObserver& observer) const
{
    const torch::InferenceMode guard;
    if (history.sequences() != 1)
        throw Error(ErrorKind::Usage, "observe takes one history", "observe histories one at a time");
    ForwardContext context(&observer);
    lendItems(context);
    if (nn::readsInChunks(*m_model, history, 0) && !observer.wants("hidden")) {
        requireWindow(history, 0, *m_model);
        nn::lastVectorByChunks(*m_model, history, 0, nn::chunkEvents, context);
        return;
    }
    PackedSequences cut;
    appendCut(cut, history, 0, *m_model);
    const PassThreads threads(passWork(cut.view()));
    m_model->encode(makePackedBatch(cut.view()), context);
}

const IncrementalForm* NeuralTrainedModel::form() const
{
    std::call_once(m_formOnce, [this] { m_form = m_model->incrementalForm(m_items); });
    return m_form.get();
}

std::unique_ptr<UserState> NeuralTrainedModel::newState() const
{
    return form() ? form()->newState() : nullptr;
}

void NeuralTrainedModel::appendToStates(std::span<UserState* const> states, const PackedView& events) const
{
    if (!form())
        throw Error(ErrorKind::Refused, modelName() + " keeps no states", "use a model with a state, such as lrurec");
    form()->append(states, events);
}

void NeuralTrainedModel::userVectors(std::span<UserState* const> states, std::span<float> out) const
{
    if (!form())
        throw Error(ErrorKind::Refused, modelName() + " keeps no states", "use a model with a state, such as lrurec");
    form()->userVectors(states, out);
}

} // namespace recoscope
