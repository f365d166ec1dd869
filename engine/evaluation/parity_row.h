// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One line of a parity report: a tensor (or number) of a fixture, compared with what the engine computes. Value type.
#pragma once

#include <string>

namespace recoscope {

struct ParityRow {
    std::string caseName; // folder name of the fixture, e.g. "lrurec_2blocks_L10"
    std::string tensor; // "out.hidden", "grad.emb.weight", "paired_t.t", ...
    double maxAbs = 0.0; // largest absolute error
    double maxRel = 0.0; // largest error relative to the expected value's magnitude
    double tolerance = 0.0; // the bound that decided `ok`; what it bounds (absolute, relative) is the fixture's rule
    bool ok = false;
};

} // namespace recoscope
