"""What status must say of one category, worked out slowly from the files alone: no stamp and none of curate's code.

A stage is done when all that it reads is what it was when it last ended well, and all that it wrote is still there.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CATEGORY = "part"
STAGES = ("import", "crop", "label", "screen", "review", "mask", "split", "export", "validate")
OF_KIND = {
    "crop": {"window"},
    "screen": {"frame"},
    "mask": {"label"},
    "split": {"frame", "label", "exclude"},
    "export": {"label"},
    "validate": {"finding", "exclude"},
}
KEYS = {"crop": "window", "screen": "screen", "mask": "defects", "split": "split"}


def rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def standing(root: Path) -> list[dict[str, Any]]:
    """The last decision about each thing that nobody took back."""
    path = root / f"records/decisions/{CATEGORY}.jsonl"
    entries = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    gone: set[int] = set()
    for entry in reversed(entries):
        if entry["kind"] == "undo" and entry["id"] not in gone:
            gone.add(entry["undoes"])
    last = {}
    for entry in entries:
        if entry["kind"] != "undo" and entry["id"] not in gone:
            last[entry["kind"], entry["frame"], entry.get("window", entry.get("code", ""))] = entry
    return list(last.values())


def config(root: Path) -> dict[str, Any]:
    table = tomllib.loads((root / "curate.toml").read_text())["categories"][CATEGORY]
    assert isinstance(table, dict)
    return table


def read_by(root: Path, stage: str) -> dict[str, Any]:
    """All that a stage's result depends on."""
    records = root / "records"
    captures = sorted((records / "captures" / CATEGORY).glob("*.csv"))
    windows = sorted((records / "windows/default" / CATEGORY).glob("*.csv"))
    screening = sorted((records / "screening" / CATEGORY).glob("*.csv"))
    annotations = records / f"annotations/{CATEGORY}.jsonl"
    masks = [records / f"masks/default/{CATEGORY}.csv", root / f"masks/default/{CATEGORY}/defects_config.json"]
    files: dict[str, Iterable[Path]] = {
        "crop": captures,
        "screen": [*captures, *windows],
        "mask": [annotations, *windows],
        "split": [*captures, annotations, *screening],
        "export": [*captures, *windows, *masks, annotations, records / f"splits/default/{CATEGORY}.csv"],
        "validate": [root / f"build/autovi/{CATEGORY}/dataset.json"],
    }
    seen: dict[str, Any] = {str(path): path.read_bytes() for path in files.get(stage, ()) if path.exists()}
    if stage == "export":
        policy = records / "splits/default.json"
        seen["policy"] = json.loads(policy.read_text())["categories"].get(CATEGORY) if policy.exists() else None
    for entry in standing(root):
        kind = "exclude" if entry["verdict"] == "exclude" else entry["kind"]
        if kind in OF_KIND.get(stage, ()):
            seen[f"{kind} {entry['frame']}"] = {key: value for key, value in entry.items() if key not in {"id", "at"}}
    return {**seen, "settings": config(root).get(KEYS.get(stage, ""))}


def written_by(root: Path, stage: str) -> dict[str, bytes | bool]:
    """The records that a stage wrote, and whether each picture that they name is there."""
    records = root / "records"
    build = root / f"build/autovi/{CATEGORY}"
    card = build / "dataset.json"
    samples = json.loads(card.read_text())["samples"] if card.exists() else []
    windows = sorted((records / "windows/default" / CATEGORY).glob("*.csv"))
    screening = sorted((records / "screening" / CATEGORY).glob("*.csv"))
    masks = records / f"masks/default/{CATEGORY}.csv"
    values = root / f"masks/default/{CATEGORY}/defects_config.json"
    captures = sorted((records / "captures" / CATEGORY).glob("*.csv"))
    found: dict[str, tuple[list[Path], list[Path]]] = {
        "import": (captures, [root / "captures" / CATEGORY / row["frame"] for path in captures for row in rows(path)]),
        "crop": (windows, [
            root / "windows/default" / CATEGORY / row["image"]
            for path in windows for row in rows(path) if row["sha256"]
        ]),
        "label": ([records / f"annotations/{CATEGORY}.jsonl"], []),
        "screen": (screening, [root / "screening" / CATEGORY / f"{path.stem}.png" for path in screening]),
        "mask": ([masks, values], [root / "masks/default" / CATEGORY / row["mask"] for row in rows(masks)]),
        "split": ([records / f"splits/default/{CATEGORY}.csv"], []),
        "export": ([card], [build / path for one in samples for path in (one["path"], *one.get("masks", ()))]),
    }  # fmt: skip
    files, pictures = found.get(stage, ([], []))
    contents: dict[str, bytes | bool] = {str(path): path.read_bytes() for path in files if path.exists()}
    return {**contents, **{str(path): path.exists() for path in pictures}}


