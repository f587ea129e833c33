"""Completion for PowerShell, in the way in which Click completes for other shells."""

from __future__ import annotations

import os

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

_SOURCE = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $env:%(complete_var)s = "powershell_complete"
    $env:COMP_WORDS = $commandAst.ToString()
    $env:COMP_CWORD = $wordToComplete
    try {
        %(prog_name)s | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $help)
        }
    } finally {
        Remove-Item Env:%(complete_var)s, Env:COMP_WORDS, Env:COMP_CWORD
    }
}
"""


class PowerShellComplete(ShellComplete):
    """Offers a value and its help in each line."""

    name = "powershell"
    source_template = _SOURCE

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is typed, and that one."""
        words, incomplete = split_arg_string(os.environ["COMP_WORDS"]), os.environ.get("COMP_CWORD", "")
        before = words[1:-1] if incomplete and words[1:] and words[-1] == incomplete else words[1:]
        return before, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """Return the value and its help; help of several lines would be several values."""
        return f"{item.value}\t{' '.join((item.help or '').split())}"


def register() -> None:
    """Make Click know the shell."""
    add_completion_class(PowerShellComplete)
