#!/usr/bin/env python3
# SPDX-FileCopyrightText: Recoscope contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives recoscope-cli as another program would: real workspaces, real signals, generated data, no network.

RECOSCOPE_CLI names the program. Standard library only.
"""
import csv
import io
import json
import math
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import tempfile
import unittest
import zipfile

CLI = os.environ.get("RECOSCOPE_CLI", "recoscope-cli")
COMMANDS = ["import", "generate", "datasets", "dataset", "lint", "models", "model", "train", "evaluate", "runs", "run",
            "delete", "restore", "purge", "compare", "recommend", "inspect", "latency", "scale", "fit", "export", "verify", "open-bundle",
            "parity", "doctor"]


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def table_of_users(case, run):
    path = case.folder / "users.csv"
    case.document("evaluate", run, "--export-users", path)
    return table(path)


class CliCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="recoscope-cli-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.workspace = cls.folder / "workspace"

    def command(self, *words, workspace=None):
        return [CLI, "--workspace", str(workspace or self.workspace), *map(str, words)]

    def call(self, *words, **options):
        return subprocess.run(self.command(*words, **options), capture_output=True, text=True, timeout=500)

    def document(self, *words, **options):
        """Runs with --json --quiet; standard output is one document, standard error is empty."""
        done = self.call("--json", "--quiet", *words, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def refused(self, code, kind, *words, **options):
        """The exit code, two lines for people, the document for programs. Returns both lines."""
        done = self.call("--json", "--quiet", *words, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 2, done.stderr)
        self.assertTrue(lines[0].startswith("error: ") and lines[1].startswith("hint: "), done.stderr)
        error = json.loads(done.stdout)["error"]
        self.assertEqual(error["kind"], kind)
        self.assertEqual([lines[0][7:], lines[1][6:]], [error["message"], error["hint"]])
        return done.stderr

    def generate(self, name="tour", preset="tour", seed=3):
        return self.document("generate", "--preset", preset, "--seed", seed, "--name", name)


class Usage(CliCase):
    def test_every_command_has_help_with_an_example(self):
        for name in COMMANDS:
            done = self.call(name, "--help")
            self.assertEqual(done.returncode, 0, name)
            self.assertIn("Example:\n  recoscope-cli " + name, done.stdout, name)

    def test_wrong_use(self):
        self.assertIn('did you mean "train"', self.refused(2, "usage", "trian"))
        self.refused(2, "usage", "train", "--no-such-flag")
        self.refused(2, "usage", "import", "x.csv")
        self.refused(2, "usage", "train")
        self.refused(2, "usage", "runs", "--threads", "0")
        self.refused(2, "usage", "lint", "x", "--protocol", "max_length")
        self.refused(2, "usage", "lint", "x", "--protocol", "no_such_key=1")
        self.refused(2, "usage")

    def test_missing_things(self):
        self.refused(4, "not_found", "dataset", "nothing")
        self.refused(4, "not_found", "run", "nothing")
        self.refused(4, "not_found", "model", "lrurek")
        self.refused(4, "not_found", "generate", "--preset", "nothing", "--name", "x")
        self.refused(4, "not_found", "parity", self.folder / "nowhere")

    def test_a_workspace_that_cannot_be(self):
        blocked = self.folder / "file"
        blocked.write_text("not a folder")
        self.refused(6, "resource", "datasets", workspace=blocked / "workspace")

    def test_doctor_names_what_runs(self):
        report = self.document("doctor")
        self.assertTrue(report["ok"])
        self.assertTrue(report["environment"]["recoscope"])
        checks = {check["name"]: check for check in report["checks"]}
        self.assertEqual(set(checks), {"workspace", "disk", "memory", "kernels", "cuda", "parquet", "device"})
        self.assertIn(report["environment"]["kernels"] + " in use", checks["kernels"]["detail"])
        text = self.call("doctor")
        self.assertEqual(text.returncode, 0, text.stderr)
        for name in checks:
            self.assertRegex(text.stdout, rf"(?m)^(ok|note) +{name}: ")

    def test_doctor_says_what_is_missing(self):
        blocked = self.folder / "no_folder"
        blocked.write_text("not a folder")
        done = self.call("--json", "--device", "cuda", "doctor", workspace=blocked / "workspace")
        self.assertEqual(done.returncode, 6, done.stdout)
        report = json.loads(done.stdout)
        self.assertFalse(report["ok"])
        missing = {check["name"]: check["hint"] for check in report["checks"] if not check["ok"] and check["needed"]}
        self.assertEqual(set(missing), {"workspace", "device"})
        self.assertTrue(all(missing.values()))

    def test_a_slow_kernel_path_is_a_note(self):
        done = subprocess.run(self.command("--json", "doctor"), capture_output=True, text=True, timeout=500,
                              env={**os.environ, "RECOSCOPE_KERNELS": "scalar"})
        self.assertEqual(done.returncode, 0, done.stdout)
        report = json.loads(done.stdout)
        self.assertEqual(report["environment"]["kernels"], "scalar")
        kernels = next(check for check in report["checks"] if check["name"] == "kernels")
        self.assertFalse(kernels["ok"] or kernels["needed"])

    def test_models_describe_their_parameters(self):
        names = [model["name"] for model in self.document("models")["models"]]
        self.assertIn("most_popular", names)
        for name in names:
            for parameter in self.document("model", name)["parameters"]:
                self.assertTrue(parameter["name"] and parameter["help"], name)
                self.assertIn("default", parameter)


class Datasets(CliCase):
    def test_generate_import_and_inspect(self):
        made = self.generate()
        self.assertGreater(made["interactions"], 1000)
        self.assertTrue(made["optimum"])
        listed = self.document("datasets")["datasets"]
        self.assertEqual([d["name"] for d in listed], ["tour"])
        self.assertEqual(listed[0]["hash"], made["hash"])
        self.assertEqual(self.document("dataset", "tour")["interactions"], made["interactions"])
        self.assertIsInstance(self.document("lint", "tour")["findings"], list)
        self.refused(5, "refused", "generate", "--preset", "tour", "--name", "tour")
        self.assertEqual(self.generate("again")["hash"], made["hash"])
        self.assertNotEqual(self.generate("other", seed=4)["hash"], made["hash"])

    def test_import_counts_what_it_drops(self):
        source = self.folder / "ratings.csv"
        source.write_text("user,item,rating,time\n" + "".join(
            f"u{u},i{i},{1 + (u + i) % 5},{1000000 + 60 * i}\n" for u in range(8) for i in range(6)) + "u1,i1,high,5\n")
        done = self.document("import", source, "--name", "table")
        self.assertEqual((done["users"], done["items"], done["interactions"]), (8, 6, 48))
        report = done["report"]
        self.assertEqual((report["rows_read"], report["rows_kept"]), (49, 48))
        self.assertEqual(sum(report["dropped"].values()), 1)
        rated = self.document("import", source, "--name", "rated", "--min-rating", "4")
        self.assertLess(rated["interactions"], 48)
        self.refused(5, "refused", "import", source, "--name", "table")

    def test_surfaces_and_kinds_of_events(self):
        source = self.folder / "shop.csv"
        source.write_text("user,item,time,did,place\n" + "".join(
            f"u{u},i{i},{1000000 + 60 * i},{'buy' if i == 3 else 'view'},{'home' if i % 2 else ''}\n"
            for u in range(8) for i in range(6)))
        columns = self.document("import", source, "--preview", "--kind", "did", "--surface", "5")["columns"]
        self.assertEqual([column["role"] for column in columns], ["user", "item", "time", "kind", "surface"])
        done = self.document("import", source, "--name", "shop", "--kind", "did", "--surface", "5")
        self.assertEqual((done["kinds"], done["surfaces"]), (["view", "buy"], ["home"]))
        self.assertEqual(done["report"]["warnings"],
                         ["24 of 48 rows have no surface (column 'place' is empty); they were kept"])
        statistics = self.document("dataset", "shop")["statistics"]
        self.assertEqual([(count["name"], count["events"]) for count in statistics["kinds"]],
                         [("view", 40), ("buy", 8)])
        self.assertEqual(statistics["surfaces"], [{"name": "home", "events": 24, "share": 0.5},
                                                  {"name": None, "events": 24, "share": 0.5}])
        self.assertRegex(self.call("dataset", "shop").stdout, r"(?m)^kinds of events +view 83\.3 %, buy 16\.7 %$")
        self.assertIn("no column 'page' for the surface",
                      self.refused(3, "input", "import", source, "--name", "paged", "--surface", "page"))

    def test_bad_input_leaves_nothing_behind(self):
        for name, content in (("empty.csv", b""), ("header.csv", b"user,item,rating,time\n"),
                              ("cut.csv.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x01\x02")):
            source = self.folder / name
            source.write_bytes(content)
            self.assertIn(name, self.refused(3, "input", "import", source, "--name", "broken"))
        self.refused(4, "not_found", "import", self.folder / "nowhere.csv", "--name", "broken")
        self.assertNotIn("broken", [d["name"] for d in self.document("datasets")["datasets"]])
        self.assertFalse(list((self.workspace / "datasets").glob("*broken*")))


class CountingRuns(CliCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls()
        case.generate()
        cls.popular = case.document("train", "--dataset", "tour", "--model", "most_popular", "--name", "popular")
        cls.markov = case.document("train", "--dataset", "tour", "--model", "markov", "--tag", "quick")

    def test_train_document(self):
        for key in ("run", "status", "best_epoch", "metrics", "protocol", "seconds", "seconds_per_epoch",
                    "peak_memory_bytes", "learned_from"):
            self.assertIn(key, self.markov)
        self.assertEqual(self.markov["status"], "finished")
        self.assertEqual(len(self.markov["protocol"]["hash"]), 16)
        self.assertGreater(self.markov["metrics"]["test"]["ndcg@10"], self.popular["metrics"]["test"]["ndcg@10"])
        self.assertTrue(self.markov["learned_from"])

    def test_exported_lists_give_the_same_metrics(self):
        top, users = self.folder / "top.csv", self.folder / "users.csv"
        done = self.document("evaluate", self.markov["run"], "--k", "1,5,10,20", "--export-topk", top, "--depth", 20,
                             "--export-users", users)
        lists, targets, rows = {}, {}, table(users)
        for row in table(top):
            lists.setdefault(row["user"], []).append(row["item"])
            self.assertEqual(int(row["rank"]), len(lists[row["user"]]))
        for row in rows:
            targets[row["user"]] = row["target"]
        self.assertEqual(len(rows), done["users"])
        for k in (1, 5, 10, 20):
            hits = [lists[u].index(t) + 1 for u, t in targets.items() if t in lists[u][:k]]
            self.assertAlmostEqual(len(hits) / len(targets), done["metrics"][f"hr@{k}"], delta=1e-6)
            gain = sum(1 / math.log2(r + 1) for r in hits) / len(targets)
            self.assertAlmostEqual(gain, done["metrics"][f"ndcg@{k}"], delta=1e-6)
            column = [float(row[f"ndcg@{k}"]) for row in rows]
            self.assertAlmostEqual(sum(column) / len(column), done["metrics"][f"ndcg@{k}"], delta=1e-9)
        for name, value in self.markov["metrics"]["test"].items():
            if name in done["metrics"]:
                self.assertAlmostEqual(value, done["metrics"][name], delta=1e-12)

    def test_ranking_keys_may_change_and_others_not(self):
        easy = self.document("evaluate", self.markov["run"], "--protocol", "candidates=uniform:20")
        hard = self.document("evaluate", self.markov["run"])
        self.assertGreater(easy["metrics"]["ndcg@10"], hard["metrics"]["ndcg@10"])
        self.assertNotEqual(easy["protocol"]["hash"], hard["protocol"]["hash"])
        self.refused(5, "refused", "evaluate", self.markov["run"], "--protocol", "max_length=7")

    def test_compare(self):
        done = self.document("compare", self.popular["run"], self.markov["run"])
        self.assertAlmostEqual(done["difference"], done["mean_b"] - done["mean_a"], delta=1e-12)
        self.assertAlmostEqual(done["mean_b"], self.markov["metrics"]["test"]["ndcg@10"], delta=1e-9)
        self.assertLess(done["ci95"][0], done["difference"])
        self.assertGreater(done["ci95"][1], done["difference"])
        self.assertEqual(set(done["p"]), {"t", "wilcoxon", "permutation"})
        self.assertEqual(sum(s["users"] for s in done["slices"] if s["group"] == "history length"), done["users"])
        present = {r["model"] for r in done["references"]}
        self.assertTrue({"most_popular", "markov"} <= present)
        self.assertTrue(all(m["add"] for m in done["missing_references"]))
        self.refused(4, "not_found", "compare", self.popular["run"], self.markov["run"], "--metric", "coverage@10")

    def test_compare_refuses_unlike_protocols(self):
        other = self.document("train", "--dataset", "tour", "--model", "most_popular", "--protocol", "max_length=7")
        message = self.refused(5, "refused", "compare", self.markov["run"], other["run"])
        self.assertIn("max_length (200 and 7)", message)
        done = self.document("compare", self.markov["run"], other["run"], "--allow-unlike")
        self.assertEqual([d["key"] for d in done["unlike"]], ["max_length"])

    def test_recommend_and_explain(self):
        user = table(self.export_users())[0]["user"]
        done = self.document("recommend", self.markov["run"], "--user", user, "-k", 5, "--hide-last", 1, "--explain")
        self.assertEqual(len(done["items"]), 5)
        past = {item["id"] for item in done["history"]}
        scores = [item["score"] for item in done["items"]]
        self.assertEqual(scores, sorted(scores, reverse=True))
        for item in done["items"]:
            self.assertNotIn(item["id"], past)
            self.assertTrue(item["title"])
            self.assertLessEqual(len(item["contributions"]), len(done["history"]))
        typed = ",".join(item["id"] for item in done["history"])
        again = self.document("recommend", self.markov["run"], "--history", typed, "-k", 5)
        self.assertEqual([i["id"] for i in again["items"]], [i["id"] for i in done["items"]])
        self.refused(4, "not_found", "recommend", self.markov["run"], "--user", "nobody at all")
        self.refused(2, "usage", "recommend", self.markov["run"])

    def export_users(self):
        table_of_users(self, self.markov["run"])
        return self.folder / "users.csv"

    def test_models_without_attention_refuse(self):
        self.refused(5, "refused", "inspect", "attention", self.markov["run"], "--history",
                     self.document("recommend", self.markov["run"], "--user", self.any_user())["items"][0]["id"],
                     "--out", self.folder / "a.npz")
        self.assertFalse((self.folder / "a.npz").exists())

    def any_user(self):
        return table(self.export_users())[0]["user"]

    def test_latency_is_measured_and_kept(self):
        done = self.document("latency", self.markov["run"], "--history", "5,10", "--requests", 20, "--warm-up", 5)
        self.assertEqual([(p["mode"], p["history"]) for p in done["points"]], [("full", 5), ("full", 10)])
        # What the window knows a machine by.
        self.assertTrue({"processor", "threads", "device"} <= done["conditions"].keys(), done["conditions"])
        for point in done["points"]:
            self.assertLessEqual(point["p50_us"], point["p95_us"])
            self.assertGreater(point["throughput"], 0)
        self.assertTrue(self.document("run", self.markov["run"])["latency"])

    def test_modes_that_a_model_does_not_offer_are_refused(self):
        said = self.refused(5, "refused", "latency", self.markov["run"], "--mode", "beam,incremental")
        self.assertIn("markov has no mode beam or incremental", said)
        self.assertIn("it has full", said)
        self.assertIn("item_head_reread", self.refused(2, "usage", "latency", self.markov["run"], "--mode", "fast"))
        self.assertIn("has no beam", self.refused(5, "refused", "evaluate", self.markov["run"], "--beam", 10))

    def test_beams_are_measured_and_ranked_in_other_widths(self):
        run = self.document("train", "--dataset", "tour", "--model", "tiger", "--preset", "tour", "--epochs", 2,
                            "--set", "beam=5", "--threads", 1)["run"]
        done = self.document("latency", run, "--history", 5, "--requests", 10, "--warm-up", 5, "--beam", "1,5")
        self.assertEqual([(p["mode"], p["beam"], p["as_ranked"]) for p in done["points"]],
                         [("beam", 1, False), ("beam", 5, True)])
        for point in done["points"]:
            user = point["per_user_us"]
            self.assertGreater(user["decode"], 0)
            self.assertAlmostEqual(user["encode"] + user["decode"] + user["rest"], user["total"], places=6)
        own = self.document("evaluate", run)["metrics"]
        self.assertEqual(self.document("evaluate", run, "--beam", 5)["metrics"], own)
        self.assertGreaterEqual(self.document("evaluate", run, "--beam", 40)["metrics"]["hr@50"], own["hr@50"])

    def test_a_bundle_travels_and_is_verified(self):
        bundle = self.folder / "popular.recoscope"
        done = self.document("export", self.popular["run"], "--bundle", bundle)
        self.assertEqual((done["user_ids"], done["bytes"]), ("pseudonyms", bundle.stat().st_size))
        self.refused(5, "refused", "export", self.popular["run"], "--bundle", bundle)
        report = self.document("verify", bundle)
        self.assertTrue(report["ok"] and report["recomputed"])
        with zipfile.ZipFile(bundle) as archive:
            self.assertIsNone(archive.testzip())
            rows = list(csv.DictReader(io.TextIOWrapper(archive.open("users_test.csv"), newline="")))
            again = json.loads(archive.read("config.json"))["train_again"]
        mean = sum(1 / float(row["rank"]) for row in rows) / len(rows)
        self.assertAlmostEqual(mean, self.popular["metrics"]["test"]["mrr"], places=9)
        self.assertFalse({row["user"] for row in rows} & {row["user"] for row in table(self.export_users())})
        # What the bundle says trains the same run again.
        repeated = self.document(*shlex.split(again)[1:])
        self.assertEqual(repeated["metrics"], self.popular["metrics"])
        # Elsewhere, without the data: metrics come along, per-user rows do not.
        other = self.folder / "elsewhere"
        opened = self.document("open-bundle", bundle, workspace=other)
        self.assertEqual((opened["metrics"], opened["per_user"]), (self.popular["metrics"], False))
        self.refused(5, "refused", "open-bundle", bundle, workspace=other)
        self.assertFalse(self.document("verify", bundle, workspace=other)["recomputed"])
        # One changed byte is found.
        content = bytearray(bundle.read_bytes())
        content[len(content) // 2] ^= 1
        bundle.write_bytes(content)
        done = self.call("verify", bundle)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.refused(3, "input", "verify", self.export_users())

    def test_bin(self):
        run = self.document("train", "--dataset", "tour", "--model", "most_popular")["run"]
        self.assertTrue(self.document("delete", run)["deleted"])
        listed = lambda *words: [r["run"] for r in self.document("runs", *words)["runs"]]
        self.assertNotIn(run, listed())
        self.assertIn(run, listed("--all"))
        self.refused(4, "not_found", "restore", self.popular["run"][:4] + "nothing")
        self.assertFalse(self.document("restore", run)["deleted"])
        self.document("delete", run)
        self.assertEqual(self.document("purge")["purged"], [run])
        self.assertNotIn(run, listed("--all"))
        self.assertFalse((self.workspace / "runs" / run).exists())
        self.refused(4, "not_found", "run", run)

    def test_names_notes_and_tags(self):
        self.assertEqual(self.document("run", self.markov["run"])["tags"], ["quick"])
        done = self.document("run", self.popular["run"], "--notes", "counts only", "--tag", "baseline")
        self.assertEqual((done["notes"], done["tags"]), ("counts only", ["baseline"]))
        self.assertEqual(self.document("run", "popular")["run"], self.popular["run"])


class Training(CliCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls().generate()

    def words(self, name, epochs=4):
        return ["train", "--dataset", "tour", "--model", "lrurec", "--epochs", epochs, "--seed", 5, "--name", name,
                "--threads", 1, *self.settings()]

    def settings(self):
        known = {p["name"] for p in self.document("model", "lrurec")["parameters"]}
        wanted = {"dimension": "16", "embedding": "16", "hidden": "16", "batch_size": "64", "patience": "50"}
        return [word for key, value in wanted.items() if key in known for word in ("--set", f"{key}={value}")]

    def weights(self, run):
        return (self.workspace / "runs" / run / "weights.safetensors").read_bytes()

    def stop_after_first_epoch(self, name, *numbers):
        """Starts a training, waits for its first epoch to be reported, and sends it signals."""
        process = subprocess.Popen(self.command(*self.words(name)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        for line in process.stderr:
            if line.startswith("epoch 1 "):
                for number in numbers:
                    process.send_signal(number)
                break
        errors = process.stderr.read()
        process.stdout.read()
        process.stdout.close()
        process.stderr.close()
        return process.wait(timeout=300), errors

    def test_killed_and_resumed_gives_the_uninterrupted_bytes(self):
        whole = self.document(*self.words("whole"))
        self.stop_after_first_epoch("killed", signal.SIGKILL)
        interrupted = self.document("run", "killed")
        self.assertIn(interrupted["status"], ("interrupted", "running"))
        resumed = self.document("train", "--resume", interrupted["run"], "--threads", 1)
        self.assertEqual(resumed["status"], whole["status"])
        self.assertEqual(self.weights(resumed["run"]), self.weights(whole["run"]))
        self.assertEqual(resumed["metrics"], whole["metrics"])
        self.assertEqual([e["epoch"] for e in self.document("run", resumed["run"])["epoch_records"]],
                         [e["epoch"] for e in self.document("run", whole["run"])["epoch_records"]])

    def test_interrupt_keeps_a_checkpoint(self):
        code, errors = self.stop_after_first_epoch("interrupted", signal.SIGINT)
        self.assertEqual(code, 130, errors)
        self.assertIn("its checkpoint is kept", errors)
        run = self.document("run", "interrupted")
        self.assertEqual(run["status"], "cancelled")
        resumed = self.document("train", "--resume", run["run"], "--max-minutes", 0.00001)
        self.assertEqual(resumed["status"], "stopped")
        self.assertTrue(resumed["metrics"]["test"])
        self.assertEqual(self.document("train", "--resume", run["run"])["status"], "finished")
        self.refused(5, "refused", "train", "--resume", run["run"])
        # A setting that would not be heeded is refused.
        self.assertIn("--epochs", self.refused(2, "usage", "train", "--resume", run["run"], "--epochs", 9))

    def test_a_second_signal_ends_at_once_and_loses_nothing(self):
        whole = self.document(*self.words("undisturbed"))
        # Equal signals that wait together are one to the system; these two are not.
        code, errors = self.stop_after_first_epoch("twice", signal.SIGINT, signal.SIGTERM)
        self.assertEqual(code, 130, errors)
        run = self.document("run", "twice")
        self.assertIn(run["status"], ("interrupted", "cancelled"))
        resumed = self.document("train", "--resume", run["run"], "--threads", 1)
        self.assertEqual(self.weights(resumed["run"]), self.weights(whole["run"]))

    def test_inspect_state_and_embedding(self):
        run = self.document(*self.words("inspected", epochs=1))["run"]
        out = self.folder / "state.npz"
        user = table_of_users(self, run)[0]["user"]
        state = self.document("inspect", "state", run, "--user", user, "--out", out)
        self.assertTrue(state["complex"])
        for layer in state["layers"]:
            life = layer["half_life"]
            self.assertTrue(0 < life["shortest"] <= life["median"] <= life["longest"])
        with zipfile.ZipFile(out) as archive:
            self.assertEqual({"state.npy", "norm.npy", "items.npy", "eigenvalue_real.npy", "eigenvalue_imag.npy",
                              "half_life.npy"} - set(archive.namelist()), set())
            self.assertIsNone(archive.testzip())
        near = self.document("inspect", "embedding", run, "--user", user, "--neighbours", 3, "--out", out)["nearest"]
        for item in near:
            cosines = [n["cosine"] for n in item["neighbours"]]
            self.assertEqual(len(cosines), 3)
            self.assertEqual(cosines, sorted(cosines, reverse=True))
            self.assertNotIn(item["id"], [n["id"] for n in item["neighbours"]])
        self.assertIn("no tokens to look at", self.refused(5, "refused", "inspect", "tokens", run, "--user", user, "--out", out))
        self.refused(5, "refused", "inspect", "attention", run, "--user", user, "--out", out)

    def test_states_are_kept_and_brought_forward(self):
        run = self.document(*self.words("stateful", epochs=1))["run"]
        users = table_of_users(self, run)
        file = self.folder / "users.states"
        first = self.document("states", run, "--file", file, "--hide-last", 1)
        self.assertEqual(first["bytes"], file.stat().st_size)
        lists = {row["user"]: self.document("recommend", run, "--user", row["user"], "--hide-last", 1) for row in users[:8]}
        user, plain = min(lists.items(), key=lambda pair: len(pair[1]["history"]))  # within the model's window
        kept = self.document("recommend", run, "--user", user, "--hide-last", 1, "--states", file)
        self.assertEqual([i["id"] for i in kept["items"]], [i["id"] for i in plain["items"]])
        for one, other in zip(kept["items"], plain["items"]):
            self.assertAlmostEqual(one["score"], other["score"], places=4)
        # Beyond the window the state remembers more: rank and list are both of the state.
        longest = max(lists, key=lambda name: len(lists[name]["history"]))
        all_items = self.document("recommend", run, "--user", longest, "--hide-last", 1, "--states", file, "-k", 100000)
        listed = [i["id"] for i in all_items["items"]]
        self.assertEqual(listed.index(all_items["next"]["id"]) + 1, all_items["next"]["rank"])
        self.refused(2, "usage", "recommend", run, "--user", user, "--states", file, "--explain")
        second = self.document("states", run, "--file", file)
        self.assertEqual((second["events"], second["rebuilt"]), (first["users"], 0))
        out = self.folder / "lists.csv"
        again = self.document("states", run, "--file", file, "--lists", out, "-k", 7)
        self.assertEqual((again["events"], again["lists"]), (0, str(out)))
        with open(out, newline="") as table:
            rows = list(csv.DictReader(table))
        self.assertEqual(len(rows), 7 * first["users"])
        alone = self.document("recommend", run, "--user", user, "--states", file, "-k", 7)["items"]
        together = [row for row in rows if row["user"] == user]
        self.assertEqual([row["item"] for row in together], [i["id"] for i in alone])
        self.assertEqual([row["rank"] for row in together], [str(i + 1) for i in range(7)])
        for row, item in zip(together, alone):
            self.assertAlmostEqual(float(row["score"]), item["score"], places=5)
        self.refused(5, "refused", "states", run, "--file", file, "--hide-last", 1)
        other = self.document("train", "--dataset", "tour", "--model", "gru4rec", "--epochs", 1, "--set", "hidden=16")["run"]
        self.refused(5, "refused", "states", other, "--file", file)
        item = plain["items"][0]["id"]
        self.refused(2, "usage", "recommend", run, "--history", item, "--states", file)

    def test_states_of_compressed_histories_stay_in_a_cache(self):
        run = self.document("train", "--dataset", "tour", "--model", "persrec", "--epochs", 1, "--set", "hidden=16", "--set", "segment=8", "--set", "recent=4")["run"]
        users = table_of_users(self, run)
        user, cache = users[0]["user"], self.folder / "states.db"
        plain = self.document("recommend", run, "--user", user)
        self.document("recommend", run, "--user", user, "--hide-last", 1, "--cache", cache)
        kept = self.document("recommend", run, "--user", user, "--cache", cache)
        self.assertEqual(kept["known_events"], len(plain["history"]) - 1)
        self.assertEqual([i["id"] for i in kept["items"]], [i["id"] for i in plain["items"]])
        for one, other in zip(kept["items"], plain["items"]):
            self.assertAlmostEqual(one["score"], other["score"], places=4)
        lists = self.folder / "cached.csv"
        first = self.document("states", run, "--cache", cache, "--lists", lists)
        self.assertEqual((first["found"], first["known_events"]), (1, len(plain["history"])))
        again = self.document("states", run, "--cache", cache)
        self.assertEqual((again["found"], again["events"], again["states"]), (first["users"], 0, first["users"]))
        with open(lists, newline="") as table:
            listed = [row["item"] for row in csv.DictReader(table) if row["user"] == user]
        self.assertEqual(listed, [i["id"] for i in plain["items"]])
        small = self.document("states", run, "--cache", cache, "--cache-size", 1)
        self.assertLessEqual(cache.stat().st_size, 1 << 20)
        self.assertLessEqual(small["bytes"], 1 << 20)
        self.refused(2, "usage", "states", run)
        self.refused(2, "usage", "states", run, "--file", self.folder / "x", "--cache", cache)
        self.refused(2, "usage", "recommend", run, "--user", user, "--states", self.folder / "x", "--cache", cache)

    def test_inspect_tokens(self):
        run = self.document("train", "--dataset", "tour", "--model", "persrec", "--set", "segment=4", "--set", "recent=4", "--set", "tokens=2",
                            "--set", "hidden=16", "--set", "layers=1", "--epochs", 1, "--name", "compressed")["run"]
        out = self.folder / "tokens.npz"
        user = table_of_users(self, run)[0]["user"]
        told = self.document("inspect", "tokens", run, "--user", user, "--hide-last", 1, "--stale-users", 30, "--precision-users", 20, "--all-users",
                             "--out", out)
        everyone = told["population"]
        self.assertEqual((everyone["metric"], everyone["targets"]), ("ndcg@10", "validation"))
        self.assertTrue(0 < everyone["users"] <= everyone["evaluated"])
        self.assertEqual([r["reading"] for r in everyone["readings"]][-2:], ["recent events only", "full history, same weights"])
        for row in everyone["readings"]:
            change = row["ndcg_change"]
            self.assertTrue(change["low_95"] <= change["mean"] <= change["high_95"] and 0 < row["users"] <= everyone["users"])
            self.assertEqual(row["excludes_0"], row["users"] > 1 and (change["low_95"] > 0 or change["high_95"] < 0))
        rows = told["precision"]["states"]
        self.assertEqual([row["precision"] for row in rows], ["float", "half", "byte"])
        self.assertTrue(rows[0]["bytes"] > rows[1]["bytes"] > rows[2]["bytes"] and told["precision"]["users"] == 20)
        self.assertEqual((rows[0]["ndcg_change"]["mean"], rows[0]["shared"]), (0, 10))
        stale = told["staleness"]
        self.assertTrue(0 < stale["users"] <= 30)
        self.assertEqual((stale["points"][0]["events"], stale["points"][0]["shared_kept"]), (0, 10.0))
        self.assertTrue(all(p["kept"]["mean"] <= 1 for p in stale["points"]) and stale["points"][-1]["events"] == 16)
        segments = max(0, (told["events"] - 4) // 4)
        self.assertGreater(segments, 0)
        self.assertEqual((told["segments"], told["older"], len(told["tokens"])), (segments, 4 * segments, 2 * segments))
        self.assertEqual([r["reading"] for r in told["readings"]],
                         ["all tokens", *(f"without token {t}" for t in range(2 * segments)), "recent events only", "full history, same weights"])
        self.assertEqual(told["readings"][0]["shared"], len(told["readings"][0]["items"]))
        listed = self.document("recommend", run, "--user", user, "--hide-last", 1, "-k", 10)["items"]
        self.assertEqual(told["readings"][0]["items"], [item["id"] for item in listed])
        self.assertLess(told["savings"]["tokens"]["keys_read"], told["events"])
        self.assertLess(told["savings"]["largest_difference"], 1e-4)
        with zipfile.ZipFile(out) as archive:
            self.assertEqual({"absorbed.npy", "read.npy", "change.npy", "mask.npy", "row_token.npy"} - set(archive.namelist()), set())

    def test_what_does_not_go_together_leaves_nothing_behind(self):
        before = len(self.document("runs", "--all")["runs"])
        folders = sorted((self.workspace / "runs").glob("*"))
        for code, kind, *words in [(2, "usage", "--model", "persrec", "--set", "segment=64", "--set", "recent=64", "--protocol", "max_length=20"),
                                   (3, "input", "--model", "lrurec", "--protocol", "filter=core:1000"),
                                   (2, "usage", "--model", "sasrec", "--set", "hidden=10", "--set", "heads=3")]:
            self.refused(code, kind, "train", "--dataset", "tour", *words)
            self.assertEqual(len(self.document("runs", "--all")["runs"]), before, words)
            self.assertEqual(sorted((self.workspace / "runs").glob("*")), folders, words)

    def test_an_estimate_leaves_nothing_behind(self):
        runs, folders = self.document("runs", "--all")["runs"], sorted((self.workspace / "runs").glob("*"))
        words = ["train", "--estimate", "--dataset", "tour", "--preset", "tour", "--model"]
        told = self.document(*words, "lrurec")
        self.assertGreater(told["held_memory_bytes"], 10e6)
        self.assertGreater(told["peak_memory_bytes"], told["held_memory_bytes"])
        self.assertAlmostEqual(told["seconds"], 12 * told["seconds_per_epoch"], delta=1e-9)
        self.assertGreater(self.document(*words, "lrurec", "--set", "hidden=64")["parameter_count"],
                           told["parameter_count"])
        self.assertIn("nothing was trained", self.call("--quiet", *words, "sasrec").stdout)
        self.refused(2, "usage", "train", "--estimate", "--resume", "x")
        self.refused(2, "usage", "train", "--estimate", "--dataset", "tour", "--init-from", "x")
        self.refused(4, "not_found", "train", "--estimate", "--dataset", "nothing", "--model", "lrurec")
        self.refused(3, "input", "train", "--estimate", "--dataset", "tour", "--model", "lrurec",
                     "--protocol", "filter=core:1000")
        self.assertEqual(self.document("runs", "--all")["runs"], runs)
        self.assertEqual(sorted((self.workspace / "runs").glob("*")), folders)

    def test_settings_without_effect_are_named(self):
        words = ["train", "--estimate", "--dataset", "tour", "--preset", "tour", "--model", "lrurec", "--set"]
        self.assertIn("gbce_t has no effect in this run: only with loss=gbce", self.call(*words, "gbce_t=0.5").stderr)
        self.assertNotIn("no effect", self.call(*words, "loss=gbce", "--set", "gbce_t=0.5").stderr)
        described = {p["name"]: p for p in self.document("model", "persrec")["parameters"]}
        self.assertEqual(described["item_layers"]["only_with"], {"backbone": ["hllm"]})
        self.assertEqual(described["attention_dropout"]["only_with"], {"backbone": ["sasrec"]})
        self.assertNotIn("only_with", described["hidden"])

    def test_settings_are_checked_before_anything_starts(self):
        before = len(self.document("runs", "--all")["runs"])
        self.refused(2, "usage", "train", "--dataset", "tour", "--model", "lrurec", "--set", "no_such=1")
        self.refused(2, "usage", "train", "--dataset", "tour", "--model", "lrurec", "--set", "batch_size=many")
        self.refused(2, "usage", "train", "--dataset", "tour", "--model", "lrurec", "--max-minutes", "nan")
        self.refused(4, "not_found", "train", "--dataset", "tour", "--model", "lrurek")
        self.refused(4, "not_found", "train", "--dataset", "nothing", "--model", "lrurec")
        self.assertEqual(len(self.document("runs", "--all")["runs"]), before)


class Sharing(CliCase):
    def test_two_programs_on_one_workspace(self):
        self.generate()
        start = lambda name: subprocess.Popen(
            self.command("--json", "--quiet", "train", "--dataset", "tour", "--model", "item_knn", "--name", name),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        results = [process.communicate(timeout=300) + (process.returncode,)
                   for process in [start("one"), start("two"), start("three")]]
        for _, errors, code in results:
            self.assertEqual(code, 0, errors)
        documents = [json.loads(out) for out, _, _ in results]
        self.assertEqual(len({d["run"] for d in documents}), 3)
        self.assertEqual(documents[0]["metrics"], documents[1]["metrics"])
        listed = self.document("runs")["runs"]
        self.assertEqual(sorted(r["name"] for r in listed), ["one", "three", "two"])
        self.assertTrue(all(r["status"] == "finished" for r in listed))


class Sweeps(CliCase):
    SIZES = [{"hidden": 8, "piece_width": 8}, {"hidden": 12, "piece_width": 12}, {"hidden": 16, "piece_width": 16}]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls().generate()

    def sweep(self, name, **changes):
        description = {"dataset": "tour", "model": "srt", "sizes": self.SIZES, "train_users": [0.5, 1],
                       "parameters": {"layers": 1, "epochs": 2, "batch_size": 64, "negatives": 64},
                       "protocol": {"filter": "none", "max_length": 20}, **changes}
        path = self.folder / (name + ".json")
        path.write_text(json.dumps({key: value for key, value in description.items() if value is not None}))
        return path

    def results(self, path):
        """What must not depend on when and where a point was trained."""
        return [{key: value for key, value in row.items() if key not in ("run", "seconds")} for row in table(path)]

    def test_killed_and_started_again_trains_each_point_once(self):
        path = self.sweep("points")
        plan = self.document("scale", path, "--plan")
        self.assertEqual([p["status"] for p in plan["points"]], ["to do"] * 6)
        self.assertEqual(self.document("runs")["runs"], [])
        process = subprocess.Popen(self.command("--threads", 1, "scale", path), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if line.startswith("point 3 of 6"):
                process.send_signal(signal.SIGKILL)
                break
        process.stderr.close()
        process.wait(timeout=300)
        before = {run["run"] for run in self.document("runs")["runs"] if run["status"] == "finished"}
        self.assertGreaterEqual(len(before), 2)
        done = self.document("--threads", 1, "scale", path, "--curve", self.folder / "curve.csv")
        self.assertEqual((done["existed"], done["trained"], done["failed"]), (len(before), 6 - len(before), 0))
        runs = self.document("runs")["runs"]
        self.assertEqual(len(runs), 6)
        self.assertEqual({run["status"] for run in runs}, {"finished"})
        self.assertTrue(before <= {run["run"] for run in runs})
        again = self.document("scale", path)
        self.assertEqual((again["existed"], again["trained"]), (6, 0))
        # Nobody was there to kill it in another workspace.
        other = self.folder / "other"
        self.document("generate", "--preset", "tour", "--seed", 3, "--name", "tour", workspace=other)
        self.document("--threads", 1, "scale", path, "--out", self.folder / "whole.csv", workspace=other)
        self.assertEqual(self.results(self.folder / "points.csv"), self.results(self.folder / "whole.csv"))
        self.assertEqual(len(table(self.folder / "curve.csv")), 12)

        rows = table(self.folder / "points.csv")
        self.assertEqual(len({row["n"] for row in rows}), 3)
        self.assertEqual(len({row["t"] for row in rows}), 2)
        for row in rows:
            # Backward costs twice as much as forward, and the paper's unit counts half of forward, for padded samples.
            self.assertGreater(float(row["compute"]), 0)
            self.assertGreater(float(row["paper_compute"]), 0)
            self.assertGreaterEqual(float(row["compute_spent"]), float(row["compute"]))
        fit = self.document("fit", path, "--form", "power", "--bootstrap", 0)
        self.assertEqual((fit["points"], fit["columns"]["x"], fit["columns"]["y"]), (6, "n", "ndcg@10"))

    def test_every_model_that_is_trained_can_be_swept(self):
        """A larger one costs more, whatever its architecture."""
        neural = [model["name"] for model in self.document("models")["models"] if model["kind"] == "neural"]
        self.assertGreaterEqual(len(neural), 15)
        for model in neural:
            with self.subTest(model):
                path = self.sweep("every", model=model, sizes=[{"hidden": 32}, {"hidden": 16}], train_users=[1],
                                  parameters=None, protocol={"filter": "none"})
                small, large = self.document("scale", path, "--plan")["points"]
                self.assertGreater(small["flops_per_epoch"], 0)
                self.assertGreater(large["flops_per_epoch"], small["flops_per_epoch"])

    def test_what_cannot_be_is_refused_before_anything_is_trained(self):
        before = self.document("runs")["runs"]
        wrong = [(2, "usage", {"sizes": [{"hidden": 16}, {"hidden": 10, "heads": 4}]}),
                 (2, "usage", {"sizes": [{"hidden": 100000}]}), (2, "usage", {"sizes": [{"width": 16}]}),
                 (2, "usage", {"model": "markov"}), (2, "usage", {"model": "argus"}), (4, "not_found", {"model": "srrt"}),
                 (4, "not_found", {"dataset": "tuor"}), (3, "input", {"sizes": []}), (3, "input", {"sizes": None}),
                 (3, "input", {"sizes": [16]}), (3, "input", {"sizes": [{"hidden": 8}, {"hidden": 8}]}),
                 (3, "input", {"train_users": [0]}), (3, "input", {"train_users": [1.5]}),
                 (3, "input", {"train_users": ["half"]}), (3, "input", {"train_users": [1e-9]}),
                 (3, "input", {"sises": []}), (2, "usage", {"protocol": {"max_lenght": 5}})]
        for code, kind, changes in wrong:
            with self.subTest(changes):
                self.refused(code, kind, "scale", self.sweep("wrong", **changes))
                self.assertFalse((self.folder / "wrong.csv").exists())
        point = self.refused(2, "usage", "scale", self.sweep("wrong", sizes=[{"hidden": 16}, {"hidden": 100000}]))
        self.assertIn("wrong.json: point 'wrong hidden=100000 users=0.5 seed=", point)
        self.assertIn("'hidden' cannot be 100000", point)
        self.refused(2, "usage", "fit")
        self.assertIn(f"scale {self.folder / 'wrong.json'} trains", self.refused(4, "not_found", "fit", self.folder / "wrong.json"))
        counting = self.sweep("wrong", model="most_popular", sizes=[{}], parameters=None)
        self.assertIn("no parameters to train", self.refused(2, "usage", "scale", counting))
        (self.folder / "wrong.json").write_text("{")
        self.refused(3, "input", "scale", self.folder / "wrong.json")
        self.refused(4, "not_found", "scale", self.folder / "nowhere.json")
        self.assertEqual(self.document("runs")["runs"], before)


class Fits(CliCase):
    def table(self, name, header, rows):
        path = self.folder / name
        path.write_text("\n".join([header] + [",".join(map(str, row)) for row in rows]) + "\n")
        return path

    def joint(self):
        return self.table("joint.csv", "n,t,loss", [(n, t, 1.8 + 60 * n ** -0.35 + 200 * t ** -0.42)
                                                    for n in (1e4, 1e5, 1e6, 1e7) for t in (1e5, 1e6, 1e7, 1e8)])

    def test_a_joint_law_and_its_front(self):
        fit = self.document("fit", self.joint(), "--budget", "1e13,1e20", "--bootstrap", 100)
        self.assertEqual((fit["form"], fit["direction"], fit["points"], fit["warnings"]), ("joint", "falling", 16, []))
        values = {p["name"]: p["value"] for p in fit["parameters"]}
        for name, expected in {"E": 1.8, "A": 60, "a": 0.35, "B": 200, "b": 0.42}.items():
            self.assertAlmostEqual(values[name] / expected, 1, places=6)
        best = fit["front"][0]
        scale = (0.35 * 60 / (0.42 * 200)) ** (1 / 0.77)
        self.assertAlmostEqual(best["n"] / (scale * (1e13 / 6) ** (0.42 / 0.77)), 1, places=5)
        self.assertAlmostEqual(6 * best["n"] * best["t"] / 1e13, 1, places=9)
        self.assertEqual([point["extrapolated"] for point in fit["front"]], [False, True])
        self.assertEqual(self.document("fit", "--points", self.joint(), "--bootstrap", 0)["r2"], fit["r2"])

    def test_a_metric_beside_the_published_curve(self):
        rows = [(c, 0.396 / (1 + math.exp(-0.18 * (math.log(c) - 24.44))) - 0.247) for c in (10.0 ** k for k in range(8, 19))]
        path = self.table("compute.csv", "compute,ndcg@5", rows)
        fit = self.document("fit", path, "--bootstrap", 0)
        self.assertEqual((fit["form"], fit["direction"]), ("compute", "rising"))
        self.assertAlmostEqual(fit["limit"], 0.149, places=6)
        self.assertEqual([curve["name"] for curve in fit["references"]], ["srt_compute"])
        self.assertLess(fit["references"][0]["rmse"], 1e-12)
        self.assertIn("SRT, NDCG of compute", self.call("--quiet", "fit", path, "--bootstrap", 0).stdout)

    def test_tables_that_have_no_fit(self):
        self.refused(4, "not_found", "fit", self.folder / "nothing.csv")
        self.refused(2, "usage", "fit")
        short = self.table("short.csv", "n,loss", [(1e4, 3), (1e5, 2.5)])
        self.assertIn("too few", self.refused(3, "input", "fit", short))
        wrong = self.table("wrong.csv", "n,loss", [(1e4, 3), (1e5, "much")])
        self.assertIn("wrong.csv:3", self.refused(3, "input", "fit", wrong))
        self.refused(2, "usage", "fit", self.table("n.csv", "n,loss", [(10 ** k, 1 + 10 ** -k) for k in range(6)]),
                     "--budget", "1e15")

if __name__ == "__main__":
    unittest.main()
