# SPDX-FileCopyrightText: Recoscope contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table "Memory of a training" of docs/performance.md: estimate and measured peak of every training preset.

    memory_table.py --cli PROGRAM --workspace DIR [--models lrurec,hstu] [--minutes 0.5]

Every estimate and every training is a process of its own of one thread; a training is one epoch, or as much of it as --minutes allow. A preset named
after a dataset is trained on the workspace's dataset of that name, the others on those of DATASETS; what the generator makes is made when it is not
there. A preset without its dataset is named at the end, and so is one that is refused.
"""
import argparse
import json
import pathlib
import subprocess

DATASETS = {"base": "ml-100k", "large": "ml-100k", "first-order": "ml-100k", "hstu": "ml-100k", "sasrec": "ml-100k", "ml-1m-large": "ml-1m",
            "long": "few-long", "paper-small": "scientific", "paper-large": "scientific"}
DATASETS_OF_MODEL = {"argus": {"mini": "few", "small": "few", "medium": "few", "large": "few"}, "srt": {"beauty": "scientific"}}
GENERATED = {
    "tour": ["--seed", 7],
    "few": ["--set", "users=48", "--set", "items=2000", "--set", "mean_length=200", "--set", "min_length=50", "--set", "clusters=20", "--seed", 1],
    "few-long": ["--set", "users=12", "--set", "items=3000", "--set", "mean_length=1500", "--set", "min_length=1300", "--set", "clusters=20",
                 "--seed", 1],
}


class Workbench:
    def __init__(self, cli, workspace):
        self.base = [str(cli), "--workspace", str(workspace), "--threads", "1", "--json", "--quiet"]

    def call(self, *words):
        """The command's document, or what it says is wrong."""
        done = subprocess.run(self.base + [str(word) for word in words], capture_output=True, text=True, check=False)
        return (json.loads(done.stdout), None) if done.returncode == 0 else (None, done.stderr.strip().splitlines()[0])

    def need(self, *words):
        document, wrong = self.call(*words)
        if wrong:
            raise SystemExit(wrong)
        return document


def dataset_of(model, preset):
    return DATASETS_OF_MODEL.get(model, {}).get(preset) or DATASETS.get(preset, preset)


def mega(count):
    return f"{count / 1e9:.1f} GB" if count >= 5e9 else f"{count / 1e6:,.0f} MB"


def measure(bench, model, preset, dataset, minutes):
    """(row, None), or (None, why not)."""
    words = ["train", "--dataset", dataset, "--model", model["name"], "--preset", preset, "--seed", 1]
    epochs = ["--epochs", 1] if model["kind"] == "neural" else []
    estimate, wrong = bench.call(*words, *epochs, "--estimate")
    if wrong:
        return None, wrong
    run, wrong = bench.call(*words, *epochs, "--max-minutes", minutes, "--name", f"memory of {model['name']} {preset}")
    if wrong:
        return None, wrong
    ratio = estimate["peak_memory_bytes"] / run["peak_memory_bytes"]
    return (f"| {model['title']} | `{preset}` | {dataset} | {mega(estimate['peak_memory_bytes'])} | {mega(run['peak_memory_bytes'])} | {ratio:.2f} |"
            + ("  not within 20 %" if abs(ratio - 1) > 0.2 else "")), None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", type=pathlib.Path, required=True, help="the program recoscope-cli")
    parser.add_argument("--workspace", type=pathlib.Path, required=True)
    parser.add_argument("--models", help="these alone, for example lrurec,hstu")
    parser.add_argument("--minutes", type=float, default=0.5, help="longest training of an epoch")
    arguments = parser.parse_args()
    bench = Workbench(arguments.cli, arguments.workspace)
    datasets = {dataset["name"] for dataset in bench.need("datasets")["datasets"]}
    names = arguments.models.split(",") if arguments.models else [model["name"] for model in bench.need("models")["models"]]
    print("| model | preset | data | estimate | measured | ratio |\n| --- | --- | --- | --- | --- | --- |", flush=True)
    left = []
    for name in names:
        model = bench.need("model", name)
        for preset in (preset["name"] for preset in model["presets"]):
            dataset = dataset_of(name, preset)
            if dataset not in datasets and dataset in GENERATED:
                bench.need("generate", "--preset", "tour", *GENERATED[dataset], "--name", dataset)
                datasets.add(dataset)
            row, why = measure(bench, model, preset, dataset, arguments.minutes) if dataset in datasets else (None, f"no dataset {dataset}")
            print(row, flush=True) if row else left.append(f"{name} {preset}: {why}")
    print("\nNot measured\n" + "\n".join(left) if left else "")


if __name__ == "__main__":
    main()
