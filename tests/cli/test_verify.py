from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Curate
from tests.importing.frames import write


def test_exit_codes(curate: Curate, tmp_path: Path) -> None:
    write(tmp_path / "camera" / "a.png", 1, "PNG")
    curate("init", tmp_path / "work", "-q")
    assert curate("verify", "-C", tmp_path / "work").code == 2
    curate("import", tmp_path / "camera", "-c", "clip", "-C", tmp_path / "work", "--decode")
    result = curate("verify", "-C", tmp_path / "work")
    assert (result.code, result.out) == (0, "clip: 1 frames checked\n0 errors, 0 warnings\n")
    (tmp_path / "work" / "captures" / "clip" / "main" / "a.png").unlink()
    result = curate("verify", "-C", tmp_path / "work", "--quick", "--json")
    assert result.code == 1
    assert json.loads(result.out)["findings"][0]["code"] == "CUR731"
