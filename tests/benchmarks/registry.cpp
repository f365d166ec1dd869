// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "tests/benchmarks/registry.h"

namespace recoscope {

std::vector<BenchmarkRow> benchBeamTrie(bool quick);
std::vector<BenchmarkRow> benchCompressedAttention(bool quick);
std::vector<BenchmarkRow> benchCompressedRequest(bool quick);
std::vector<BenchmarkRow> benchCrossEntropy(bool quick);
std::vector<BenchmarkRow> benchFullRanking(bool quick);
std::vector<BenchmarkRow> benchHstuLayer(bool quick);
std::vector<BenchmarkRow> benchLongHistory(bool quick);
std::vector<BenchmarkRow> benchLruScan(bool quick);
std::vector<BenchmarkRow> benchLruStep(bool quick);
std::vector<BenchmarkRow> benchLruSteps(bool quick);
std::vector<BenchmarkRow> benchPrepare(bool quick);
std::vector<BenchmarkRow> benchRequest(bool quick);
std::vector<BenchmarkRow> benchRoundedLists(bool quick);
std::vector<BenchmarkRow> benchRowAdagrad(bool quick);
std::vector<BenchmarkRow> benchSampledLoss(bool quick);
std::vector<BenchmarkRow> benchSoftmaxAttention(bool quick);
std::vector<BenchmarkRow> benchRotaryAttention(bool quick);
std::vector<BenchmarkRow> benchSparseAdamW(bool quick);
std::vector<BenchmarkRow> benchStore(bool quick);
std::vector<BenchmarkRow> benchTextEncoder(bool quick);
std::vector<BenchmarkRow> benchTopK(bool quick);
std::vector<BenchmarkRow> benchTopKBatch(bool quick);
std::vector<BenchmarkRow> benchTopKInt8(bool quick);
std::vector<BenchmarkRow> benchTopKFaiss(bool quick);
std::vector<BenchmarkRow> benchHeatmapPaint(bool quick);
std::vector<BenchmarkRow> benchImportDelimited(bool quick);
std::vector<BenchmarkRow> benchRunTable(bool quick);
std::vector<BenchmarkRow> benchTrainStepLruRec(bool quick);
std::vector<BenchmarkRow> benchUserStates(bool quick);
std::vector<BenchmarkRow> benchTrainStepSasRec(bool quick);

const std::vector<Benchmark>& benchmarks()
{
    // One line each: {"name", "what is measured, against what", bench_name}, with bench_name declared above.
    static const std::vector<Benchmark> list = {
        {"hstu_layer", "an HSTU layer, forward and backward, against LibTorch eager with padded attention",
            benchHstuLayer},
        {"compressed_attention", "training with a compressed history, against attention to all of it",
            benchCompressedAttention},
        {"compressed_request", "a request from the tokens of a compressed history, against the whole history",
            benchCompressedRequest},
        {"lru_scan", "the recurrence of LRURec, forward and backward, against LibTorch's padded doubling",
            benchLruScan},
        {"lru_step", "one event through two LRURec blocks, against LibTorch eager", benchLruStep},
        {"lru_steps", "events of many users through two LRURec blocks in one call, against one call each",
            benchLruSteps},
        {"request", "one user's vector from a whole history with SASRec, against LibTorch's matrix products",
            benchRequest},
        {"long_history", "memory of reading 1,000 to 1,000,000 events with LRURec in chunks, against one pass",
            benchLongHistory},
        {"user_states", "states of 100,000 users in one file, a new event each and lists, against user by user",
            benchUserStates},
        {"full_ranking", "top 20 of 22,363 users over 12,101 items, against LibTorch matmul and topk",
            benchFullRanking},
        {"softmax_attention", "causal attention on packed sequences, against LibTorch's on the padded batch",
            benchSoftmaxAttention},
        {"rotary_attention", "attention that turns queries and keys, against turning them before by LibTorch",
            benchRotaryAttention},
        {"cross_entropy", "softmax over 100,000 items, forward and backward, against LibTorch in chunks",
            benchCrossEntropy},
        {"sampled_loss", "losses over sampled negatives, forward and backward, against LibTorch eager",
            benchSampledLoss},
        {"sparse_adamw", "embedding backward and AdamW of a million items, against LibTorch's dense AdamW",
            benchSparseAdamW},
        {"row_adagrad", "embedding backward and row-wise Adagrad of a million items, against dense and sparse AdamW",
            benchRowAdagrad},
        {"top_k_batch", "top 20 of 1,024 queries over a million items, against LibTorch matmul and topk",
            benchTopKBatch},
        {"top_k_int8",
            "the list of one user over a million items by floats, bytes, bfloat16 and four bits, against LibTorch",
            benchTopKInt8},
        {"top_k_rounded", "lists of one and of 16 users by four bits, against bytes and floats, by catalogue size",
            benchRoundedLists},
#ifdef RECOSCOPE_FAISS_BENCHMARKS
        {"top_k_faiss", "the list of one user over a million items by floats, bytes and four bits, against faiss",
            benchTopKFaiss},
#endif
        {"top_k_fp32", "the list of one user over 12,101 items, against LibTorch", benchTopK},
        {"prepare", "filter, order and split of 20 million rows, against hash maps and copies", benchPrepare},
        {"run_store", "listing runs, writing per-user results and finding the largest differences, against a SQL join",
            benchStore},
        {"import_delimited", "A ratings CSV to columns, dataset and sequences, against std::getline + std::from_chars",
            benchImportDelimited},
        {"beam_trie", "beam search over the trie of all names, against a loop that asks a callback for every prefix",
            benchBeamTrie},
        {"text_encoder", "a BERT of MiniLM's shape over packed titles, against its matrix products alone",
            benchTextEncoder},
        {"train_step_lrurec", "one training step of LRURec, against padded LibTorch eager", benchTrainStepLruRec},
#ifdef RECOSCOPE_WINDOW_BENCHMARKS
        {"heatmap_paint", "first paint of 1,024 x 1,024 cells, against QCPColorMap", benchHeatmapPaint},
        {"run_table", "longest gap while 10,000 runs are sorted and filtered, against QSortFilterProxyModel",
            benchRunTable},
#endif
        {"train_step_sasrec", "one training step of SASRec, against padded LibTorch eager", benchTrainStepSasRec},
    };
    return list;
}

} // namespace recoscope
