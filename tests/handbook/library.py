"""``docs/reference/library.md``: what can be called from Python, read from the sources without importing them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from curate import evaluate

_ROOT = Path(__file__).parents[2] / "curate"

_LINE = 100
"""Characters of a line that a page shows whole."""

_HEAD = """\
# From Python

Every command is a plain function, and what it returns is a frozen dataclass with `findings` and `to_json()`. Library
code never prints and never exits: it raises subclasses of `curate.errors.CurateError`, whose text is what the command
line would have said. A stage of a workspace takes what `open_workspace` returns:

```python
from pathlib import Path
from curate.workspace.workspace import open_workspace
from curate.crop.run import crop_windows

workspace, config, categories = open_workspace(Path("my_line"), ())
for category in categories:
    report = crop_windows(workspace, category)
```
"""

SECTIONS: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...] = (
    (
        "Metrics on arrays and submissions: `curate.evaluate`",
        (
            ("evaluate/arrays.py", ("MapMetrics", "au_spro")),
            ("evaluate/run.py", ("evaluate_submission", "verify_result", "EvaluationReport", "VerificationReport")),
            ("model/evaluation_options.py", ("EvaluationOptions",)),
            ("model/result.py", ("Result",)),
            ("submissions/results.py", ("read_result", "write_result")),
            ("evaluate/compare.py", ("compare_results",)),
        ),
    ),
    (
        "A workspace",
        (("workspace/workspace.py", ("init_workspace", "open_workspace")), ("execution.py", ("Execution", "Progress"))),
    ),
    (
        "The stages",
        (
            ("importing/run.py", ("import_frames",)),
            ("screen/run.py", ("screen_frames",)),
            ("crop/run.py", ("crop_windows",)),
            ("label/run.py", ("import_labels", "agreement", "set_thresholds")),
            ("label/live.py", ("push_labels", "PushOptions")),
            ("mask/run.py", ("write_masks", "suggest_saturation")),
            ("split/run.py", ("make_split", "make_splits")),
            ("export/run.py", ("export_dataset",)),
            ("validate/run.py", ("validate_dataset", "validate_workspace", "fix_dataset")),
            ("status/run.py", ("workspace_status",)),
        ),
    ),
    (
        "Datasets and submissions",
        (
            ("datasets/dataset.py", ("read_dataset",)),
            ("convert/run.py", ("plan_conversion", "convert_dataset")),
            ("augment/run.py", ("augment_dataset",)),
            ("card/run.py", ("make_card", "publish_card")),
            ("submission/run.py", ("check_submission", "make_submission", "pack_submission")),
            ("submissions/predictions.py", ("save_predictions",)),
        ),
    ),
    (
        "Reports and pictures",
        (
            ("report/run.py", ("write_report",)),
            ("report/sources.py", ("Request",)),
            (
                "plot/run.py",
                (
                    "plot_curves",
                    "plot_timeline",
                    "plot_dataset_sheet",
                    "plot_workspace_sheet",
                    "plot_worst_sheet",
                    "plot_overlay",
                ),
            ),
        ),
    ),
)


def library_page() -> str:
    """Return the page."""
    parts = [_HEAD]
    for title, modules in SECTIONS:
        parts.append(f"## {title}\n")
        for path, names in modules:
            tree = ast.parse((_ROOT / path).read_text(encoding="utf-8"))
            module = "curate." + path.removesuffix(".py").replace("/", ".")
            nodes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
            for name in names:
                parts += _told(module, nodes[name])
    return "\n".join(parts)


def _told(module: str, node: ast.ClassDef | ast.FunctionDef) -> Iterator[str]:
    home = "curate.evaluate" if node.name in evaluate.__all__ else module
    yield f"### {home}.{node.name}\n"
    if isinstance(node, ast.FunctionDef):
        yield f"```python\n{signature(node)}\n```\n"
        yield prose(ast.get_docstring(node) or "")
        return
    yield prose(ast.get_docstring(node) or "")
    methods = [entry for entry in node.body if isinstance(entry, ast.FunctionDef)]
    fields = [ast.unparse(entry) for entry in node.body if isinstance(entry, ast.AnnAssign)]
    made = [f"{node.name}{signature(method).removeprefix('def __init__')}" for method in methods[:1]]
    shown = fields or [made[0].removesuffix(" -> None").replace("(self, ", "(")] * (methods[0].name == "__init__")
    if shown:
        yield "```python\n" + "\n".join(shown) + "\n```\n"
    for method in methods:
        if not method.name.startswith("_"):
            yield f"```python\n{signature(method)}\n```\n"
            yield prose(ast.get_docstring(method) or "")


def signature(node: ast.FunctionDef) -> str:
    """Write a function's head, an argument a line where it is long."""
    decorators = "".join(f"@{ast.unparse(entry)}\n" for entry in node.decorator_list)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    arguments = list(_arguments(node.args))
    one = f"def {node.name}({', '.join(arguments)}){returns}"
    if len(one) <= _LINE:
        return decorators + one
    return f"{decorators}def {node.name}(\n" + "".join(f"    {argument},\n" for argument in arguments) + f"){returns}"


def _arguments(arguments: ast.arguments) -> Iterator[str]:
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    yield from (_argument(*pair) for pair in zip(plain, defaults, strict=True))
    if arguments.vararg:
        yield f"*{ast.unparse(arguments.vararg)}"
    elif arguments.kwonlyargs:
        yield "*"
    yield from (_argument(*pair) for pair in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    """Write an argument as a formatter would."""
    if default is None:
        return ast.unparse(argument)
    equals = " = " if argument.annotation else "="
    return f"{ast.unparse(argument)}{equals}{ast.unparse(default)}"


def prose(docstring: str) -> str:
    """Turn a docstring in numpy style into Markdown: sections become bold words and lists, examples code.

    >>> print(prose("Do it.\\n\\nParameters\\n----------\\nwhat : ``str``\\n    This."))
    Do it.
    <BLANKLINE>
    **Parameters**
    <BLANKLINE>
    - `what : str`: This.
    <BLANKLINE>
    """
    blocks = re.split(r"\n\n+", _plain(inspect.cleandoc(docstring)))
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def _plain(text: str) -> str:
    """Take the marks of reStructuredText away."""
    text = re.sub(r":(?:mod|func|class|meth|attr|data):`~?([^`]+)`", r"`\1`", text)
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def _block(block: str) -> str:
    lines = block.split("\n")
    if len(lines) > 1 and lines[1] and set(lines[1]) == {"-"}:
        return f"**{lines[0]}**\n\n" + _block("\n".join(["", *lines[2:]]))
    if any(line.startswith(">>> ") for line in lines):
        return "```python\n" + "\n".join(lines).strip("\n") + "\n```"
    return block if lines[0] else _items(lines[1:])


def _items(lines: list[str]) -> str:
    """Turn entries, each with its explanation indented below it, into a list."""
    told: list[str] = []
    for line in lines:
        if not line.startswith(" "):
            told.append(f"- `{line.replace('`', '')}`")
        else:
            told[-1] += (": " if told[-1].endswith("`") and "\n" not in told[-1] else "\n  ") + line.strip()
    return "\n".join(told)
