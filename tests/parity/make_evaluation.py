#!/usr/bin/env python3
# SPDX-FileCopyrightText: Recoscope contributors
# SPDX-License-Identifier: MIT
"""Writes the small references of our own for metrics, top-k lists and paired statistics, beside this file.

Standard library only. Everything is worked out the slow way, by sorting, by walking through every order of a tie and
by counting every sign pattern, so that it shares no formula with the engine. The same bytes every time.
"""
import itertools
import json
import math
import pathlib
import random
import struct

HERE = pathlib.Path(__file__).resolve().parent
DTYPES = {"F32": "f", "F64": "d", "I64": "q", "U8": "B", "I8": "b"}


def write(name, case, tensors):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    header, body = {}, b""
    for key in sorted(tensors):
        dtype, shape, values = tensors[key]
        data = struct.pack("<%d%s" % (len(values), DTYPES[dtype]), *values)
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":"))
    text += " " * (-len(text) % 8)
    (folder / "io.safetensors").write_bytes(struct.pack("<Q", len(text)) + text.encode() + body)
    case = {"format": "parity-1", "name": name, **case}
    (folder / "case.json").write_text(json.dumps(case, indent=1, sort_keys=True) + "\n")


def metrics_of_ranks(ranks, k):
    hits = sorted(r for r in ranks if r <= k)
    ideal = sum(1 / math.log2(r + 1) for r in range(1, min(k, len(ranks)) + 1))
    return (float(bool(hits)), len(hits) / len(ranks), sum(1 / math.log2(r + 1) for r in hits) / ideal,
            1 / hits[0] if hits else 0.0)


def metrics():
    rng, users, items, cuts = random.Random(31), 12, 30, [1, 5, 10, 20]
    scores = [[rng.randrange(7) / 4 for _ in range(items)] for _ in range(users)]
    seen = [[int(rng.random() < 0.2) for _ in range(items)] for _ in range(users)]
    targets, multi, out = [], [], {}
    for u in range(users):
        free = [i for i in range(items) if not seen[u][i]]
        targets.append(rng.choice(free))
        multi.append(sorted(rng.sample(free, 3)))
    rules = ["optimistic", "pessimistic", "lowest_id_first", "expected"]
    for rule in rules:
        for what in ("rank", "hr", "ndcg", "mrr"):
            out[f"{what}.{rule}"] = []
    better, tied = [], []
    for u in range(users):
        free = [i for i in range(items) if not seen[u][i]]
        target, own = targets[u], scores[u][targets[u]]
        better.append(sum(scores[u][i] > own for i in free))
        tied.append(sum(scores[u][i] == own for i in free) - 1)
        possible = list(range(better[u] + 1, better[u] + tied[u] + 2))
        by_id = sorted(free, key=lambda i: (-scores[u][i], i)).index(target) + 1
        ranks = {"optimistic": [possible[0]], "pessimistic": [possible[-1]], "lowest_id_first": [by_id],
                 "expected": possible}
        for rule in rules:
            out[f"rank.{rule}"].append(sum(ranks[rule]) / len(ranks[rule]))
            for k in cuts:
                each = [metrics_of_ranks([r], k) for r in ranks[rule]]
                for what, at in (("hr", 0), ("ndcg", 2), ("mrr", 3)):
                    out[f"{what}.{rule}"].append(sum(e[at] for e in each) / len(each))
    del out["rank.expected"]
    several = {"recall": [], "hr": [], "ndcg": [], "mrr": []}
    for u in range(users):
        order = sorted((i for i in range(items) if not seen[u][i]), key=lambda i: (-scores[u][i], i))
        ranks = [order.index(t) + 1 for t in multi[u]]
        for k in cuts:
            for what, value in zip(("hr", "recall", "ndcg", "mrr"), metrics_of_ranks(ranks, k)):
                several[what].append(value)
    tensors = {
        "scores": ("F32", [users, items], sum(scores, [])), "seen": ("U8", [users, items], sum(seen, [])),
        "targets": ("I64", [users], targets), "better": ("I64", [users], better), "tied": ("I64", [users], tied),
        "multi.targets": ("I64", [3 * users], sum(multi, [])),
        "multi.offsets": ("I64", [users + 1], [3 * u for u in range(users + 1)]),
    }
    for key, values in out.items():
        tensors[key] = ("F64", [users] if key.startswith("rank") else [users, len(cuts)], values)
    for key, values in several.items():
        tensors["multi." + key] = ("F64", [users, len(cuts)], values)
    write("own_metrics_12x30", {"family": "metrics", "users": users, "items": items, "k": cuts, "tolerance": 1e-12},
          tensors)


