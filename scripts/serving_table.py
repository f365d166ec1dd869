# SPDX-FileCopyrightText: Recoscope contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of docs/latency.md: item heads against beams, accuracy and milliseconds a user side by side.

    serving_table.py --cli PROGRAM --workspace DIR --data FOLDER [--history 20] [--batch 1] [--requests 200]

Imports FOLDER (a catalogue with titles) as "scientific", trains the runs below that the workspace does not have yet, one thread each, ranks the test
users with every width of the beam, measures every way to serve, and prints both tables in Markdown and the commands that made them.
"""
import argparse
import json
import pathlib
import subprocess
import sys

DATASET = "scientific"
PROTOCOL = ["filter=none", "max_length=50"]
BACKBONE = ["hidden=64", "layers=2", "heads=2", "inner=256", "dropout=0.2"]
TRAINING = ["batch_size=128", "learning_rate=0.002"]
# name, model, epochs, its own settings. Lists are the only thing that spelling models have, so those are validated every fifth epoch.
RUNS = [
    ("sasrec", "sasrec", 12, []),
    ("item-head", "lite_llm4rec", 12, ["head=residual", "item_layers=2", "item_inner=256", "title_pieces=20"]),
    ("semantic-ids", "tiger", 120, ["beam=10", "evaluate_every=5"]),
    ("text-ids", "tiger", 60, ["names=title", "pieces=4000", "name_pieces=8", "beam=10", "evaluate_every=5"]),
]
BEAMS = [1, 5, 10, 20, 50]


class Workbench:
    def __init__(self, arguments):
        self.base = [str(arguments.cli), "--workspace", str(arguments.workspace), "--threads", "1", "--json", "--quiet"]
        self.commands = []

    def call(self, *words, told=True):
        words = [str(word) for word in words]
        if told:
            self.commands.append("recoscope-cli --threads 1 " + " ".join(words))
        done = subprocess.run(self.base + words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"stopped at: recoscope-cli {' '.join(words)}\n{done.stderr.strip()}")
        return json.loads(done.stdout)

    def finished(self):
        return {run["name"]: run for run in self.call("runs", told=False)["runs"] if run["status"] == "finished"}

    def train(self, name, model, epochs, own):
        words = ["train", "--dataset", DATASET, "--model", model, "--name", name, "--seed", 1, "--epochs", epochs]
        for setting in PROTOCOL:
            words += ["--protocol", setting]
        for setting in BACKBONE + TRAINING + own:
            words += ["--set", setting]
        if name in self.finished():
            self.commands.append("recoscope-cli --threads 1 " + " ".join(map(str, words)))
        else:
            print(f"training {name}…", file=sys.stderr, flush=True)
            self.call(*words)
        return self.finished()[name]

    def accuracy(self, run, beam):
        return self.call("evaluate", run, *(["--beam", beam] if beam else []))


def value(metrics, name):
    return f"{metrics['metrics'][name]:.4f} ± {metrics['half_width_95'][name]:.4f}".replace("0.", ".")


def rows_of(bench, name, model, arguments):
    """One row for every way of serving a run: its point, and the accuracy of the lists it gives."""
    points = bench.call("latency", name, "--history", arguments.history, "--batch", arguments.batch, "--requests", arguments.requests,
                        *(["--beam", ",".join(map(str, BEAMS))] if model == "tiger" else []))["points"]
    measured = {beam: bench.accuracy(name, beam) for beam in sorted({point["beam"] for point in points})}
    return [(name, point, measured[point["beam"]]) for point in points]


def print_table(rows, batch):
    base = next(point for name, point, _ in rows if name == "item-head" and point["mode"] == "item_head" and point["batch"] == batch)
    print(f"\nBatch {batch}\n\n| run | way | HR@10 | NDCG@10 | encode | decode | rest | ms a user | item head is faster by |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, point, accuracy in rows:
        if point["batch"] != batch:
            continue
        us = point["per_user_us"]
        way = point["mode"] + (f" {point['beam']}" if point["beam"] else "")
        parts = " | ".join(f"{us[part] / 1000:.3f}" for part in ("encode", "decode", "rest", "total"))
        print(f"| {name} | {way} | {value(accuracy, 'hr@10')} | {value(accuracy, 'ndcg@10')} | {parts} | "
              f"{us['total'] / base['per_user_us']['total']:.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", type=pathlib.Path, required=True, help="the program recoscope-cli")
    parser.add_argument("--workspace", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, help="what to import; not needed when the workspace has the data")
    parser.add_argument("--history", type=int, default=20, help="events of a request")
    parser.add_argument("--batch", default="1", help="users of a request, for example 1,32")
    parser.add_argument("--requests", type=int, default=200, help="measured for every way")
    arguments = parser.parse_args()
    bench = Workbench(arguments)
    if DATASET not in {dataset["name"] for dataset in bench.call("datasets", told=False)["datasets"]}:
        bench.call("import", arguments.data, "--name", DATASET)
    runs = {name: bench.train(name, model, epochs, own) for name, model, epochs, own in RUNS}
    rows = [row for name, model, _, _ in RUNS for row in rows_of(bench, name, model, arguments)]
    for batch in map(int, arguments.batch.split(",")):
        print_table(rows, batch)
    print("\n| run | epochs | best | seconds | numbers |\n|---|---|---|---|---|")
    for name, run in runs.items():
        print(f"| {name} | {run['epochs']} | {run['best_epoch']} | {run['seconds']:.0f} | {run['parameter_count']:,} |")
    print("\n" + "\n".join("    " + command for command in bench.commands))


if __name__ == "__main__":
    main()
