// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The one doorway to the compute kernels: plain functions on raw views (pointer, sizes, offsets). No torch here. Each
// function checks its arguments (Error{Usage} naming the argument), then dispatches to the best implementation the
// processor has: reference (double precision, the definition), scalar, avx2, avx512; RECOSCOPE_KERNELS forces one.
// All are deterministic: same input, same bytes, whatever the number of threads. Sequences are packed with offsets;
// empty input is fine. Row-major, contiguous, float32 unless said. `threads` <= 0 means the process setting.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace recoscope::kernels {

enum class Path { Reference, Scalar, Avx2, Avx512, Cuda };
const char* pathName(Path path);
Path activePath(); // what dispatch uses now
std::vector<Path> availablePaths(); // on this machine
void forcePath(Path path); // tests; Error{Resource} when not available
void setThreads(int threads); // for all kernels of the process; default 1 per core
int threads();

// ---- Linear recurrent unit scan: h_t = lambda ∘ h_{t-1} + u_t, h restarts at 0 at each sequence start (LRURec 1.2).
// Complex numbers are planar: u and h are [T, 2S], real parts first then imaginary parts of each row.
struct LruScanForward {
    std::span<const std::int64_t> offsets; // [B+1]
    std::int64_t channels = 0; // S
    const float* lambda = nullptr; // [2S] real parts, then imaginary parts
    const float* input = nullptr; // [T, 2S]
    const float* initial = nullptr; // [B, 2S] state before the first event, or null for zeros
    float* states = nullptr; // [T, 2S]; may be the same array as input
};
void lruScanForward(const LruScanForward& a);

struct LruScanBackward {
    std::span<const std::int64_t> offsets;
    std::int64_t channels = 0;
    const float* lambda = nullptr; // [2S]
    const float* states = nullptr; // [T, 2S] from forward
    const float* gradStates = nullptr; // [T, 2S] dL/dRe(h), dL/dIm(h)
    float* gradInput = nullptr; // [T, 2S]; may be gradStates
    float* gradLambda = nullptr; // [2S], overwritten; summed in a fixed order
    // Of a chunk, whose loss from later chunks comes in through the last row of gradStates:
    const float* initial = nullptr; // [B, 2S] as in forward
    float* gradInitial = nullptr; // [B, 2S] dL/dinitial, overwritten, zeros for empty sequences; or null
};
void lruScanBackward(const LruScanBackward& a);

// ---- Rotary positions (Su et al. 2021) in the layout of Llama: of a head's row x at position p, with half = headDim /
// 2 and angles that the tables give for p,
//   x'[i] = x[i] cos[p][i] - x[i + half] sin[p][i],   x'[i + half] = x[i + half] cos[p][i] + x[i] sin[p][i].
// Not owned.
struct RotaryTables {
    std::int64_t positions = 0;
    const float* cosine = nullptr; // [positions, headDim/2]; both null: nothing turns
    const float* sine = nullptr;
    std::span<const std::int32_t> rows = {}; // [T] position of each packed row; empty: its place in its sequence
};

// Each head of some rows turned, for keys that are kept: the bytes that attention turns inside itself.
struct RotateRows {
    std::int64_t rows = 0, heads = 1, headDim = 0;
    RotaryTables rotary; // without `rows`, row r has position r
    const float* input = nullptr; // row r at input + r*inputStride
    std::int64_t inputStride = 0;
    float* output = nullptr; // row r at output + r*outputStride; may be the input with the same stride
    std::int64_t outputStride = 0;
};
void rotateRows(const RotateRows& a);

// ---- Softmax attention over packed sequences. Row t of sequence b attends to rows offsets[b]..t, and to the later
// ones of its sequence too when not causal.
struct SoftmaxAttentionForward {
    std::span<const std::int64_t> offsets; // [B+1]
    std::int64_t heads = 1;
    std::int64_t headDim = 0;
    float scale = 1.0f;
    const float* query = nullptr; // row t at query + t*rowStride, heads side by side: [T, heads*headDim]
    const float* key = nullptr;
    const float* value = nullptr;
    std::int64_t rowStride = 0; // floats between rows of q, k and v (e.g. 3*heads*headDim for a fused projection)
    float dropout = 0.0f; // probability; mask from Philox(seed, head, row, column)
    std::uint64_t seed = 0;
    float* output = nullptr; // [T, heads*headDim]
    float* logSumExp = nullptr; // [T, heads]
    bool causal = true;
    // [B] or empty: of each sequence, the rows before this one are keys and values alone. Nothing is computed for them:
    // output and logSumExp are 0, and so is the gradient of their queries. Their gradOutput must be finite.
    std::span<const std::int64_t> firstQueries = {};
    // Queries and keys are turned as they are read and the gradients turned back as they are written, so that both are
    // of the rows as they are given.
    RotaryTables rotary = {};
};
void softmaxAttentionForward(const SoftmaxAttentionForward& a);

