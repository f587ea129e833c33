"""Train a model of anomalib's with its Engine: seeded each epoch, resumable, silent, and never looking at the test set.

anomalib's own data modules validate on test images by default, and its post-processor normalises with their extremes:
neither is used here. Pictures are prepared by :class:`curate.baselines.views.NetworkView`, so that ``--fit`` means the
same for every method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from curate.baselines.devices import seed_everything, to_batch
from curate.baselines.libraries import library, quiet
from curate.baselines.trial import ScoredMap, Trial
from curate.baselines.views import NetworkView
from curate.disk.atomic import write_json
from curate.disk.json_text import parse_json
from curate.imaging.maps import image_size
from curate.model.dataset import Sample

BARE = {"pre_processor": False, "post_processor": False, "evaluator": False, "visualizer": False}
"""What every model of anomalib's is made with: the network alone."""

_CHECKPOINT = "epoch"
_LOSSES = "losses.json"


class EnginePictures:
    """The pictures of a trial as torch's data loader wants them: prepared one by one."""

    def __init__(self, trial: Trial, samples: Sequence[Sample], normalised: Callable[[Any], Any]) -> None:
        self.trial = trial
        self.samples = samples
        self.normalised = normalised
        self.view = NetworkView(trial.settings.image_size, trial.settings.fit)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, place: int) -> Any:
        prepared = self.view.prepare(self.trial.picture(self.samples[place]))
        return self.normalised(to_batch([prepared], "cpu"))[0]


class EpochOrder:
    """The order of the pictures in each epoch, drawn from seed and epoch alone."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Take the order of another epoch; Lightning calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.count)
        return iter(order.tolist())


class EngineDetector:
    """A model of anomalib's over one category.

    Parameters
    ----------
    trial : Trial
    module : object
        The Lightning module, made with :data:`BARE`.
    batch_size : int
    normalised : callable
        Applied to each batch in 0..1.
    facts : dict
        What the submission says about the model.
    """

    leaves_one_out = False

    def __init__(
        self,
        trial: Trial,
        module: Any,
        *,
        batch_size: int,
        normalised: Callable[[Any], Any] = lambda batch: batch,
        facts: dict[str, Any] | None = None,
    ) -> None:
        self.trial = trial
        self.module = module
        self.batch_size = batch_size
        self.normalised = normalised
        self.view = NetworkView(trial.settings.image_size, trial.settings.fit)
        self.losses: list[float] = []
        self._facts = facts or {}

    def fit(self, training: Sequence[Sample]) -> None:
        """Train for all epochs, from the last one that a killed run has finished."""
        engine_module, lightning = library("anomalib.engine"), library("lightning.pytorch")
        settings, state = self.trial.settings, self.trial.state
        loader = self.loader(training, ordered=False)
        data = lightning.LightningDataModule()
        data.name, data.category, data.train_batch_size = "", "", self.batch_size
        data.train_dataloader = lambda: loader
        checkpoint = state / f"{_CHECKPOINT}.ckpt"
        self.losses = parse_json((state / _LOSSES).read_bytes()) if (state / _LOSSES).is_file() else []
        self.trial.progress.start(f"train on {self.trial.category.name}", settings.epochs)
        try:
            with quiet():
                engine = engine_module.Engine(
                    max_epochs=settings.epochs,
                    accelerator="gpu" if self.trial.device.startswith("cuda") else "cpu",
                    devices=self._devices(),
                    logger=False,
                    enable_progress_bar=False,
                    enable_model_summary=False,
                    limit_val_batches=0,
                    default_root_dir=state / "engine",
                    callbacks=self._callbacks(lightning),
                )
                engine.fit(self.module, datamodule=data, ckpt_path=checkpoint if checkpoint.is_file() else None)
        finally:
            self.trial.progress.finish()
        self.module.to(self.trial.device).eval()

    def score(self, sample: Sample) -> ScoredMap:
        """Score one image; its score is the map's maximum."""
        torch = library("torch")
        batch = self.normalised(to_batch([self.view.prepare(self.trial.picture(sample))], self.trial.device))
        with torch.no_grad(), quiet():
            anomaly = self.module.model(batch).anomaly_map
        square = np.asarray(anomaly.reshape(anomaly.shape[-2:]).float().cpu().numpy(), np.float32)
        size = self.trial.settings.image_size
        if square.shape != (size, size):
            square = np.asarray(cv2.resize(square, (size, size), interpolation=cv2.INTER_LINEAR), np.float32)
        return ScoredMap(self.view.restore(square, *image_size(self.trial.root / sample.path)))

    def score_left_out(self, place: int) -> ScoredMap:
        """Raise: no network knows what it would be without an image."""
        raise NotImplementedError(place)

    def facts(self) -> dict[str, Any]:
        """Return what the model says, and the loss of each epoch."""
        return {**self._facts, "epochs": self.trial.settings.epochs, "losses": self.losses}

    def begin_epoch(self) -> None:
        """Bring what a model draws from besides the training images to the state that every epoch begins with."""

    def loader(self, samples: Sequence[Sample], *, ordered: bool = True) -> Any:
        """Return a data loader of batches as anomalib's models take them; all images count as good."""
        torch, image_batch = library("torch"), library("anomalib.data").ImageBatch

        def collate(pictures: list[Any]) -> Any:
            labels = torch.zeros(len(pictures), dtype=torch.bool)
            return image_batch(image=torch.stack(pictures), gt_label=labels)

        return torch.utils.data.DataLoader(
            EnginePictures(self.trial, samples, self.normalised),
            batch_size=self.batch_size,
            sampler=None if ordered else EpochOrder(len(samples), self.trial.seed),
            collate_fn=collate,
        )

    def _devices(self) -> Any:
        number = self.trial.device.partition(":")[2]
        return [int(number)] if number else 1

    def _callbacks(self, lightning: Any) -> list[Any]:
        callbacks = lightning.callbacks

        def begin(trainer: Any, module: Any, batch: Any, number: int) -> None:
            del module, batch
            if number:
                return
            # Not when the epoch starts: a run that goes on has drawn otherwise by then, when its loaders were set up.
            del self.losses[trainer.current_epoch :]  # of an epoch that was killed before its checkpoint was written
            seed_everything(self.trial.seed, trainer.current_epoch + 1)
            self.begin_epoch()

        def end(trainer: Any, module: Any) -> None:
            del module
            loss = trainer.callback_metrics.get("train_loss")
            if loss is not None:
                self.losses.append(float(loss))
                write_json(self.trial.state / _LOSSES, self.losses)
            self.trial.progress.advance()

        # anomalib's own class: beside any other it would add one, and save everything twice.
        saved = library("anomalib.callbacks").ModelCheckpoint(
            dirpath=self.trial.state, filename=_CHECKPOINT, every_n_epochs=1, enable_version_counter=False
        )
        return [callbacks.LambdaCallback(on_train_batch_start=begin, on_train_epoch_end=end), saved]
