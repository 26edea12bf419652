"""Any picture that Pillow can hold, as 8-bit sRGB."""

from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image, ImageCms

_WIDE: Final = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
_ALPHA: Final = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
_MAX_PROFILE_BYTES: Final = 4 * 2**20


def to_srgb(picture: Image.Image) -> Image.Image:
    """Return `picture` as mode "RGB", or "RGBA" where it has transparency, its embedded profile applied."""
    if picture.mode in _WIDE:
        return _narrowed(picture).convert("RGB")
    transparent = picture.mode in _ALPHA or "transparency" in picture.info
    alpha = picture.convert("RGBA").getchannel("A") if transparent else None
    colors = _profiled(picture) or picture.convert("RGBA" if transparent else "RGB").convert("RGB")
    colors.info.clear()
    if alpha is not None:
        colors.putalpha(alpha)
    return colors


def _narrowed(picture: Image.Image) -> Image.Image:
    """Return more than 8 bits of grey as 8; Pillow itself would clip them to white."""
    values = np.asarray(picture).astype(np.float64)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0.0))
    if picture.mode == "F" and top <= 1:
        scale = 255.0
    elif picture.mode in {"I", "F"} and top <= 255:
        scale = 1.0
    else:
        scale = 255 / 65535 if top <= 65535 else 255 / top
    return Image.fromarray(np.clip(values * scale + 0.5, 0, 255).astype(np.uint8))


def _profiled(picture: Image.Image) -> Image.Image | None:
    """Return "RGB" with the embedded ICC profile applied; None where there is none, or it is not usable."""
    data = picture.info.get("icc_profile")
    if not isinstance(data, bytes) or not data or len(data) > _MAX_PROFILE_BYTES:
        return None
    opaque = picture.convert({"LA": "L", "La": "L"}.get(picture.mode, picture.mode))
    if opaque.mode not in {"L", "RGB", "CMYK"}:
        opaque = opaque.convert("RGBA").convert("RGB")
    try:
        embedded = ImageCms.ImageCmsProfile(BytesIO(data))
        converted = ImageCms.profileToProfile(opaque, embedded, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # the wrong profile for these pixels, or a damaged one: what every viewer does then is to ignore it
    return converted
