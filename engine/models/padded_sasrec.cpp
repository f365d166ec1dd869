// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// SASRec as code has it that pads every history to the window: for checkpoints from elsewhere, which give the scores of
// their own programs only so. Two habits. `positions`: an event's position counts from the window's first column, so it
// moves with every further event (gSASRec's public code). `attended`: pads, as rows of zeros, also stand in the
// attention of the events after them (the PyTorch port, pmixer/SASRec.pytorch), which `sasrec` does not repeat.
#include "engine/models/common_schema.h"
#include "engine/models/registry.h"
#include "engine/models/sasrec.h"
#include "engine/models/sasrec_network.h"

namespace recoscope {

namespace {

using torch::Tensor;

bool attendsToPads(const ModelSetup& setup)
{
    return setup.parameters.at("pads") == "attended";
}

// Where pads are attended to, row 0 of the position table is theirs.
ModelSetup sasRecLayersSetup(ModelSetup setup)
{
    setup.maxLength += attendsToPads(setup) ? 1 : 0;
    setup.parameters = schema::ownParameters(sasRecDescriptor().schema, setup.parameters);
    return setup;
}

class PaddedSasRec : public SasRec {
public:
    explicit PaddedSasRec(const ModelSetup& setup)
        : SasRec("sasrec_padded", sasRecLayersSetup(setup))
        , m_attended(attendsToPads(setup))
    {
        m_setup = setup;
    }

    Tensor encodeRows(const PackedBatch& batch, ForwardContext& context, const Tensor& asked) const override
    {
        if (m_attended)
            return askedRows(SasRec::encodeRows(padded(batch), context, {}).index_select(0, columnRows(batch)), asked);
        PackedBatch moved = batch;
        moved.positions = (columnRows(batch) % window()).to(torch::kInt32);
        return SasRec::encodeRows(moved, context, asked);
    }
    // Where pads are attended to, they are rows as any.
    FlopCount flops(std::span<const std::int64_t> lengths, const ScoreWork& score) const override
    {
        const std::vector<std::int64_t> whole(lengths.size(), window());
        return m_attended ? SasRec::flops(whole, score) : SasRec::flops(lengths, score);
    }
    std::int64_t passRows(std::int64_t events) const override { return m_attended ? window() : events; }
    // With pads among the rows, a map is not of the events alone.
    std::int64_t attentionLayers() const override { return m_attended ? 0 : SasRec::attentionLayers(); }

protected:
    bool hasRows() const override { return false; } // positions and pads are not those of the events alone

private:
    std::int64_t window() const { return m_setup.maxLength; }

    // Of every event its row among sequences of `window` columns each, events at their ends: [T] int64.
    Tensor columnRows(const PackedBatch& batch) const
    {
        const Tensor ends = batch.offsets.slice(0, 1), lengths = ends - batch.offsets.slice(0, 0, -1);
        const Tensor shifts = torch::arange(1, batch.sequences() + 1) * window() - ends;
        return torch::arange(batch.events()) + shifts.repeat_interleave(lengths);
    }

    PackedBatch padded(const PackedBatch& batch) const
    {
        const std::int64_t rows = batch.sequences() * window();
        const Tensor at = columnRows(batch);
        PackedBatch whole;
        whole.offsets = torch::arange(0, rows + 1, window());
        whole.items = torch::full({rows}, startToken(), torch::kInt32).index_copy_(0, at, batch.items);
        whole.positions = torch::zeros({rows}, torch::kInt32).index_copy_(0, at, (at % window() + 1).to(torch::kInt32));
        whole.padMask = torch::zeros({rows, 1}, m_parameters.type()).index_fill_(0, at, 1.0);
        return whole;
    }

    bool m_attended;
};

} // namespace

ModelDescriptor paddedSasRecDescriptor()
{
    using namespace schema;
    ModelDescriptor d = sasRecDescriptor();
    d.name = "sasrec_padded";
    d.title = "SASRec, padded";
    d.summary = "SASRec with the padding of public code, for checkpoints from elsewhere; slower, and no better.";
    d.hasState = false;
    d.trainsOnDevice = false;
    d.build
        = [](const ModelSetup& setup) -> std::unique_ptr<NeuralModel> { return std::make_unique<PaddedSasRec>(setup); };
    d.schema = without(d.schema, {"bidirectional", "dense_head", "mask_ratio"})
        + ParameterSchema({choice("pads", "Pads", "attended", {"attended", "positions"},
            "attended: events also see the pads before them, as the PyTorch port; positions: pads only move "
            "positions")});
    return d;
}

} // namespace recoscope