struct SoftmaxAttentionBackward {
    SoftmaxAttentionForward forward; // the same inputs, output and logSumExp filled
    const float* gradOutput = nullptr; // [T, heads*headDim]
    float* gradQuery = nullptr; // rows with gradStride, overwritten
    float* gradKey = nullptr;
    float* gradValue = nullptr;
    std::int64_t gradStride = 0;
};
void softmaxAttentionBackward(const SoftmaxAttentionBackward& a);
// Probabilities (no dropout) of every row of one sequence and head: [L, L], zeros above the diagonal when causal.
void softmaxAttentionProbabilities(
    const SoftmaxAttentionForward& a, std::int64_t sequence, std::int64_t head, float* probabilities);

// One head of the newest `rows` of `events` rows whose keys and values are kept: row r attends to the first events -
// rows + r + 1 of them. A row has the same bytes however many come at once. On the processor, whatever the path.
struct CachedAttention {
    std::int64_t rows = 0, events = 0, headDim = 0;
    float scale = 1.0f;
    const float* query = nullptr; // row r at query + r*queryStride
    std::int64_t queryStride = 0;
    const float* keys = nullptr; // [events, headDim]
    const float* values = nullptr;
    float* output = nullptr; // row r at output + r*outputStride
    std::int64_t outputStride = 0;
};
void cachedAttention(const CachedAttention& a);

// Kept rows [first, first + count).
struct KeptPage {
    std::int64_t first = 0, count = 0;
};
// The same for rows that each attend to pages of their own, one after another: the beams of a user share the page of
// the history and the pages of what they have spelled in common. Of a row that sees one page up to itself the bytes
// are those of cachedAttention().
struct PagedAttention {
    std::int64_t rows = 0, kept = 0, headDim = 0;
    float scale = 1.0f;
    std::span<const std::int64_t> offsets; // [rows+1] in `pages`; each row sees at least one kept row
    std::span<const KeptPage> pages;
    const float* query = nullptr; // row r at query + r*queryStride
    std::int64_t queryStride = 0;
    const float* keys = nullptr; // [kept, headDim]
    const float* values = nullptr;
    float* output = nullptr; // row r at output + r*outputStride
    std::int64_t outputStride = 0;
};
void pagedAttention(const PagedAttention& a);

// ---- HSTU attention (Zhai et al., ICML 2024, research form) over packed sequences: pointwise, no softmax.
//   A_ij = silu(scale q_i . k_j + positionBias[i - j] + timeBias[timeBucket(queryTimes[i] - keyTimes[j])]) / n_i
//   output_i = sum over j <= i of A_ij v_j
// The biases are shared by the heads; they and the buckets are computed in strips of a few rows, never as a matrix.
struct HstuAttentionForward {
    std::span<const std::int64_t> offsets; // [B+1]
    std::int64_t heads = 1;
    std::int64_t queryDim = 0, valueDim = 0; // a head
    float scale = 1.0f;
    const float* query = nullptr; // row t at query + t*rowStride, heads side by side
    const float* key = nullptr;
    const float* value = nullptr;
    std::int64_t rowStride = 0; // floats between rows of q, k and v
    const float* positionBias = nullptr; // [positions] by distance i - j, or null
    std::int64_t positions = 0; // at least the longest sequence
    const float* timeBias = nullptr; // [timeBuckets + 1], or null
    std::int64_t timeBuckets = 128;
    const std::int64_t* queryTimes = nullptr; // [T] seconds; with timeBias only
    const std::int64_t* keyTimes = nullptr; // [T]
    float normaliser = 0.0f; // n_i; 0 = the number of events that row i sees, i + 1
    float* output = nullptr; // [T, heads*valueDim]
    std::span<const std::int64_t> firstQueries = {}; // as in SoftmaxAttentionForward
};
void hstuAttentionForward(const HstuAttentionForward& a);

