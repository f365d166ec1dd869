// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Floating-point operations of training, from a model's shape and the real lengths of the sequences. A multiply and an
// add are two operations. Packed: no padded event and no masked pair of events counts. Pure functions, torch-free.
//
// Counted: matrix products, attention, recurrences, the scores that the loss needs. Not counted, as they grow with the
// width and not with its square: look-ups, norms, activations, softmax and the loss's exponentials, dropout, gates'
// products, the optimiser. It is the work the mathematics asks for: what a kernel computes twice to save memory counts
// once.
//
// Matrix product y = W x, W [m, n]: 2 m n forward; backward dx = W^T dy and dW = dy x^T, 2 m n each, so twice forward.
// Attention, one pair of a query and a key it sees: q.k over the query width and p v over the value width, 2 (dq + dv)
// for each head; backward dp = do.v, dv = p do, dq = ds k, dk = ds q: 4 (dq + dv), twice forward. A causal sequence of
// length n has n (n + 1) / 2 pairs, a bidirectional one n^2.
// Per event and layer, width D:
//   SASRec   queries, keys, values 6 D^2; output projection 2 D^2; feed-forward of width I 4 D I (SwiGLU 6 D I); gates
//            4 D^2; dense head once 2 D^2; BSARec's filter of c frequencies, a recurrence each, 8 c D
//   HSTU     [U V Q K] 4 D h (dv + dq); output 2 D h dv (3 times when U and A are concatenated)
//   LRURec   complex B from a real input 4 D S; recurrence h = lambda h + u, one complex product and sum per channel,
//            8 S forward and 16 S backward (dh, dlambda); real part of C h 4 S D; feed-forward 4 D I
//   GRU4Rec  three gates 6 H (in + H), in = E in the first layer; output once 2 H E
//   SRT      as post-norm SASRec, and the adapter from two token vectors to an item vector, 4 E H for each item encoded
// Scores: 2 D for each pair of an event that is scored and a candidate.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/json.h"

namespace recoscope {

struct SequenceCounts {
    double sequences = 0.0, events = 0.0;
    double causalPairs = 0.0, allPairs = 0.0;
};
// Lengths longer than `window` count as `window` (0: no window). Error{Usage} for a negative length.
SequenceCounts countSequences(std::span<const std::int64_t> lengths, std::int64_t window = 0);

// The loss's scores: `rows` events, each against `candidates` items (all of the catalogue, or one and the negatives).
struct ScoreWork {
    double rows = 0.0, candidates = 0.0;
};

struct WorkPart {
    std::string name; // "projections", "attention", "feed-forward", "recurrence", "scores", ...
    double forward = 0.0, backward = 0.0;
};

struct FlopCount {
    std::vector<WorkPart> parts;
    double forward() const;
    double backward() const;
    double total() const { return forward() + backward(); }
};

struct SasRecSizes {
    double width = 64, layers = 2, inner = 256;
    bool outputProjection = true, swiGlu = false, gated = false, denseHead = false, bidirectional = false;
    double filterFrequencies = 0; // of BSARec
};
FlopCount sasRecFlops(const SasRecSizes& sizes, const SequenceCounts& counts, const ScoreWork& score);

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

// Whether operations of this model of the registry are counted here.
bool hasFlops(const std::string& model);
// Error{Usage} where they are not.
void requireFlops(const std::string& model);
// By the name and parameters of a model in the registry. `encodedItems`: as srtFlops() takes it, for srt. Error{Usage}
// as requireFlops(), or for a parameter that is missing.
FlopCount modelFlops(const std::string& model, const Json& parameters, const SequenceCounts& counts,
    const ScoreWork& score, double encodedItems = 0.0);

// -- SRT (Zivic et al., SIGIR 2024)

struct SrtSizes {
    double width = 128, layers = 2, heads = 1, inner = 128, tokenWidth = 128;
    double maxLength = 50;
    // Without token embeddings: layers (4 D^2 + 2 D I + 9 D + I) + positions, adapter and input norm
    // maxLength D + (2 E D + D) + 2 D. With I = E = D it is the paper's layers (6 D^2 + 10 D) + 50 D + 2 D^2 + 3 D.
    double parametersWithoutTokens() const;
};
// Of the registry's model srt.
SrtSizes srtSizes(const Json& parameters, double maxLength);
// `encodedItems`: items whose vector the adapter computes, events and candidates.
FlopCount srtFlops(const SrtSizes& sizes, const SequenceCounts& counts, const ScoreWork& score, double encodedItems);

// The compute C of the paper's curve for `samples` training samples (prefixes) seen, over all epochs: what the counter
// thop adds up in one forward pass, with every sample padded to maxLength. It counts a multiply-accumulate of a linear
// layer as one, a LayerNorm as four an element, a softmax row of n as 3 n - 1; neither the products of attention, nor
// the backward pass, nor the scores.
double srtPaperCompute(const SrtSizes& sizes, double samples, double negatives);

} // namespace recoscope
