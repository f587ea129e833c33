"""A small sound project on disk, made by the commands themselves, and how one of its files is damaged."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np

from curate.cli.main import run
from tests.crop.workspaces import jpeg, png, texture
from tests.evaluate.samples import random_items, write_dataset, write_submission

CONFIG = """[dataset]
name = "small"
[categories.part]
window = { mode = "full" }
split = { policy = "chronological", train = 0.5 }
[categories.part.defects.scratch]
saturation = 0.5
"""
SILENCE = """[[silence]]
code = "CUR412"
path = "*/stain/*"
reason = "may cover all"
"""
SIDE_PX = 24
OTHER_LAYOUTS = ("coco", "yolo", "visa", "mvtec-ad")
GOOD, ALL = 5, 7
FORMATS_TO_WRITE = ("autovi", "coco", "yolo", "visa")
HOSTILE_NAMES = ("\x1b[31mred", "bell\x07", "two\nlines", "right\u202eleft", "n" * 251, "latin-\udce9")
HUGE = (b"1e999", b"9" * 400, b"-1", b"18446744073709551616", b"NaN")


def _outline(number: int) -> dict[str, object]:
    square = [[4, 4], [12, 4], [12, 10], [4, 10]]
    shape: dict[str, object] = {"label": "scratch", "points": square, "shape_type": "polygon", "flags": {}}
    shapes = [{**shape, "group_id": None}]
    shown = shapes if number >= GOOD else []
    size = {"imageHeight": SIDE_PX, "imageWidth": SIDE_PX}
    return {"version": "5", "flags": {}, "shapes": shown, "imagePath": f"{number}.png", "imageData": None, **size}


def make_project(root: Path) -> Path:
    """Write frames and labels, run every stage on them, and add a dataset with submission and result."""
    (root / "labels").mkdir(parents=True)
    (root / "frames").mkdir()
    (root / "w").mkdir()
    (root / "w/curate.toml").write_text(CONFIG, encoding="utf-8")
    for number in range(ALL):
        pixels = texture(SIDE_PX, SIDE_PX, number)
        (root / "frames" / f"{number}.png").write_bytes(png(pixels))
        (root / "labels" / f"{number}.json").write_text(json.dumps(_outline(number)), encoding="utf-8")
    (root / "more").mkdir()
    (root / "more/late.jpg").write_bytes(jpeg(texture(SIDE_PX, SIDE_PX, 99)))
    (root / "more.csv").write_text("file,time\nlate.jpg,2024-05-01T10:00:00\n", encoding="utf-8")
    items = random_items(np.random.default_rng(5))
    write_dataset(root / "data", "part", items)
    write_submission(root / "maps", "part", items)
    stages = ("crop", "mask", "split", "export")
    for arguments in (
        ["import", "frames", "-c", "part", "-C", "w", "--order", "name", "-q"],
        ["label", "import", "labels", "-c", "part", "-C", "w", "-q"],
        *([stage, "-C", "w", "-q"] for stage in stages),
        ["evaluate", "maps", "--dataset", "data", "-o", "result.json", "-q"],
    ):
        code = run_in(root, arguments)
        if code:
            raise AssertionError(f"the sound project does not pass {arguments}: exit code {code}")
    _add_others(root)
    return root


def _add_others(root: Path) -> None:
    """Add the same data in other layouts, in an archive, and in the forms of other tools."""
    for layout in OTHER_LAYOUTS:
        code = run_in(root, ["convert", "data", "-o", f"in-{layout}", "--to", layout, "-q"])
        if code:
            raise AssertionError(f"the sound project is not written as {layout}: exit code {code}")
    for kind, name in (("zip", "maps.zip"), ("gztar", "maps.tar.gz")):
        made = shutil.make_archive(str(root / "packed"), kind, root / "maps")
        Path(made).rename(root / name)
    shutil.make_archive(str(root / "frames"), "zip", root / "frames")
    (root / "arrays").mkdir()
    keys = sorted(
        path.relative_to(root / "maps").with_suffix("").as_posix() for path in root.glob("maps/part/test/*/*")
    )
    for number, mine in enumerate((keys[::2], keys[1::2])):
        maps = np.random.default_rng(number).random((len(mine), SIDE_PX, SIDE_PX), dtype=np.float32)
        np.savez(root / f"arrays/{number}.npz", names=np.array(mine), maps=maps)
    document = {"method": "fuzz", "run": "one"}
    (root / "maps/submission.json").write_text(json.dumps(document), encoding="utf-8")
    (root / "data/curate-validate.toml").write_text(SILENCE, encoding="utf-8")


def run_in(folder: Path, arguments: list[str]) -> int:
    """Run a command in a folder, within this process; returns its exit code."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        return int(run(arguments))
    finally:
        os.chdir(before)