struct HstuAttentionBackward {
    HstuAttentionForward forward; // the same inputs; the output is not read
    const float* gradOutput = nullptr; // [T, heads*valueDim]
    float* gradQuery = nullptr; // rows with gradStride, overwritten
    float* gradKey = nullptr;
    float* gradValue = nullptr;
    std::int64_t gradStride = 0;
    float* gradPositionBias = nullptr; // [positions], overwritten; with positionBias only
    float* gradTimeBias = nullptr; // [timeBuckets + 1], overwritten; with timeBias only
};
void hstuAttentionBackward(const HstuAttentionBackward& a);
// A of one sequence and head: [L, L], zeros above the diagonal. Rows do not sum to one.
void hstuAttentionWeights(const HstuAttentionForward& a, std::int64_t sequence, std::int64_t head, float* weights);

// min(floor(ln(max(1, |seconds|)) / 0.301), buckets) as the public code computes it: float32 throughout.
std::int32_t timeBucket(std::int64_t seconds, std::int64_t buckets = 128);

// ---- Linear layer, softmax and cross-entropy over the catalogue in one walk, without ever holding all logits:
// loss[r] = log sum_j exp(z_rj) - z_r,target with z_rj = hidden[r] . table[j] + bias[j], and the gradients of
// scale * sum_r loss[r]. At most 64 MiB besides the arguments, whatever their size.
struct LinearCrossEntropy {
    std::int64_t rows = 0, items = 0, width = 0;
    const float* hidden = nullptr; // [rows, width]
    const float* table = nullptr; // [items, width]
    const float* bias = nullptr; // [items] or null
    const std::int32_t* targets = nullptr; // [rows]
    float scale = 1.0f;
    double* loss = nullptr; // [rows]
    float* gradHidden = nullptr; // [rows, width], overwritten; null: the losses only
    float* gradTable = nullptr; // [items, width], added to
    float* gradBias = nullptr; // [items], added to; or null
};
void linearCrossEntropy(const LinearCrossEntropy& a);

// ---- Losses of a row's target against a sample of negatives, and their gradients, without a matrix of scores:
//   z_j = inverseTemperature hidden[r] . v_j + bias[j] - logQ[j],  v_j = table[j] or, with unitItems, table[j] /
//   |table[j]| Softmax:  loss[r] = log(exp z_target + sum over negatives exp z_n) - z_target Logistic: loss[r] =
//   positiveWeight softplus(-z_target) + negativeWeight sum over negatives softplus(z_n)
// (binary cross-entropy, and gBCE of Petrov & Macdonald 2023, by the two weights). At most 2 MiB besides the arguments.
struct SampledLoss {
    enum class Form { Softmax, Logistic };
    Form form = Form::Softmax;
    std::int64_t rows = 0, items = 0, width = 0;
    const float* hidden = nullptr; // [rows, width]
    const float* table = nullptr; // [items, width]
    const float* bias = nullptr; // [items] or null
    const std::int32_t* targets = nullptr; // [rows]
    std::int64_t negatives = 0; // of each row
    const std::int32_t* sample = nullptr; // [rows, negatives], or [negatives] for all rows when shared
    bool shared = false;
    bool removeHits = false; // negatives equal to the row's target do not count
    bool unitItems = false; // lengths below 1e-6 count as 1e-6
    float inverseTemperature = 1.0f;
    const float* logQ = nullptr; // [items] or null
    bool correctTarget = true; // false: logQ is for the negatives only
    float logCount = 0.0f; // also taken from the negatives' z where there is logQ
    float positiveWeight = 1.0f, negativeWeight = 1.0f;
    double* loss = nullptr; // [rows]; may be null where gradients are asked for
    // Gradients of sum over r of gradLoss[r] * loss[r]; null: the losses only.
    const float* gradLoss = nullptr; // [rows]
    float* gradHidden = nullptr; // [rows, width], overwritten
    float* gradTable = nullptr; // [items, width], added to
    float* gradBias = nullptr; // [items], added to; or null
};
void sampledLoss(const SampledLoss& a);

