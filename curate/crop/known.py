"""What earlier runs found out, so that nothing is matched or cut twice.

A position depends on the frame and on the templates; a cut image on the frame and on its place. Each is stored with a
fingerprint of exactly that. A run first takes what has the right fingerprint, and only then looks at a frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from itertools import chain
from typing import Any

from curate.crop.evidence import Match
from curate.crop.place import CUT_VERSION, Place
from curate.disk.hashing import sha256_json
from curate.model.capture import Window

MATCH_VERSION = 5
"""Raised when the same frame and template would give another position than before: then all are matched again."""

_FINGERPRINT_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Found(Match):
    """A match as the record keeps it: rounded, so that a run from records ends in the same bytes as a fresh one."""

    @classmethod
    def of_match(cls, match: Match) -> Found:
        """Round a match to the record's decimals."""
        return cls(
            x_px=round(match.x_px, 3),
            y_px=round(match.y_px, 3),
            score=round(match.score, 4),
            second=_rounded(match.second, 4),
            refined=round(match.refined, 4),
            template=match.template,
            rotation_deg=_rounded(match.rotation_deg, 3),
            agreement=_rounded(match.agreement, 4),
            patches=match.patches,
            rival_x_px=_rounded(match.rival_x_px, 3),
            rival_y_px=_rounded(match.rival_y_px, 3),
            rival_agreement=_rounded(match.rival_agreement, 4),
            rival_refined=_rounded(match.rival_refined, 4),
        )

    @classmethod
    def of_row(cls, row: Window) -> Found | None:
        """Read a position back from its record; None when the row has none."""
        if row.x_px is None or row.y_px is None or row.score is None or row.refined is None:
            return None
        return cls(**{column.name: getattr(row, column.name) for column in fields(cls)})


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)


@dataclass(frozen=True, slots=True)
class Known:
    """Positions and cut images of earlier runs and of the killed one.

    Attributes
    ----------
    positions : mapping of str to Found
        By ``Window.found_with``; shared by all windows of a category.
    images : mapping of (str, str) to (str, str)
        By window and image name: ``cut_with`` and sha256 of the file.
    """

    positions: Mapping[str, Found] = field(default_factory=dict)
    images: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of_rows(cls, window: str, rows: Iterable[Window]) -> Known:
        """Return what a window's record says."""
        listed = list(rows)
        positions = {row.found_with: found for row in listed if row.found_with and (found := Found.of_row(row))}
        return cls(positions, {(window, row.image): (row.cut_with, row.sha256) for row in listed if row.sha256})

    @classmethod
    def of_journal(cls, entries: Iterable[Mapping[str, Any]]) -> Known:
        """Return what a killed run had finished."""
        listed = list(entries)
        return cls(
            {entry["found_with"]: Found(**entry["found"]) for entry in listed if "found" in entry},
            {
                (entry["window"], entry["image"]): (entry["cut_with"], entry["sha256"])
                for entry in listed
                if "sha256" in entry
            },
        )

    @classmethod
    def merged(cls, parts: Sequence[Known]) -> Known:
        """Return all that is known; of several words about the same thing the last counts."""
        return cls(
            dict(chain.from_iterable(part.positions.items() for part in parts)),
            dict(chain.from_iterable(part.images.items() for part in parts)),
        )


def position_entry(found_with: str, found: Found) -> dict[str, Any]:
    """Return a journal entry for a position."""
    return {"found_with": found_with, "found": asdict(found)}


def image_entry(window: str, image: str, cut_with: str, sha256: str) -> dict[str, Any]:
    """Return a journal entry for a cut image."""
    return {"window": window, "image": image, "cut_with": cut_with, "sha256": sha256}


def found_with(frame_sha256: str, search: Any) -> str:
    """Fingerprint all that a position depends on; ``search`` is a JSON document of templates and settings."""
    return sha256_json([MATCH_VERSION, frame_sha256, search])[:_FINGERPRINT_LENGTH]


@lru_cache(maxsize=1 << 14)
def cut_with(frame_sha256: str, place: Place, pad_value: int) -> str:
    """Fingerprint all that a cut image depends on."""
    affine = place.affine
    numbers = [f"{value:.6f}" for value in (affine.a, affine.b, affine.c, affine.d, affine.e, affine.f)]
    document = [CUT_VERSION, frame_sha256, numbers, place.width_px, place.height_px, pad_value]
    return sha256_json(document)[:_FINGERPRINT_LENGTH]
