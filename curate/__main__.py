"""The command ``curate``; ``python -m curate`` is the same."""

from __future__ import annotations

import sys
from typing import NoReturn

_INTERRUPTED = 130
"""As in :mod:`curate.cli.exit_codes`, which may not be imported yet."""


def main() -> NoReturn:
    """Run the command line and exit; an interruption while its modules are still loading is as quiet as any other."""
    try:
        from curate.cli.main import run

        code = run()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        code = _INTERRUPTED
    sys.exit(code)


if __name__ == "__main__":
    main()
