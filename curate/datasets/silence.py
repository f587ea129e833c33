"""Read ``curate-validate.toml``: which findings a dataset's authors have looked at and accept, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curate.disk.reading import read_text
from curate.disk.schema import schema_problems
from curate.errors import ConfigError, MissingError

if TYPE_CHECKING:
    from curate.model.silence import Silence

SILENCE_NAME = "curate-validate.toml"


def read_silences(root: Path) -> tuple[Silence, ...]:
    """Read the rules in a dataset's or workspace's folder; an empty tuple when there is no file.

    Raises
    ------
    ConfigError
        If it is not TOML or breaks the schema: a rule without a reason is refused.
    """
    import tomllib  # few datasets have such a file

    path = root / SILENCE_NAME
    try:
        document = tomllib.loads(read_text(path))
    except MissingError:
        return ()
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"is not valid TOML: {error}", path=path) from error
    problems = schema_problems(document, "curate-validate")
    if problems:
        listing = "\n".join(f"  {'.'.join(map(str, place)) or 'the file'}: {text}" for place, text in problems)
        raise ConfigError(
            f"has {len(problems)} problem(s):\n{listing}", path=path, hint="each rule needs code and reason"
        )
    from curate.model.silence import Silence

    return tuple(Silence(rule["code"], rule["reason"], rule.get("path", "")) for rule in document.get("silence", []))
