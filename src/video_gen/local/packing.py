"""Samples of a plate packed as one pixel of four channels, which OpenCV warps in the time it takes for one."""

import cv2
import numpy as np

from video_gen.local.pixels import Pixels, as_bytes


def in_blocks(above: Pixels, below: Pixels) -> Pixels:
    """Return for each sample of a twofold luma the four that a block of 2x2 video pixels around it shows.

    They are the neighbours across the corners, as four channels: left and right in `above`, left and right in `below`,
    which hold what is one sample above and one below.
    """
    sides = [cv2.copyMakeBorder(rows, 0, 0, 1, 1, cv2.BORDER_REFLECT_101) for rows in (above, below)]
    return as_bytes(cv2.merge([side for wide in sides for side in (wide[:, :-2], wide[:, 2:])]))


def in_pairs(chroma: Pixels) -> Pixels:
    """Return for each sample of a plate's chroma the two that a pair of video samples around it shows.

    They are its neighbours, as four channels: the blue and the red difference on the left, the same on the right.
    """
    samples = chroma.view(np.uint16)[..., 0]  # blue and red are carried as one
    wide = cv2.copyMakeBorder(samples, 0, 0, 1, 1, cv2.BORDER_REFLECT_101)
    return as_bytes(cv2.merge([wide[:, :-2], wide[:, 2:]]).view(np.uint8))


def unpack_blocks(blocks: Pixels, luma: Pixels) -> None:
    """Write blocks (rows, columns, 4) to the rows of a plane, twice as many."""
    lines = luma.view(np.uint16)  # pixels side by side are carried as one
    cv2.split(blocks.view(np.uint16), [lines[0::2], lines[1::2]])


def unpack_colours(colours: Pixels, blue: Pixels, red: Pixels) -> None:
    """Write colours (rows, columns, 2 or 4), blue and red in turn, to the rows of their planes."""
    cv2.split(colours, [blue, red] * (colours.shape[2] // 2))  # a repetition holds the same