def topk():
    rng, users, items, cuts = random.Random(32), 6, 20, [1, 5, 20]
    scores = [[rng.randrange(5) / 2 for _ in range(items)] for _ in range(users)]
    scores[1] = [0.5] * items
    scores[2][3:6] = [math.inf, -math.inf, -math.inf]
    scores[3] = [0.0, -0.0] * (items // 2)
    masked = [[int(rng.random() < 0.3) for _ in range(items)] for _ in range(users)]
    masked[4] = [1] * items
    tensors = {"scores": ("F32", [users, items], sum(scores, [])), "masked": ("U8", [users, items], sum(masked, []))}
    for k in cuts:
        ids, values = [], []
        for u in range(users):
            order = sorted((i for i in range(items) if not masked[u][i]), key=lambda i: (-scores[u][i], i))[:k]
            ids += order + [-1] * (k - len(order))
            values += [scores[u][i] for i in order] + [-math.inf] * (k - len(order))
        tensors[f"top{k}.ids"] = ("I64", [users, k], ids)
        tensors[f"top{k}.scores"] = ("F32", [users, k], values)
    write("own_topk_6x20", {"family": "topk", "users": users, "items": items, "k": cuts, "tolerance": "exact"}, tensors)


def t_two_sided(t, df):
    """Simpson's rule over the density of Student's t, far beyond the tolerance."""
    def density(x):
        return math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi) * (
            1 + x * x / df) ** (-(df + 1) / 2)
    steps, h = 20000, abs(t) / 20000
    area = density(0) + density(abs(t)) + sum((4 if i % 2 else 2) * density(i * h) for i in range(1, steps))
    return 1 - 2 * area * h / 3


def t_quantile(p, df):
    low, high = 0.0, 50.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if t_two_sided(middle, df) > 2 * (1 - p) else (low, middle)
    return (low + high) / 2


def quantile(values, q):
    values = sorted(values)
    at = (len(values) - 1) * q
    below = int(at)
    return values[below] + (at - below) * (values[min(below + 1, len(values) - 1)] - values[below])


def normal_cdf(z):
    return math.erfc(-z / math.sqrt(2)) / 2


def normal_quantile(p):
    low, high = -12.0, 12.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if normal_cdf(middle) < p else (low, middle)
    return (low + high) / 2


def wilcoxon(d, pratt, correction):
    kept = d if pratt else [x for x in d if x]
    size = [abs(x) for x in kept]
    ranks = [sum(s < x for s in size) + (sum(s == x for s in size) + 1) / 2 for x in size]
    plus = sum(r for r, x in zip(ranks, kept) if x > 0)
    minus = sum(r for r, x in zip(ranks, kept) if x < 0)
    live = [r for r, x in zip(ranks, kept) if x]
    mean = sum(live) / 2
    spread = math.sqrt(sum(r * r for r in live) / 4)  # every sign is a fair coin
    z = min(plus, minus) - mean
    z = (z + 0.5 if correction and z < 0 else z) / spread
    return {"statistic": min(plus, minus), "z": z, "p_two_sided": 2 * normal_cdf(z)}


