// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The parts of HSTU's layers, and the whole, on a GPU.
#include "engine/kernels/on_device.h"
#include "engine/kernels/staging.h"

namespace recoscope::kernels {

namespace {

// What projections and their backward have in common; `kept`: slopes and moments are read, not made.
void stageProjection(Staging& s, SiluProjection& a, bool kept)
{
    s.in(a.input, a.rows * a.inner);
    s.in(a.weight, a.inner * a.width);
    s.in(a.bias, a.width);
    s.out(a.slope, a.rows * a.activated, kept);
    if (a.normEpsilon == 0.0f) // nobody writes them
        a.mean = a.inverseSigma = nullptr;
    s.out(a.mean, a.rows, kept);
    s.out(a.inverseSigma, a.rows, kept);
}

void stageGated(Staging& s, GatedOutput& a, bool kept)
{
    if (a.rows == 0)
        return;
    s.in(a.input, a.rows * a.inner);
    s.in(a.gate, (a.rows - 1) * a.gateStride + a.inner);
    s.in(a.weight, a.width * a.inner);
    s.in(a.bias, a.width);
    s.out(a.mean, a.rows, kept);
    s.out(a.inverseSigma, a.rows, kept);
}

// `kept`: what the forward leaves is read, not made.
void stageLayer(Staging& s, HstuLayerForward& a, bool kept)
{
    const std::int64_t rows = rowsOf(a.offsets), row = a.rowWidth();
    s.offsets(a.offsets);
    s.in(a.input, rows * a.width);
    s.in(a.weight, a.width * row);
    s.in(a.bias, row);
    s.in(a.positionBias, a.positions);
    s.in(a.timeBias, a.timeBuckets + 1);
    s.in(a.queryTimes, rows);
    s.in(a.keyTimes, rows);
    s.in(a.outWeight, a.width * a.valueWidth());
    s.in(a.outBias, a.width);
    s.out(a.projected, rows * row, kept);
    s.out(a.mixed, rows * a.valueWidth(), kept);
    s.out(a.slope, rows * row, kept);
    for (float** moments : {&a.mean, &a.inverseSigma, &a.mixedMean, &a.mixedInverseSigma})
        s.out(*moments, rows, kept);
}

} // namespace

void runOnDevice(const DeviceApi& device, SiluProjection a)
{
    Staging s(device);
    stageProjection(s, a, false);
    s.out(a.output, a.rows * a.width);
    s.run(device.siluProjectionForward, a);
}

void runOnDevice(const DeviceApi& device, SiluProjectionBackward b)
{
    Staging s(device);
    SiluProjection& a = b.forward;
    stageProjection(s, a, true);
    s.in(b.gradOutput, a.rows * a.width);
    s.out(b.gradInput, a.rows * a.inner);
    s.out(b.gradWeight, a.inner * a.width);
    s.out(b.gradBias, a.bias ? a.width : 0);
    s.run(device.siluProjectionBackward, b);
}

void runOnDevice(const DeviceApi& device, HstuLayerForward a)
{
    Staging s(device);
    stageLayer(s, a, false);
    s.out(a.output, rowsOf(a.offsets) * a.width);
    s.run(device.hstuLayerForward, a);
}

void runOnDevice(const DeviceApi& device, HstuLayerBackward b)
{
    Staging s(device);
    const HstuLayerForward& a = b.forward;
    const std::int64_t rows = rowsOf(a.offsets);
    const bool biased = a.bias, placed = a.positionBias, timed = a.timeBias;
    stageLayer(s, b.forward, true);
    s.in(b.gradOutput, rows * a.width);
    s.out(b.gradInput, rows * a.width);
    s.out(b.gradProjected, rows * a.rowWidth());
    s.out(b.gradMixed, rows * a.valueWidth());
    s.out(b.gradWeight, a.width * a.rowWidth());
    s.out(b.gradBias, biased ? a.rowWidth() : 0);
    s.out(b.gradPositionBias, placed ? a.positions : 0);
    s.out(b.gradTimeBias, timed ? a.timeBuckets + 1 : 0);
    s.out(b.gradOutWeight, a.width * a.valueWidth());
    s.out(b.gradOutBias, a.width);
    s.run(device.hstuLayerBackward, b);
}

void runOnDevice(const DeviceApi& device, GatedOutput a)
{
    Staging s(device);
    stageGated(s, a, false);
    s.in(a.residual, a.rows * a.width);
    s.out(a.output, a.rows * a.width);
    s.run(device.gatedOutputForward, a);
}

void runOnDevice(const DeviceApi& device, GatedOutputBackward b)
{
    Staging s(device);
    const GatedOutput& a = b.forward;
    stageGated(s, b.forward, true);
    s.in(b.gradOutput, a.rows * a.width);
    s.out(b.gradInput, a.rows * a.inner);
    s.rows(b.gradGate, a.rows, b.gradGateStride, a.inner);
    s.out(b.gradWeight, a.width * a.inner);
    s.out(b.gradBias, a.width);
    s.run(device.gatedOutputBackward, b);
}

void runOnDevice(const DeviceApi& device, UnitRows a)
{
    Staging s(device);
    s.in(a.input, a.rows * a.width);
    s.out(a.output, a.rows * a.width);
    s.out(a.inverse, a.rows);
    s.run(device.unitRowsForward, a);
}

void runOnDevice(const DeviceApi& device, UnitRowsBackward b)
{
    Staging s(device);
    UnitRows& a = b.forward;
    s.out(a.output, a.rows * a.width, true);
    s.out(a.inverse, a.rows, true);
    s.in(b.gradOutput, a.rows * a.width);
    s.out(b.gradInput, a.rows * a.width);
    s.run(device.unitRowsBackward, b);
}

} // namespace recoscope::kernels
