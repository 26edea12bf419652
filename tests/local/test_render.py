import threading

import pytest

from video_gen.local.render import drawn_ahead

PAIRS = [[0, 1], [2, 3], [4]]


def test_frames_come_in_order_and_at_most_one_group_is_drawn_ahead():
    drawn, released = [], threading.Semaphore(0)

    def draw(group):
        drawn.extend(group)
        released.release()
        return group

    used = []
    with drawn_ahead(PAIRS, draw) as frames:
        for frame in frames:
            used.append(frame)
            for _ in range({0: 2, 2: 1}.get(frame, 0)):
                assert released.acquire(timeout=5), "the next group is drawn while this one is used"
            assert drawn == list(range(4 if frame < 2 else 5))
    assert used == drawn == [0, 1, 2, 3, 4]


def test_what_goes_wrong_while_drawing_is_raised_where_the_frame_is_used():
    def draw(group):
        if 2 in group:
            raise ValueError("no third frame")
        return group

    used = []
    with pytest.raises(ValueError, match="no third frame"), drawn_ahead(PAIRS, draw) as frames:
        used.extend(frames)
    assert used == [0, 1]


def test_no_groups_give_no_frames():
    with drawn_ahead([], lambda group: group) as frames:
        assert list(frames) == []


def test_leaving_early_leaves_no_thread():
    before = threading.active_count()
    with drawn_ahead(([index] for index in range(100)), lambda group: group) as frames:
        assert next(frames) == 0
    assert threading.active_count() == before