// ---- Fused layers. rows x width.
// y = LayerNorm(dropout(x) + residual) * weight + bias; `residual` may be null, dropout 0 in evaluation.
// The normalised value and 1/sigma are kept for backward.
struct LayerNormForward {
    std::int64_t rows = 0, width = 0;
    float epsilon = 1e-5f;
    const float* input = nullptr;
    const float* residual = nullptr;
    const float* weight = nullptr;
    const float* bias = nullptr;
    float dropout = 0.0f; // on `input` only
    std::uint64_t seed = 0;
    float* output = nullptr;
    float* normalised = nullptr; // [rows, width], may be null in evaluation
    float* inverseSigma = nullptr; // [rows], may be null in evaluation
};
void layerNormForward(const LayerNormForward& a);
struct LayerNormBackward {
    std::int64_t rows = 0, width = 0;
    const float* gradOutput = nullptr;
    const float* normalised = nullptr;
    const float* inverseSigma = nullptr;
    const float* weight = nullptr;
    float dropout = 0.0f;
    std::uint64_t seed = 0;
    float* gradInput = nullptr; // [rows, width], dropout mask applied
    float* gradResidual = nullptr; // null when there was none
    float* gradWeight = nullptr; // [width], overwritten
    float* gradBias = nullptr;
};
void layerNormBackward(const LayerNormBackward& a);

// y = x / max(|x|, epsilon), row by row.
struct UnitRows {
    std::int64_t rows = 0, width = 0;
    float epsilon = 1e-6f;
    const float* input = nullptr; // [rows, width]
    float* output = nullptr; // [rows, width]
    float* inverse = nullptr; // [rows] 1 / max(|x|, epsilon), for the backward
};
void unitRowsForward(const UnitRows& a);
struct UnitRowsBackward {
    UnitRows forward; // output and inverse filled; the input is not read
    const float* gradOutput = nullptr; // [rows, width]
    float* gradInput = nullptr; // [rows, width]; a row no longer than epsilon was only scaled
};
void unitRowsBackward(const UnitRowsBackward& b);

// y = dropout(gelu(x)), exact (erf) form; backward gives dL/dx from x. In place allowed.
void geluDropoutForward(std::int64_t count, const float* input, float dropout, std::uint64_t seed, float* output);
void geluDropoutBackward(std::int64_t count, const float* input, float dropout, std::uint64_t seed,
    const float* gradOutput, float* gradInput);
