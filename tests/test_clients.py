from __future__ import annotations

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

CLIENTS = Path(__file__).parents[1] / ".ci/clients.py"


def test_the_clients_have_passed_with_these_writers() -> None:
    spec = spec_from_file_location("clients", CLIENTS)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    marker = json.loads((CLIENTS.parent / "clients.json").read_text())
    assert marker["fingerprint"] == module.fingerprint(), (
        f"a writer has changed since anomalib, datasets, pycocotools and webdataset loaded its output: "
        f"run `.ci/clients {sys.executable}` and commit .ci/clients.json"
    )
