#!/usr/bin/env python3
# SPDX-FileCopyrightText: Recoscope contributors
# SPDX-License-Identifier: MIT
"""Writes the parity fixtures beside this file: each model once more in plain double-precision Python.

Equations as in docs/models.md, one scalar at a time, no library. Weights and inputs come from a fixed recurrence, so a
second run gives the same bytes. Gradients are central differences of the loss. The folders have the form of the public
fixtures (case.json, weights.safetensors, io.safetensors); parameter names follow the public implementations.
"""
import cmath
import json
import math
import pathlib
import struct

HERE = pathlib.Path(__file__).parent


class Numbers:
    """Roughly uniform in (-1, 1), rounded to float32 so that both precisions start from the same weights."""

    def __init__(self, seed):
        self.state = seed

    def one(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return struct.unpack("<f", struct.pack("<f", (self.state >> 8) / 2**23 - 1.0))[0]

    def vector(self, n, scale=1.0, shift=0.0):
        return [struct.unpack("<f", struct.pack("<f", self.one() * scale + shift))[0] for _ in range(n)]

    def matrix(self, rows, columns, scale=0.5):
        return [self.vector(columns, scale) for _ in range(rows)]


# ---- Small linear algebra on lists.

def linear(weight, bias, x):
    return [sum(w * v for w, v in zip(row, x)) + b for row, b in zip(weight, bias)]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def add(a, b):
    return [x + y for x, y in zip(a, b)]


def layer_norm(x, weight, bias, epsilon):
    mean = sum(x) / len(x)
    variance = sum((v - mean) ** 2 for v in x) / len(x)
    return [(v - mean) / math.sqrt(variance + epsilon) * w + b for v, w, b in zip(x, weight, bias)]


def gelu(x):
    return [0.5 * v * (1.0 + math.erf(v / math.sqrt(2.0))) for v in x]


def sigmoid(v):
    return 1.0 / (1.0 + math.exp(-v))


def cross_entropy(scores, target):
    largest = max(scores)
    return largest + math.log(sum(math.exp(s - largest) for s in scores)) - scores[target]


def norm(p, name, x, epsilon):
    return layer_norm(x, p[name + ".weight"], p[name + ".bias"], epsilon)


def dense(p, name, x):
    return linear(p[name + ".weight"], p[name + ".bias"], x)


# ---- LRURec: h <- lambda h + gamma (B x + b), y = Re(C h + c), post-norm blocks, tied scores with an item bias.

def lrurec_sequence(p, items, blocks):
    states = [None] * blocks
    rows = {"embedding": [], **{f"block{i}.lru_layer": [] for i in range(blocks)}, **{f"block{i}": [] for i in range(blocks)}}
    for item in items:
        x = norm(p, "embedding.layer_norm", p["embedding.token.weight"][item], 1e-5)
        rows["embedding"].append(x)
        for i in range(blocks):
            prefix = f"model.lru_blocks.{i}."
            nu, theta, gamma = p[prefix + "lru_layer.params_log"]
            re = linear(p[prefix + "lru_layer.in_proj.weight.re"], p[prefix + "lru_layer.in_proj.bias.re"], x)
            im = linear(p[prefix + "lru_layer.in_proj.weight.im"], p[prefix + "lru_layer.in_proj.bias.im"], x)
            previous = states[i] or [0j] * len(nu)
            states[i] = [
                complex(math.exp(-math.exp(n)) * math.cos(math.exp(t)), math.exp(-math.exp(n)) * math.sin(math.exp(t))) * h
                + math.exp(g) * complex(a, b)
                for n, t, g, a, b, h in zip(nu, theta, gamma, re, im, previous)
            ]
            y = [
                sum(a * h.real - b * h.imag for a, b, h in zip(row_re, row_im, states[i])) + bias
                for row_re, row_im, bias in zip(p[prefix + "lru_layer.out_proj.weight.re"],
                                                p[prefix + "lru_layer.out_proj.weight.im"],
                                                p[prefix + "lru_layer.out_proj.bias.re"])
            ]
            z = norm(p, prefix + "lru_layer.layer_norm", add(y, x), 1e-5)
            rows[f"block{i}.lru_layer"].append(z)
            inner = gelu(dense(p, prefix + "feed_forward.w_1", z))
            x = norm(p, prefix + "feed_forward.layer_norm", add(dense(p, prefix + "feed_forward.w_2", inner), z), 1e-5)
            rows[f"block{i}"].append(x)
    return rows


def lrurec_case():
    items, hidden, state, blocks, window = 9, 4, 8, 2, 6
    n = Numbers(11)
    p = {"embedding.token.weight": n.matrix(items + 1, hidden), "model.bias": n.vector(items + 1, 0.3)}
    add_norm(p, n, "embedding.layer_norm", hidden)
    for i in range(blocks):
        prefix = f"model.lru_blocks.{i}."
        p[prefix + "lru_layer.params_log"] = [n.vector(state, 0.5, -1.5), n.vector(state, 0.8, 0.5), n.vector(state, 0.4, -0.8)]
        for name, rows, columns in (("in_proj", state, hidden), ("out_proj", hidden, state)):
            for part in ("re", "im"):
                p[prefix + f"lru_layer.{name}.weight.{part}"] = n.matrix(rows, columns)
                p[prefix + f"lru_layer.{name}.bias.{part}"] = n.vector(rows, 0.3)
        add_norm(p, n, prefix + "lru_layer.layer_norm", hidden)
        add_dense(p, n, prefix + "feed_forward.w_1", 4 * hidden, hidden)
        add_dense(p, n, prefix + "feed_forward.w_2", hidden, 4 * hidden)
        add_norm(p, n, prefix + "feed_forward.layer_norm", hidden)
    sequences, labels, bos = [[3, 1, 4, 1, 5], [9, 2], [6]], [[1, 4, 1, 5, 9], [2, 6], [5]], [3, 0, 6]

    def forward(p):
        return [lrurec_sequence(p, s, blocks) for s in sequences]

    def scores(p, x):
        return [dot(x, row) + b for row, b in zip(p["embedding.token.weight"], p["model.bias"])]

    def loss(p):
        last = f"block{blocks - 1}"
        terms = [cross_entropy(scores(p, x), y) for rows, ys in zip(forward(p), labels) for x, y in zip(rows[last], ys)]
        start = lrurec_sequence(p, [0], blocks)[last][0]
        terms += [cross_entropy(scores(p, start), y) for y in bos if y]
        return sum(terms) / len(terms)

    def outputs(p):
        all_rows = forward(p)
        result = {name + "_packed": [x for rows in all_rows for x in rows[name]] for name in all_rows[0]}
        result["hidden_packed"] = result[f"block{blocks - 1}_packed"]
        result["logits_last"] = [scores(p, rows[f"block{blocks - 1}"][-1]) for rows in all_rows]
        return result

    inputs = packed(sequences, window)
    inputs["in.packed_labels"] = [y for ys in labels for y in ys]
    inputs["in.bos_labels"] = bos
    hyper = {"num_items": items, "hidden": hidden, "state": state, "blocks": blocks, "window": window}
    write_case("lrurec_plain", "lrurec", hyper, p, inputs, outputs, loss)


# ---- SASRec, post-norm as in RecBole: softmax attention, loss at the last position.

def causal(t, rows):
    return list(range(t + 1))


def attention_layer(p, prefix, rows, heads, seen=causal):
    """`seen(t, rows)`: the rows that row t of them sees."""
    width = len(rows[0])
    size = width // heads
    query, key, value = ([dense(p, prefix + name, x) for x in rows] for name in ("query", "key", "value"))
    mixed = []
    for t in range(len(rows)):
        out = []
        for h in range(heads):
            part = slice(h * size, (h + 1) * size)
            others = seen(t, len(rows))
            logits = [dot(query[t][part], key[s][part]) / math.sqrt(size) for s in others]
            largest = max(logits)
            weights = [math.exp(v - largest) for v in logits]
            out += [sum(w * value[s][part][i] for s, w in zip(others, weights)) / sum(weights) for i in range(size)]
        mixed.append(dense(p, prefix + "dense", out))
    return mixed


def sasrec_sequence(p, items, layers, heads, epsilon):
    rows = [norm(p, "LayerNorm", add(p["item_embedding.weight"][i], p["position_embedding.weight"][t]), epsilon)
            for t, i in enumerate(items)]
    steps = [rows]
    for i in range(layers):
        prefix = f"trm_encoder.layer.{i}."
        attended = attention_layer(p, prefix + "multi_head_attention.", rows, heads)
        rows = [norm(p, prefix + "multi_head_attention.LayerNorm", add(a, x), epsilon) for a, x in zip(attended, rows)]
        fed = [dense(p, prefix + "feed_forward.dense_2", gelu(dense(p, prefix + "feed_forward.dense_1", x))) for x in rows]
        rows = [norm(p, prefix + "feed_forward.LayerNorm", add(f, x), epsilon) for f, x in zip(fed, rows)]
        steps.append(rows)
    return steps


def sasrec_case():
    items, hidden, inner, layers, heads, window, epsilon = 8, 4, 6, 2, 2, 6, 1e-12
    n = Numbers(22)
    p = {"item_embedding.weight": n.matrix(items + 1, hidden, 1.0), "position_embedding.weight": n.matrix(window, hidden, 1.0)}
    add_norm(p, n, "LayerNorm", hidden)
    add_transformer(p, n, layers, hidden, inner)
    sequences, targets = [[3, 1, 4, 1, 5], [7], [2, 6, 8]], [2, 5, 7]

    def forward(p):
        return [sasrec_sequence(p, s, layers, heads, epsilon) for s in sequences]

    def scores(p, x):
        return [dot(x, row) for row in p["item_embedding.weight"]]

    def loss(p):
        return sum(cross_entropy(scores(p, steps[-1][-1]), y) for steps, y in zip(forward(p), targets)) / len(targets)

    def outputs(p):
        every = forward(p)
        result = {"embedding_packed": [x for steps in every for x in steps[0]],
                  "hidden_packed": [x for steps in every for x in steps[-1]],
                  "scores_last": [scores(p, steps[-1][-1]) for steps in every]}
        for i in range(layers):
            result[f"layer{i}_packed"] = [x for steps in every for x in steps[i + 1]]
        return result

    inputs = packed(sequences, window)
    inputs["in.targets"] = targets
    hyper = {"num_items": items, "hidden": hidden, "inner": inner, "layers": layers, "heads": heads, "window": window,
             "hidden_act": "gelu", "layer_norm_eps": epsilon}
    write_case("sasrec_plain", "sasrec_ce_recbole", hyper, p, inputs, outputs, loss)


# ---- GRU4Rec without GRU biases: gates in the order reset, update, new.

def gru_sequence(p, items, layers, hidden):
    states, tops = [[0.0] * hidden for _ in range(layers)], []
    for item in items:
        x = p["item_embedding.weight"][item]
        for i in range(layers):
            a = [dot(row, x) for row in p[f"gru_layers.weight_ih_l{i}"]]
            b = [dot(row, states[i]) for row in p[f"gru_layers.weight_hh_l{i}"]]
            new = []
            for k in range(hidden):
                reset, update = sigmoid(a[k] + b[k]), sigmoid(a[hidden + k] + b[hidden + k])
                fresh = math.tanh(a[2 * hidden + k] + reset * b[2 * hidden + k])
                new.append((1.0 - update) * fresh + update * states[i][k])
            states[i] = x = new
        tops.append(x)
    return tops


def gru4rec_case():
    items, embedding, hidden, layers, window = 8, 5, 4, 2, 6
    n = Numbers(33)
    p = {"item_embedding.weight": n.matrix(items + 1, embedding, 1.0)}
    for i in range(layers):
        p[f"gru_layers.weight_ih_l{i}"] = n.matrix(3 * hidden, embedding if i == 0 else hidden, 0.8)
        p[f"gru_layers.weight_hh_l{i}"] = n.matrix(3 * hidden, hidden, 0.8)
    add_dense(p, n, "dense", embedding, hidden)
    sequences, targets = [[3, 1, 4, 1, 5], [7], [2, 6, 8]], [2, 5, 7]

    def current(p):
        return [dense(p, "dense", gru_sequence(p, s, layers, hidden)[-1]) for s in sequences]

    def scores(p, x):
        return [dot(x, row) for row in p["item_embedding.weight"]]

    def loss(p):
        return sum(cross_entropy(scores(p, x), y) for x, y in zip(current(p), targets)) / len(targets)

    def outputs(p):
        tops = [x for s in sequences for x in gru_sequence(p, s, layers, hidden)]
        return {"gru_packed": tops, "hidden_packed": [dense(p, "dense", x) for x in tops], "current": current(p),
                "scores_last": [scores(p, x) for x in current(p)]}

    inputs = packed(sequences, window)
    inputs["in.targets"] = targets
    hyper = {"num_items": items, "embedding": embedding, "hidden": hidden, "layers": layers, "window": window}
    write_case("gru4rec_plain", "gru4rec_recbole", hyper, p, inputs, outputs, loss)


# ---- HSTU: A_ij = silu(q k + position + time) / events seen, y = x + O (U * LN(A V)), cosine scores.

def silu(v):
    return v * sigmoid(v)


def unit(x):
    length = max(math.sqrt(dot(x, x)), 1e-6)
    return [v / length for v in x]


def time_bucket(seconds):
    return min(int(math.log(max(1, abs(seconds))) / 0.301), 128)


def hstu_sequence(p, items, times, asked, shape):
    width = len(p["item_embedding.weight"][0])
    rows = [[v * math.sqrt(width) + w for v, w in zip(p["item_embedding.weight"][i], p["position_embedding.weight"][t])]
            for t, i in enumerate(items)]
    if shape["production"]:
        gaps = [min(int(math.sqrt((a - t) / 60.0)), 2048) for a, t in zip(asked, times)]
        rows = [add(x, p["gap_embedding.weight"][g]) for x, g in zip(rows, gaps)]
    return hstu_layers(p, rows, times, asked, shape)


def hstu_layers(p, rows, times, asked, shape, seen=causal):
    heads, dq, dv, production = shape["heads"], shape["query_dim"], shape["value_dim"], shape["production"]
    width, steps = len(rows[0]), [rows]

    def normed(name, x):
        return norm(p, name, x, 1e-6) if production else layer_norm(x, [1.0] * len(x), [0.0] * len(x), 1e-6)

    for layer in range(shape["layers"]):
        prefix = f"layers.{layer}."
        weights = p[prefix + "uvqk"]
        projected = []
        for x in rows:
            n = normed(prefix + "input_norm", x)
            row = [sum(n[i] * weights[i][c] for i in range(width)) for c in range(len(weights[0]))]
            if production:
                row = add(row, p[prefix + "uvqk_bias"])
                row = [silu(v) for v in row[:heads * dv]] + row[heads * dv:]
            else:
                row = [silu(v) for v in row]
            projected.append(row)
        values, queries = heads * dv, 2 * heads * dv
        keys = queries + heads * dq
        fresh = []
        for i, x in enumerate(rows):
            mixed, others = [0.0] * values, seen(i, len(rows))
            for h in range(heads):
                q = projected[i][queries + h * dq:queries + (h + 1) * dq]
                for place, j in enumerate(others):
                    distance = len(others) - 1 - place
                    score = dot(q, projected[j][keys + h * dq:keys + (h + 1) * dq])
                    if production:
                        score /= math.sqrt(dq)
                    else:
                        score += p[prefix + "position_bias"][distance] + p[prefix + "time_bias"][time_bucket(asked[i] - times[j])]
                    for d in range(dv):
                        mixed[h * dv + d] += silu(score) / len(others) * projected[j][values + h * dv + d]
            u, n = projected[i][:values], normed(prefix + "attention_norm", mixed)
            gated = [a * b for a, b in zip(u, n)]
            if production:
                gated = u + mixed + gated
            fresh.append(add(x, dense(p, prefix + "out", gated)))
        rows = fresh
        steps.append(rows)
    return steps


def hstu_case(name, production, negatives):
    items, hidden, window, layers, heads, dq, dv = 8, 4, 6, 2, 2, 3, 2
    n = Numbers(44 + production)
    p = {"item_embedding.weight": n.matrix(items + 1, hidden), "position_embedding.weight": n.matrix(window, hidden)}
    if production:
        p["gap_embedding.weight"] = [[0.0] * hidden for _ in range(2049)]
        for g in range(40):
            p["gap_embedding.weight"][g] = n.vector(hidden, 0.5)
    for layer in range(layers):
        prefix = f"layers.{layer}."
        p[prefix + "uvqk"] = n.matrix(hidden, 2 * heads * (dq + dv), 0.8)
        if production:
            p[prefix + "uvqk_bias"] = n.vector(2 * heads * (dq + dv), 0.3)
            add_norm(p, n, prefix + "input_norm", hidden)
            add_norm(p, n, prefix + "attention_norm", heads * dv)
        else:
            p[prefix + "position_bias"] = n.vector(window, 0.7)
            p[prefix + "time_bias"] = n.vector(129, 0.7)
        add_dense(p, n, prefix + "out", hidden, heads * dv * (3 if production else 1))
    sequences = [[3, 1, 4, 1, 5], [7], [2, 6, 0]]
    last = 90000 if production else 86400 * 40  # the production form's fixture keeps to the first gap vectors
    times = [[1000, 1060, 9000, 9000, 90000], [5], [70, 3600, 80000]]
    asked = [[1060, 9000, 9000, 90000, 95000], [65], [3600, 80000, last]]
    targets = [[1, 4, 1, 5, 2], [3], [6, 0, 7]]
    drawn = [[(5 * t + 2 * k + 1) % items for k in range(3)] for t in range(9)]
    shape = {"heads": heads, "query_dim": dq, "value_dim": dv, "layers": layers, "production": production}
    temperature = 0.5

    def forward(p):
        return [hstu_sequence(p, s, t, a, shape) for s, t, a in zip(sequences, times, asked)]

    def loss(p):
        total, row = 0.0, 0
        table = [unit(x) for x in p["item_embedding.weight"]]
        for steps, ys in zip(forward(p), targets):
            for x, y in zip(steps[-1], ys):
                others = [k for k in drawn[row] if k != y] if negatives else [k for k in range(items + 1) if k != y]
                total += cross_entropy([dot(unit(x), table[k]) / temperature for k in [y] + others], 0)
                row += 1
        return total / row

    def outputs(p):
        every = forward(p)
        result = {"embedding_packed": [x for steps in every for x in steps[0]],
                  "hidden_packed": [unit(x) for steps in every for x in steps[-1]],
                  "scores_last": [[dot(unit(steps[-1][-1]), unit(e)) for e in p["item_embedding.weight"]] for steps in every]}
        for i in range(layers):
            result[f"layer{i}_packed"] = [x for steps in every for x in steps[i + 1]]
        return result

    inputs = engine_inputs(sequences, targets)
    inputs["in.packed_times"] = [t for ts in times for t in ts]
    inputs["in.packed_next_times"] = [t for ts in asked for t in ts]
    if negatives:
        inputs["in.packed_negatives"] = drawn
    parameters = {"hidden": hidden, "layers": layers, "heads": heads, "query_dim": dq, "value_dim": dv, "dropout": 0.0,
                  "input_dropout": 0.0, "temperature": temperature, "variant": "production" if production else "research"}
    write_case(name, "engine", {"model": "hstu", "items": items, "max_length": window, "parameters": parameters}, p, inputs,
               outputs, loss, {"gap_embedding.weight": 40})


# ---- eSASRec: pre-norm LiGR layers, each sublayer times sigmoid(gate), SwiGLU, sampled softmax.

def esasrec_sequence(p, items, layers, heads):
    rows = [add(p["item_embedding.weight"][i], p["position_embedding.weight"][t]) for t, i in enumerate(items)]
    return ligr_layers(p, rows, layers, heads)


def split_qkv(p, prefix, width):
    """The engine's joined projection under the names that attention_layer reads."""
    parts = {"dense.weight": p[prefix + "attention.out.weight"], "dense.bias": p[prefix + "attention.out.bias"]}
    for k, part in enumerate(("query", "key", "value")):
        parts[part + ".weight"] = p[prefix + "attention.qkv.weight"][k * width:(k + 1) * width]
        parts[part + ".bias"] = p[prefix + "attention.qkv.bias"][k * width:(k + 1) * width]
    return parts


def ligr_layers(p, rows, layers, heads, seen=causal, gated=True):
    def opened(name, raw, values):
        return [w * sigmoid(g) for w, g in zip(values, dense(p, name, raw))] if gated else values

    steps, width = [rows], len(rows[0])
    for i in range(layers):
        prefix = f"layers.{i}."
        normed = [norm(p, prefix + "attention.norm", x, 1e-5) for x in rows]
        attended = attention_layer(split_qkv(p, prefix, width), "", normed, heads, seen)
        fresh = []
        for x, a in zip(rows, attended):
            z = add(x, opened(prefix + "attention.gate", x, a))
            n = norm(p, prefix + "feed_forward.norm", z, 1e-5)
            inner = [silu(v) * w for v, w in zip(dense(p, prefix + "feed_forward.w1", n), dense(p, prefix + "feed_forward.w3", n))]
            fed = dense(p, prefix + "feed_forward.w2", inner)
            fresh.append(add(z, opened(prefix + "feed_forward.gate", z, fed)))
        rows = fresh
        steps.append(rows)
    return steps


def add_ligr(p, n, layers, hidden, inner, gated=True):
    for i in range(layers):
        prefix = f"layers.{i}."
        add_norm(p, n, prefix + "attention.norm", hidden)
        add_dense(p, n, prefix + "attention.qkv", 3 * hidden, hidden)
        add_dense(p, n, prefix + "attention.out", hidden, hidden)
        if gated:
            add_dense(p, n, prefix + "attention.gate", hidden, hidden)
        add_norm(p, n, prefix + "feed_forward.norm", hidden)
        add_dense(p, n, prefix + "feed_forward.w1", inner, hidden)
        add_dense(p, n, prefix + "feed_forward.w3", inner, hidden)
        add_dense(p, n, prefix + "feed_forward.w2", hidden, inner)
        if gated:
            add_dense(p, n, prefix + "feed_forward.gate", hidden, hidden)
    add_norm(p, n, "final_norm", hidden)


def esasrec_case():
    items, hidden, inner, layers, heads, window = 8, 4, 5, 2, 2, 6
    n = Numbers(55)
    p = {"item_embedding.weight": n.matrix(items + 1, hidden, 1.0), "position_embedding.weight": n.matrix(window, hidden, 1.0)}
    add_ligr(p, n, layers, hidden, inner)
    sequences, targets = [[3, 1, 4, 1, 5], [7], [2, 6, 0]], [[1, 4, 1, 5, 2], [3], [6, 0, 7]]
    drawn = [[(5 * t + 2 * k + 1) % items for k in range(3)] for t in range(9)]

    def tops(p):
        return [[norm(p, "final_norm", x, 1e-5) for x in esasrec_sequence(p, s, layers, heads)[-1]] for s in sequences]

    def loss(p):
        rows = [x for xs in tops(p) for x in xs]
        ys = [y for part in targets for y in part]
        table = p["item_embedding.weight"]
        return sum(cross_entropy([dot(x, table[k]) for k in [y] + [k for k in others if k != y]], 0)
                   for x, y, others in zip(rows, ys, drawn)) / len(rows)

    def outputs(p):
        every = [esasrec_sequence(p, s, layers, heads) for s in sequences]
        result = {"embedding_packed": [x for steps in every for x in steps[0]],
                  "hidden_packed": [x for xs in tops(p) for x in xs],
                  "scores_last": [[dot(xs[-1], e) for e in p["item_embedding.weight"]] for xs in tops(p)]}
        for i in range(layers):
            result[f"layer{i}_packed"] = [x for steps in every for x in steps[i + 1]]
        return result

    inputs = engine_inputs(sequences, targets)
    inputs["in.packed_negatives"] = drawn
    parameters = {"hidden": hidden, "inner": inner, "layers": layers, "heads": heads, "dropout": 0.0}
    write_case("esasrec_plain", "engine", {"model": "esasrec", "items": items, "max_length": window, "parameters": parameters},
               p, inputs, outputs, loss)


# ---- BSARec: post-norm layers, attention mixed with a filter that weighs what changes fast in each event's own history.

def slow_part(rows, window, frequencies):
    """The lowest frequencies at each row of the window of zeros that ends with it, by the discrete Fourier transform."""
    slow = []
    for t in range(len(rows)):
        padded = [[0.0] * len(rows[0])] * (window - t - 1) + rows[:t + 1]
        out = []
        for i in range(len(rows[0])):
            total = 0.0
            for k in list(range(frequencies)) + list(range(window - frequencies + 1, window)):
                spectrum = sum(x[i] * cmath.exp(-2j * math.pi * k * n / window) for n, x in enumerate(padded))
                total += (spectrum * cmath.exp(2j * math.pi * k * (window - 1) / window)).real / window
            out.append(total)
        slow.append(out)
    return slow


def bsarec_sequence(p, items, layers, heads, share, window, frequencies):
    rows = [norm(p, "input_norm", add(p["item_embedding.weight"][i], p["position_embedding.weight"][t]), 1e-5)
            for t, i in enumerate(items)]
    steps, width = [rows], len(rows[0])
    for i in range(layers):
        prefix = f"layers.{i}."
        slow = slow_part(rows, window, frequencies)
        weighed = [[s + b * b * (v - s) for s, v, b in zip(low, x, p[prefix + "filter.beta"])] for low, x in zip(slow, rows)]
        filtered = [norm(p, prefix + "filter.norm", add(w, x), 1e-5) for w, x in zip(weighed, rows)]
        attended = attention_layer(split_qkv(p, prefix, width), "", rows, heads)
        seen = [norm(p, prefix + "attention.norm", add(a, x), 1e-5) for a, x in zip(attended, rows)]
        mixed = [[share * f + (1.0 - share) * s for f, s in zip(fs, ss)] for fs, ss in zip(filtered, seen)]
        fed = [dense(p, prefix + "feed_forward.w2", gelu(dense(p, prefix + "feed_forward.w1", x))) for x in mixed]
        rows = [norm(p, prefix + "feed_forward.norm", add(f, x), 1e-5) for f, x in zip(fed, mixed)]
        steps.append(rows)
    return steps


def bsarec_case():
    items, hidden, inner, layers, heads, window, share, frequencies = 8, 4, 5, 2, 2, 6, 0.6, 2
    n = Numbers(66)
    p = {"item_embedding.weight": n.matrix(items + 1, hidden, 1.0), "position_embedding.weight": n.matrix(window, hidden, 1.0)}
    add_norm(p, n, "input_norm", hidden)
    for i in range(layers):
        prefix = f"layers.{i}."
        add_norm(p, n, prefix + "attention.norm", hidden)
        add_dense(p, n, prefix + "attention.qkv", 3 * hidden, hidden)
        add_dense(p, n, prefix + "attention.out", hidden, hidden)
        add_norm(p, n, prefix + "feed_forward.norm", hidden)
        add_dense(p, n, prefix + "feed_forward.w1", inner, hidden)
        add_dense(p, n, prefix + "feed_forward.w2", hidden, inner)
        p[prefix + "filter.beta"] = n.vector(hidden, 1.0)
        add_norm(p, n, prefix + "filter.norm", hidden)
    sequences, targets = [[3, 1, 4, 1, 5, 0], [7], [2, 6, 0]], [[1, 4, 1, 5, 2, 6], [3], [6, 0, 7]]

    def every(p):
        return [bsarec_sequence(p, s, layers, heads, share, window, frequencies) for s in sequences]

    def scores(p, x):
        return [dot(x, row) for row in p["item_embedding.weight"]]

    def loss(p):
        rows = [x for steps in every(p) for x in steps[-1]]
        ys = [y for part in targets for y in part]
        return sum(cross_entropy(scores(p, x), y) for x, y in zip(rows, ys)) / len(rows)

    def outputs(p):
        all_steps = every(p)
        result = {"embedding_packed": [x for steps in all_steps for x in steps[0]],
                  "hidden_packed": [x for steps in all_steps for x in steps[-1]],
                  "scores_last": [scores(p, steps[-1][-1]) for steps in all_steps]}
        for i in range(layers):
            result[f"layer{i}_packed"] = [x for steps in all_steps for x in steps[i + 1]]
        return result

    parameters = {"hidden": hidden, "inner": inner, "layers": layers, "heads": heads, "dropout": 0.0,
                  "filter_share": share, "frequencies": frequencies}
    write_case("bsarec_plain", "engine", {"model": "bsarec", "items": items, "max_length": window, "parameters": parameters},
               p, engine_inputs(sequences, targets), outputs, loss)


# ---- TIGER: pre-norm layers over the tokens of the items' names; an item's score is the log probability of its name.

def gelu_layers(p, rows, layers, heads):
    steps, width = [rows], len(rows[0])
    for i in range(layers):
        prefix = f"layers.{i}."
        normed = [norm(p, prefix + "attention.norm", x, 1e-5) for x in rows]
        rows = [add(x, a) for x, a in zip(rows, attention_layer(split_qkv(p, prefix, width), "", normed, heads))]
        inner = [gelu(dense(p, prefix + "feed_forward.w1", norm(p, prefix + "feed_forward.norm", x, 1e-5))) for x in rows]
        rows = [add(x, dense(p, prefix + "feed_forward.w2", v)) for x, v in zip(rows, inner)]
        steps.append(rows)
    return steps


def tiger_case():
    hidden, inner, layers, heads, window, vocabulary = 6, 5, 2, 2, 4, 7
    names = [[0, 3, 5], [0, 3, 6], [1], [0, 4], [2, 3, 5, 6], [2, 4]]
    longest = max(map(len, names))
    n = Numbers(77)
    p = {"item_embedding.weight": n.matrix(vocabulary + 1, hidden, 1.0),
         "position_embedding.weight": n.matrix((window + 1) * longest, hidden, 1.0)}
    for i in range(layers):
        prefix = f"layers.{i}."
        add_norm(p, n, prefix + "attention.norm", hidden)
        add_dense(p, n, prefix + "attention.qkv", 3 * hidden, hidden)
        add_dense(p, n, prefix + "attention.out", hidden, hidden)
        add_norm(p, n, prefix + "feed_forward.norm", hidden)
        add_dense(p, n, prefix + "feed_forward.w1", inner, hidden)
        add_dense(p, n, prefix + "feed_forward.w2", hidden, inner)
    add_norm(p, n, "final_norm", hidden)
    sequences, targets = [[3, 1, 4, 1], [2], [0, 5]], [[1, 4, 1, 5], [3], [5, 4]]

    def states(p, tokens):
        rows = [add([v * math.sqrt(hidden) for v in p["item_embedding.weight"][k]], p["position_embedding.weight"][t])
                for t, k in enumerate(tokens)]
        return [norm(p, "final_norm", x, 1e-5) for x in gelu_layers(p, rows, layers, heads)[-1]]

    def name_loss(p, history, item):
        """-log of the probability of the item's name behind the history's."""
        before = [k for i in history for k in names[i]]
        rows = states(p, before + names[item])
        return sum(cross_entropy([dot(rows[len(before) + j - 1], v) for v in p["item_embedding.weight"][:vocabulary]], k)
                   for j, k in enumerate(names[item]))

    def loss(p):
        each = [name_loss(p, s[:t + 1], y) for s, ys in zip(sequences, targets) for t, y in enumerate(ys)]
        return sum(each) / len(each)

    def outputs(p):
        ends = [states(p, [k for i in s[:t + 1] for k in names[i]])[-1] for s in sequences for t in range(len(s))]
        return {"hidden_packed": ends, "name_scores": [[-name_loss(p, s, i) for i in range(len(names))] for s in sequences]}

    fixed = {"names.vocabulary": [vocabulary], "names.offsets": offsets_of(names), "names.tokens": [k for w in names for k in w]}
    parameters = {"hidden": hidden, "inner": inner, "layers": layers, "heads": heads, "dropout": 0.0}
    write_case("tiger_plain", "engine", {"model": "tiger", "items": len(names), "max_length": window,
               "parameters": parameters, "fixed": fixed}, p, engine_inputs(sequences, targets), outputs, loss, wide=2e-6)


# ---- ARGUS, merged: item + context + feedback in one row; next item and feedback from the state before the event.

def moment(time, before):
    """Rows of the context tables: hour, weekday (Sunday 0), gap."""
    return time // 3600 % 24, (time // 86400 + 4) % 7, 32 if before is None else min(max(time - before, 0).bit_length(), 31)


def context_vector(p, parts, surface):
    rows = [p["context." + name][i] for name, i in zip(("hour", "weekday", "gap"), parts)]
    if surface is not None:  # 2 of them, the third row for what is not known
        rows.append(p["context.surface"][min(surface, 2)])
    return [sum(column) for column in zip(*rows)]


def argus_head(p, name, x):
    return dense(p, name + ".w2", gelu(dense(p, name + ".w1", x)))


def argus_sequence(p, items, times, asked, feedback, marks, layers, heads):
    rows, scale = [], math.sqrt(len(p["position_embedding.weight"][0]))
    for t, i in enumerate(items):
        c = context_vector(p, moment(times[t], times[t - 1] if t else None), marks["surfaces"][t] if marks else None)
        merged = add(add([dot(row, p["item_embedding.weight"][i]) for row in p["item_widening"]], c),
                     p["feedback.level"][feedback[t] if feedback[t] >= 0 else 3])
        if marks:
            merged = add(merged, p["feedback.kind"][min(marks["kinds"][t], 2)])
        rows.append([scale * v + w for v, w in zip(merged, p["position_embedding.weight"][t])])
    steps = ligr_layers(p, rows, layers, heads, gated=False)
    after = marks["next_surfaces"] if marks else [None] * len(items)
    known = [norm(p, "final_norm", x, 1e-5) + context_vector(p, moment(a, t), s)
             for x, t, a, s in zip(steps[-1], times, asked, after)]
    return steps, known, scale


def argus_case(name, marked):
    """`marked`: events have a surface and a kind, 255 where nobody knows."""
    items, hidden, narrow, inner, layers, heads, window = 8, 4, 3, 5, 2, 2, 6
    n = Numbers(66)
    p = {"item_embedding.weight": n.matrix(items + 1, narrow, 1.0), "position_embedding.weight": n.matrix(window, hidden, 1.0),
         "item_widening": n.matrix(hidden, narrow), "log_temperature": n.vector(1)}
    for table, rows in (("context.hour", 25), ("context.weekday", 8), ("context.gap", 33), ("feedback.level", 4)):
        p[table] = n.matrix(rows, hidden)
    add_ligr(p, n, layers, hidden, inner, gated=False)
    for head, into, out in (("next_head", 2 * hidden, narrow), ("feedback_head", 2 * hidden + narrow, 5 if marked else 3)):
        add_dense(p, n, head + ".w1", 2 * hidden, into)
        add_dense(p, n, head + ".w2", out, 2 * hidden)
    if marked:
        p["context.surface"], p["feedback.kind"] = n.matrix(3, hidden), n.matrix(3, hidden)
    sequences, targets = [[3, 1, 4, 1, 5], [7], [2, 6, 0]], [[1, 4, 1, 5, 2], [3], [6, 0, 7]]
    times = [[1000, 1060, 9000, 9000, 90000], [500], [70, 3600, 80000]]
    asked = [[1060, 9000, 9000, 90000, 95000], [565], [3600, 80000, 900000]]
    feedback = [[1, 2, -1, 3, 1], [2], [3, -1, 1]]  # values 1 to 3, cut at 2 and 3; -1 is not known
    levels = [[f - 1 if f > 0 else -1 for f in part] for part in feedback]
    marks = [None] * 3
    if marked:
        marks = [{"surfaces": [0, 1, 255, 1, 0], "next_surfaces": [1, 255, 1, 0, 255], "kinds": [0, 1, 1, 255, 0]},
                 {"surfaces": [1], "next_surfaces": [0], "kinds": [1]},
                 {"surfaces": [255, 0, 0], "next_surfaces": [0, 0, 1], "kinds": [0, 255, 1]}]

    def forward(p):
        return [argus_sequence(p, s, t, a, f, m, layers, heads)
                for s, t, a, f, m in zip(sequences, times, asked, levels, marks)]

    def users(p, known):
        return [unit(argus_head(p, "next_head", x)) for x in known]

    def loss(p):
        table, terms = [unit(x) for x in p["item_embedding.weight"]], []
        for (steps, known, scale), ys in zip(forward(p), targets):
            terms += [cross_entropy([dot(x, e) / 0.5 for e in table], y) for x, y in zip(users(p, known), ys)]
        return sum(terms) / len(terms)

    def outputs(p):
        every, shares = forward(p), []
        for (steps, known, scale), ys in zip(every, targets):
            item = [scale * v for v in p["item_embedding.weight"][ys[-1]]]
            logits = argus_head(p, "feedback_head", known[-1] + item)
            shares.append([math.exp(-cross_entropy(own, k)) for own in (logits[:3], logits[3:]) for k in range(len(own))])
        result = {"embedding_packed": [x for steps, _, _ in every for x in steps[0]], "feedback_last": shares,
                  "hidden_packed": [x for _, known, _ in every for x in users(p, known)],
                  "scores_last": [[dot(users(p, known)[-1], unit(e)) for e in p["item_embedding.weight"]] for _, known, _ in every]}
        for i in range(layers):
            result[f"layer{i}_packed"] = [x for steps, _, _ in every for x in steps[i + 1]]
        return result

    inputs = engine_inputs(sequences, targets)
    inputs["in.packed_times"] = [t for ts in times for t in ts]
    inputs["in.packed_next_times"] = [t for ts in asked for t in ts]
    inputs["in.packed_feedback"] = [f for fs in feedback for f in fs]
    for key in marks[0] or ():
        inputs["in.packed_" + key] = [value for part in marks for value in part[key]]
    parameters = {"hidden": hidden, "inner": inner, "layers": layers, "heads": heads, "activation": "swiglu", "temperature": 0.5,
                  "item_width": narrow, "dropout": 0.0}
    hyper = {"model": "argus", "items": items, "max_length": window, "parameters": parameters,
             "feedback": {"names": ["level"], "edges": [[2, 3]]}}
    if marked:
        hyper["surfaces"], hyper["feedback"] = 2, {"names": ["level", "kind"], "edges": [[2, 3], [1]]}
    write_case(name, "engine", hyper, p, inputs, outputs, loss, step=4e-6)


# ---- PerSRec: segments of events, each followed by k tokens, then the recent events; around HSTU and around LiGR layers.

def persrec_rows(events, geometry):
    """Every row of a history as (event, token or None, piece)."""
    rows, begin, piece = [], 0, 0
    while events - begin >= geometry["recent"] + geometry["segment"]:
        end = begin + geometry["segment"]
        rows += [(e, None, piece) for e in range(begin, end)] + [(end - 1, j, piece) for j in range(geometry["tokens"])]
        begin, piece = end, piece + 1
    return rows + [(e, None, piece) for e in range(begin, events)]


def persrec_sequence(p, backbone, items, times, asked, geometry, shape):
    width, k, length = len(p["tokens"][0]), geometry["tokens"], geometry["segment"]
    scale = math.sqrt(width) if backbone == "hstu" else 1.0
    place = p["position_embedding.weight"]
    inputs = [[v * scale + w for v, w in zip(p["item_embedding.weight"][i], place[t])] for t, i in enumerate(items)]
    rows = persrec_rows(len(items), geometry)
    vectors, row_times, row_asked, answers = [], [], [], list(range(len(items)))
    for at, (event, token, _) in enumerate(rows):
        closes = token is None and at + 1 < len(rows) and rows[at + 1][1] is not None
        row_times.append(times[event])
        row_asked.append(asked[event] if token is None and not closes else times[event])
        answers[event] = at
        if token is None:
            vectors.append(inputs[event])
            continue
        vector = add(p["tokens"][token], place[event])
        if geometry["pooled"]:
            first = event + 1 - length
            part = inputs[first + token * length // k:first + (token + 1) * length // k]
            vector = add(vector, [sum(column) / len(part) for column in zip(*part)])
        vectors.append(vector)

    def seen(t, count):
        return [s for s in range(t + 1) if rows[s][2] == rows[t][2] or rows[s][1] is not None]

    if backbone == "hstu":
        steps = hstu_layers(p, vectors, row_times, row_asked, shape, seen)
        top = [unit(x) for x in steps[-1]]
    else:
        steps = ligr_layers(p, vectors, shape["layers"], shape["heads"], seen)
        top = [norm(p, "final_norm", x, 1e-5) for x in steps[-1]]
    return steps, [top[row] for row in answers]


def persrec_case(name, backbone, geometry):
    items, hidden, inner, window, layers, heads = 8, 4, 5, 12, 2, 2
    shape = {"heads": heads, "query_dim": 2, "value_dim": 2, "layers": layers, "production": False}
    n = Numbers(77 + len(backbone))
    p = {"item_embedding.weight": n.matrix(items + 1, hidden), "position_embedding.weight": n.matrix(window, hidden),
         "tokens": n.matrix(geometry["tokens"], hidden)}
    if backbone == "hstu":
        for layer in range(layers):
            prefix = f"layers.{layer}."
            p[prefix + "uvqk"] = n.matrix(hidden, 8 * heads, 0.8)
            p[prefix + "position_bias"] = n.vector(window, 0.7)
            p[prefix + "time_bias"] = n.vector(129, 0.7)
            add_dense(p, n, prefix + "out", hidden, 2 * heads)
    else:
        add_ligr(p, n, layers, hidden, inner)
    sequences = [[3, 1, 4, 1, 5, 2, 6, 5, 3, 5, 0, 7], [7, 2, 4], [2, 6, 0, 1, 3, 3, 7]]
    targets = [[1, 4, 1, 5, 2, 6, 5, 3, 5, 0, 7, 2], [2, 4, 1], [6, 0, 1, 3, 3, 7, 4]]
    times = [[100 + 700 * t * t for t in range(len(s))] for s in sequences]
    asked = [ts[1:] + [ts[-1] + 86400] for ts in times]
    temperature, unit_items = 1.0, backbone == "hstu"

    def forward(p):
        return [persrec_sequence(p, backbone, s, t, a, geometry, shape) for s, t, a in zip(sequences, times, asked)]

    def table(p):
        return [unit(x) if unit_items else x for x in p["item_embedding.weight"]]

    def loss(p):
        rows = table(p)
        terms = [cross_entropy([dot(x, row) / temperature for row in rows], y)
                 for (_, tops), ys in zip(forward(p), targets) for x, y in zip(tops, ys)]
        return sum(terms) / len(terms)

    def outputs(p):
        every, rows = forward(p), table(p)
        result = {"embedding_packed": [x for steps, _ in every for x in steps[0]],
                  "hidden_packed": [x for _, tops in every for x in tops],
                  "scores_last": [[dot(tops[-1], row) for row in rows] for _, tops in every]}
        for i in range(layers):
            result[f"layer{i}_packed"] = [x for steps, _ in every for x in steps[i + 1]]
        return result

    inputs = engine_inputs(sequences, targets)
    inputs["in.packed_times"] = [t for ts in times for t in ts]
    inputs["in.packed_next_times"] = [t for ts in asked for t in ts]
    parameters = {"backbone": backbone, "tokens": geometry["tokens"], "segment": geometry["segment"],
                  "recent": geometry["recent"], "initialisation": "pooled" if geometry["pooled"] else "learned",
                  "hidden": hidden, "layers": layers, "heads": heads, "dropout": 0.0, "temperature": temperature}
    if backbone == "hstu":
        parameters["input_dropout"] = 0.0
    else:
        parameters.update({"inner": inner, "gated": True, "activation": "swiglu", "scale_embedding": False})
    write_case(name, "engine", {"model": "persrec", "items": items, "max_length": window, "parameters": parameters}, p,
               inputs, outputs, loss)


# ---- BERT4Rec as in RecBole: post-norm, attention in both directions, dense head, loss at masked events.

def bert4rec_sequence(p, items, layers, heads, epsilon):
    rows = [norm(p, "LayerNorm", add(p["item_embedding.weight"][i], p["position_embedding.weight"][t]), epsilon)
            for t, i in enumerate(items)]
    steps = [rows]
    for i in range(layers):
        prefix = f"trm_encoder.layer.{i}."
        attended = attention_layer(p, prefix + "multi_head_attention.", rows, heads, lambda t, rows: list(range(rows)))
        rows = [norm(p, prefix + "multi_head_attention.LayerNorm", add(a, x), epsilon) for a, x in zip(attended, rows)]
        fed = [dense(p, prefix + "feed_forward.dense_2", gelu(dense(p, prefix + "feed_forward.dense_1", x))) for x in rows]
        rows = [norm(p, prefix + "feed_forward.LayerNorm", add(f, x), epsilon) for f, x in zip(fed, rows)]
        steps.append(rows)
    return steps, [norm(p, "output_ln", gelu(dense(p, "output_ffn", x)), epsilon) for x in rows]


def bert4rec_case():
    items, hidden, inner, layers, heads, window, epsilon = 7, 4, 6, 2, 2, 6, 1e-12
    mask = items + 1
    n = Numbers(66)
    p = {"item_embedding.weight": n.matrix(items + 2, hidden, 1.0), "position_embedding.weight": n.matrix(window, hidden, 1.0),
         "output_bias": n.vector(items + 1, 0.3)}
    add_norm(p, n, "LayerNorm", hidden)
    add_norm(p, n, "output_ln", hidden)
    add_dense(p, n, "output_ffn", hidden, hidden)
    add_transformer(p, n, layers, hidden, inner)
    sequences = [[3, mask, 4, 1, mask], [7, mask], [2, mask, 6]]
    index, targets = [[1, 4], [1, 0], [1, 0]], [[5, 2], [3, 0], [6, 0]]
    asked = [[3, 5, 4, 1, 2, mask], [7, mask], [2, 6, mask]]

    def scores(p, x):
        return [dot(x, row) + b for row, b in zip(p["item_embedding.weight"][:items + 1], p["output_bias"])]

    def loss(p):
        terms = []
        for s, places, ys in zip(sequences, index, targets):
            tops = bert4rec_sequence(p, s, layers, heads, epsilon)[1]
            terms += [cross_entropy(scores(p, tops[t]), y) for t, y in zip(places, ys) if t > 0]
        return sum(terms) / len(terms)

    def outputs(p):
        every = [bert4rec_sequence(p, s, layers, heads, epsilon) for s in sequences]
        result = {"embedding_packed": [x for steps, _ in every for x in steps[0]],
                  "hidden_packed": [x for _, tops in every for x in tops],
                  "scores_last": [scores(p, bert4rec_sequence(p, s, layers, heads, epsilon)[1][-1]) for s in asked]}
        for i in range(layers):
            result[f"layer{i}_packed"] = [x for steps, _ in every for x in steps[i + 1]]
        return result

    inputs = {"in.packed_masked": [i for s in sequences for i in s], "in.offsets": offsets_of(sequences),
              "in.mask_index": index, "in.mask_targets": targets, "in.eval_packed": [i for s in asked for i in s],
              "in.eval_offsets": offsets_of(asked)}
    hyper = {"num_items": items, "hidden": hidden, "inner": inner, "layers": layers, "heads": heads, "window": window,
             "hidden_act": "gelu", "layer_norm_eps": epsilon}
    write_case("bert4rec_plain", "bert4rec_recbole", hyper, p, inputs, outputs, loss)


# ---- SRT: items from the sums of their pieces, post-norm layers, InfoNCE with logQ over negatives shared by the batch.

def srt_items(p, pieces, items):
    vectors = []
    for i in range(items):
        sums = []
        for field in ("title", "brand"):
            table = p[field + "_pieces.weight"]
            sums += [sum(table[row][e] for row in pieces[field][i]) for e in range(len(table[0]))]
        vectors.append(dense(p, "adapter", sums))
    return vectors + [p["start_token.weight"][0]]


def srt_sequence(p, vectors, items, layers, heads, epsilon):
    rows = [norm(p, "input_norm", add(vectors[i], p["position_embedding.weight"][t]), epsilon) for t, i in enumerate(items)]
    steps, width = [rows], len(rows[0])
    for i in range(layers):
        prefix, parts = f"layers.{i}.", {}
        for k, part in enumerate(("query", "key", "value")):
            parts[part + ".weight"] = p[prefix + "attention.qkv.weight"][k * width:(k + 1) * width]
            parts[part + ".bias"] = p[prefix + "attention.qkv.bias"][k * width:(k + 1) * width]
        parts["dense.weight"], parts["dense.bias"] = p[prefix + "attention.out.weight"], p[prefix + "attention.out.bias"]
        attended = attention_layer(parts, "", rows, heads)
        rows = [norm(p, prefix + "attention.norm", add(a, x), epsilon) for a, x in zip(attended, rows)]
        fed = [dense(p, prefix + "feed_forward.w2", gelu(dense(p, prefix + "feed_forward.w1", x))) for x in rows]
        rows = [norm(p, prefix + "feed_forward.norm", add(f, x), epsilon) for f, x in zip(fed, rows)]
        steps.append(rows)
    return steps


def add_srt_layers(p, n, layers, hidden, inner):
    add_norm(p, n, "input_norm", hidden)
    for i in range(layers):
        prefix = f"layers.{i}."
        add_norm(p, n, prefix + "attention.norm", hidden)
        add_dense(p, n, prefix + "attention.qkv", 3 * hidden, hidden)
        add_dense(p, n, prefix + "attention.out", hidden, hidden)
        add_norm(p, n, prefix + "feed_forward.norm", hidden)
        add_dense(p, n, prefix + "feed_forward.w1", inner, hidden)
        add_dense(p, n, prefix + "feed_forward.w2", hidden, inner)


def srt_case():
    items, hidden, inner, layers, heads, window, pieces_wide, epsilon = 6, 4, 5, 2, 2, 5, 4, 1e-12
    pieces = {"title": [[0, 1], [2, 1, 2], [3], [4, 0, 1, 3], [2], []], "brand": [[0], [1], [1, 0], [0], [1], [0]]}
    counts = [3, 1, 4, 2, 1, 1]
    n = Numbers(77)
    p = {"title_pieces.weight": n.matrix(5, pieces_wide, 1.0), "brand_pieces.weight": n.matrix(2, pieces_wide, 1.0),
         "start_token.weight": n.matrix(1, hidden, 1.0), "position_embedding.weight": n.matrix(window, hidden, 1.0)}
    add_dense(p, n, "adapter", hidden, 2 * pieces_wide)
    add_srt_layers(p, n, layers, hidden, inner)
    sequences, targets = [[3, 1, 4, 1], [5], [6], [2, 0, 5]], [[1, 4, 1, 2], [3], [0], [0, 5, 4]]
    drawn = [2, 4, 1, 1, 5]
    log_q = [math.log(c / sum(counts)) for c in counts]

    def forward(p):
        vectors = srt_items(p, pieces, items)
        return vectors, [srt_sequence(p, vectors, s, layers, heads, epsilon) for s in sequences]

    def loss(p):
        vectors, every = forward(p)
        rows = [x for steps in every for x in steps[-1]]
        ys = [y for part in targets for y in part]
        return sum(cross_entropy([dot(x, vectors[k]) - log_q[k] for k in [y] + [k for k in drawn if k != y]], 0)
                   for x, y in zip(rows, ys)) / len(rows)

    def outputs(p):
        vectors, every = forward(p)
        result = {"embedding_packed": [x for steps in every for x in steps[0]],
                  "hidden_packed": [x for steps in every for x in steps[-1]],
                  "scores_last": [[dot(steps[-1][-1], v) for v in vectors] for steps in every]}
        for i in range(layers):
            result[f"layer{i}_packed"] = [x for steps in every for x in steps[i + 1]]
        return result

    inputs = engine_inputs(sequences, targets)
    inputs["in.packed_negatives"], inputs["in.item_counts"] = drawn, counts
    fixed = {}
    for field, rows in (("title", 5), ("brand", 2)):
        fixed[f"text.{field}.rows"] = list(range(rows))
        fixed[f"text.{field}.offsets"] = offsets_of(pieces[field])
        fixed[f"text.{field}.pieces"] = [row for item in pieces[field] for row in item]
    parameters = {"hidden": hidden, "inner": inner, "layers": layers, "heads": heads, "dropout": 0.0,
                  "piece_width": pieces_wide}
    write_case("srt_plain", "engine", {"model": "srt", "items": items, "max_length": window, "parameters": parameters,
                                       "fixed": fixed}, p, inputs, outputs, loss)


# ---- Parameters, differences, files.

def add_transformer(p, n, layers, hidden, inner):
    for i in range(layers):
        prefix = f"trm_encoder.layer.{i}."
        for name in ("query", "key", "value", "dense"):
            add_dense(p, n, prefix + "multi_head_attention." + name, hidden, hidden)
        add_norm(p, n, prefix + "multi_head_attention.LayerNorm", hidden)
        add_dense(p, n, prefix + "feed_forward.dense_1", inner, hidden)
        add_dense(p, n, prefix + "feed_forward.dense_2", hidden, inner)
        add_norm(p, n, prefix + "feed_forward.LayerNorm", hidden)


def offsets_of(sequences):
    offsets = [0]
    for s in sequences:
        offsets.append(offsets[-1] + len(s))
    return offsets


def engine_inputs(sequences, targets):
    return {"in.packed_items": [i for s in sequences for i in s], "in.offsets": offsets_of(sequences),
            "in.packed_targets": [y for ys in targets for y in ys]}


def add_norm(p, n, name, width):
    p[name + ".weight"] = n.vector(width, 0.3, 1.0)
    p[name + ".bias"] = n.vector(width, 0.3)


def add_dense(p, n, name, out, into):
    p[name + ".weight"] = n.matrix(out, into)
    p[name + ".bias"] = n.vector(out, 0.3)


def packed(sequences, window):
    return {"in.items": [[0] * (window - len(s)) + s for s in sequences],
            "in.packed_items": [i for s in sequences for i in s], "in.offsets": offsets_of(sequences)}


def differences(p, loss, used, step=1e-5):
    gradients = {}
    for name, value in p.items():
        rows = value if isinstance(value[0], list) else [value]
        result = []
        for number, row in enumerate(rows):
            out = []
            if number >= used.get(name, len(rows)):
                result.append([0.0] * len(row))
                continue
            for k, kept in enumerate(row):
                row[k] = kept + step
                above = loss(p)
                row[k] = kept - step
                below = loss(p)
                row[k] = kept
                out.append((above - below) / (2 * step))
            result.append(out)
        gradients[name] = result if isinstance(value[0], list) else result[0]
    return gradients


def tensor(value, kind):
    shape, flat = [], value
    while flat and isinstance(flat[0], list):
        shape.append(len(flat) // math.prod(shape))
        flat = [x for part in flat for x in part]
    shape.append(len(flat) // math.prod(shape))
    code = {"F32": "f", "F64": "d", "I64": "q"}[kind]
    return kind, shape, struct.pack(f"<{len(flat)}{code}", *flat)


def write_safetensors(path, tensors):
    header, body = {}, b""
    for name in sorted(tensors):
        kind, shape, data = tensors[name]
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def write_case(name, family, hyper, p, inputs, outputs, loss, used={}, wide=1e-9, step=1e-5):
    """`used`: of some tables only the first rows are ever read, the gradient of the others is zero. `wide`: tolerance
    in double precision. `step`: of the differences."""
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    io = {key: tensor(value, "I64") for key, value in inputs.items()}
    for key, value in outputs(p).items():
        io["out." + key] = tensor(value, "F32")
        io["f64.out." + key] = tensor(value, "F64")
    io["loss"], io["f64.loss"] = tensor([loss(p)], "F32"), tensor([loss(p)], "F64")
    for key, value in differences(p, loss, used, step).items():
        io["grad." + key] = tensor(value, "F32")
        io["f64.grad." + key] = tensor(value, "F64")
    write_safetensors(folder / "io.safetensors", io)
    write_safetensors(folder / "weights.safetensors", {key: tensor(value, "F32") for key, value in p.items()})
    case = {"format": "parity-1", "name": name, "family": family, "model": "plain double-precision Python",
            "hyper": hyper, "optimiser": {"name": "Adam", "lr": 0.001},
            "tolerance": {"fp32": {"out.": {"abs": 1e-5, "rel": 1e-5}, "loss": {"abs": 1e-6, "rel": 5e-6},
                                   "grad.": {"abs": 2e-6, "rel_to_tensor_max": 5e-5}},
                          "fp64": {"f64.out.": {"abs": wide, "rel": wide}, "f64.loss": {"abs": wide, "rel": wide},
                                   "f64.grad.": {"abs": 1e-8 if wide < 1e-8 else wide}},
                          "fp32_exceptions_after_3_steps": [], "fp32_gradients_zero_in_theory": []}}
    (folder / "case.json").write_text(json.dumps(case, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    lrurec_case()
    sasrec_case()
    gru4rec_case()
    hstu_case("hstu_plain", False, True)
    hstu_case("hstu_production_plain", True, False)
    esasrec_case()
    bsarec_case()
    tiger_case()
    argus_case("argus_plain", False)
    argus_case("argus_marked_plain", True)
    persrec_case("persrec_segments_hstu", "hstu", {"tokens": 2, "segment": 4, "recent": 3, "pooled": False})
    persrec_case("persrec_segments_ligr", "sasrec", {"tokens": 2, "segment": 3, "recent": 2, "pooled": True})
    bert4rec_case()
    srt_case()
