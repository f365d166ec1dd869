// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/hstu_checks.h"

#include <algorithm>

namespace recoscope::kernels {

namespace {

Checks::Array rowsArray(
    const Bfloat16* begin, std::int64_t rows, std::int64_t stride, std::int64_t width, const char* name)
{
    return {begin, (rows - 1) * stride + width, name, sizeof(Bfloat16)};
}

struct Inputs {
    Checks::Array query, key, value;
};

Inputs checkInputs(const Checks& check, const HstuAttentionBf16Forward& a)
{
    const HstuAttentionForward& s = a.shape;
    check.pointers({{a.query, "query"}, {a.key, "key"}, {a.value, "value"}});
    const std::int64_t rows = s.offsets.back(), width = s.heads * s.queryDim;
    return {rowsArray(a.query, rows, s.rowStride, width, "query"), rowsArray(a.key, rows, s.rowStride, width, "key"),
        rowsArray(a.value, rows, s.rowStride, s.heads * s.valueDim, "value")};
}

} // namespace

bool checkArguments(const HstuAttentionBf16Forward& a)
{
    const Checks check("hstuAttentionBf16Forward");
    const HstuAttentionForward& s = a.shape;
    checkHstuShape(check, s);
    if (rowsOf(s.offsets) == 0)
        return false;
    const Inputs inputs = checkInputs(check, a);
    check.pointer(a.output, "output");
    check.apart({a.output, s.offsets.back() * s.heads * s.valueDim, "output", sizeof(Bfloat16)},
        {inputs.query, inputs.key, inputs.value, {s.positionBias, s.positions, "positionBias"},
            {s.timeBias, s.timeBuckets + 1, "timeBias"}});
    return true;
}

bool checkArguments(const HstuAttentionBf16Backward& b)
{
    const Checks check("hstuAttentionBf16Backward");
    const HstuAttentionForward& s = b.forward.shape;
    checkHstuShape(check, s);
    check.require(b.gradStride >= s.heads * std::max(s.queryDim, s.valueDim), "gradStride", "is smaller than a row");
    if (s.positionBias && s.positions > 0)
        check.pointer(b.gradPositionBias, "gradPositionBias");
    if (s.timeBias)
        check.pointer(b.gradTimeBias, "gradTimeBias");
    if (rowsOf(s.offsets) == 0)
        return true;
    const Inputs inputs = checkInputs(check, b.forward);
    check.pointers(
        {{b.gradOutput, "gradOutput"}, {b.gradQuery, "gradQuery"}, {b.gradKey, "gradKey"}, {b.gradValue, "gradValue"}});
    const std::int64_t rows = s.offsets.back(), queryWidth = s.heads * s.queryDim, valueWidth = s.heads * s.valueDim;
    const Checks::Array gradOutput{b.gradOutput, rows * valueWidth, "gradOutput", sizeof(Bfloat16)};
    for (const Checks::Array& gradient : {rowsArray(b.gradQuery, rows, b.gradStride, queryWidth, "gradQuery"),
             rowsArray(b.gradKey, rows, b.gradStride, queryWidth, "gradKey"),
             rowsArray(b.gradValue, rows, b.gradStride, valueWidth, "gradValue")})
        check.apart(gradient, {inputs.query, inputs.key, inputs.value, gradOutput});
    return true;
}

} // namespace recoscope::kernels
