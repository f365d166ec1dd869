#!/usr/bin/env python3
# SPDX-FileCopyrightText: Recoscope contributors
# SPDX-License-Identifier: MIT
"""The list of one user over a million items by faiss's Python package, whose build has AVX-512: what
`recoscope-cli bench top_k_faiss` measures with Debian's. Needs `pip install faiss-cpu`; one thread, milliseconds."""
import time

import faiss
import numpy

ITEMS, WIDTH, TOP, REPEATS = 1_000_000, 64, 20, 40


def main():
    faiss.omp_set_num_threads(1)
    random = numpy.random.default_rng(3)
    index = faiss.IndexFlatIP(WIDTH)
    index.add(random.standard_normal((ITEMS, WIDTH), dtype=numpy.float32))
    queries = random.standard_normal((REPEATS + 3, 1, WIDTH), dtype=numpy.float32)
    times = []
    for query in queries:
        before = time.perf_counter()
        index.search(query, TOP)
        times.append((time.perf_counter() - before) * 1e3)
    times = sorted(times[3:])
    print(f"faiss {faiss.__version__} ({faiss.get_compile_options()}): P10 {times[REPEATS // 10]:.2f} ms, "
          f"P50 {times[REPEATS // 2]:.2f} ms")


if __name__ == "__main__":
    main()
