// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Floating-point operations of training, from a model's shape and the real lengths of the sequences. A multiply and an
// add are two operations. Packed: no padded event and no masked pair of events counts. Pure functions, torch-free.
//
// Counted: matrix products, attention, recurrences, the scores that the loss needs. Not counted, as they grow with the
// width and not with its square: look-ups, norms, activations, softmax and the loss's exponentials, dropout, gates'
// products, the optimiser. It is the work the mathematics asks for: what a kernel computes twice to save memory counts
// once. Every model says its own (NeuralModel::flops(), itemFlops(), ModelLoss::flops()), mostly by the formulas here.
//
// Matrix product y = W x, W [m, n]: 2 m n forward; backward dx = W^T dy and dW = dy x^T, 2 m n each, so twice forward.
// Attention, one pair of a query and a key it sees: q.k over the query width and p v over the value width, 2 (dq + dv)
// for each head; backward dp = do.v, dv = p do, dq = ds k, dk = ds q: 4 (dq + dv), twice forward. A causal sequence of
// length n has n (n + 1) / 2 pairs, a bidirectional one n^2.
// Per event and layer, width D:
//   SASRec   queries, keys, values 6 D^2; output projection 2 D^2; feed-forward of width I 4 D I (SwiGLU 6 D I); gates
//            4 D^2; dense head 2 D^2 once; BSARec's filter of c frequencies, a recurrence each, 8 c D forward and
//            backward (dh alone: its eigenvalues are fixed)
//   HSTU     [U V Q K] 4 D h (dv + dq); output 2 D h dv (3 times when U and A are concatenated); item vectors of width
//   w
//            below D 2 w D for each event and, once a step, each candidate
//   LRURec   complex B from a real input 4 D S; recurrence h = lambda h + u, one complex product and sum per channel,
//            8 S forward and 16 S backward (dh, dlambda); real part of C h 4 S D; feed-forward 4 D I
//   GRU4Rec  three gates 6 H (in + H), in = E in the first layer; output once 2 H E
//   SRT      as post-norm SASRec, and the adapter from two token vectors to an item vector, 4 E H for each item encoded
// Scores: 2 D for each pair of an event that is scored and a candidate.
//
// Models that read texts (HLLM, Lite-LLM4Rec): the layers of a text decoder in Llama's way are SASRec's with SwiGLU:
// queries, keys, values and output 8 D^2, gated feed-forward 6 D I, 4 D a pair. An item of n pieces has n + 1 rows, the
// last for its vector, and (n + 1)(n + 2) / 2 pairs. A step computes every item that it reads once, and the whole
// catalogue where the loss has a softmax over it. An adapter between given vectors, which are not trained, and the
// width D costs 2 E D forward and the same backward: dW alone. HLLM's times 2 (6 F) D + 2 D^2 an event; its rule for
// negatives that are too near 2 D a pair of target and negative, forward alone.
// PerSRec: the layers of SASRec or HSTU over the rows and pairs of compressedWork().
// TIGER: SASRec's layers over the tokens of all names of a window, the last target's with them, without the very last
// token; a row is scored against the tokens of the names wherever it predicts one of an event but the first.
// ARGUS: argusFlops().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace recoscope {

struct SequenceCounts {
    double sequences = 0.0, events = 0.0;
    double causalPairs = 0.0, allPairs = 0.0;
};
// Lengths longer than `window` count as `window` (0: no window). Error{Usage} for a negative length.
SequenceCounts countSequences(std::span<const std::int64_t> lengths, std::int64_t window = 0);

// Of packed sequences with `offsets` [B+1]: [B].
std::vector<std::int64_t> sequenceLengths(std::span<const std::int64_t> offsets);

// The loss's scores: `rows` events, each against `candidates` items (all of the catalogue, or one and the negatives).
struct ScoreWork {
    double rows = 0.0, candidates = 0.0;
};

struct WorkPart {
    std::string name; // "projections", "attention", "feed-forward", "recurrence", "scores", ...
    double forward = 0.0, backward = 0.0;
};

struct FlopCount {
    std::vector<WorkPart> parts; // each name once
    double forward() const;
    double backward() const;
    double total() const { return forward() + backward(); }

    // To the part of that name; nothing for no operations.
    void add(const std::string& name, double forward, double backward);
    // Twice as much backward, as products that hand gradients on and have weights.
    void add(const std::string& name, double forward) { add(name, forward, 2.0 * forward); }
    // [rows, in] times [in, out].
    void addProduct(const std::string& name, double rows, double in, double out) { add(name, 2.0 * rows * in * out); }
    void addScores(const ScoreWork& score, double width) { addProduct("scores", score.rows, width, score.candidates); }
    void addAs(const std::string& name, const FlopCount& other) { add(name, other.forward(), other.backward()); }
    FlopCount& operator+=(const FlopCount& other); // part by part
};