def statistics():
    rng, n, draws = random.Random(33), 40, 60
    a = [rng.randrange(12) / 16 for _ in range(n)]
    b = [max(0.0, x + rng.randrange(-4, 6) / 16) for x in a]
    d = [y - x for x, y in zip(a, b)]
    mean = sum(d) / n

    def deviation(v):
        m = sum(v) / len(v)
        return math.sqrt(sum((x - m) ** 2 for x in v) / (len(v) - 1))

    sd, df = deviation(d), n - 1
    t = mean / (sd / math.sqrt(n))
    width = t_quantile(0.975, df) * sd / math.sqrt(n)
    index = [[rng.randrange(n) for _ in range(n)] for _ in range(draws)]
    means = [sum(d[i] for i in row) / n for row in index]
    low, high = quantile(means, 0.025), quantile(means, 0.975)
    z0 = normal_quantile(sum((m < mean) + (m == mean) / 2 for m in means) / draws)
    jack = [(sum(d) - x) / (n - 1) for x in d]
    centre = sum(jack) / n
    acceleration = sum((centre - j) ** 3 for j in jack) / (6 * sum((centre - j) ** 2 for j in jack) ** 1.5)

    def bca(q):
        z = z0 + normal_quantile(q)
        return quantile(means, normal_cdf(z0 + z / (1 - acceleration * z)))

    many = random.Random(34)
    reference = [sum(many.choices(d, k=n)) / n for _ in range(20000)]
    signs = [[rng.choice((-1, 1)) for _ in range(n)] for _ in range(draws)]
    count = sum(abs(sum(s * x for s, x in zip(row, d)) / n) >= abs(mean) - 1e-15 for row in signs)
    ma, mb = sum(a) / n, sum(b) / n
    r = sum((x - ma) * (y - mb) for x, y in zip(a, b)) / (n - 1) / deviation(a) / deviation(b)
    j = math.gamma(df / 2) / math.gamma((df - 1) / 2) / math.sqrt(df / 2)
    p = [0.2, 0.001, 0.04, 0.04, 1.0, 0.0, 0.03]
    m, order = len(p), sorted(range(len(p)), key=lambda i: p[i])
    position = {i: at for at, i in enumerate(order)}
    harmonic = sum(1 / i for i in range(1, m + 1))
    adjusted = {
        "bonferroni": [min(1.0, m * x) for x in p],
        "holm": [max(min(1.0, (m - q) * p[order[q]]) for q in range(position[i] + 1)) for i in range(m)],
        "fdr_bh": [min(min(1.0, p[order[q]] * m / (q + 1)) for q in range(position[i], m)) for i in range(m)],
        "fdr_by": [min(min(1.0, p[order[q]] * m * harmonic / (q + 1)) for q in range(position[i], m))
                   for i in range(m)],
    }
    expected = {
        "paired_t": {"t": t, "p_two_sided": t_two_sided(t, df), "mean_difference": mean,
                     "ci95": [mean - width, mean + width]},
        "wilcoxon": {f"{zeros}_normal_approximation_correction_{c}": wilcoxon(d, zeros == "pratt", c)
                     for zeros, c in itertools.product(("wilcox", "pratt"), (False, True))},
        "effect": {"cohen_dz": mean / sd, "cohen_dav": mean / ((deviation(a) + deviation(b)) / 2),
                   "cohen_drm": mean / sd * math.sqrt(2 * (1 - r)), "hedges_correction_J": j,
                   "hedges_gz": mean / sd * j},
        "bootstrap": {"percentile95": [low, high], "basic95": [2 * mean - high, 2 * mean - low],
                      "bca95": [bca(0.025), bca(0.975)], "bca_z0": z0, "bca_acceleration": acceleration,
                      "reference_20000_percentile95": [quantile(reference, 0.025), quantile(reference, 0.975)],
                      "reference_tolerance": 0.1 * (high - low)},
        "sign_flip_permutation": {"p_two_sided_plus_one": (count + 1) / (draws + 1)},
        "multiple": {"p": p, **{k: {"adjusted": v} for k, v in adjusted.items()}},
    }
    tensors = {"a": ("F64", [n], a), "b": ("F64", [n], b),
               "bootstrap_index": ("U8", [draws, n], sum(index, [])), "signs": ("I8", [draws, n], sum(signs, []))}
    write("own_stats_40", {"family": "statistics", "n": n, "expected": expected,
                           "tolerance": {"statistics": 1e-9, "p_relative": 1e-7}}, tensors)


if __name__ == "__main__":
    metrics()
    topk()
    statistics()