COMMANDS: dict[str, tuple[str, ...]] = {
    "validate": ("validate", "data", "--no-cache"),
    "validate workspace": ("validate", "-C", "w"),
    "card": ("card", "data", "--format", "croissant"),
    "evaluate": ("evaluate", "maps", "--dataset", "data"),
    "evaluate --verify": ("evaluate", "maps", "--dataset", "data", "--verify", "result.json"),
    "compare": ("compare", "result.json", "--format", "csv"),
    "report": ("report", "data", "--result", "result.json", "-o", "out/report.html"),
    **{f"convert {name}": ("convert", "data", "-o", "out/data", "--to", name) for name in FORMATS_TO_WRITE},
    "label import": ("label", "import", "labels", "-c", "part", "-C", "w"),
    "import": ("import", "frames", "more", "-c", "part", "-C", "w", "--order", "name"),
    "import --manifest": ("import", "more", "-c", "part", "-C", "w", "--series", "new", "--manifest", "more.csv"),
    "crop": ("crop", "-C", "w"),
    "mask": ("mask", "-C", "w"),
    "screen": ("screen", "-C", "w"),
    "split": ("split", "-C", "w"),
    "export": ("export", "-C", "w", "-o", "out/export", "--check"),
    "status": ("status", "-C", "w"),
    "verify": ("verify", "-C", "w"),
    "remove": ("remove", "--list", "-C", "w"),
    "rename": ("rename", "series", "main", "other", "-C", "w"),
    "tidy": ("tidy", "--dry-run", "-C", "w"),
    "frames": ("frames", "-C", "w", "--days"),
    "label export": ("label", "export", "out/labels.json", "-C", "w", "-c", "part", "--format", "coco"),
    "augment": ("augment", "data", "-o", "out/augmented"),
    "plot": ("plot", "curves", "result.json", "-o", "out/curves.png"),
    "report workspace": ("report", "-C", "w", "-o", "out/report.html"),
    "report submission": ("report", "data", "--submission", "maps.zip", "-o", "out/report.html"),
    "import archive": ("import", "frames.zip", "-c", "packed", "-C", "w", "--order", "name"),
    "submission check": ("submission", "check", "maps", "--dataset", "data"),
    "submission from-arrays": (
        "submission",
        "from-arrays",
        "arrays/0.npz",
        "arrays/1.npz",
        "-o",
        "out/made",
        "--dataset",
        "data",
    ),
    **{f"evaluate {name}": ("evaluate", name, "--dataset", "data") for name in ("maps.zip", "maps.tar.gz")},
    **{f"validate {name}": ("validate", f"in-{name}", "--no-cache") for name in OTHER_LAYOUTS},
    **{f"convert from {name}": ("convert", f"in-{name}", "-o", "out/data", "--to", "autovi") for name in OTHER_LAYOUTS},
    "card coco": ("card", "in-coco"),
    "evaluate visa": ("evaluate", "maps", "--dataset", "in-visa"),
}
"""Every command that reads, by the name that a failure is reported under; `out` is a folder that is there."""

READS: dict[str, str] = {
    "validate": "data",
    "card": "data",
    "evaluate": "data maps",
    "evaluate --verify": "data maps result.json",
    "compare": "result.json",
    "report": "data result.json",
    "label import": "labels w",
    "import": "frames more w",
    "import --manifest": "more more.csv w",
    "augment": "data",
    "plot": "result.json",
    "report submission": "data maps.zip",
    "import archive": "frames.zip w",
    "submission check": "data maps",
    "submission from-arrays": "data arrays",
    **{f"evaluate {name}": f"data {name}" for name in ("maps.zip", "maps.tar.gz")},
    **{f"validate {name}": f"in-{name}" for name in OTHER_LAYOUTS},
    **{f"convert from {name}": f"in-{name}" for name in OTHER_LAYOUTS},
    "card coco": "in-coco",
    "evaluate visa": "in-visa maps",
}
"""What a command reads; the workspace where nothing stands here."""


def files_of(root: Path, command: str) -> list[Path]:
    """List the files that a command may read."""
    below = READS.get(command, "data" if command.startswith("convert") else "w").split()
    places = [root / name for name in below]
    found = [place for place in places if place.is_file()]
    found += [path for place in places for path in place.rglob("*") if path.is_file() and ".curate" not in path.parts]
    return sorted(found)


def _truncate(path: Path, content: bytes, chance: random.Random) -> None:
    path.write_bytes(content[: chance.randrange(len(content) + 1)])


def _flip(path: Path, content: bytes, chance: random.Random) -> None:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    path.write_bytes(changed)


def _number(path: Path, content: bytes, chance: random.Random) -> None:
    numbers = list(re.finditer(rb"\d+(\.\d+)?", content))
    if numbers:
        one = chance.choice(numbers)
        content = content[: one.start()] + chance.choice(HUGE) + content[one.end() :]
    path.write_bytes(content)


