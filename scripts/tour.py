# SPDX-FileCopyrightText: Recoscope contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tour: what a first visitor sees without touching anything.

    tour.py --bin BUILD --sample DIR --out DIR

Imports the sample dataset, trains two models for a short time beside the counting baselines, evaluates, compares, inspects one user, measures
latency, takes pictures of every page from the real windows, and leaves report.html, results.json and the pictures in DIR.
"""
import argparse
import html
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

MODELS = [
    # name, model, settings, what the report says of it
    ("LRURec", "lrurec", {}, "linear recurrent units"),
    ("SASRec", "sasrec", {}, "self-attention"),
    ("PerSRec", "persrec", {}, "a long history in learnable tokens"),
    ("Markov", "markov", {}, "decayed successors, counts"),
    ("ItemKNN", "item_knn", {}, "item neighbours, counts"),
    ("MostPopular", "most_popular", {}, "popularity, counts"),
]
# Text models in four sizes on three shares of the users; SRT is the model that the published laws are of.
SWEEP = {
    "name": "srt-sizes", "dataset": "tour", "model": "srt",
    "sizes": [{"hidden": width, "piece_width": width} for width in (4, 8, 16, 32)],
    "train_users": [0.25, 0.5, 1], "seeds": [1],
    "parameters": {"epochs": 12, "learning_rate": 0.01, "negatives": 128, "dropout": 0.1, "batch_size": 64},
}
METRICS = ["hr@10", "ndcg@10", "hr@20", "ndcg@20", "mrr"]


class Tour:
    def __init__(self, arguments):
        self.cli_path = arguments.bin / "app" / "cli" / "recoscope-cli"
        self.window = arguments.bin / "app" / "recoscope"
        self.sample = arguments.sample
        self.out = arguments.out
        self.workspace = self.out / "workspace"
        self.commands = []
        self.results = {"tour": 1, "runs": []}

    def cli(self, *words):
        words = [str(word) for word in words]
        self.commands.append("recoscope-cli " + " ".join(words))
        command = [str(self.cli_path), "--workspace", str(self.workspace), "--json", "--quiet", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"the tour stopped at: recoscope-cli {' '.join(words)}\n{done.stderr.strip()}")
        return json.loads(done.stdout)

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def run(self):
        started = time.monotonic()
        self.say("Importing the sample data…")
        self.results["import"] = self.cli("import", self.sample / "tour", "--name", "tour")
        self.results["dataset"] = self.cli("dataset", "tour")
        self.results["lint"] = self.cli("lint", "tour")
        self.sweep()  # first, so that the newest runs are those that the other pages show
        for title, model, settings, note in MODELS:
            self.say(f"Training {title}…")
            words = ["train", "--dataset", "tour", "--model", model, "--name", title, "--seed", 1]
            if model in ("lrurec", "sasrec", "persrec"):
                words += ["--preset", "tour"]
            for key, value in settings.items():
                words += ["--set", f"{key}={value}"]
            run = self.cli(*words)
            self.results["runs"].append({"title": title, "note": note, **run})
        first, second, third = (self.results["runs"][i]["run"] for i in range(3))
        self.say("Comparing, explaining, measuring…")
        self.results["compare"] = self.cli("compare", first, second)
        self.results["latency"] = {
            title: self.cli("latency", run, "--history", "20,50,200", "--requests", 200)
            for title, run in (("LRURec", first), ("SASRec", second))
        }
        user = self.first_user()
        self.results["user"] = user
        self.results["recommend"] = self.cli("recommend", second, "--user", user, "-k", 10, "--explain")
        self.cli("inspect", "attention", second, "--user", user, "--out", self.out / "attention.npz")
        self.results["tokens"] = self.cli("inspect", "tokens", third, "--user", user, "--hide-last", 1, "--out", self.out / "tokens.npz")
        self.pictures()
        self.results["seconds"] = round(time.monotonic() - started, 1)
        (self.out / "results.json").write_text(json.dumps(self.results, indent=2, ensure_ascii=False) + "\n")
        (self.out / "report.html").write_text(self.report())
        self.print_table()

    def sweep(self):
        self.say("Training a sweep of sizes…")
        file = self.out / "sweep.json"
        file.write_text(json.dumps(SWEEP, indent=2) + "\n")
        self.results["sweep"] = self.cli("scale", file)
        self.results["fit"] = self.cli("fit", file)

    def first_user(self):
        users = self.out / "users.csv"
        self.cli("evaluate", self.results["runs"][1]["run"], "--export-users", users)
        line = users.read_text().splitlines()[1]
        return line.split(",")[0]

    def pictures(self):
        if not self.window.exists():
            self.say("The window was not built; the report has no pictures.")
            return
        for theme in ("light", "dark"):
            self.say(f"Taking pictures ({theme})…")
            environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "1"}
            words = [str(self.window), "--workspace", str(self.workspace), "--screenshots", str(self.out / "pictures"), *(["--dark"] if theme == "dark" else [])]
            done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
            if done.returncode != 0:
                sys.exit(f"the tour stopped while taking pictures:\n{done.stderr.strip()[-2000:]}")

    def table(self):
        latency = {title: self.p50(measured) for title, measured in self.results["latency"].items()}
        rows = []
        for run in self.results["runs"]:
            test = run["metrics"]["test"]
            rows.append([run["title"], *(f"{test[name]:.4f}" for name in METRICS), latency.get(run["title"], "—"), f"{run['seconds']:.1f}"])
        return ["model", *(name.upper() for name in METRICS), "p50 µs, history 50", "train s"], rows

    def scaling(self):
        points = self.results["sweep"]["points"]
        fit = self.results["fit"]
        constants = ", ".join(f"{p['name']} = {p['value']:.3g}" for p in fit["parameters"])
        rows = "".join(
            f"<tr><td>{html.escape(p['name'])}</td><td>{p['n']:,}</td><td>{p['t']:,}</td><td>{p['compute']:.2g}</td>"
            f"<td>{p['metrics']['valid']['ndcg@10']:.4f}</td></tr>"
            for p in points
        )
        warning = f" {len(fit['warnings'])} warnings of weakly identified constants: read the curve, not the constants." if fit["warnings"] else ""
        return f"""<h2>Sizes and data</h2><table><tr><th>run</th><th>N</th><th>T</th><th>operations</th><th>validation NDCG@10</th></tr>{rows}</table>
