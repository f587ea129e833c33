"""Draw the pages: templates with autoescape, a policy that loads nothing, curves as plain SVG. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps

from curate import __version__
from curate.evaluate.compare import DEFAULT_METRIC
from curate.leaderboard.entries import LeaderboardEntry
from curate.leaderboard.standings import UNCHECKED, Standings
from curate.model.result import CategoryResult, Result
from curate.model.result_curves import RecordedCurve

_WIDTH, _HEIGHT = 220, 180


@dataclass(frozen=True, slots=True)
class DrawnCurve:
    """One curve as an SVG polyline in a box of 220 × 180."""

    title: str
    x_name: str
    y_name: str
    points: str


def render_index(document: dict[str, Any], title: str) -> str:
    """Return the page with the table of all entries, from the document of :meth:`Standings.to_json`."""
    metrics = list(document["metrics"])
    script = _asset("leaderboard.js")
    return (
        _environment()
        .get_template("index.html.jinja")
        .render(
            title=title,
            document=document,
            metric=DEFAULT_METRIC if DEFAULT_METRIC in metrics else metrics[0],
            version=__version__,
            policy=_policy([script]),
            style=_asset("leaderboard.css"),
            script=script,
            data=htmlsafe_json_dumps(document, dumps=_dumps),
        )
    )


def render_entry(entry: LeaderboardEntry, standings: Standings, title: str) -> str:
    """Return the page of one entry: curves, figures per defect, settings, fingerprints, verification."""
    return (
        _environment()
        .get_template("entry.html.jinja")
        .render(
            title=title,
            entry=entry,
            verdict=standings.verdicts.get(entry.key, UNCHECKED),
            version=__version__,
            policy=_policy([]),
            style=_asset("leaderboard.css"),
            blocks=[(run, list(_blocks(run))) for run in entry.runs],
        )
    )


def _blocks(run: Result) -> Iterable[tuple[str, CategoryResult, list[DrawnCurve]]]:
    for name, block in run.categories.items():
        yield name, block, list(_curves(block))


def _curves(block: CategoryResult) -> Iterable[DrawnCurve]:
    curves = block.curves
    if curves is None:
        return
    named = (
        ("sPRO of regions", "false positive rate of pixels", "sPRO", curves.spro),
        ("ROC of images", "false positive rate", "true positive rate", curves.roc),
    )
    for title, x_name, y_name, curve in named:
        if curve is not None:
            yield DrawnCurve(title, x_name, y_name, polyline(curve))


def polyline(curve: RecordedCurve) -> str:
    """Return a curve's points in an SVG's coordinates."""
    return " ".join(f"{_WIDTH * x:.1f},{_HEIGHT * (1 - y):.1f}" for x, y in zip(curve.x, curve.y, strict=True))


def _percent(value: float | None, digits: int = 2) -> str:
    return "n/a" if value is None else f"{100 * value:.{digits}f}"


def _dumps(value: Any, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _policy(scripts: Iterable[str]) -> str:
    """Return a Content-Security-Policy that lets only these inline scripts run, and nothing be loaded."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    allowed = " ".join(f"'sha256-{value}'" for value in hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("curate.leaderboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["percent"] = _percent
    return environment


@cache
def _asset(name: str) -> str:
    return files("curate.leaderboard").joinpath("assets", name).read_text(encoding="utf-8").rstrip("\n")