def waiting(root: Path) -> dict[str, str]:
    """What was set aside and not decided."""
    decided = standing(root)
    rejected = {entry["frame"] for entry in decided if (entry["kind"], entry["verdict"]) == ("frame", "reject")}
    frames = {entry["frame"] for entry in decided if entry["kind"] == "frame"}
    windows = {entry["frame"] for entry in decided if entry["kind"] == "window"}
    found = {
        f"window default of {row['frame']}": f"{row['status']}: {row['reason']}"
        for path in sorted((root / "records/windows/default" / CATEGORY).glob("*.csv"))
        for row in rows(path)
        if row["status"] != "accepted" and row["frame"] not in rejected | windows
    }
    for path in sorted((root / "records/screening" / CATEGORY).glob("*.csv")):
        for row in rows(path):
            if row["decision"] == "reject" and row["reason"] != "match" and row["frame"] not in frames:
                found[f"frame {row['frame']}"] = f"rejected: {row['reason']}"
    return found


@dataclass
class Ran:
    """What a stage had read and written when it last ended well; ``failed`` when nothing can be done with that."""

    read: dict[str, Any]
    written: dict[str, bytes | bool]
    failed: bool


@dataclass
class Reference:
    """What has been run in a workspace, as whoever ran it remembers it."""

    root: Path
    ran: dict[str, Ran] = field(default_factory=dict)
    broken_off: set[str] = field(default_factory=set)
    seen: dict[str, str] | None = None
    drawn: dict[str, bytes] = field(default_factory=dict)
    unusable: set[tuple[str, str]] = field(default_factory=set)
    """What of the drawings could not be used: a defect's or a frame's name, and which of the two."""

    def note(self, stage: str, *, failed: bool) -> None:
        """Remember that a stage has ended well."""
        self.broken_off.discard(stage)
        self.ran[stage] = Ran(read_by(self.root, stage), written_by(self.root, stage), failed)
        if stage == "label":
            self.drawn = {path.name: path.read_bytes() for path in sorted((self.root / "drawn").glob("*.json"))}
            self.unusable = self._unusable()

    def _unusable(self) -> set[tuple[str, str]]:
        documents = [json.loads(content) for content in self.drawn.values()]
        called = {shape["label"] for document in documents for shape in document["shapes"]}
        frames = {document["imagePath"] for document in documents} - self._frames()
        return {(name, "defect") for name in called - set(config(self.root)["defects"])} | {
            (n, "frame") for n in frames
        }

    def _frames(self) -> set[str]:
        captures = sorted((self.root / "records/captures" / CATEGORY).glob("*.csv"))
        return {row["frame"].rpartition("/")[2] for path in captures for row in rows(path)}

    def states(self) -> dict[str, str]:
        """What status must say now."""
        states = {stage: self._state(stage) for stage in STAGES if stage != "review"}
        new = {about for about, why in waiting(self.root).items() if (self.seen or {}).get(about) != why}
        if new:
            states["review"] = "not run" if self.seen is None else "stale"
        elif self.seen is not None:
            states["review"] = "done"
        return states

    def _state(self, stage: str) -> str:
        ran = self.ran.get(stage)
        if stage == "import" and (ran or stage in self.broken_off):
            there = [there for there in written_by(self.root, stage).values() if isinstance(there, bool)]
            if there and not any(there):
                return "away"
        if stage in self.broken_off:
            return "stale"
        if ran is None:
            return "stale" if rows_left(self.root, stage) else "not run"
        if stage == "label" and self._to_label_again():
            return "stale"
        if stage not in {"import", "label"} and read_by(self.root, stage) != ran.read:
            return "stale"
        now = written_by(self.root, stage)
        return "stale" if now != ran.written or not all(now.values()) else "failed" if ran.failed else "done"

    def _to_label_again(self) -> bool:
        now = {path.name: path.read_bytes() for path in sorted((self.root / "drawn").glob("*.json"))}
        if now != self.drawn:
            return True
        defects, frames = set(config(self.root)["defects"]), self._frames()
        return any(name in (defects if kind == "defect" else frames) for name, kind in self.unusable)


def rows_left(root: Path, stage: str) -> bool:
    """Whether a stage that has never ended well has left something all the same."""
    return any(isinstance(content, bytes) for content in written_by(root, stage).values())