struct SasRecSizes {
    double width = 64, layers = 2, inner = 256;
    double keyShare = 1.0; // heads of keys and values over those of queries
    bool outputProjection = true, swiGlu = false, gated = false, denseHead = false, bidirectional = false;
    double filterFrequencies = 0; // of BSARec
};
FlopCount sasRecFlops(const SasRecSizes& sizes, const SequenceCounts& counts, const ScoreWork& score);

// `score` is of one step where item vectors are narrow: the scored ones are widened then, once a step.
struct HstuSizes {
    double width = 64, layers = 2, heads = 2, queryDim = 32, valueDim = 32;
    bool concatenate = false;
    double itemWidth = 64; // of the scored vectors
    double narrowItems = 0; // width of stored item vectors that a projection widens; 0 = none
};
FlopCount hstuFlops(const HstuSizes& sizes, const SequenceCounts& counts, const ScoreWork& score);

struct LruRecSizes {
    double width = 64, layers = 2, state = 128, inner = 256;
};
FlopCount lruRecFlops(const LruRecSizes& sizes, const SequenceCounts& counts, const ScoreWork& score);

struct Gru4RecSizes {
    double embedding = 64, hidden = 128, layers = 1;
};
FlopCount gru4RecFlops(const Gru4RecSizes& sizes, const SequenceCounts& counts, const ScoreWork& score);

// -- PerSRec

// A history of n events has s = max(0, (n - recent) / segment) segments of `segment` events, `tokens` tokens after
// each.
struct CompressionSizes {
    std::int64_t tokens = 4, segment = 64, recent = 64;
    bool tokensRead = true; // their segment's events
};
// What is kept of the tokens: keys and values of every layer; outputs that later stretches read again as rows of their
// own; those of the last segment alone.
enum class CompressionMemory { KeysValues, Outputs, Recursive };
struct CompressedWork {
    SequenceCounts rows; // what the layers see: rows of events and tokens as `events`, pairs as `causalPairs`
    double reread = 0.0; // rows among them that are remembered outputs; each went through a D x D projection
};
// KeysValues: n + s k rows. The e + k rows of segment j see each other causally and the j k tokens before:
//   (e + k)(e + k + 1) / 2 + (e + k) j k pairs (tokens that do not read: e (e + 1) / 2 + k (k + 1) / 2 + (e + k) j k),
// and the r = n - s e recent events r (r + 1) / 2 + r s k. Others: segment j is a sequence of m = h + e + k rows, h = j
// k (Recursive: k, of the first none) of them reread, the recent part one of h + r; each has m (m + 1) / 2 pairs.
CompressedWork compressedWork(
    std::span<const std::int64_t> lengths, const CompressionSizes& sizes, CompressionMemory memory);

// -- ARGUS

// Merged: a row an event. Interleaved: 3 n + 1 rows for n events (context, item, feedback, and the context asked for),
// one more where feedback is asked for. Item vectors of another width W than D: 2 W D for each that becomes a row.
// Heads are two layers with 2 D in between: next item from D (merged with context: 2 D) to W, feedback from D (merged:
// D, the context's D and the item's W) to the classes of all factors, for every event:
//   2 (in 2 D + 2 D out).
struct ArgusSizes {
    SasRecSizes layers;
    double itemWidth = 64;
    bool interleaved = false, context = true;
    double feedbackClasses = 0; // of all factors; 0: no feedback head
};
// A pass over sequences, with the feedback head where `asksFeedback` and there is one; and the scores, which have W.
FlopCount argusFlops(
    const ArgusSizes& sizes, std::span<const std::int64_t> lengths, bool asksFeedback, const ScoreWork& score);

// -- SRT (Zivic et al., SIGIR 2024)

struct SrtSizes {
    double width = 128, layers = 2, heads = 1, inner = 128, tokenWidth = 128;
    double maxLength = 50;
    // Without token embeddings: layers (4 D^2 + 2 D I + 9 D + I) + positions, adapter and input norm
    // maxLength D + (2 E D + D) + 2 D. With I = E = D it is the paper's layers (6 D^2 + 10 D) + 50 D + 2 D^2 + 3 D.
    double parametersWithoutTokens() const;
};
// `encodedItems`: items whose vector the adapter computes, events and candidates.
FlopCount srtFlops(const SrtSizes& sizes, const SequenceCounts& counts, const ScoreWork& score, double encodedItems);

// The compute C of the paper's curve for `samples` training samples (prefixes) seen, over all epochs: what the counter
// thop adds up in one forward pass, with every sample padded to maxLength. It counts a multiply-accumulate of a linear
// layer as one, a LayerNorm as four an element, a softmax row of n as 3 n - 1; neither the products of attention, nor
// the backward pass, nor the scores.
double srtPaperCompute(const SrtSizes& sizes, double samples, double negatives);

} // namespace recoscope
