"""Studies of methods that need no network library: expanded, run, killed, resumed, compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.baselines import gaussian
from curate.disk.schema import schema_problems
from curate.errors import ConfigError, MissingError
from curate.evaluate.compare import METRICS
from curate.evaluate.published import read_published
from curate.study.plan import read_study
from curate.study.run import run_study
from tests.baselines.drawn import draw_dataset, files_of
from tests.conftest import Curate

EXAMPLES = Path(__file__).parents[2] / "examples" / "studies"
STUDIES = sorted(EXAMPLES.glob("*.toml"))
PUBLISHED = sorted((EXAMPLES / "published").glob("*.toml"))

TEXT = """
[study]
title = "Two by two"
seeds = 2
metrics = ["auroc", "au_spro@0.05"]
MORE
[datasets.rings]
path = "data"
[methods.First]
method = "pixel-gaussian"
[methods.Second]
method = "pixel-gaussian"
shots = 4
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    draw_dataset(tmp_path / "data")
    path = tmp_path / "study.toml"
    path.write_text(TEXT.replace("MORE", ""), encoding="utf-8")
    return path


class KilledError(Exception):
    """Stands for a kill."""


def test_two_by_two_runs_are_killed_resumed_and_then_current(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = read_study(study)
    run_study(plan, tmp_path / "whole")
    score, calls = gaussian.score, 0

    def dying(model: gaussian.GaussianModel, window: gaussian.Aligned) -> gaussian.AnomalyMap:
        nonlocal calls
        calls += 1
        if calls == 30:  # in the second cell
            raise KilledError
        return score(model, window)

    monkeypatch.setattr(gaussian, "score", dying)
    with pytest.raises(KilledError):
        run_study(plan, tmp_path / "out")
    monkeypatch.setattr(gaussian, "score", score)
    assert [entry.state for entry in run_study(plan, tmp_path / "out").outcomes] == ["current", "done"]
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")
    assert [entry.state for entry in run_study(plan, tmp_path / "out").outcomes] == ["current", "current"]
    assert (tmp_path / "out" / "tables" / "rings.tex").read_text().startswith("% auroc")
    assert (tmp_path / "out" / "reports" / "rings.html").is_file()


def test_cells_in_processes_give_the_same_files(study: Path, tmp_path: Path) -> None:
    plan = read_study(study)
    run_study(plan, tmp_path / "one")
    report = run_study(plan, tmp_path / "two", jobs=2)
    assert [entry.state for entry in report.outcomes] == ["done", "done"]
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_what_varies_makes_cells_of_the_methods_that_have_it(study: Path) -> None:
    study.write_text(study.read_text() + "[methods.Third]\nmethod = 'patchcore'\n[vary]\ncoreset = [0.1, 0.5]\n")
    cells = read_study(study).cells
    assert [cell.title for cell in cells] == ["First", "Second", "Third, coreset 0.1", "Third, coreset 0.5"]
    assert [cell.given for cell in cells] == [{}, {"shots": 4}, {"coreset": 0.1}, {"coreset": 0.5}]
    assert cells[2].folder == "rings/third-coreset-0.1"


def test_everything_wrong_is_named_before_anything_runs(study: Path) -> None:
    study.write_text(
        TEXT.replace("MORE", "published = ['none.toml']").replace('"auroc"', '"aurok"')
        + "[methods.Third]\nmethod = 'patchcor'\n[methods.Fourth]\nmethod = 'padim'\ntau = 1.0\n[vary]\nspeed = [1]\n"
    )
    with pytest.raises(ConfigError) as caught:
        read_study(study)
    text = caught.value.message
    assert "there is no metric 'aurok'" in text
    assert "there is no file" in text
    assert "methods.Third: there is no method 'patchcor'" in text
    assert "methods.Fourth: --tau means nothing to padim" in text
    assert "vary.speed: no method has this setting" in text
    study.write_text("[study]\n")
    with pytest.raises(ConfigError, match="title"):
        read_study(study)
    with pytest.raises(MissingError):
        read_study(study.with_name("none.toml"))


def test_a_cell_that_fails_leaves_the_others_alone(study: Path, tmp_path: Path, curate: Curate) -> None:
    study.write_text(study.read_text().replace("shots = 4", "shots = 99"))
    done = curate("study", study, "-o", tmp_path / "out")
    assert done.code == 1
    assert "failed: rings/second: --shots is 99, but there are 6 good training images" in done.err
    assert "First" in done.out


def test_a_dry_run_lists_the_cells(study: Path, tmp_path: Path, curate: Curate) -> None:
    done = curate("study", study, "-o", tmp_path / "out", "--dry-run")
    assert done.code == 0
    assert "rings/first  pixel-gaussian" in done.out
    assert "2 cells, 2 runs a cell" in done.out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_the_papers_studies_can_be_read(path: Path) -> None:
    study = read_study(path)
    assert study.source
    assert study.cells


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_published_tables_can_be_read(path: Path) -> None:
    for table in read_published(path):
        assert table.metric in METRICS
        assert all(0 <= mean <= 1 for row in table.rows.values() for mean, _ in row.values())


def test_published_figures_are_those_of_the_papers() -> None:
    auroc, ap = read_published(EXAMPLES / "published" / "autovi.toml")[:2]
    assert auroc.rows["PaDiM"]["pipe_staple"] == pytest.approx((0.546, 0.030))
    assert ap.rows["DSR"]["pipe_staple"] == pytest.approx((0.942, 0.045))
    window = read_published(EXAMPLES / "published" / "autovi-window-600x600.toml")[0]
    assert window.rows["DRAEM"]["pipe_staple"] == pytest.approx((0.827, 0.128))
    recall = read_published(EXAMPLES / "published" / "anomaly-map-table-2.toml")[0]
    assert recall.rows["anom. map"]["Shavers, stripe"][0] == pytest.approx(0.0265)
    sinks = read_published(EXAMPLES / "published" / "sinks.toml")[0]
    mean, spread = sinks.rows["EffUNet-B7, bce+dice"]["sinks"]
    assert mean == pytest.approx(0.719)
    assert spread is None


def test_published_rows_stand_below_ours(study: Path, tmp_path: Path, curate: Curate) -> None:
    published = tmp_path / "published.toml"
    published.write_text(
        "source = 'A paper'\n[[tables]]\nname = 'table 1'\nmetric = 'auroc'\ncolumns = ['ring', 'other']\n"
        "[tables.mean]\nTheirs = [81.5, 3]\n[tables.std]\nTheirs = [1.5, 1]\n"
    )
    run_study(read_study(study), tmp_path / "out")
    results = sorted((tmp_path / "out" / "results").rglob("*.json"))
    done = curate("compare", *results, "--metric", "auroc", "--published", published)
    line = next(line for line in done.out.splitlines() if line.startswith("Theirs, published"))
    assert "81.50 ± 1.50" in line
    assert "n/a" in line  # no rank
    times = curate("compare", *results, "--times", "--format", "latex")
    assert times.code == 0
    assert times.out.count("First") == 1
    published.write_text(published.read_text().replace("[81.5, 3]", "[81.5]"))
    wrong = curate("compare", *results, "--published", published)
    assert wrong.code == 2
    assert "tables.0.Theirs: has 1 values, expected 2" in wrong.err


def test_the_schema_knows_no_other_keys() -> None:
    assert schema_problems({"study": {"title": "x", "speed": 1}, "datasets": {}, "methods": {}}, "study")