// [y_0 .. y_width) = n(x) W + bias, of which the first `activated` columns go through SiLU: y = z / (1 + exp(-z)). n is
// LN without weights of its own where `normEpsilon` is above zero, otherwise x itself.
struct SiluProjection {
    std::int64_t rows = 0, inner = 0, width = 0, activated = 0;
    const float* input = nullptr; // [rows, inner]
    const float* weight = nullptr; // [inner, width]
    const float* bias = nullptr; // [width] or null
    float* slope = nullptr; // [rows, activated] dy/dz, for the backward; may be null in evaluation
    float* output = nullptr; // [rows, width]
    float normEpsilon = 0.0f;
    float* mean = nullptr; // [rows] of x, for the backward; both may be null in evaluation and without a norm
    float* inverseSigma = nullptr; // [rows]
};
void siluProjectionForward(const SiluProjection& a);
struct SiluProjectionBackward {
    SiluProjection forward; // the same inputs; slope, mean and inverseSigma filled, the output is not read
    const float* gradOutput = nullptr; // [rows, width]
    float* gradInput = nullptr; // [rows, inner], overwritten; null where nobody asks
    float* gradWeight = nullptr; // [inner, width], overwritten; summed in a fixed order
    float* gradBias = nullptr; // [width], overwritten; with bias only
};
void siluProjectionBackward(const SiluProjectionBackward& b);
// The end of an HSTU layer: y = residual + dropout(gate * LN(x)) W^T + bias, LN without weights of its own (Zhai et
// al., ICML 2024, eq. 4). Neither LN(x) nor what is gated is kept: both are made again, row by row, backward.
struct GatedOutput {
    std::int64_t rows = 0, inner = 0, width = 0;
    float epsilon = 1e-6f;
    const float* input = nullptr; // [rows, inner]
    const float* gate = nullptr; // [rows, inner], rows gateStride floats apart
    std::int64_t gateStride = 0;
    const float* residual = nullptr; // [rows, width]
    const float* weight = nullptr; // [width, inner]
    const float* bias = nullptr; // [width]
    float dropout = 0.0f;
    std::uint64_t seed = 0;
    float* output = nullptr; // [rows, width]
    float* mean = nullptr; // [rows] of x, for the backward; both may be null in evaluation
    float* inverseSigma = nullptr; // [rows]
};
void gatedOutputForward(const GatedOutput& a);
// The gradient of the residual is gradOutput itself.
struct GatedOutputBackward {
    GatedOutput forward; // the same inputs; mean and inverseSigma filled, output and residual are not read
    const float* gradOutput = nullptr; // [rows, width]
    float* gradInput = nullptr; // [rows, inner], overwritten
    float* gradGate = nullptr; // [rows, inner], overwritten, rows gradGateStride floats apart
    std::int64_t gradGateStride = 0;
    float* gradWeight = nullptr; // [width, inner], overwritten; summed in a fixed order
    float* gradBias = nullptr; // [width], likewise
};
void gatedOutputBackward(const GatedOutputBackward& b);
// y = x W^T + bias with weights laid out once for reading: in groups of 64 outputs, [group][inner][64], and behind them
// the biases; zeros past the last output. For rows so few that laying them out each time, as a matrix product does,
// would cost more than the product. Each sum is one chain of multiply-adds from the bias over the inputs in order, so
// a row has the same bytes among any others. On the processor, whatever the path.
struct PackedLinear {
    static constexpr std::int64_t group = 64;
    std::int64_t rows = 0, inner = 0, outputs = 0;
    const float* input = nullptr; // [rows, inner]
    const float* packed = nullptr; // of packLinear(), best aligned to 64 bytes
    float* output = nullptr; // [rows, outputs]
    std::int64_t outputStride = 0; // floats between rows of the output; 0: outputs
};
void packedLinear(const PackedLinear& a);
std::int64_t packedLinearFloats(std::int64_t outputs, std::int64_t inner);
// `weight` [outputs, inner], `bias` [outputs] or null, `packed` [packedLinearFloats()].
void packLinear(std::int64_t outputs, std::int64_t inner, const float* weight, const float* bias, float* packed);
// x - log sum over the row of exp x, in place: [rows, width]. On the processor, whatever the path.
void logSoftmax(std::int64_t rows, std::int64_t width, float* values);
// y = x sigmoid(opening), all [count]. In place allowed.
void sigmoidGate(std::int64_t count, const float* opening, const float* input, float* output);

// In-place-capable dropout; the same function with the same seed is its own backward.
void dropout(std::int64_t count, const float* input, float probability, std::uint64_t seed, float* output);

// ---- Embedding.
void embeddingGather(std::int64_t rows, std::int64_t width, std::int64_t tableRows, const float* table,
    const std::int32_t* indices, float* output);
// grad[index] += gradOutput row, in index-sorted order (deterministic). `grad` [tableRows, width] is not cleared.
void embeddingScatterAdd(std::int64_t rows, std::int64_t width, std::int64_t tableRows, const float* gradOutput,
    const std::int32_t* indices, float* grad);

// ---- AdamW on one flat parameter (Loshchilov & Hutter 2019), fused with gradient scaling (clip) in one pass.
struct AdamWStep {
    std::int64_t count = 0;
    float* parameter = nullptr;
    const float* gradient = nullptr;
    float* firstMoment = nullptr;
    float* secondMoment = nullptr;
    double learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.0;
    bool decoupledDecay = true; // false: L2 added to the gradient (Adam)
    std::int64_t step = 1; // 1-based
    float gradientScale = 1.0f; // from the clip
};
void adamWStep(const AdamWStep& a);

// What a step's number, learning rate and decay come to. It outlives the step where rows are updated later.
struct AdamWFactors {
    double rate = 0.0; // learningRate / (1 - beta1^step)
    double spread = 0.0; // 1 / sqrt(1 - beta2^step)
    double keep = 1.0; // 1 - learningRate * weightDecay where the decay is decoupled
};
AdamWFactors adamWFactors(const AdamWStep& a);

