"""Unpacks LibTorch and the icon set from their wheels into the layout that CMake and the run paths expect.

OUT/torch/{lib,include}, OUT/nvidia/cu13/lib, OUT/icons/icons.zip and OUT/licences/. The CPU set leaves out everything
that only a GPU or Python needs, which halves its size.
"""
import argparse
import pathlib
import sys
import zipfile

CPU_LIBRARIES = {"libtorch_cpu.so", "libc10.so", "libtorch.so", "libtorch_global_deps.so", "libshm.so"}
NEVER = ("libtorch_python.so", "libtorch_nvshmem.so")


def wanted(name: str, device: str) -> bool:
    if ".dist-info/" in name:
        return "licen" in name.lower() or name.endswith("/METADATA")
    if name.startswith("torch/include/"):
        return True
    if name.startswith("torch/lib/"):
        library = name.rsplit("/", 1)[1]
        if device == "cuda":
            return library not in NEVER
        return library in CPU_LIBRARIES or library.startswith("libgomp")
    if name.startswith("nvidia/"):
        return "/lib/" in name
    return name.endswith("icons.zip")


def unpack(wheel: pathlib.Path, device: str, out: pathlib.Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            if info.is_dir() or not wanted(info.filename, device):
                continue
            if ".dist-info/" in info.filename:
                target = out / "licences" / info.filename.replace(".dist-info/", "/")
            elif info.filename.endswith("icons.zip"):
                target = out / "icons" / "icons.zip"
            else:
                target = out / info.filename
            if not target.resolve().is_relative_to(out.resolve()):
                sys.exit(f"{wheel.name} holds a path outside its folder: {info.filename}")
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as source, open(target, "wb") as sink:
                while chunk := source.read(1 << 22):
                    sink.write(chunk)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("wheels", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True)
    for wheel in arguments.wheels:
        print(f"Unpacking {wheel.name}", file=sys.stderr)
        unpack(wheel, arguments.device, arguments.out)
    for needed in ("torch/lib/libtorch_cpu.so", "torch/include/torch/csrc/api/include/torch/torch.h", "icons/icons.zip"):
        if not (arguments.out / needed).is_file():
            sys.exit(f"{needed} is missing after unpacking")


if __name__ == "__main__":
    main()
