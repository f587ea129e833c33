from __future__ import annotations

from pathlib import Path

from curate.workspace.config import read_config
from tests.conftest import Curate


def test_init_makes_a_readable_configuration(tmp_path: Path, curate: Curate) -> None:
    result = curate("init", tmp_path / "my line", "-c", "pipe_clip", "-c", "Bügel 2")
    assert result.code == 0
    config = read_config(tmp_path / "my line" / "curate.toml")
    assert config.name == "my line"
    assert set(config.categories) == {"pipe_clip", "Bügel 2"}
    assert config.categories["pipe_clip"].windows["default"].mode == "full"


def test_init_leaves_an_existing_configuration_alone(tmp_path: Path, curate: Curate) -> None:
    (tmp_path / "curate.toml").write_text("# mine\n", encoding="utf-8")
    assert curate("init", tmp_path).code == 0
    assert (tmp_path / "curate.toml").read_text(encoding="utf-8") == "# mine\n"
