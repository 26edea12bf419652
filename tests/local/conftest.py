"""Pictures drawn for the tests: no photograph is stored."""

import cv2
import numpy as np
import pytest


def cloud(height: int, width: int, seed: int, octaves: int = 8) -> np.ndarray:
    """Return a texture of 0 to 1 with detail at every scale."""
    random, texture, weight = np.random.default_rng(seed), np.zeros((height, width), np.float32), 1.0
    for octave in range(2, octaves + 2):
        columns = 2**octave
        noise = random.standard_normal((max(2, columns * height // width), columns)).astype(np.float32)
        texture += weight * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
        weight *= 0.6
    return (texture - texture.min()) / np.ptp(texture)


@pytest.fixture(scope="session")
def landscape() -> np.ndarray:
    """A meadow under a bright sky, 960x540, with a house between two black, exactly upright posts."""
    height, width = 540, 960
    sky = np.linspace((110, 160, 220), (215, 225, 230), height)[:, None, :].repeat(width, axis=1)
    meadow = np.float32((90, 120, 50)) * (0.6 + 0.8 * cloud(height, width, 3)[..., None])
    rows = np.arange(height)[:, None, None]
    hills = 250 - 40 * cloud(4, width, 5)[0]
    picture = np.where(rows > hills[None, :, None], meadow * (0.75 + 0.4 * (rows > 330)), sky)
    picture[170:420, 540:720] = np.float32((205, 185, 160)) * (0.9 + 0.2 * cloud(250, 180, 7)[..., None])
    for left in (565, 655):
        picture[220:290, left : left + 40] = (120, 140, 170)
    picture[170:420, 540:548] = picture[170:420, 712:720] = (15, 15, 18)
    picture += np.random.default_rng(2).normal(0, 3, (height, width, 1))
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def poster() -> np.ndarray:
    """A graphic of flat colours with vertical strokes like text, 640x480."""
    picture = np.full((480, 640, 3), (245, 240, 228), np.uint8)
    picture[:120] = (200, 50, 40)
    for row in range(150, 440, 24):
        for column in range(60, 580, 11):
            picture[row : row + 14, column : column + 3] = (30, 30, 35)
    return picture


@pytest.fixture(scope="session")
def textured() -> np.ndarray:
    """A picture full of detail, 800x450."""
    planes = [cloud(450, 800, seed) for seed in (11, 12, 13)]
    return np.clip(np.stack(planes, axis=2) * 255, 0, 255).astype(np.uint8)
