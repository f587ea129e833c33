"""The pages for people are followed word by word: each command succeeds and prints what the page shows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.handbook.steps import Done, Step, disagreement, run_steps, steps_of

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.skipif(sys.platform == "win32", reason="the pages are for a POSIX shell")
@pytest.mark.parametrize("name", ["tutorial.md", "how-to-score-a-submission.md", "hosting.md"])
def test_following_a_page(name: str, tmp_path: Path) -> None:
    steps = steps_of((DOCS / name).read_text(encoding="utf-8"))
    assert len(steps) >= 10
    done = run_steps(steps, tmp_path)
    wrong = [
        f"$ {entry.step.command}\nexit code {entry.code}, expected {entry.step.code}\nmissing: {line}\n"
        + "\n".join(entry.printed)
        for entry in done
        if (line := disagreement(entry)) or entry.code != entry.step.code
    ]
    assert wrong == []
    assert len(done) == len(steps)


PAGE = """
```console
$ mkdir here
$ cd here
```

```toml file=a.toml
name = "$HOME"
```

```console
$ cat a.toml
name = "$HOME"
$ printf 'one 100.4\\n2 two\\n3\\n' \\
  | head -2
one 100
2 two
$ ls nowhere  # exits 2
…
$ printf 'a\\nb\\nc d e\\n'
a
…
c …
```
"""


def test_the_runner_keeps_folder_and_files(tmp_path: Path) -> None:
    done = run_steps(steps_of(PAGE), tmp_path)
    assert [entry.code for entry in done] == [0, 0, 0, 0, 0, 2, 0]
    assert [entry.step.code for entry in done] == [0, 0, 0, 0, 0, 2, 0]
    assert [disagreement(entry) for entry in done] == [""] * 7
    assert (tmp_path / "here" / "a.toml").read_text() == 'name = "$HOME"\n'


@pytest.mark.parametrize(
    ("shown", "printed", "missing"),
    [
        ((), (), ""),
        (("a 1",), ("a 1",), ""),
        (("a 1.00",), ("a 1.01",), ""),
        (("a 1.00",), ("a 1.05",), "a 1.00"),
        (("a 400",), ("a 406",), ""),
        (("a 400",), ("a 409",), "a 400"),
        (("a",), ("b",), "a"),
        (("a",), ("b", "a"), "a"),
        (("…", "a"), ("b", "a"), ""),
        (("a",), ("a", "b"), "nothing about 'b'"),
        (("a", "…"), ("a", "b"), ""),
        (("b", "a"), ("a", "b"), "b"),
        (("wrote …",), ("wrote it (3 MB)",), ""),
        (("wrote …",), ("read it",), "wrote …"),
        (("a  b",), ("a b",), ""),
        ((), ("b",), "nothing about 'b'"),
    ],
)
def test_disagreements(shown: tuple[str, ...], printed: tuple[str, ...], missing: str) -> None:
    assert disagreement(Done(Step("x", shown), 0, printed or ("",))) == missing