def _encoding(path: Path, content: bytes, chance: random.Random) -> None:
    text = content.decode("latin-1")
    path.write_bytes(text.replace("a", "é").encode(chance.choice(("latin-1", "utf-16", "utf-32"))))


def _line_ends(path: Path, content: bytes, chance: random.Random) -> None:
    path.write_bytes(content.replace(b"\n", chance.choice((b"\r", b"\r\n", b"\n\n", b"\x00\n"))))


def _control(path: Path, content: bytes, chance: random.Random) -> None:
    words = list(re.finditer(rb"[a-z]{3,}", content))
    if words:
        one = chance.choice(words)
        content = content[: one.start()] + chance.choice((b"\x1b[31m", b"\\u001b[31m", b"\x07")) + content[one.end() :]
    path.write_bytes(content)


def _empty(path: Path, content: bytes, chance: random.Random) -> None:
    del content, chance
    path.write_bytes(b"")


def _gone(path: Path, content: bytes, chance: random.Random) -> None:
    del content, chance
    path.unlink()


def _folder(path: Path, content: bytes, chance: random.Random) -> None:
    del content, chance
    path.unlink()
    path.mkdir()


def _pipe(path: Path, content: bytes, chance: random.Random) -> None:
    del content, chance
    path.unlink()
    os.mkfifo(path)


def _loop(path: Path, content: bytes, chance: random.Random) -> None:
    del content, chance
    path.unlink()
    path.symlink_to(path.name)


def _endless(path: Path, content: bytes, chance: random.Random) -> None:
    del content, chance
    path.unlink()
    path.symlink_to("/dev/zero")


def _device(path: Path, content: bytes, chance: random.Random) -> None:
    del content
    path.unlink()
    path.symlink_to(chance.choice(("/dev/null", "/dev/full", "/dev/tty", "/nowhere/at/all", "/proc/self/mem")))


def _socket(path: Path, content: bytes, chance: random.Random) -> None:
    del content, chance
    path.unlink()
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket may have 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)


def _folder_loop(path: Path, content: bytes, chance: random.Random) -> None:
    del content, chance
    (path.parent / "again").symlink_to(path.parent, target_is_directory=True)


def _deep(path: Path, content: bytes, chance: random.Random) -> None:
    del content
    path.write_bytes(chance.choice((b"[", b'{"a":')) * 100_000)


def _long_line(path: Path, content: bytes, chance: random.Random) -> None:
    path.write_bytes(content + b"x" * chance.choice((200_000, 3_000_000)) + b"\n")


def _repeated(path: Path, content: bytes, chance: random.Random) -> None:
    lines = content.splitlines(keepends=True) or [b""]
    one = chance.randrange(len(lines))
    again = [lines[one]] * chance.choice((1, 20_000))
    path.write_bytes(b"".join([*lines[:one], *again, *lines[one:]]))


def _swapped(path: Path, content: bytes, chance: random.Random) -> None:
    """Another kind of file under this name."""
    del content
    others = sorted(other for other in path.parent.rglob("*") if other.is_file() and other != path)
    above = sorted(other for other in path.parent.parent.rglob("*") if other.is_file() and other.suffix != path.suffix)
    if others or above:
        path.write_bytes(chance.choice(above or others).read_bytes())


def _name(path: Path, content: bytes, chance: random.Random) -> None:
    hostile = chance.choice(HOSTILE_NAMES)
    path.unlink()
    path.with_name(f"{hostile[: 255 - len(path.suffix)]}{path.suffix}").write_bytes(content)


def _copied_name(path: Path, content: bytes, chance: random.Random) -> None:
    hostile = chance.choice(HOSTILE_NAMES)
    path.with_name(f"{hostile[: 255 - len(path.suffix)]}{path.suffix}").write_bytes(content)


Damage = Callable[[Path, bytes, random.Random], None]
DAMAGES: tuple[Damage, ...] = (
    *(_truncate, _flip, _number, _encoding, _line_ends, _control, _empty, _gone),
    *(_folder, _pipe, _loop, _endless, _name, _copied_name),
    *(_device, _socket, _folder_loop, _deep, _long_line, _repeated, _swapped),
)


def damaged_copy(sound: Path, root: Path, command: str, seed: int) -> str:
    """Copy the project and damage one or two files that a command reads; says what was done to which."""
    shutil.copytree(sound, root, symlinks=True)
    (root / "out").mkdir()
    chance = random.Random(seed)
    said = []
    files = files_of(root, command)
    for path in chance.sample(files, min(1 + seed % 2, len(files))):
        if path.is_file():  # the first damage may have taken it
            damage = chance.choice(DAMAGES)
            damage(path, path.read_bytes(), chance)
            said.append(f"{damage.__name__.strip('_')} of {path.relative_to(root)}")
    return ", ".join(said)
