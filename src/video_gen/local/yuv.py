"""The colours of video: from red, green and blue to luma and the two colour differences."""

from typing import Final

import numpy as np

# ITU-R BT.709-6 (2015), limited range: luma 16-235, chroma 16-240, from 8-bit R'G'B'.
_KR, _KB = 0.2126, 0.0722
_KG: Final = 1 - _KR - _KB
_LUMA: Final = 219 / 255
_CHROMA: Final = 224 / 255

BLACK: Final = 16
"""The luma of black, the least there is."""

WHITE: Final = 235
"""The luma of white, the most there is."""

TO_YUV: Final = np.array(
    [
        [_LUMA * _KR, _LUMA * _KG, _LUMA * _KB, BLACK],
        [-_CHROMA * _KR / (2 - 2 * _KB), -_CHROMA * _KG / (2 - 2 * _KB), _CHROMA / 2, 128],
        [_CHROMA / 2, -_CHROMA * _KG / (2 - 2 * _KR), -_CHROMA * _KB / (2 - 2 * _KR), 128],
    ]
)
"""From 8-bit red, green, blue and 1 to luma, the blue difference and the red difference (3, 4)."""
