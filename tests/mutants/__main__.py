"""Change the code at random and count the changes that tests notice: ``python -m tests.mutants geometry --sample 100``.

The changes are those of Cosmic Ray (operators replaced, conditions negated, numbers off by one, loops left out, …). The
tool itself writes each into the file and starts an interpreter for it; here a forked child loads the changed source in
place of the file and runs the tests, so nothing on the disk changes and a mutant costs little more than its tests.
Left out are changes that nothing can notice: in annotations, in the arguments of ``@dataclass``, ``strict=`` of zip.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import os
import random
import resource
import sys
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
_SKIPPED = ("VariableReplacer", "VariableInserter", "_Is_", "_IsNot_", "_Eq_Is", "_NotEq_Is", "_Lt_Is", "_LtE_Is")
_SKIPPED_TOO = ("_Gt_Is", "_GtE_Is", "RemoveDecorator", "_Is")
Span = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: which operator of Cosmic Ray, at its how-manieth place in which file."""

    module: str
    operator: str
    occurrence: int
    line: int
    source: str


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield every change that Cosmic Ray can make to a file and that something could notice."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    tree = get_ast(text)
    dead = _dead_spans(ast.parse(text))
    for name in sorted(operator_names()):
        if any(part in name for part in (*_SKIPPED, *_SKIPPED_TOO)):
            continue
        operator = get_operator(name)()
        positions = (span for node in ast_nodes(tree) for span in operator.mutation_positions(node))
        for occurrence, (start, end) in enumerate(positions):
            if not any(first <= start and end <= last for first, last in dead):
                module = path.relative_to(ROOT).as_posix()
                yield Mutant(module, name.removeprefix("core/"), occurrence, start[0], lines[start[0] - 1].strip())


def _dead_spans(tree: ast.Module) -> list[Span]:
    """Return where a change cannot be noticed: lines and columns as parso counts them."""
    nodes: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            nodes += node.decorator_list
        elif isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
            nodes.append(node.annotation)
        elif isinstance(node, ast.FunctionDef) and node.returns:
            nodes.append(node.returns)
        elif (isinstance(node, ast.keyword) and node.arg in {"strict", "slots", "frozen"}) or (
            isinstance(node, ast.Assign) and "TypeAlias" in ast.dump(node)
        ):
            nodes.append(node)
    return [
        ((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))  # type: ignore[attr-defined]
        for node in nodes
    ]


class _Changed(MetaPathFinder, SourceFileLoader):  # type: ignore[misc]  # both are what importlib asks for
    """Loads one module from changed source, under its own path."""

    def __init__(self, module: str, path: str, text: str) -> None:
        SourceFileLoader.__init__(self, module, path)
        self.text = text

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> object:  # type: ignore[override]
        del fullname
        return compile(self.text, self.path, "exec")


def is_killed(mutant: Mutant | None, tests: Sequence[str], cpu_s: int) -> bool:
    """Whether the tests fail with the change (None: without any); running out of its CPU time counts, too."""
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))  # not the clock's time: other programs may be busy
        os._exit(_run(mutant, tests))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def _run(mutant: Mutant | None, tests: Sequence[str]) -> int:
    """Run the tests in a child process, silently; return pytest's exit code."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        import pytest
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        if mutant:
            path = ROOT / mutant.module
            operator = get_operator(f"core/{mutant.operator}")()
            text = mutate_code(path.read_text(encoding="utf-8"), operator, mutant.occurrence)
            name = mutant.module.removesuffix(".py").replace("/", ".")
            sys.meta_path.insert(0, _Changed(name, str(path), text))
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is loaded before pytest starts
        return int(pytest.main([*options, *tests]))
    except BaseException:  # noqa: BLE001 - whatever stops the child, the mutant was noticed
        return 1


def _warm() -> None:
    """Load what all children need and no mutant changes."""
    for name in (
        "cv2",
        "hypothesis",
        "natsort",
        "numpy",
        "PIL.Image",
        "pytest",
        "scipy.stats",
        "shapely",
        "cosmic_ray",
    ):
        importlib.import_module(name)


def _reported(mutant: Mutant, tests: Sequence[str], cpu_s: int) -> bool:
    """As :func:`is_killed`; print a mutant that lives as soon as that is known."""
    killed = is_killed(mutant, tests, cpu_s)
    print("." if killed else "\n" + json.dumps(asdict(mutant), ensure_ascii=False), end="", flush=True)  # noqa: T201
    return killed


def noticed_in(room: dict[str, list[str]], options: argparse.Namespace, known: set[tuple[str, str, str]]) -> float:
    """Run one room's mutants and print what came of them; return the share that tests noticed."""
    paths = sorted({path for pattern in room["modules"] for path in ROOT.glob(pattern)})
    every = [mutant for path in paths for mutant in mutants_of(path)]
    every = [mutant for mutant in every if (mutant.module, mutant.operator, mutant.source) not in known]
    chosen = random.Random(options.seed).sample(every, min(options.sample or len(every), len(every)))
    if is_killed(None, room["tests"], options.cpu_seconds):
        raise SystemExit("the tests fail, or take too long, without any change")
    with ThreadPoolExecutor(options.jobs) as pool:
        killed = list(pool.map(lambda mutant: _reported(mutant, room["tests"], options.cpu_seconds), chosen))
    print(f"\n{sum(killed)} of {len(chosen)} noticed, of {len(every)} possible", flush=True)  # noqa: T201
    return sum(killed) / max(1, len(killed))


def main() -> int:
    """Return 1 when a room's tests notice less than nine of ten changes."""
    rooms = tomllib.loads((HERE / "rooms.toml").read_text(encoding="utf-8"))
    known = json.loads((HERE / "equivalent.json").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("rooms", nargs="*", default=list(rooms), help=f"of {', '.join(rooms)}")
    parser.add_argument("--sample", type=int, default=100, help="mutants a room, drawn at random; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cpu-seconds", type=int, default=120, help="for one mutant")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    os.environ |= {"CI": "1", "CURATE_NO_SHARED": "1"}  # the same examples every time, and no data from outside
    os.chdir(ROOT)
    _warm()
    equal = {(entry["module"], entry["operator"], entry["source"]) for entry in known}
    shares = []
    for name in options.rooms or rooms:
        print(f"{name}: ", end="", flush=True)  # noqa: T201
        shares.append(noticed_in(rooms[name], options, equal))
    return int(min(shares) < 0.9)  # what the project asks for


if __name__ == "__main__":
    sys.exit(main())
