"""The native REST API, by a real server and a plain client."""

from typing import Any


def test_a_video_is_handed_in_polled_and_fetched(server):
    created = server.client.post(
        "/api/v1/videos/generate",
        json={"prompt": "a calm ocean", "model": "local", "resolution": "128x72", "duration": 0.5, "fps": 12},
    )
    assert created.status_code == 200
    answer = created.json()
    assert answer["status"] == "pending"
    assert answer["task_id"].startswith("vid_")
    assert answer["message"] == (f"Video generation task submitted. Poll /api/v1/tasks/{answer['task_id']} for status.")
    task = server.ended(answer["task_id"])
    assert task["status"] == "completed"
    assert task["progress"] == 100
    assert task["error"] is None
    assert task["video_url"] == task["result"]["result"]["video_url"]
    video = server.client.get(task["video_url"])
    assert video.status_code == 200
    assert video.headers["content-type"] == "video/mp4"
    assert video.content[4:8] == b"ftyp"


def test_the_old_path_says_that_it_is_old(server, task: dict[str, Any]):
    answer = server.client.get(f"/api/v1/videos/{task['task_id']}")
    assert answer.headers["deprecation"] == "true"
    assert answer.json()["task_id"] == task["task_id"]
