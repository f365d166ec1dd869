#!/usr/bin/env python3
# SPDX-FileCopyrightText: Recoscope contributors
# SPDX-License-Identifier: MIT
"""Writes the parity fixtures of the text models, in the way of make_references.py: one scalar at a time, no library.

Names of tensors and of sizes are those of Hugging Face folders (docs/text.md).
"""
import datetime
import math
import struct

from make_references import (Numbers, add, add_dense, add_norm, add_srt_layers, attention_layer, cross_entropy, dense, dot,
                             engine_inputs, gelu, norm, offsets_of, sigmoid, srt_sequence, write_case)

TEXTS = [[3, 9, 1, 4], [7, 2], [5, 1, 8, 6, 0]]


def single(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def inputs_of(texts):
    longest = max(len(t) for t in texts)
    return {"in.packed_ids": [i for t in texts for i in t], "in.offsets": offsets_of(texts),
            "in.attention_mask": [[1] * len(t) + [0] * (longest - len(t)) for t in texts]}


def next_token_loss(tops, texts, table):
    terms = [cross_entropy([dot(x, row) for row in table], y)
             for rows, text in zip(tops, texts) for x, y in zip(rows, text[1:])]
    return sum(terms) / len(terms)


def decoder_outputs(every, tops, table):
    result = {"hidden_packed": [x for rows in tops for x in rows],
              "logits_packed": [[dot(x, row) for row in table] for rows in tops for x in rows]}
    for i in range(len(every[0])):
        result[f"layer{i}_packed"] = [x for steps in every for x in steps[i]]
    return result


# ---- BERT: post-norm, learned positions and segments, both directions.

def bert_text(p, tokens, segments, hyper):
    rows = [norm(p, "embeddings.LayerNorm", add(add(p["embeddings.word_embeddings.weight"][i],
                                                    p["embeddings.position_embeddings.weight"][t]),
                                                p["embeddings.token_type_embeddings.weight"][s]), hyper["layer_norm_eps"])
            for t, (i, s) in enumerate(zip(tokens, segments))]
    steps = []
    for i in range(hyper["num_hidden_layers"]):
        prefix = f"encoder.layer.{i}."
        own = {name.replace(prefix + "attention.self.", "").replace(prefix + "attention.output.", ""): value
               for name, value in p.items() if name.startswith(prefix + "attention.")}
        attended = attention_layer(own, "", rows, hyper["num_attention_heads"], lambda t, count: list(range(count)))
        rows = [norm(p, prefix + "attention.output.LayerNorm", add(a, x), hyper["layer_norm_eps"])
                for a, x in zip(attended, rows)]
        fed = [dense(p, prefix + "output.dense", gelu(dense(p, prefix + "intermediate.dense", x))) for x in rows]
        rows = [norm(p, prefix + "output.LayerNorm", add(f, x), hyper["layer_norm_eps"]) for f, x in zip(fed, rows)]
        steps.append(rows)
    return steps


def bert_case():
    hyper = {"vocab": 10, "hidden_size": 4, "intermediate_size": 6, "num_hidden_layers": 2, "num_attention_heads": 2,
             "max_position_embeddings": 6, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu"}
    n, width = Numbers(101), hyper["hidden_size"]
    p = {"embeddings.word_embeddings.weight": n.matrix(10, width, 1.0),
         "embeddings.position_embeddings.weight": n.matrix(6, width, 1.0),
         "embeddings.token_type_embeddings.weight": n.matrix(2, width, 1.0)}
    add_norm(p, n, "embeddings.LayerNorm", width)
    for i in range(hyper["num_hidden_layers"]):
        prefix = f"encoder.layer.{i}."
        for part in ("query", "key", "value"):
            add_dense(p, n, prefix + "attention.self." + part, width, width)
        add_dense(p, n, prefix + "attention.output.dense", width, width)
        add_norm(p, n, prefix + "attention.output.LayerNorm", width)
        add_dense(p, n, prefix + "intermediate.dense", 6, width)
        add_dense(p, n, prefix + "output.dense", width, 6)
        add_norm(p, n, prefix + "output.LayerNorm", width)
    add_dense(p, n, "pooler.dense", width, width)
    segments = [[0, 0, 1, 1], [0, 1], [0, 0, 0, 1, 1]]
    weights = [[[(7 * b + 3 * t + 5 * d) % 5 - 2 for d in range(width)] for t in range(5)] for b in range(3)]
    pool_weights = [[(4 * b + 3 * d) % 5 - 2 for d in range(width)] for b in range(3)]

    def tops(p):
        return [bert_text(p, t, s, hyper)[-1] for t, s in zip(TEXTS, segments)]

    def pooler(p, rows):
        return [math.tanh(v) for v in dense(p, "pooler.dense", rows[0])]

    def loss(p):
        every = tops(p)
        total = sum(dot(w, x) for rows, ws in zip(every, weights) for x, w in zip(rows, ws))
        total += sum(dot(w, pooler(p, rows)) for rows, w in zip(every, pool_weights))
        return total / sum(len(t) for t in TEXTS)

    def outputs(p):
        every = [bert_text(p, t, s, hyper) for t, s in zip(TEXTS, segments)]
        result = {"hidden_packed": [x for steps in every for x in steps[-1]],
                  "pooler": [pooler(p, steps[-1]) for steps in every],
                  "mean_pool": [[sum(column) / len(steps[-1]) for column in zip(*steps[-1])] for steps in every]}
        for i in range(hyper["num_hidden_layers"]):
            result[f"layer{i}_packed"] = [x for steps in every for x in steps[i]]
        return result

    inputs = inputs_of(TEXTS)
    inputs["in.packed_token_type_ids"] = [s for part in segments for s in part]
    inputs["in.coef"], inputs["in.pool_coef"] = weights, pool_weights
    write_case("bert_plain", "bert", hyper, p, inputs, outputs, loss)


# ---- GPT-2: pre-norm, learned positions, matrices [in, out], tanh form of GELU, tied output.

def flipped(p, name, x):
    weight, bias = p[name + ".weight"], p[name + ".bias"]
    return [sum(v * weight[i][c] for i, v in enumerate(x)) + b for c, b in enumerate(bias)]


def gelu_tanh(x):
    return [0.5 * v * (1.0 + math.tanh(math.sqrt(2.0 / math.pi) * (v + 0.044715 * v ** 3))) for v in x]


def mix_heads(queries, keys, values, heads, size):
    """Causal softmax attention; head h of the queries reads head h // share of the keys."""
    share, mixed = heads // (len(keys[0]) // size), []
    for t, query in enumerate(queries):
        out = []
        for h in range(heads):
            own, shared = slice(h * size, (h + 1) * size), slice(h // share * size, (h // share + 1) * size)
            logits = [dot(query[own], keys[s][shared]) / math.sqrt(size) for s in range(t + 1)]
            largest = max(logits)
            weights = [math.exp(v - largest) for v in logits]
            out += [sum(w * values[s][shared][i] for s, w in enumerate(weights)) / sum(weights) for i in range(size)]
        mixed.append(out)
    return mixed


def gpt2_text(p, tokens, hyper):
    width, heads, epsilon = hyper["n_embd"], hyper["n_head"], hyper["layer_norm_epsilon"]
    rows = [add(p["transformer.wte.weight"][i], p["transformer.wpe.weight"][t]) for t, i in enumerate(tokens)]
    steps = []
    for i in range(hyper["n_layer"]):
        prefix = f"transformer.h.{i}."
        qkv = [flipped(p, prefix + "attn.c_attn", norm(p, prefix + "ln_1", x, epsilon)) for x in rows]
        parts = [[row[k * width:(k + 1) * width] for row in qkv] for k in range(3)]
        mixed = mix_heads(*parts, heads, width // heads)
        rows = [add(x, flipped(p, prefix + "attn.c_proj", m)) for x, m in zip(rows, mixed)]
        inner = [gelu_tanh(flipped(p, prefix + "mlp.c_fc", norm(p, prefix + "ln_2", x, epsilon))) for x in rows]
        rows = [add(x, flipped(p, prefix + "mlp.c_proj", m)) for x, m in zip(rows, inner)]
        steps.append(rows)
    return steps, [norm(p, "transformer.ln_f", x, epsilon) for x in rows]


def gpt2_case():
    hyper = {"vocab": 10, "n_embd": 4, "n_layer": 2, "n_head": 2, "n_positions": 6, "n_inner": 6,
             "layer_norm_epsilon": 1e-5, "activation": "gelu_new"}
    n, width = Numbers(102), hyper["n_embd"]
    p = {"transformer.wte.weight": n.matrix(10, width, 1.0), "transformer.wpe.weight": n.matrix(6, width, 1.0)}
    for i in range(hyper["n_layer"]):
        prefix = f"transformer.h.{i}."
        add_norm(p, n, prefix + "ln_1", width)
        add_norm(p, n, prefix + "ln_2", width)
        for name, into, out in (("attn.c_attn", width, 3 * width), ("attn.c_proj", width, width),
                                ("mlp.c_fc", width, 6), ("mlp.c_proj", 6, width)):
            p[prefix + name + ".weight"], p[prefix + name + ".bias"] = n.matrix(into, out), n.vector(out, 0.3)
    add_norm(p, n, "transformer.ln_f", width)

    def loss(p):
        return next_token_loss([gpt2_text(p, t, hyper)[1] for t in TEXTS], TEXTS, p["transformer.wte.weight"])

    def outputs(p):
        every = [gpt2_text(p, t, hyper) for t in TEXTS]
        return decoder_outputs([steps for steps, _ in every], [tops for _, tops in every], p["transformer.wte.weight"])

    write_case("gpt2_plain", "gpt2", hyper, p, inputs_of(TEXTS), outputs, loss)


# ---- Llama and Qwen2: RMS norms, rotary positions in halves with single-precision angles, shared heads of keys, SwiGLU.

def rms_norm(weight, x, epsilon):
    scale = math.sqrt(sum(v * v for v in x) / len(x) + epsilon)
    return [v / scale * w for v, w in zip(x, weight)]


def turn(x, position, heads, base):
    size, result = len(x) // heads, []
    for h in range(heads):
        head, half = x[h * size:(h + 1) * size], size // 2
        angles = [single(position * single(1.0 / single(base ** single(2 * i / size)))) for i in range(half)]
        c, s = [single(math.cos(a)) for a in angles], [single(math.sin(a)) for a in angles]
        result += [head[i] * c[i] - head[half + i] * s[i] for i in range(half)]
        result += [head[half + i] * c[i] + head[i] * s[i] for i in range(half)]
    return result


def plain_linear(p, name, x):
    bias = p.get(name + ".bias")
    out = [dot(row, x) for row in p[name + ".weight"]]
    return add(out, bias) if bias else out


def llama_layers(p, prefix, rows, positions, hyper):
    heads, keys = hyper["num_attention_heads"], hyper["num_key_value_heads"]
    size, epsilon, steps = hyper["head_dim"], hyper["rms_norm_eps"], []
    for i in range(hyper["num_hidden_layers"]):
        layer = f"{prefix}layers.{i}."
        normed = [rms_norm(p[layer + "input_layernorm.weight"], x, epsilon) for x in rows]
        q, k, v = ([plain_linear(p, f"{layer}self_attn.{part}_proj", x) for x in normed] for part in "qkv")
        q = [turn(x, at, heads, hyper["rope_theta"]) for x, at in zip(q, positions)]
        k = [turn(x, at, keys, hyper["rope_theta"]) for x, at in zip(k, positions)]
        mixed = mix_heads(q, k, v, heads, size)
        rows = [add(x, plain_linear(p, layer + "self_attn.o_proj", m)) for x, m in zip(rows, mixed)]
        fresh = []
        for x in rows:
            inner = rms_norm(p[layer + "post_attention_layernorm.weight"], x, epsilon)
            gate, up = plain_linear(p, layer + "mlp.gate_proj", inner), plain_linear(p, layer + "mlp.up_proj", inner)
            fresh.append(add(x, plain_linear(p, layer + "mlp.down_proj",
                                             [g * sigmoid(g) * u for g, u in zip(gate, up)])))
        rows = fresh
        steps.append(rows)
    return steps, [rms_norm(p[prefix + "norm.weight"], x, epsilon) for x in rows]


def add_llama(p, n, prefix, hyper, bias):
    width, inner, size = hyper["hidden_size"], hyper["intermediate_size"], hyper["head_dim"]
    for i in range(hyper["num_hidden_layers"]):
        layer = f"{prefix}layers.{i}."
        p[layer + "input_layernorm.weight"] = n.vector(width, 0.3, 1.0)
        p[layer + "post_attention_layernorm.weight"] = n.vector(width, 0.3, 1.0)
        for part, rows in (("q", hyper["num_attention_heads"]), ("k", hyper["num_key_value_heads"]),
                           ("v", hyper["num_key_value_heads"])):
            p[f"{layer}self_attn.{part}_proj.weight"] = n.matrix(rows * size, width)
            if bias:
                p[f"{layer}self_attn.{part}_proj.bias"] = n.vector(rows * size, 0.3)
        p[layer + "self_attn.o_proj.weight"] = n.matrix(width, hyper["num_attention_heads"] * size)
        p[layer + "mlp.gate_proj.weight"] = n.matrix(inner, width)
        p[layer + "mlp.up_proj.weight"] = n.matrix(inner, width)
        p[layer + "mlp.down_proj.weight"] = n.matrix(width, inner)
    p[prefix + "norm.weight"] = n.vector(width, 0.3, 1.0)


def llama_case(name, family, seed, heads, keys, size, tied):
    hyper = {"vocab": 10, "hidden_size": 4, "intermediate_size": 5, "num_hidden_layers": 2, "num_attention_heads": heads,
             "num_key_value_heads": keys, "head_dim": size, "max_position_embeddings": 16, "rms_norm_eps": 1e-5,
             "rope_theta": 100.0, "tie_word_embeddings": tied}
    n = Numbers(seed)
    p = {"model.embed_tokens.weight": n.matrix(10, hyper["hidden_size"], 1.0)}
    add_llama(p, n, "model.", hyper, family == "qwen2")
    if not tied:
        p["lm_head.weight"] = n.matrix(10, hyper["hidden_size"], 1.0)

    def text(p, tokens):
        rows = [p["model.embed_tokens.weight"][i] for i in tokens]
        return llama_layers(p, "model.", rows, range(len(tokens)), hyper)

    def table(p):
        return p["model.embed_tokens.weight" if tied else "lm_head.weight"]

    def loss(p):
        return next_token_loss([text(p, t)[1] for t in TEXTS], TEXTS, table(p))

    def outputs(p):
        every = [text(p, t) for t in TEXTS]
        return decoder_outputs([steps for steps, _ in every], [tops for _, tops in every], table(p))

    write_case(name, family, hyper, p, inputs_of(TEXTS), outputs, loss, wide=1e-6)


# ---- HLLM: an item model over text and item token, a user model over item vectors, InfoNCE on cosines.

def hllm_case():
    hyper = {"vocab": 8, "hidden": 4, "intermediate": 5, "item_layers": 1, "user_layers": 2, "heads": 2, "kv_heads": 1,
             "head_dim": 2, "rms_norm_eps": 1e-5, "rope_theta": 100.0, "max_text_length": 4, "nce_thres": 0.99}
    sizes = {"hidden_size": 4, "intermediate_size": 5, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 2,
             "rms_norm_eps": 1e-5, "rope_theta": 100.0}
    item_sizes, user_sizes = {**sizes, "num_hidden_layers": 1}, {**sizes, "num_hidden_layers": 2}
    n, width = Numbers(105), 4
    p = {"item_emb_tokens": n.matrix(1, width, 1.0), "logit_scale": [0.75],
         "item_llm.model.embed_tokens.weight": n.matrix(8, width, 1.0)}
    add_llama(p, n, "item_llm.model.", item_sizes, False)
    add_llama(p, n, "user_llm.model.", user_sizes, False)
    texts = [[], [3, 1], [5], [2, 7, 6, 4], [1, 1, 0], [6, 2]]  # of item 0, the pad, and of items 1 ... 5
    places = [range(hyper["max_text_length"] - len(t), hyper["max_text_length"] + 1) for t in texts]
    items, mask = [[4, 1, 3, 2], [1, 3, 5, 4], [2, 5, 1, 3]], [[0, 1, 1], [1, 1, 1], [0, 0, 1]]
    negatives, asked = [[2, 5, 1, 4], [2, 2, 4, 1], [4, 3, 3, 5]], [[0, 3, 2], [3, 5, 4], [0, 0, 1]]

    def catalogue(p):
        table, token = p["item_llm.model.embed_tokens.weight"], p["item_emb_tokens"][0]
        return [llama_layers(p, "item_llm.model.", [table[i] for i in t] + [token], at, item_sizes)
                for t, at in zip(texts, places)]

    def vectors(p):
        return [tops[-1] for _, tops in catalogue(p)]

    def user(p, table, history):
        return llama_layers(p, "user_llm.model.", [table[i] for i in history], range(len(history)), user_sizes)

    def histories(rows, masks):
        return [[i for i, m in zip(row, ms) if m] for row, ms in zip(rows, masks)]

    def unit(x):
        length = math.sqrt(dot(x, x))
        return [v / length for v in x]

    def loss(p):
        table, scale, terms = vectors(p), math.exp(p["logit_scale"][0]), []
        units = [unit(x) for x in table]
        pool = [units[i] for row in negatives for i in row]
        for history, targets in zip(histories([row[:-1] for row in items], mask), histories([row[1:] for row in items], mask)):
            for x, y in zip(user(p, table, history)[1], targets):
                far = [v for v in pool if dot(v, units[y]) <= hyper["nce_thres"]]
                terms.append(cross_entropy([scale * dot(unit(x), v) for v in [units[y]] + far], 0))
        return sum(terms) / len(terms)

    def outputs(p):
        every, table = catalogue(p), vectors(p)
        users = [user(p, table, h) for h in histories([row[:-1] for row in items], mask)]
        last = [user(p, table, [i for i in row if i])[1][-1] for row in asked]
        result = {"item_vectors": table, "item_layer0_catalogue": [x for steps, _ in every for x in steps[0]],
                  "hidden_packed": [x for _, tops in users for x in tops],
                  "scores_last": [[dot(unit(x), unit(v)) for v in table] for x in last]}
        for i in range(2):
            result[f"user_layer{i}_packed"] = [x for steps, _ in users for x in steps[i]]
        return result

    inputs = {"in.items": items, "in.mask": mask, "in.negatives": negatives, "in.eval_items": asked,
              "in.catalogue_tokens": [i for t in texts for i in t + [0]],
              "in.catalogue_lengths": [len(t) + 1 for t in texts], "in.catalogue_positions": [i for at in places for i in at]}
    write_case("hllm_plain", "hllm", hyper, p, inputs, outputs, loss, wide=1e-6)


# ---- Models of the registry whose items are read by a small decoder: pieces of the title, of the brand, item token.

PIECES = {"title": [[0, 1], [2, 1, 2], [3], [4, 0, 1, 3], [2], []], "brand": [[0], [1], [1, 0], [0], [1], [0]]}
ROWS = {"title": 5, "brand": 2}
SEQUENCES, TARGETS = [[3, 1, 4, 1], [5], [6], [2, 0, 5]], [[1, 4, 1, 2], [3], [0], [0, 5, 4]]
DECODER = {"num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 2, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
           "hidden_size": 4, "intermediate_size": 5}


def fixed_pieces():
    fixed = {}
    for field, rows in ROWS.items():
        fixed[f"text.{field}.rows"] = list(range(rows))
        fixed[f"text.{field}.offsets"] = offsets_of(PIECES[field])
        fixed[f"text.{field}.pieces"] = [row for item in PIECES[field] for row in item]
    return fixed


def apart(p, prefix):
    """The engine keeps projections that read the same rows as one matrix."""
    own = {name: value for name, value in p.items() if name.startswith(prefix)}
    for name in [n for n in own if n.endswith("qkv.weight")]:
        size = len(own[name]) // 3
        for k, part in enumerate("qkv"):
            own[name.replace("qkv", part + "_proj")] = own[name][k * size:(k + 1) * size]
    for name in [n for n in own if n.endswith("gate_up.weight")]:
        size = len(own[name]) // 2
        own[name.replace("gate_up", "gate_proj")] = own[name][:size]
        own[name.replace("gate_up", "up_proj")] = own[name][size:]
    return own


def add_decoder(p, n, prefix, layers):
    width, inner = DECODER["hidden_size"], DECODER["intermediate_size"]
    for i in range(layers):
        layer = f"{prefix}layers.{i}."
        p[layer + "input_layernorm.weight"] = n.vector(width, 0.3, 1.0)
        p[layer + "post_attention_layernorm.weight"] = n.vector(width, 0.3, 1.0)
        p[layer + "self_attn.qkv.weight"] = n.matrix(3 * width, width)
        p[layer + "self_attn.o_proj.weight"] = n.matrix(width, width)
        p[layer + "mlp.gate_up.weight"] = n.matrix(2 * inner, width)
        p[layer + "mlp.down_proj.weight"] = n.matrix(width, inner)
    p[prefix + "norm.weight"] = n.vector(width, 0.3, 1.0)


def decoded(p, prefix, rows, layers):
    return llama_layers(apart(p, prefix), prefix, rows, range(len(rows)), {**DECODER, "num_hidden_layers": layers})


def read_items(p, mean):
    vectors, words = [], p["item.embed_tokens.weight"]
    for title, brand in zip(PIECES["title"], PIECES["brand"]):
        rows = [words[i] for i in title] + [words[ROWS["title"] + i] for i in brand] + [p["item_token"][0]]
        tops = decoded(p, "item.", rows, 1)[1]
        vectors.append([sum(column) / len(tops) for column in zip(*tops)] if mean else tops[-1])
    return vectors


def item_reader(n):
    p = {"item_token": n.matrix(1, 4, 0.2), "item.embed_tokens.weight": n.matrix(sum(ROWS.values()), 4, 1.0),
         "start_token.weight": n.matrix(1, 4, 1.0)}
    add_decoder(p, n, "item.", 1)
    return p


def packed_outputs(every, hidden, scores):
    result = {"embedding_packed": [x for steps in every for x in steps[0]],
              "hidden_packed": [x for rows in hidden for x in rows], "scores_last": scores}
    for i in range(1, len(every[0])):
        result[f"layer{i - 1}_packed"] = [x for steps in every for x in steps[i]]
    return result


def lite_case():
    hidden, inner, layers, heads, window, temperature = 6, 5, 2, 2, 5, 0.5
    n = Numbers(106)
    p = item_reader(n)
    p["start_token.weight"], p["position_embedding.weight"] = n.matrix(1, hidden, 1.0), n.matrix(window, hidden, 1.0)
    p["head.residual"] = n.matrix(7, hidden, 0.7)
    add_dense(p, n, "adapter", hidden, 4)
    add_srt_layers(p, n, layers, hidden, inner)

    def forward(p):
        vectors = [dense(p, "adapter", v) for v in read_items(p, True)] + [p["start_token.weight"][0]]
        every = [srt_sequence(p, vectors, s, layers, heads, 1e-12) for s in SEQUENCES]
        return every, [add(v, r) for v, r in zip(vectors, p["head.residual"])]

    def loss(p):
        every, table = forward(p)
        rows = [x for steps in every for x in steps[-1]]
        ys = [y for part in TARGETS for y in part]
        return sum(cross_entropy([dot(x, v) / temperature for v in table], y) for x, y in zip(rows, ys)) / len(rows)

    def outputs(p):
        every, table = forward(p)
        return packed_outputs(every, [steps[-1] for steps in every],
                              [[dot(steps[-1][-1], v) for v in table] for steps in every])

    parameters = {"hidden": hidden, "inner": inner, "layers": layers, "heads": heads, "norm": "post", "dropout": 0.0,
                  "item_width": 4, "item_heads": 2, "item_layers": 1, "item_inner": 5, "pooling": "mean",
                  "head": "residual", "temperature": temperature}
    write_case("lite_llm4rec_plain", "engine", {"model": "lite_llm4rec", "items": 6, "max_length": window,
               "parameters": parameters, "fixed": fixed_pieces()}, p, engine_inputs(SEQUENCES, TARGETS), outputs, loss,
               wide=1e-6)


def calendar(time):
    at = datetime.datetime.fromtimestamp(time, datetime.timezone.utc)
    return [at.year - 1970, at.month - 1, at.day - 1, at.hour, at.minute, at.second]


def hllm_registry_case():
    near, n = 0.71, Numbers(110)
    fields = {"year": 130, "month": 12, "day": 31, "hour": 24, "minute": 60, "second": 60}
    times = [[951868799, 951868800, 0, 1600000000], [4102444799], [86399], [1, 1234567890, 1735689599]]
    p = item_reader(n)
    add_decoder(p, n, "user.", 2)
    p["logit_scale"] = [0.75]
    for name, values in fields.items():
        p[f"time.{name}"] = n.matrix(values, 2, 1.0)
    add_dense(p, n, "time.w1", 4, 12)
    add_dense(p, n, "time.w2", 4, 4)
    drawn = [2, 4, 1, 1, 5, 0]

    def unit(x):
        return [v / math.sqrt(dot(x, x)) for v in x]

    def stamp(p, time):
        if time == 0:
            return [0.0] * 4
        parts = [v for name, at in zip(fields, calendar(time)) for v in p[f"time.{name}"][at]]
        return dense(p, "time.w2", gelu(dense(p, "time.w1", parts)))

    def forward(p):
        vectors = read_items(p, False) + [p["start_token.weight"][0]]
        every = []
        for items, seconds in zip(SEQUENCES, times):
            rows = [add(vectors[i], stamp(p, t)) for i, t in zip(items, seconds)]
            steps, tops = decoded(p, "user.", rows, 2)
            every.append(([rows] + steps, [unit(x) for x in tops]))
        return every, [unit(v) for v in vectors]

    def loss(p):
        (every, units), scale, terms = forward(p), math.exp(p["logit_scale"][0]), []
        for (_, tops), ys in zip(every, TARGETS):
            for x, y in zip(tops, ys):
                far = [k for k in drawn if k != y and dot(units[k], units[y]) <= near]
                terms.append(cross_entropy([scale * dot(x, units[k]) for k in [y] + far], 0))
        return sum(terms) / len(terms)

    def outputs(p):
        every, units = forward(p)
        return packed_outputs([steps for steps, _ in every], [tops for _, tops in every],
                              [[dot(tops[-1], v) for v in units] for _, tops in every])

    inputs = engine_inputs(SEQUENCES, TARGETS)
    inputs["in.packed_negatives"] = drawn
    inputs["in.packed_times"] = [t for part in times for t in part]
    inputs["in.packed_next_times"] = inputs["in.packed_times"]
    parameters = {"hidden": 4, "inner": 5, "layers": 2, "heads": 2, "dropout": 0.0, "item_layers": 1, "item_inner": 5,
                  "time_embedding": True, "time_width": 2, "near_positive": near}
    write_case("hllm_registry_plain", "engine", {"model": "hllm", "items": 6, "max_length": 5, "parameters": parameters,
               "fixed": fixed_pieces()}, p, inputs, outputs, loss, wide=1e-6)


if __name__ == "__main__":
    bert_case()
    hllm_case()
    lite_case()
    hllm_registry_case()
    gpt2_case()
    llama_case("llama_plain", "llama", 103, 4, 2, 2, False)
    llama_case("qwen2_plain", "qwen2", 104, 2, 1, 4, True)
