"""Run what a page tells its reader to type, word by word, and compare what the terminal shows with what the page shows.

A page has two kinds of blocks:

* ``console``: lines that begin with ``$`` are commands, the lines below one are what it prints. A line ``…`` stands
  for anything, and so do the words behind a ``…`` that ends a line. Numbers may differ by two percent: other versions
  of the image libraries decode and blur a little differently.
  A command that must fail ends in the comment ``# exits N``.
* with ``file=NAME`` behind the language: the block is written to that file, in the folder that the reader is in.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
_TOLERANCE, _LEAST = 0.02, 0.02
_END = "@@@ end of step"


@dataclass(frozen=True)
class Step:
    """A command, the lines that a page shows below it, and the exit code that it says."""

    command: str
    shown: tuple[str, ...]
    code: int = 0


@dataclass(frozen=True)
class Done:
    """What a step did: its exit code and what it printed."""

    step: Step
    code: int
    printed: tuple[str, ...]


def steps_of(page: str) -> list[Step]:
    """Return the commands of a page, in order; writing a file is one."""
    steps = []
    for language, name, body in _BLOCK.findall(page):
        if name:
            steps.append(Step(f"cat > {name} <<'END OF FILE'\n{body}END OF FILE", ()))
        elif language == "console":
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, *shown = part.rstrip("\n").split("\n")
                while command.endswith("\\"):
                    command = f"{command}\n{shown.pop(0)}"
                fails = re.search(r"# exits (\d+)$", command)
                steps.append(Step(command, tuple(shown), int(fails[1]) if fails else 0))
    return steps


def run_steps(steps: list[Step], folder: Path) -> list[Done]:
    """Run the commands one after the other in one shell, with both outputs in one, as in a terminal."""
    script = "".join(f"{step.command}\nprintf '\\n{_END} %s\\n' $?\n" for step in steps)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    run = subprocess.run(
        ["bash", "--norc", "-c", f"exec 2>&1\n{script}"],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    parts = re.split(rf"\n{_END} (\d+)\n", run.stdout)
    return [
        Done(step, int(code), tuple(printed.rstrip("\n").split("\n")))
        for step, printed, code in zip(steps, parts[::2], parts[1::2], strict=False)
    ]


def disagreement(done: Done) -> str:
    """Return the first line of a page that the command did not print, or ``""``."""
    place = 0
    anywhere = False
    for line in done.step.shown:
        if line.strip() == "…":
            anywhere = True
            continue
        rest = done.printed[place:] if anywhere else done.printed[place : place + 1]
        found = next((number for number, printed in enumerate(rest) if _alike(line, printed)), None)
        if found is None:
            return line
        place, anywhere = place + found + 1, False
    return (
        ""
        if anywhere or place >= len(done.printed) or done.printed == ("",)
        else f"nothing about {done.printed[place]!r}"
    )


def _alike(shown: str, printed: str) -> bool:
    if shown.endswith("…"):
        shown = shown.removesuffix("…")
        printed = printed[: _length(shown, printed)]
    words, others = _NUMBER.sub("0", shown).split(), _NUMBER.sub("0", printed).split()
    return words == others and all(
        abs(one - other) <= max(_LEAST, _TOLERANCE * abs(one))
        for one, other in zip(_numbers(shown), _numbers(printed), strict=True)
    )


def _length(shown: str, printed: str) -> int:
    """Return how much of a printed line stands before the ``…``: as many words."""
    words = len(shown.split())
    match = re.match(r"\s*" + r"\S+\s*" * words, printed)
    return match.end() if match else len(printed)


def _numbers(line: str) -> list[float]:
    return [float(text.replace(",", "")) for text in _NUMBER.findall(line)]
