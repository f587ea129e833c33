"""A small sound project on disk, made by the commands themselves, and how one of its files is damaged."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
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
SIDE_PX = 24
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
    return root


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
)


def damaged_copy(sound: Path, root: Path, command: str, seed: int) -> str:
    """Copy the project and damage one file that a command reads; says what was done to which."""
    shutil.copytree(sound, root)
    (root / "out").mkdir()
    chance = random.Random(seed)
    path = chance.choice(files_of(root, command))
    damage = chance.choice(DAMAGES)
    damage(path, path.read_bytes(), chance)
    return f"{damage.__name__.strip('_')} of {path.relative_to(root)}"
