"""``curate completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from curate.cli.render import echo


@click.command(name="completion", epilog='Example:  eval "$(curate completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
def command(shell: str) -> None:
    """Print a script that lets a shell complete commands, options, and names of categories, splits and codes.

    Put it where your shell looks, once, and open a new terminal:

    \b
      bash  curate completion bash > ~/.local/share/bash-completion/completions/curate
            (without the package bash-completion, add to ~/.bashrc:  eval "$(curate completion bash)")
      zsh   curate completion zsh > ~/.zfunc/_curate
            (once, in ~/.zshrc before compinit:  fpath+=~/.zfunc)
      fish  curate completion fish > ~/.config/fish/completions/curate.fish
      powershell  curate completion powershell >> $PROFILE

    Make the folder first if it does not exist. `curate` must be on your PATH: inside a virtual environment, names are
    completed while the environment is active.
    """  # noqa: D301 - Click wants the character
    from curate.cli.main import cli
    from curate.cli.powershell import register

    register()

    written = get_completion_class(shell)
    assert written is not None  # noqa: S101 - the choices are Click's own shells
    echo(written(cli, {}, "curate", "_CURATE_COMPLETE").source())