// AdamW on a table of which a step touches few rows, with the bytes that adamWStep leaves in all of it. A row that has
// no gradient is left alone. When it is next needed it makes up for the steps it missed, one by one as they would have
// been: its moments decay, and the values follow what is left of the first moment and the weight decay. So what is
// saved is the memory traffic, and no arithmetic. Rows are to be brought up to date before anything reads them.
struct SparseAdamW {
    std::int64_t tableRows = 0, width = 0;
    float* parameter = nullptr; // [tableRows, width], as the next three
    float* gradient = nullptr; // of the last of the steps, cleared where it is used; null: that one has none either
    float* firstMoment = nullptr;
    float* secondMoment = nullptr;
    std::int64_t* rowSteps = nullptr; // [tableRows] steps that a row has made; all of `steps` afterwards
    std::span<const std::int32_t> rows; // to bring up to date, ascending without repeats
    std::int64_t steps = 0; // made by all parameters
    std::span<const AdamWFactors> factors; // of the last factors.size() of them; no row has missed more
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    float gradientScale = 1.0f;
};
void sparseAdamW(const SparseAdamW& a);
// Over some rows, in a fixed order.
double sumOfSquares(std::span<const std::int32_t> rows, std::int64_t width, const float* values);
double sumOfSquares(std::int64_t count, const float* values); // fixed summation order

// ---- Scores and ranking over the catalogue.
// Top K items of each query by score = query · item + bias, seen items excluded; ties by lowest item index.
struct TopK {
    std::int64_t queries = 0, items = 0, width = 0, k = 0;
    const float* query = nullptr; // [queries, width]
    const float* table = nullptr; // [items, width]
    const float* bias = nullptr; // [items] or null
    std::span<const std::int64_t> seenOffsets; // [queries+1] or empty
    std::span<const std::int32_t> seen; // item indices, ascending within a query
    std::int32_t* ids = nullptr; // [queries, k], -1 past the end
    float* scores = nullptr; // [queries, k], -inf past the end
};
void topK(const TopK& a);

// For each query: how many unmasked items score above, and exactly equal to, the target (the target itself not
// counted), for exact ranks under every tie rule; and the top K in the same pass when k > 0.
struct RankTargets {
    TopK top;
    const std::int32_t* targets = nullptr; // [queries]
    std::int64_t* greater = nullptr; // [queries]
    std::int64_t* equal = nullptr; // [queries]
    std::int64_t* equalBefore = nullptr; // [queries] equal ones with a lower index than the target
    float* targetScore = nullptr; // [queries]
};
void rankTargets(const RankTargets& a);

// scores[i] = query · table[i] + bias[i] for one query: [items].
void scoreAll(
    std::int64_t items, std::int64_t width, const float* query, const float* table, const float* bias, float* scores);

// ---- One step of an LRURec block for one user (no dropout): the incremental path (LRURec 1.11).
struct LruStep {
    std::int64_t width = 0; // H
    std::int64_t channels = 0; // S
    std::int64_t inner = 0; // 4H
    float epsilon = 1e-5f;
    const float* lambda = nullptr; // [2S]
    // Weights and biases of packLinear().
    const float* in = nullptr; // [2S, H], gamma folded in
    const float* out = nullptr; // [H, 2S]: [Re C, -Im C]
    const float *w1 = nullptr, *w2 = nullptr; // [4H, H], [H, 4H]
    const float *norm1Weight = nullptr, *norm1Bias = nullptr;
    const float *norm2Weight = nullptr, *norm2Bias = nullptr;
    float* state = nullptr; // [2S], updated
    float* x = nullptr; // [H], replaced by the block's output
};
void lruStep(const LruStep& a);

// Rows of many users in one call: row t of sequence b, oldest first, advances state b and is replaced by the block's
// output. One event of each of many users is a batch of sequences of one; a piece of a long history is one sequence.
// Gives what lruStep() gives row by row, bit for bit but on a GPU, and reads the weights once for many rows.
struct LruSteps {
    LruStep block; // state [B, 2S], x [T, H]
    std::span<const std::int64_t> offsets; // [B+1]
};
void lruSteps(const LruSteps& a);

} // namespace recoscope::kernels
