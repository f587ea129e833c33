"""What others take from this repository: the package's metadata, the hook, the action and the image."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.report.material import write_dataset

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DOCUMENTATION = PROJECT["urls"]["Documentation"]


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def own_path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def test_addresses_agree() -> None:
    citation = loaded("CITATION.cff")
    assert citation["url"] == DOCUMENTATION
    assert citation["repository-code"] == PROJECT["urls"]["Source"]
    assert all(address.startswith("https://") for address in PROJECT["urls"].values())
    zenodo = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    assert zenodo["title"] == citation["title"]
    assert zenodo["license"] == citation["license"] == PROJECT["license"]
    assert zenodo["keywords"] == citation["keywords"]


def test_schemas_have_addresses_in_the_documentation() -> None:
    for path in sorted((ROOT / "schemas").glob("*.json")):
        assert json.loads(path.read_text(encoding="utf-8"))["$id"] == f"{DOCUMENTATION}schemas/{path.name}"


def test_a_new_workspace_tells_editors_its_schema(tmp_path: Path) -> None:
    from curate.workspace.workspace import init_workspace

    init_workspace(tmp_path / "line", ("part",))
    first = (tmp_path / "line/curate.toml").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"#:schema {DOCUMENTATION}schemas/curate-toml.schema.json"


@pytest.mark.parametrize("copies", [0, 1])
def test_the_hook_and_the_action_find_what_is_wrong(tmp_path: Path, copies: int) -> None:
    write_dataset(tmp_path / "data", copies=copies)
    (hook,) = loaded(".pre-commit-hooks.yaml")
    environment = {**os.environ, "PATH": own_path(), "PYTHONPATH": str(ROOT), "CURATE_CACHE": str(tmp_path / "cache")}
    done = subprocess.run([*shlex.split(hook["entry"]), "data"], cwd=tmp_path, env=environment, check=False)
    assert done.returncode == copies
    (step,) = [step for step in loaded("action.yml")["runs"]["steps"] if step.get("name") == "validate"]
    inputs = {"DATASET": "data", "LAYOUT": "", "STRICT": "false"}
    assert set(step["env"]) == set(inputs)
    ran = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=tmp_path,
        env={**environment, **inputs},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == copies
    errors = [line for line in ran.stdout.splitlines() if line.startswith("::error ")]
    assert len(errors) == copies
    assert all(re.match(r"::error file=data/part/[^,]+,title=CUR30\d ", line) for line in errors)


def test_inputs_of_the_action_are_never_read_as_commands() -> None:
    for step in loaded("action.yml")["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_the_steps_of_the_image_make_a_program(tmp_path: Path) -> None:
    """Without Docker: what is copied, the wheel that is built of it, and the program that is started."""
    lines = [
        line for line in (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines() if line[:1] not in {"", "#"}
    ]
    kept = [
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    ]
    source = tmp_path / "source"
    source.mkdir()
    for name in kept:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name)
        else:
            shutil.copy(ROOT / name, source / name)
    (build,) = [line.removeprefix("RUN ") for line in lines if "pip wheel" in line]
    command = build.replace("/wheels", str(tmp_path / "wheels")).replace("python ", f"{sys.executable} ", 1)
    subprocess.run([*shlex.split(command), "--no-build-isolation", "--quiet"], cwd=source, check=True)
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    (entry,) = [json.loads(line.removeprefix("ENTRYPOINT ")) for line in lines if line.startswith("ENTRYPOINT")]
    assert entry == ["curate"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-m", "curate", "--version"], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert done.stdout.startswith(b"curate")
    assert (tmp_path / "site/curate/_schemas/result.schema.json").is_file()


def test_hints_name_what_was_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From a checkout its folder, from an index the name: both commands work where the hint is read."""
    from importlib import metadata

    from curate.model import words

    class Installed:
        def __init__(self, text: str | None) -> None:
            self.text = text

        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return self.text

    (tmp_path / "a b").mkdir()
    (tmp_path / "a b/pyproject.toml").write_text("", encoding="utf-8")
    origin = json.dumps({"url": (tmp_path / "a b").as_uri(), "dir_info": {}})
    monkeypatch.setattr(metadata, "distribution", lambda _: Installed(origin))
    assert words.install_command("plot") == f"pip install '{tmp_path / 'a b'}[plot]'"
    monkeypatch.setattr(metadata, "distribution", lambda _: Installed(None))
    monkeypatch.setattr(words, "__file__", str(tmp_path / "site-packages/curate/model/words.py"))
    assert words.install_command("plot") == "pip install 'curate-inspection[plot]'"


def test_the_image_runs_nothing_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert lines.index("USER curate") < lines.index('ENTRYPOINT ["curate"]')
