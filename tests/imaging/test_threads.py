"""Maps are decoded by several threads; what they share must be used by one at a time."""

from __future__ import annotations

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from curate.imaging.maps import decode_map


@pytest.mark.parametrize(("suffix", "save"), [(".npy", np.save), (".npz", np.savez)])
def test_headers_of_arrays_are_parsed_by_one_thread_at_a_time(suffix: str, save: Any) -> None:
    # Before Python 3.11.9 and 3.12.3, two threads that parse at once make good files unreadable now and then.
    stream = io.BytesIO()
    save(stream, np.arange(6.0).reshape(2, 3))
    parsing: set[int] = set()
    together: list[int] = []

    def watch(_frame: FrameType, event: str, called: Any) -> None:
        if called is compile and event == "c_call":
            parsing.add(threading.get_ident())
            time.sleep(0.002)  # lets another thread in, where nothing keeps it out
            together.append(len(parsing))
        elif called is compile:
            parsing.discard(threading.get_ident())

    threading.setprofile(watch)
    try:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: decode_map(stream.getvalue(), Path(f"a{suffix}")), range(12)))
    finally:
        threading.setprofile(None)
    assert all(scores.tolist() == [[0, 1, 2], [3, 4, 5]] for scores in found)
    assert len(together) >= 12
    assert max(together) == 1
