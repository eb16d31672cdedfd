"""Likely identities: people drawn for an age, a sex and an ancestry have shapes that go with it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mien.errors import MienError
from mien.template.attributes import ATTRIBUTE_NAMES, IdentityAttributes
from mien.template.head import HeadTemplate
from mien.template.sources.mien_head import mien_head


@pytest.fixture(scope="module")
def head() -> HeadTemplate:
    return mien_head()


def width(head: HeadTemplate, surface: np.ndarray, landmark: str) -> float:
    left, right = (head.landmarks[landmark.replace("*", side)] for side in ("left", "right"))
    return float(surface[left, 0] - surface[right, 0])


def typical(head: HeadTemplate, **attributes: object) -> np.ndarray:
    nobody = np.random.default_rng(0)
    return head.identity(head.likely_identity(nobody, variety=0, **attributes))  # type: ignore[arg-type]


def test_men_have_wider_jaws(head: HeadTemplate) -> None:
    woman, man = typical(head, masculinity=0.0), typical(head, masculinity=1.0)
    assert width(head, man, "jaw_*_5") - width(head, woman, "jaw_*_5") > 0.001
    neck = head.joint_names.index("neck")
    throat = (head.skin_weights[:, neck] > 0.5) & (head.neutral[:, 2] > -0.05)
    assert np.ptp(man[throat, 0]) - np.ptp(woman[throat, 0]) > 0.004


def lips(head: HeadTemplate, surface: np.ndarray) -> float:
    upper, lower = (surface[head.landmarks[f"lip_{lip}_middle"]] for lip in ("upper", "lower"))
    return float(upper[1] - lower[1])


def test_ancestry_shows_in_lips(head: HeadTemplate) -> None:
    african, asian, european = (
        lips(head, typical(head, ancestry=shares))
        for shares in ((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0))
    )
    assert african - asian > 0.002
    assert asian - european > 0.002


def test_weight_shows_in_cheeks(head: HeadTemplate) -> None:
    thin, heavy = typical(head, heaviness=-1.0), typical(head, heaviness=1.0)
    assert width(head, heavy, "jaw_*_3") - width(head, thin, "jaw_*_3") > 0.002


def test_age_lets_cheeks_sag_thins_lips_and_ends_at_ninety(head: HeadTemplate) -> None:
    young, old = typical(head, age_years=25), typical(head, age_years=80)
    drop = young[:, 1] - old[:, 1]
    assert drop[head.landmarks["jaw_left_3"]] - drop[head.landmarks["eye_left_outer"]] > 0.003
    assert lips(head, young) - lips(head, old) > 0.002
    np.testing.assert_array_equal(typical(head, age_years=90), typical(head, age_years=104))


def test_shares_are_relative(head: HeadTemplate) -> None:
    few, many = ((0.1, 0.2, 0.1), (1.0, 2.0, 1.0))
    np.testing.assert_allclose(typical(head, ancestry=few), typical(head, ancestry=many), atol=1e-6)


def test_same_state_draws_the_same_person(head: HeadTemplate) -> None:
    one, again, other = (
        head.likely_identity(np.random.default_rng(seed), masculinity=1.0) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, again)
    assert one.shape == (head.num_identity,)
    assert np.abs(one - other).max() > 0.1


def test_people_stray_around_the_typical(head: HeadTemplate) -> None:
    rng = np.random.default_rng(8)
    drawn = np.stack([head.likely_identity(rng, variety=1.0) for _ in range(1500)])
    assert head.attributes is not None
    np.testing.assert_allclose(drawn.mean(axis=0), head.attributes.mean(), atol=0.12)
    covariance = head.attributes.residual @ head.attributes.residual.T
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.15)
    # Coefficients have unit variance over all people; attributes explain a good part of it.
    explained = 1 - np.diag(covariance)
    assert explained.max() > 0.5
    assert explained.min() > -0.05


@pytest.mark.parametrize("bad", [{"ancestry": (0, 0, 0)}, {"ancestry": (2, -1, 0)},
                                 {"masculinity": np.nan}, {"heaviness": np.inf}])  # fmt: skip
def test_impossible_attributes_are_refused(head: HeadTemplate, bad: dict) -> None:
    with pytest.raises(ValueError, match=r"finite|negative"):
        head.likely_identity(np.random.default_rng(0), **bad)


def test_template_without_the_model_says_so(head: HeadTemplate) -> None:
    plain = dataclasses.replace(head, attributes=None)
    with pytest.raises(MienError, match="does not know"):
        plain.likely_identity(np.random.default_rng(0))


def test_model_of_another_basis_is_refused(head: HeadTemplate) -> None:
    other = IdentityAttributes(
        np.zeros((len(ATTRIBUTE_NAMES), 3), np.float32), np.eye(3, dtype=np.float32)
    )
    with pytest.raises(ValueError, match="coefficients"):
        dataclasses.replace(head, attributes=other)
    with pytest.raises(ValueError, match="must be"):
        IdentityAttributes(np.zeros((2, 3), np.float32), np.eye(3, dtype=np.float32))
