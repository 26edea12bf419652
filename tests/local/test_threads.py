"""OpenCV's threads while renderers draw."""

import threading

import cv2
import pytest

from video_gen.local.threads import no_opencv_threads


@pytest.fixture(autouse=True)
def three_threads():
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    yield
    cv2.setNumThreads(before)


def test_opencv_has_its_threads_back_when_the_last_renderer_has_left():
    first, second = threading.Event(), threading.Event()

    def later():
        with no_opencv_threads():
            first.set()
            second.wait(10)

    other = threading.Thread(target=later)
    with no_opencv_threads():
        assert cv2.getNumThreads() == 1
        other.start()
        assert first.wait(10)
    assert cv2.getNumThreads() == 1
    second.set()
    other.join()
    assert cv2.getNumThreads() == 3


def test_opencv_has_its_threads_back_after_an_error():
    with pytest.raises(ZeroDivisionError), no_opencv_threads():
        _ = 1 / 0
    assert cv2.getNumThreads() == 3
