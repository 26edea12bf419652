"""Guess how near each part of a picture is, from what pictures have in common. No model, no weights.

What is guessed: a smooth sky at the top is far; ground comes nearer towards the lower edge; what is unlike the
border, near the middle and sharp is the subject. Whatever stands upright keeps one depth from foot to top, so that its
edges stay upright when the camera moves. The result is smooth on purpose: a warp by it tears no holes.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from video_gen.local.pixels import Field, Pixels, as_bytes, as_field

FOCUS_RANGE: Final = (0.3, 0.7)
"""What `focus` may be: it bounds how far sideways moves shift the nearest and the farthest parts."""

_LONG_SIDE: Final = 256
_FLAT_SHARE: Final = 0.35
_SUBJECT_DEPTH: Final = 0.85
_BACKGROUND_DEPTH: Final = 0.2
_HORIZON: Final = 0.45
_UPRIGHT: Final = 4000.0
_SOLIDITY: Final = 0.25  # of the short side: holes up to this wide inside a subject belong to it
_SMOOTHNESS: Final = 0.02  # of the long side


@dataclass(frozen=True, slots=True, eq=False)
class DepthMap:
    """`depth` (rows, columns): 0 is far, 1 is near. `focus` is the depth of the subject."""

    depth: Field
    focus: float


def estimate_depth(picture: Pixels) -> DepthMap | None:
    """Return a depth map of an RGB picture (height, width, 3), or None for what has no depth.

    Posters, drawings, screenshots and cut-outs, large parts of which are of one exact colour, have none: moving parts
    of a text against each other would only bend it.
    """
    small = _shrink(picture)
    if min(small.shape[:2]) < 16 or _is_graphic(picture):
        return None
    lab = as_field(cv2.cvtColor(small, cv2.COLOR_RGB2LAB)) / np.float32(255)
    light = lab[..., 0]
    sky = _sky(lab)
    ground = _ground(sky)
    subject = _subject(lab) * (1 - sky)
    depth = np.maximum(np.maximum(ground, _BACKGROUND_DEPTH), _SUBJECT_DEPTH * subject) * (1 - sky)
    depth = _keep_upright(depth, _uprightness(light))
    depth = _follow_edges(depth, light)
    depth = _soften(depth)
    low, high = float(depth.min()), float(depth.max())
    if high - low < 0.05:
        return None
    depth = (depth - low) / (high - low)
    return DepthMap(depth, _focus(depth, subject))


def _shrink(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    while max(height, width) >= 4 * _LONG_SIDE:  # four pixels to one cost a tenth of any other share
        height, width = max(1, height // 2), max(1, width // 2)
        picture = as_bytes(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))
    scale = min(1.0, _LONG_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return as_bytes(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _is_graphic(picture: Pixels) -> bool:
    """Photographs carry noise; here neighbours of exactly one colour are counted, at full size but not all of them."""
    step = max(1, max(picture.shape[:2]) // 500)
    left, right = picture[::step, :-1:step], picture[::step, 1::step]
    columns = min(left.shape[1], right.shape[1])
    red, green, blue = (left[:, :columns, i] == right[:, :columns, i] for i in range(3))
    return float((red & green & blue).mean()) > _FLAT_SHARE


def _sky(lab: Field) -> Field:
    """Return how much each pixel is sky: bright or blue, without detail, joined to the upper edge."""
    light = lab[..., 0]
    detail = cv2.blur(np.abs(cv2.Laplacian(light, cv2.CV_32F, ksize=3)), (5, 5))
    slope = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1))
    calm = (detail < 0.035) & (slope < 0.16)
    bright = (light > np.quantile(light, 0.45)) | (lab[..., 2] < 0.47)
    candidates = (calm & bright).astype(np.uint8)
    _count, labels = cv2.connectedComponents(cv2.morphologyEx(candidates, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))
    joined = [label for label in np.unique(labels[0]) if label]
    mask = np.isin(labels, joined).astype(np.float32)
    if mask[0].mean() < 0.3 or mask.mean() < 0.06:
        return np.zeros_like(light)
    return as_field(cv2.blur(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), (5, 5)))


def _ground(sky: Field) -> Field:
    """Return the inverse distance of a level ground: it grows evenly from the horizon to the lower edge."""
    rows = sky.shape[0]
    below_sky = sky.mean(axis=1) > 0.35
    seen = (np.flatnonzero(below_sky).max() + 1) / rows if below_sky.any() else 0.0
    horizon = min(0.75, max(_HORIZON, seen))
    ramp = (np.arange(rows, dtype=np.float32) / rows - horizon) / (1 - horizon)
    return np.repeat(np.clip(ramp, 0, 1)[:, None], sky.shape[1], axis=1)


def _subject(lab: Field) -> Field:
    """Return how much each pixel differs from the border, weighted to the middle and to sharp parts, as one solid."""
    height, width = lab.shape[:2]
    edge = max(2, min(height, width) // 12)
    upper = lab[: height * 2 // 3]  # the lower border often is the subject: shoulders, a table, a stage
    border = np.concatenate([each.reshape(-1, 3) for each in (lab[:edge], upper[:, :edge], upper[:, -edge:])])
    spread = np.linalg.inv(np.cov(border.T) + 2e-3 * np.eye(3))
    offset = lab - border.mean(axis=0)
    rarity = np.sqrt(np.einsum("hwi,ij,hwj->hw", offset, spread, offset)).astype(np.float32)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    middle = np.exp(-(x * x / 0.45 + (y - 0.1) ** 2 / 0.7))
    sharp = cv2.GaussianBlur(np.abs(cv2.Laplacian(lab[..., 0], cv2.CV_32F)), (0, 0), 0.03 * max(height, width))
    score = cv2.GaussianBlur(rarity, (0, 0), 0.015 * max(height, width)) * middle * (0.4 + sharp / (sharp.max() + 1e-6))
    top = float(np.quantile(score, 0.98)) + 1e-6
    parts = np.clip((score / top - 0.2) / 0.4, 0, 1).astype(np.float32)
    span = max(3, round(_SOLIDITY * min(height, width)))
    whole = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (span, span))
    return as_field(cv2.morphologyEx(parts, cv2.MORPH_CLOSE, whole))


def _uprightness(light: Field) -> Field:
    """Return where long vertical edges stand, spread over what lies between them."""
    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    rows, columns = light.shape
    tall = cv2.blur(across, (1, max(3, rows // 12)))  # an edge of one sign over its length adds up; texture cancels
    upright = np.maximum(np.abs(tall) - 0.5 * cv2.blur(np.abs(down), (5, 5)), 0)
    spread = cv2.GaussianBlur(upright, (0, 0), sigmaX=columns / 40, sigmaY=rows / 60)
    return as_field(np.clip(spread / 0.06, 0, 1))


def _keep_upright(depth: Field, upright: Field) -> Field:
    """Return `depth` levelled along each column where `upright` says so: least squares, one solve per column."""
    rows = depth.shape[0]
    tie = _UPRIGHT * np.minimum(upright[1:], upright[:-1]).astype(np.float64)
    below = np.zeros_like(depth, dtype=np.float64)
    below[:-1] = tie
    above = np.zeros_like(below)
    above[1:] = tie
    factor, value = np.empty_like(below), np.empty_like(below)
    for row in range(rows):  # the Thomas algorithm for a tridiagonal system, all columns at once
        carry = above[row] * factor[row - 1] if row else 0.0
        pivot = 1 + above[row] + below[row] - carry
        factor[row] = below[row] / pivot
        value[row] = (depth[row] + (above[row] * value[row - 1] if row else 0.0)) / pivot
    for row in range(rows - 2, -1, -1):
        value[row] += factor[row] * value[row + 1]
    return value.astype(np.float32)


def _follow_edges(depth: Field, light: Field) -> Field:
    """Return `depth` with its borders drawn to those of the picture (guided filter, He et al. 2010)."""
    side = max(3, max(depth.shape) // 16) | 1
    box = (side, side)
    mean_light, mean_depth = cv2.blur(light, box), cv2.blur(depth, box)
    variance = cv2.blur(light * light, box) - mean_light * mean_light
    slope = (cv2.blur(light * depth, box) - mean_light * mean_depth) / (variance + 1e-3)
    offset = mean_depth - slope * mean_light
    return as_field(cv2.blur(slope, box) * light + cv2.blur(offset, box))


def _soften(depth: Field) -> Field:
    """Return `depth` without steps; its slopes lie in what is behind, so the edges of near things stay straight."""
    sigma = _SMOOTHNESS * max(depth.shape)
    reach = round(1.5 * sigma)
    grown = cv2.dilate(depth, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    return as_field(cv2.GaussianBlur(grown, (0, 0), sigma))


def _focus(depth: Field, subject: Field) -> float:
    weight = subject + 0.02
    return min(max(float((depth * weight).sum() / weight.sum()), FOCUS_RANGE[0]), FOCUS_RANGE[1])