<p>SRT in four sizes on three shares of the users. NDCG@10 = {html.escape(fit['formula'])} with {constants}; R² {fit['r2']:.3f}.{warning}</p>"""

    @staticmethod
    def p50(measured):
        points = [p for p in measured["points"] if p["history"] == 50 and p["batch"] == 1]
        return " / ".join(f"{p['p50_us']:.0f} {p['mode']}" for p in points) or "—"

    def print_table(self):
        head, rows = self.table()
        widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
        for row in [head, *rows]:
            print("  ".join(str(cell).ljust(width) if i == 0 else str(cell).rjust(width) for i, (cell, width) in enumerate(zip(row, widths))))
        protocol = self.results["runs"][0]["protocol"]
        print(f"\nTest users of the synthetic sample, full ranking, protocol {protocol['hash']}, seed 1; best epoch by validation NDCG@10.")
        print(f"Report: {self.out / 'report.html'} ({self.results['seconds']} s)")

    def report(self):
        esc = html.escape
        head, rows = self.table()
        dataset = self.results["import"]
        protocol = self.results["runs"][0]["protocol"]
        cells = "".join(f"<th>{esc(cell)}</th>" for cell in head)
        body = "".join("<tr>" + "".join(f"<td>{esc(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
        lists = "".join(
            f"<tr><td>{rank}</td><td>{esc(str(item['title']))}</td><td>{item['score']:.3f}</td></tr>"
            for rank, item in enumerate(self.results["recommend"]["items"], 1)
        )
        pictures = ""
        for path in sorted((self.out / "pictures").glob("*.png")):
            pictures += f'<figure><img src="pictures/{esc(path.name)}" alt="{esc(path.stem)}"><figcaption>{esc(path.stem)}</figcaption></figure>'
        commands = esc("\n".join(self.commands).replace(str(self.out), "OUT").replace(str(self.sample), "sample_data"))
        return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Recoscope: the tour</title>
<style>body{{font:15px/1.5 Inter,system-ui,sans-serif;max-width:1100px;margin:32px auto;padding:0 16px;color:#1C2127;background:#F4F5F7}}
table{{border-collapse:collapse;background:#fff}}td,th{{padding:6px 12px;border-bottom:1px solid #DCE0E5;text-align:right;font-variant-numeric:tabular-nums}}
td:first-child,th:first-child{{text-align:left}}figure{{margin:24px 0}}img{{max-width:100%;border:1px solid #DCE0E5;border-radius:6px}}
figcaption{{color:#535D69}}pre{{background:#fff;padding:12px;overflow:auto;border-radius:6px}}</style>
<h1>Recoscope: the tour</h1>
<p>A synthetic catalogue of {dataset['items']} items and {dataset['interactions']} interactions of {dataset['users']} users was imported; six models were trained on it
and ranked every item for every user's held-out last event. The data are made by the generator that ships with the program, so no number here says anything about real people.</p>
<h2>Accuracy and latency</h2><table><tr>{cells}</tr>{body}</table>
<p>Full ranking, seen items left out, ties against the model; protocol <code>{esc(protocol['hash'])}</code>, seed 1, best epoch by validation NDCG@10, test used once.
Latency: one request on this machine, warm-up discarded.</p>
{self.scaling()}
<h2>What user {esc(self.results['user'])} gets from SASRec</h2><table><tr><th>#</th><th>title</th><th>score</th></tr>{lists}</table>
<h2>Pages</h2>{pictures}
<h2>Do it again</h2><pre>{commands}</pre></html>
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("bin", "sample", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    arguments.out = arguments.out.resolve()
    for leftover in ("workspace", "pictures"):
        shutil.rmtree(arguments.out / leftover, ignore_errors=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    Tour(arguments).run()


if __name__ == "__main__":
    main()
