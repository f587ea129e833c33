"""AU-sPRO as a torchmetrics metric: equal to MapMetrics on the same maps, whatever way they came in."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

from curate.errors import InputError
from curate.evaluate import MapMetrics
from tests.baselines.networks import QUIET, torch_or_skip

torch = torch_or_skip()
pytestmark = QUIET

SHAPE = (9, 11)


def batches(count: int = 3, kind: str = "float32") -> list[tuple[Any, Any]]:
    """Draw batches of two maps and masks; the first image of each is good."""
    draw = np.random.default_rng(5)
    found = []
    for _ in range(count):
        maps = draw.random((2, *SHAPE)) * 250
        masks = np.zeros((2, *SHAPE), np.uint8)
        masks[1, 2:6, 3:8] = 1
        maps[1] += masks[1] * draw.random(SHAPE) * 200
        found.append((torch.from_numpy(maps).to(getattr(torch, kind)), torch.from_numpy(masks)))
    return found


def expected(given: list[tuple[Any, Any]], limit: str = "0.05", saturation: float = 0.5) -> float:
    metrics = MapMetrics(saturation)
    for maps, masks in given:
        metrics.update(maps.float().numpy() if maps.dtype == torch.bfloat16 else maps.detach().numpy(), masks.numpy())
    value: float = metrics.compute()["localization"]["au_spro"][limit]
    return value


def spro(**options: Any) -> Any:
    from curate.torch import SPRO

    return SPRO(saturation=0.5, **options)


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("channel", [False, True])
def test_any_type_and_either_shape_give_the_exact_value(kind: str, *, channel: bool) -> None:
    given = batches(kind=kind)
    metric = spro()
    for maps, masks in given:
        metric.update(*((maps[:, None], masks[:, None]) if channel else (maps, masks)))
    assert metric.compute().item() == expected(given)
    assert metric.compute().dtype == torch.float64


@pytest.mark.parametrize("limit", [0.01, "0.05", 0.1, "0.3", 1])
def test_every_limit_and_tensors_that_require_a_gradient(limit: str | float) -> None:
    given = batches()
    metric = spro(limit=limit)
    for maps, masks in given:
        metric.update(maps.clone().requires_grad_(), masks.bool())
    assert metric.compute().item() == expected(given, {"1": "1.0"}.get(str(limit), str(limit)))
    assert metric.name == f"AU-sPRO@{float(limit)}"


def test_reset_pickle_and_forward() -> None:
    given = batches()
    metric = spro()
    assert metric(*given[0]).item() == expected(given[:1])  # forward gives the batch's own value
    metric.update(*given[1])
    again = pickle.loads(pickle.dumps(metric))  # noqa: S301 - our own bytes
    again.update(*given[2])
    assert again.compute().item() == expected(given)
    again.reset()
    assert math.isnan(again.compute().item())
    again.update(*given[2])
    assert again.compute().item() == expected(given[2:])


def test_images_of_several_sizes_with_several_regions_and_thresholds() -> None:
    draw = np.random.default_rng(2)
    metric, reference = spro(ignore=255), MapMetrics(0.5)
    for height, width in ((5, 7), (8, 3), (1, 9)):
        scores = draw.random((height, width), np.float32)
        planes = [np.zeros((height, width), np.uint8) for _ in range(2)]
        planes[0][0, 0], planes[1][0, 1:] = 1, 3
        planes[0][-1, -1] = planes[1][-1, -1] = 255
        options: dict[str, Any] = {"saturation": [1, 0.7], "defect": ["dent", "größer"]}
        metric.update(torch.from_numpy(scores), [torch.from_numpy(plane) for plane in planes], **options)
        reference.update(scores, planes, ignore=255, **options)
    assert metric.result() == reference.compute()


def test_regions_as_channels_are_regions() -> None:
    maps, masks = batches(1)[0]
    two = torch.stack([masks, torch.zeros_like(masks)], dim=1)
    two[1, 1, 7, 7] = 1
    metric, reference = spro(), MapMetrics(0.5)
    metric.update(maps[:, None], two)
    reference.update(maps.numpy(), [list(planes) for planes in two.numpy()])
    assert metric.result() == reference.compute()


@pytest.mark.parametrize("kinds", [("float32", "float32"), ("uint16", "uint16"), ("float32", "float64")])
def test_processes_merge_by_sync(kinds: tuple[str, str]) -> None:
    """Each state is gathered from two processes, as torchmetrics calls its ``dist_sync_fn``."""
    mine, theirs = ([pair] for pair in (batches(1, kinds[0])[0], batches(2, kinds[1])[1]))
    other = spro()
    for maps, masks in theirs:
        other.update(maps, masks)
    waiting = [torch.cat(getattr(other, name)) for name in ("images", "scores", "masks", "saturations", "names")]

    def gather(value: Any, group: Any = None) -> list[Any]:
        del group
        return [value, waiting.pop(0).to(value.dtype)]

    metric = spro(dist_sync_fn=gather, distributed_available_fn=lambda: True)
    for maps, masks in mine:
        metric.update(maps, masks)
    assert metric.compute().item() == expected([*mine, *theirs])
    assert math.isclose(metric.result()["counts"]["test_good"], 1)  # unsynced again: its own image


def test_states_merge_without_processes() -> None:
    given = batches()
    one, two = spro(), spro()
    one.update(*given[0])
    for maps, masks in given[1:]:
        two.update(maps, masks)
    one.merge_state(two)
    assert one.compute().item() == expected(given)


def test_what_cannot_be_scored_is_refused_and_counts_nothing() -> None:
    maps, masks = batches(1)[0]
    metric = spro()
    for bad in (maps.clone().fill_(math.nan), maps[:, :4], maps.to(torch.complex64)):
        with pytest.raises(InputError):
            metric.update(bad, masks)
    with pytest.raises(InputError, match="soft"):
        metric.update(maps, masks.float() * 0.5)
    with pytest.raises(InputError, match=r"expected one of 0\.01, 0\.05, 0\.1, 0\.3, 1\.0"):
        spro(limit=0.2)
    assert math.isnan(metric.compute().item())
    assert metric.images == []


def test_no_region_has_no_value() -> None:
    maps, masks = batches(1)[0]
    metric = spro()
    metric.update(maps, torch.zeros_like(masks))
    metric.update(maps)
    assert math.isnan(metric.compute().item())
    assert metric.result()["counts"]["test_good"] == 4


def _of_a_process(rank: int, port: int, given: list[Any], queue: Any) -> None:
    import os

    import torch.distributed as dist

    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    dist.init_process_group("gloo", rank=rank, world_size=2)
    metric = spro()
    for maps, masks in given if rank == 0 else []:
        metric.update(maps, masks)
    queue.put(metric.compute().item())
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_real_processes_of_which_one_has_no_image() -> None:
    import socket

    import torch.multiprocessing as processes

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = processes.get_context("spawn")
    queue = context.Queue()
    given = batches(kind="uint16")
    processes.spawn(_of_a_process, (port, given, queue), nprocs=2)
    assert [queue.get(), queue.get()] == [expected(given)] * 2
