from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from crowds import gather, spoil_pictures
from mien.errors import FileError
from mien.image import read_image
from mien.models.headsup.weights import load_headsup
from mien.training.checkpoint import load_checkpoint
from mien.training.headsup.events import TrainingDone, TrainingProblem
from mien.training.headsup.run_folder import COLUMNS
from training_runs import run


def _losses(folder: Path) -> list[float]:
    with (folder / "log.csv").open() as file:
        return [float(line["loss"]) for line in csv.DictReader(file) if line["loss"]]


def _arrays(folder: Path) -> dict[str, np.ndarray]:
    return load_checkpoint(folder / "last.safetensors")[0]


@pytest.fixture(scope="module")
def whole(crowd: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training of four steps, without a break."""
    folder = tmp_path_factory.mktemp("whole")
    run(crowd, folder)
    return folder


def test_a_resumed_training_ends_as_if_there_had_been_no_break(
    crowd: Path, whole: Path, tmp_path: Path
) -> None:
    stopped = run(crowd, tmp_path, stop_after=2)
    assert isinstance(stopped[-1], TrainingDone)
    assert stopped[-1].cancelled
    assert stopped[-1].step == 2
    ended = run(crowd, tmp_path, resume=True)
    assert isinstance(ended[-1], TrainingDone)
    assert not ended[-1].cancelled
    assert ended[-1].step == 4
    before, after = _arrays(whole), _arrays(tmp_path)
    assert before.keys() == after.keys()
    assert any(name.startswith("exp_avg_sq/") for name in before)
    for name in before:
        np.testing.assert_array_equal(before[name], after[name], err_msg=name)
    assert _losses(tmp_path) == _losses(whole)


def test_parts_add_up_to_a_larger_batch(crowd: Path, whole: Path, tmp_path: Path) -> None:
    run(crowd, tmp_path, batch=1, accumulate=2)
    np.testing.assert_allclose(_losses(tmp_path), _losses(whole), rtol=2e-3)


def test_attention_computed_twice_teaches_the_same(
    crowd: Path, whole: Path, tmp_path: Path
) -> None:
    run(crowd, tmp_path, checkpointed=True)
    np.testing.assert_allclose(_losses(tmp_path), _losses(whole), rtol=1e-4)


def test_half_precision_teaches_nearly_the_same(crowd: Path, whole: Path, tmp_path: Path) -> None:
    run(crowd, tmp_path, precision="bfloat16")
    np.testing.assert_allclose(_losses(tmp_path), _losses(whole), rtol=0.05)
    assert _losses(tmp_path) != _losses(whole)


def test_a_folder_tells_what_was_asked_and_what_came_of_it(whole: Path) -> None:
    said = json.loads((whole / "config.json").read_text())
    assert said["training"]["steps"] == 4
    assert said["data"]["people"] == 4
    assert said["data"]["held_out"] == ["somebody-004"]
    assert said["network"]["latent_grid"] == 8
    with (whole / "log.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert tuple(lines[0]) == COLUMNS
    assert [line["step"] for line in lines] == ["1", "2", "3", "4", "4"]
    measured = lines[-1]
    for name in ("val_psnr", "val_mean_head", "val_learned_rig", "val_template_rig"):
        assert 3 < float(measured[name]) < 40
    page = read_image(whole / "previews" / "step_00000004.png")
    assert page.std() > 5


def test_the_network_for_use_is_the_average_of_those_on_the_way(whole: Path) -> None:
    network, card = load_headsup(whole / "average.safetensors")
    arrays = _arrays(whole)
    for name, parameter in network.named_parameters():
        np.testing.assert_allclose(
            parameter.numpy(), arrays[f"average/{name}"], rtol=1e-3, atol=1e-6
        )
    moved = [name for name in arrays if name.startswith("network/")]
    assert any((arrays[name] != arrays["average" + name[7:]]).any() for name in moved)
    assert card["steps"] == 4
    assert card["people_seen"] == 8
    assert card["metrics"]["psnr"] == pytest.approx(card["metrics"]["psnr"])
    assert "somebody-004" in card["data"]["held_out"]
    assert "/" not in json.dumps(card["data"])


def test_another_training_is_not_written_over_nor_gone_on_with(
    crowd: Path, whole: Path, tmp_path: Path
) -> None:
    with pytest.raises(FileError, match="holds a training already"):
        run(crowd, whole)
    with pytest.raises(FileError, match=r"rate was 0\.002"):
        run(crowd, whole, resume=True, rate=1e-3)
    other = gather(tmp_path / "others", [7, 8], num_cameras=3, size=16)
    with pytest.raises(FileError, match="other captures"):
        run(other, whole, resume=True)
    with pytest.raises(FileError, match="no checkpoint"):
        run(crowd, tmp_path / "nothing", resume=True)
    copy = tmp_path / "copy"
    shutil.copytree(whole, copy)
    data = (copy / "last.safetensors").read_bytes()
    (copy / "last.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(FileError, match="damaged"):
        run(crowd, copy, resume=True)


def test_training_goes_on_past_a_damaged_shard_that_is_named_once(
    crowd: Path, tmp_path: Path
) -> None:
    shards = [tmp_path / f"shard{number}" for number in range(10)]
    captures = sorted(crowd.glob("*.capture"))
    for number, shard in enumerate(shards):
        shard.mkdir()
        shutil.copy(captures[number % len(captures)], shard)
    broken = next(shards[4].glob("*.capture"))
    spoil_pictures(broken)
    (shards[6] / captures[1].name).write_bytes(b"nothing")
    events = run(shards, tmp_path / "run", steps=5, batch=4)
    named = [event.problem.path for event in events if isinstance(event, TrainingProblem)]
    assert sorted(named) == sorted({str(broken), str(shards[6] / captures[1].name)})
    assert isinstance(events[-1], TrainingDone)
    assert events[-1].step == 5
