"""Storyboards in a few words."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def storyboard(tmp_path: Path) -> Callable[..., Path]:
    """Write a storyboard; returns its path."""

    def write(text: str, name: str = "film.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
