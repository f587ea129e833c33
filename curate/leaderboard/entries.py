"""Which results are one entry of a leaderboard, what it is called, and the name that its link keeps for ever."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from curate.errors import InputError
from curate.model.result import Result

_DIGITS = 8


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A result and the file that it was read from."""

    path: Path
    result: Result


@dataclass(frozen=True, slots=True)
class LeaderboardEntry:
    """One row: a method of a team with all its runs.

    Attributes
    ----------
    key : str
        Of its link; the same whenever the page is made of the same entry again.
    title : str
        Unique on the page.
    team, method : str
        As the submissions state them; no team where none is stated.
    files : tuple of Path
    runs : tuple of Result
        Results of single runs; their methods are the title.
    """

    key: str
    title: str
    team: str
    method: str
    files: tuple[Path, ...]
    runs: tuple[Result, ...]


def entries_of(files: Sequence[ResultFile]) -> tuple[LeaderboardEntry, ...]:
    """Divide results into entries, sorted by title.

    Files of one team and method are runs of one entry. Where no team is stated, nobody can say whether two files of one
    method are runs or the work of two teams: each file is an entry of its own, called by the file, too.

    Raises
    ------
    InputError
        If a team has two results of the same run of a method.
    """
    groups: dict[tuple[str, str, str], list[ResultFile]] = {}
    methods = [(file.result.submission.team or "", file.result.submission.method) for file in files]
    for file, (team, method) in zip(files, methods, strict=True):
        apart = not team and methods.count((team, method)) > 1
        groups.setdefault((team, method, file.path.stem if apart else ""), []).append(file)
    made = [_entry(*named, group) for named, group in groups.items()]
    titles = [entry.title for entry in made]
    twice = sorted({title for title in titles if titles.count(title) > 1})
    if twice:
        raise InputError(
            f"two entries would be called {', '.join(twice)}", hint="name their files, or the teams, apart"
        )
    return tuple(sorted(made, key=lambda entry: entry.title))


def _entry(team: str, method: str, apart: str, group: Sequence[ResultFile]) -> LeaderboardEntry:
    title = " · ".join(part for part in (team, method, apart) if part)
    runs = [(file, run) for file in group for run in file.result.single_runs]
    for place, (file, run) in enumerate(runs):
        for other, known in runs[:place]:
            if known.submission.run == run.submission.run:
                raise InputError(
                    f"{title}: {other.path} and {file.path} hold the same run {run.submission.run!r}",
                    hint='leave one out, or give each its own "run" in submission.json and evaluate again',
                )
    named = tuple(replace(run, submission=replace(run.submission, method=title, team=None)) for _, run in runs)
    return LeaderboardEntry(key_of(team, method, apart), title, team, method, tuple(file.path for file in group), named)


def key_of(team: str, method: str, apart: str = "") -> str:
    """Return the name of an entry's link: readable, and different for different entries.

    >>> key_of("Team 7", "PatchCore (1 %)")
    'team-7-patchcore-1-d5c07f51'
    """
    words = re.sub(r"[^a-z0-9]+", "-", f"{team} {method} {apart}".lower()).strip("-")[:60].strip("-")
    digest = hashlib.sha256(f"{team}\0{method}\0{apart}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{words or 'entry'}-{digest[:_DIGITS]}"
