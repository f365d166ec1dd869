# SPDX-FileCopyrightText: Recoscope contributors
# SPDX-License-Identifier: MIT
"""Checks the rules of the house that a compiler does not: rings, licences, paths, sizes.

    check_house.py ROOT             checks the files git tracks (or, outside git, every file); exit 1 with one line a finding
    check_house.py --self-test DIR  plants one violation of each rule in DIR and checks that each is found
"""
import pathlib
import re
import subprocess
import sys

# What each ring may include of the engine. A ring always includes itself.
RINGS = {
    "core": set(),
    "data": {"core"},
    "kernels": {"core"},
    "generative": {"core", "kernels"},
    "scaling": {"core"},
    "text": {"core"},
    "store": {"core", "data"},
    "nn": {"core", "data", "kernels", "models", "scaling", "text"},
    "models": {"core", "data", "generative", "kernels", "nn", "scaling", "text"},
    "training": {"core", "data", "kernels", "nn", "models", "scaling", "store", "evaluation"},
    "evaluation": {"core", "data", "kernels", "models", "scaling", "store", "text"},
    "serving": {"core", "data", "kernels", "models", "store", "evaluation"},
    "inspection": {"core", "data", "kernels", "models", "store", "evaluation", "serving"},
    "workspace": {"core", "data", "kernels", "models", "store", "evaluation", "serving", "inspection", "training",
                  "scaling"},
}
TORCH_FOLDERS = ("engine/nn/", "engine/models/", "engine/training/")
CODE = (".h", ".cpp", ".cu", ".cuh")
MAX_BYTES = 1_000_000
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
# A home folder or a mount of one machine; /usr, /etc, /proc, /dev and /tmp exist everywhere.
ABSOLUTE = re.compile(r'(?<![\w.:/$}*\\-])/(?:home|root|work|Users|mnt|opt|srv)/[\w.-]+')
PACKAGE_HOST = re.compile(r"(?:pypi\.org|pythonhosted\.org|deb\.debian\.org|download\.pytorch\.org)")


def tracked(root: pathlib.Path) -> list[pathlib.Path]:
    listing = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False)
    if listing.returncode == 0 and listing.stdout:
        return [root / name for name in listing.stdout.decode().split("\0") if name and (root / name).is_file()]
    return [path for path in root.rglob("*") if path.is_file() and "build" not in path.relative_to(root).parts[:1]]


def check_includes(name: str, text: str) -> list[str]:
    findings = []
    ring = name.split("/")[1] if name.startswith("engine/") else None
    for included in INCLUDE.findall(text):
        first = included.split("/")[0]
        if ring and (re.match(r"Q[A-Z]|Qt", first) or first == "widgets"):
            findings.append(f"{name}: the engine may not include Qt or widgets ({included})")
        if first in ("torch", "ATen", "c10") and not name.startswith(TORCH_FOLDERS) and not name.startswith("tests/"):
            findings.append(f"{name}: torch headers stay in {', '.join(TORCH_FOLDERS)} ({included})")
        if first in ("torch", "ATen", "c10") and name.startswith("engine/training/") and name.endswith(".h") \
                and not name.endswith("_torch.h"):
            findings.append(f"{name}: headers of training are torch-free ({included})")
        if first == "qcustomplot.h" and not name.startswith(("widgets/plots/", "tests/benchmarks/window/")):
            findings.append(f"{name}: only widgets/plots/ and its benchmarks include QCustomPlot")
        if name.startswith(("widgets/", "app/")) and included.startswith("engine/nn/"):
            findings.append(f"{name}: engine/nn is not visible outside the engine ({included})")
        if name.startswith("widgets/core/") and re.match(r"QtWidgets|QtGui|QWidget|QPainter|QPixmap|QIcon|QColor", first):
            findings.append(f"{name}: widgets/core uses QtCore only ({included})")
        if ring and included.startswith("engine/") and included.count("/") >= 2:
            other = included.split("/")[1]
            if other != ring and other not in RINGS.get(ring, set()):
                findings.append(f"{name}: ring {ring} may not include ring {other} ({included})")
    return findings


def check_file(name: str, path: pathlib.Path) -> list[str]:
    findings = []
    size = path.stat().st_size
    if size > MAX_BYTES:
        findings.append(f"{name}: {size} bytes; files over 1 MB are not committed")
    if path.suffix in (".png", ".gz", ".zip", ".zst", ".npy", ".safetensors", ".xz"):
        return findings
    text = path.read_bytes().decode("utf-8", errors="replace")
    if path.suffix in CODE:
        findings += check_includes(name, text)
        licence = "GPL-3.0-or-later" if name.startswith(("widgets/", "app/")) else "MIT"
        head = "\n".join(text.splitlines()[:3])
        if f"SPDX-License-Identifier: {licence}" not in head:
            findings.append(f"{name}: the first lines must say SPDX-License-Identifier: {licence}")
    if name != "tests/house/check_house.py":
        for found in ABSOLUTE.findall(text)[:3]:
            findings.append(f"{name}: absolute path {found}")
        for found in PACKAGE_HOST.findall(text)[:1]:
            findings.append(f"{name}: name of a package host")
    return findings


def check(root: pathlib.Path) -> list[str]:
    findings = []
    for path in tracked(root):
        findings += check_file(path.relative_to(root).as_posix(), path)
    return findings


def self_test(folder: pathlib.Path) -> int:
    spdx = "// SPDX-FileCopyrightText: Recoscope contributors\n// SPDX-License-Identifier: "
    planted = {
        "engine/core/a.cpp": (spdx + "MIT\n#include <QString>\n", "may not include Qt"),
        "engine/core/b.cpp": (spdx + 'MIT\n#include "engine/store/store.h"\n', "ring core may not include ring store"),
        "engine/serving/c.cpp": (spdx + "MIT\n#include <torch/torch.h>\n", "torch headers stay"),
        "widgets/views/d.cpp": (spdx + "GPL-3.0-or-later\n#include <torch/torch.h>\n", "torch headers stay"),
        "widgets/views/e.cpp": (spdx + "GPL-3.0-or-later\n#include <qcustomplot.h>\n", "only widgets/plots/"),
        "widgets/views/f.cpp": (spdx + "MIT\n", "SPDX-License-Identifier: GPL"),
        "docs/g.md": ("see /ho" + "me/somebody/notes\n", "absolute path"),
        "docs/h.bin": ("x" * (MAX_BYTES + 1), "over 1 MB"),
        "widgets/core/i.cpp": (spdx + "GPL-3.0-or-later\n#include <QWidget>\n", "QtCore only"),
    }
    missed = 0
    for name, (content, expected) in planted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        if not any(expected in finding for finding in check_file(name, path)):
            print(f"not found in {name}: {expected}")
            missed += 1
    print(f"{len(planted) - missed} of {len(planted)} planted violations were found")
    return 1 if missed else 0


if __name__ == "__main__":
    if sys.argv[1] == "--self-test":
        sys.exit(self_test(pathlib.Path(sys.argv[2])))
    problems = check(pathlib.Path(sys.argv[1]).resolve())
    print("\n".join(problems) if problems else "the house is in order")
    sys.exit(1 if problems else 0)
