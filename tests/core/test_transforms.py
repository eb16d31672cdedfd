"""Group axioms and round trips of rotations and rigid motions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mien import transforms as tf

angles = st.floats(-3.0, 3.0)
vectors = hnp.arrays(np.float64, 3, elements=angles)
rotations = vectors.map(tf.matrix_from_axis_angle)


@given(vectors)
def test_axis_angle_round_trip(vector):
    matrix = tf.matrix_from_axis_angle(vector)
    again = tf.matrix_from_axis_angle(tf.axis_angle_from_matrix(matrix))
    np.testing.assert_allclose(again, matrix, atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(matrix), 1, atol=1e-9)


@given(rotations, rotations)
def test_quaternion_product_is_matrix_product(a, b):
    product = tf.quat_multiply(tf.quat_from_matrix(a), tf.quat_from_matrix(b))
    np.testing.assert_allclose(tf.matrix_from_quat(product), a @ b, atol=1e-9)


@given(rotations)
def test_conjugate_is_inverse(rotation):
    quat = tf.quat_from_matrix(rotation)
    product = tf.quat_multiply(quat, tf.quat_conjugate(quat))
    np.testing.assert_allclose(product, tf.IDENTITY_QUAT, atol=1e-12)


def test_half_turns_are_well_conditioned():
    for axis in np.eye(3):
        vector = axis * np.pi
        matrix = tf.matrix_from_axis_angle(vector)
        np.testing.assert_allclose(np.abs(tf.axis_angle_from_matrix(matrix)), vector, atol=1e-7)


@given(rotations, vectors)
def test_rigid_inverse(rotation, translation):
    motion = tf.rigid(rotation, translation)
    np.testing.assert_allclose(tf.rigid_inverse(motion) @ motion, np.eye(4), atol=1e-9)


@given(rotations, rotations, st.floats(0, 1))
def test_slerp_turns_at_constant_speed(a, b, fraction):
    start, end = tf.quat_from_matrix(a), tf.quat_from_matrix(b)
    middle = tf.quat_slerp(start, end, fraction)

    def angle(p, q):
        return 2 * np.arccos(np.clip(abs(np.sum(p * q)), 0, 1))

    assert abs(angle(start, middle) - fraction * angle(start, end)) < 1e-5


def test_look_at_has_opencv_axes():
    pose = tf.look_at((0, 0, 2), (0, 0, 0))
    np.testing.assert_allclose(pose[:3, 2], (0, 0, -1), atol=1e-12)
    np.testing.assert_allclose(pose[:3, 1], (0, -1, 0), atol=1e-12)
    np.testing.assert_allclose(pose[:3, 0], (1, 0, 0), atol=1e-12)


def test_look_at_along_up_is_a_rotation():
    for target in ((0, -1, 0), (0, 1, 0)):
        rotation = tf.look_at((0, 0, 0), target)[:3, :3]
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
        np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-12)


def test_batches():
    batch = np.random.default_rng(0).normal(size=(4, 5, 3))
    matrices = tf.matrix_from_axis_angle(batch)
    assert matrices.shape == (4, 5, 3, 3)
    np.testing.assert_allclose(matrices[2, 3], tf.matrix_from_axis_angle(batch[2, 3]))
