from __future__ import annotations

import pytest

from curate.cluster import _refuse_other_code, code_versions
from curate.errors import InputError
from curate.execution import Execution

pytest.importorskip("distributed")


def test_workers_with_other_code_are_refused_with_a_list() -> None:
    own = code_versions()
    _refuse_other_code({"tcp://a:1": own, "tcp://b:1": dict(own)}, "tcp://s:8786")
    with pytest.raises(InputError) as caught:
        _refuse_other_code({"tcp://a:1": own, "tcp://b:1": {**own, "NumPy": "0.1"}, "tcp://c:1": {}}, "tcp://s:8786")
    lines = str(caught.value).splitlines()
    assert lines[0] == "tcp://s:8786: its workers run other versions than this machine:"
    assert lines[1] == f"  tcp://b:1: NumPy 0.1, here {own['NumPy']}"
    assert len(lines) == 2 + len(own) + 1
    assert lines[-1].startswith("  next: ")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tls://127.0.0.1:9", "needs certificates"),
        ("tcp://127.0.0.1:9", "no Dask scheduler answers there"),
        ("nosuch://x", "is no address"),
        ("tcp://127.0.0.1:x", "is no address"),
        ("y", "is no address"),
    ],
)
def test_a_wrong_address_is_one_message(address: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        list(Execution(scheduler=address).map(abs, [1], "numbers"))
    assert len(str(caught.value).splitlines()) == 2
