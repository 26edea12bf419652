import threading

import pytest

from video_gen.local.render import drawn_ahead


def test_frames_come_in_order_and_at_most_one_is_drawn_ahead():
    drawn, released = [], threading.Semaphore(0)

    def draw(index):
        drawn.append(index)
        released.release()
        return index

    used = []
    with drawn_ahead(5, draw) as frames:
        for frame in frames:
            used.append(frame)
            for _ in range(min(2, 5) if frame == 0 else int(frame < 4)):
                assert released.acquire(timeout=5), "the next one is drawn while this one is used"
            assert drawn == list(range(min(frame + 2, 5)))
    assert used == drawn == [0, 1, 2, 3, 4]


def test_what_goes_wrong_while_drawing_is_raised_where_the_frame_is_used():
    def draw(index):
        if index == 2:
            raise ValueError("no third frame")
        return index

    used = []
    with pytest.raises(ValueError, match="no third frame"), drawn_ahead(5, draw) as frames:
        used.extend(frames)
    assert used == [0, 1]


def test_leaving_early_leaves_no_thread():
    before = threading.active_count()
    with drawn_ahead(100, lambda index: index) as frames:
        assert next(frames) == 0
    assert threading.active_count() == before
