// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Against faiss: recoscope-bench-faiss measures.
#ifdef RECOSCOPE_FAISS_BENCHMARKS

#include "tests/benchmarks/other_program.h"
#include "tests/benchmarks/registry.h"

namespace recoscope {

std::vector<BenchmarkRow> benchTopKFaiss(bool quick)
{
    return measuredBy("recoscope-bench-faiss", "top_k_faiss", quick);
}

} // namespace recoscope

#endif
