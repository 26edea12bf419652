"""Whatever is sent, the answer is an error of the API's own shape, names what is wrong, and nothing is made of it."""

import json

import pytest
from server_world import start

GENERATE = "/api/v1/videos/generate"
DEEP = "[" * 100_000


def refused(answer, status: int) -> dict:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"type", "message", "retryable", "code"}
    assert body["error"]["message"]
    return body["error"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"", 400, "a JSON object is missing in the body"),
        (b'{"prompt":', 400, "not JSON"),
        (b"[]", 400, "no JSON object"),
        (b'"text"', 400, "no JSON object"),
        (b"null", 400, "no JSON object"),
        (DEEP.encode(), 400, "body"),
        (b"\xff\xfe", 400, "body"),
        (b"{}", 400, "give a `prompt` or an `image`"),
        (b'{"prompt": "  "}', 400, "give a `prompt` or an `image`"),
        (b'{"prompt": 3}', 400, "`prompt=3`: give a text"),
        (b'{"prompt": null}', 400, "`prompt=null`"),
        (b'{"prompt": "\\u0000"}', 400, "NUL"),
        (b'{"prompt": "\\ud800"}', 400, "half of a character"),
        (b'{"prompt": "a", "extra": {"b": "\\udfff"}}', 400, "whole characters"),
        (b'{"prompt": "a", "extra": {"b": NaN}}', 400, "finite"),
        (b'{"prompt": "a", "extra": {"b": ' + b"[" * 5000 + b"]" * 5000 + b"}}", 400, ""),
        (b'{"prompt": "a", "promt": "b"}', 400, "no such option"),
        (b'{"prompt": "a", "duration": 0}', 400, "1 to 10 s"),
        (b'{"prompt": "a", "duration": 11}', 400, "1 to 10 s"),
        (b'{"prompt": "a", "duration": "11s"}', 400, "1 to 10 s"),
        (b'{"prompt": "a", "duration": "soon"}', 400, "not a number of seconds"),
        (b'{"prompt": "a", "duration": NaN}', 400, "out of range"),
        (b'{"prompt": "a", "duration": -1, "model": "local"}', 400, "seconds=-1"),
        (b'{"prompt": "a", "fps": 23}', 400, "24 to 60"),
        (b'{"prompt": "a", "fps": 61}', 400, "24 to 60"),
        (b'{"prompt": "a", "fps": "fast"}', 400, "give a number"),
        (b'{"prompt": "a", "resolution": "1921x1080"}', 400, "up to 1920x1080"),
        (b'{"prompt": "a", "resolution": "2160p"}', 400, "up to 1920x1080"),
        (b'{"prompt": "a", "resolution": "large"}', 400, "not a resolution"),
        (b'{"prompt": "a", "resolution": "0x10"}', 400, "out of range"),
        (b'{"prompt": "a", "motion_strength": 1.5}', 400, "give 1 or less"),
        (b'{"prompt": "a", "motion_strength": -0.1}', 400, "give 0 or more"),
        (b'{"prompt": "a", "camera_motion": "fly"}', 400, "choose static, pan"),
        (b'{"prompt": "a", "seed": -1}', 400, "give 0 or more"),
        (b'{"prompt": "a", "seed": 1.5}', 400, "whole number"),
        (b'{"prompt": "a", "seed": 1' + b"0" * 6000 + b"}", 400, ""),
        (b'{"prompt": "a", "count": 0}', 400, "give 1 or more"),
        (b'{"prompt": "a", "aspect_ratio": "wide"}', 400, "not an aspect ratio"),
        (b'{"prompt": "a", "max_cost": "much"}', 400, "not an amount"),
        (b'{"prompt": "a", "optimize_prompt": "perhaps"}', 400, "true or false"),
        (b'{"prompt": "a", "model": "lokal"}', 404, "there is no model `lokal`"),
        (b'{"prompt": "a", "fallback": ["lokal"]}', 404, "there is no model `lokal`"),
        (b'{"prompt": "a", "model": "sora-2", "max_cost": 1}', 410, "switched off"),
        (b'{"prompt": "a", "model": "runway/gen4.5"}', 503, "RUNWAYML_API_SECRET"),
        (b'{"prompt": "a", "model": "local", "duration": 3000, "strict": true}', 422, "not offered"),
        (b'{"image": "/etc/passwd"}', 422, "local files are not read here"),
        (b'{"image": "file:///etc/passwd"}', 422, "only http and https"),
        (b'{"image": "aGVsbG8="}', 422, "no base64"),
        (b'{"image": ""}', 400, "image"),
        (b'{"image": "data:image/png;base64,!!!!"}', 422, "base64"),
        (b'{"image": "http://127.0.0.1:1/a.png"}', 422, "private"),
        (b'{"image": "http://169.254.169.254/latest/meta-data"}', 422, "private"),
        (b'{"image": "gopher://example.com/"}', 422, "only http and https"),
    ],
)
def test_a_wrong_body_is_told_what_is_wrong(server, body: bytes, status: int, says: str):
    answer = server.client.post(GENERATE, content=body, headers={"content-type": "application/json"})
    assert says in refused(answer, status)["message"]


def test_nothing_was_made_of_any_of_them(server):
    assert server.client.get("/api/v1/tasks").json() == {"tasks": [], "next": None}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "no_such_path"),
        ("GET", "/api/v1/nothing", 404, "no_such_path"),
        ("GET", "/api/v1/videos/generate/", 404, "no_such_path"),
        ("PUT", GENERATE, 405, "method_not_allowed"),
        ("GET", "/api/v1/tasks/vid_0123456789abcdef", 404, "job_not_found"),
        ("GET", "/api/v1/tasks/vid_01", 404, "job_not_found"),
        ("GET", "/api/v1/tasks/..%2f..%2fetc", 404, "no_such_path"),
        ("GET", "/api/v1/videos/%F0%9F%92%A9", 404, "job_not_found"),
        ("POST", "/api/v1/tasks/vid_0123456789abcdef/cancel", 404, "job_not_found"),
        ("DELETE", "/api/v1/tasks/vid_0123456789abcdef", 404, "job_not_found"),
        ("GET", "/api/v1/tasks/vid_0123456789abcdef/events", 404, "job_not_found"),
        ("GET", "/api/v1/tasks?limit=0", 400, "invalid_request"),
        ("GET", "/api/v1/tasks?limit=many", 400, "invalid_request"),
        ("GET", "/api/v1/tasks?status=done", 400, "invalid_request"),
        ("GET", "/api/v1/tasks?after=x", 400, "invalid_request"),
        ("GET", "/api/v1/tasks?model=lokal", 404, "unknown_model"),
        ("GET", "/api/v1/models/lokal", 404, "unknown_model"),
        ("GET", "/files/0123456789abcdef/1-a/video.mp4", 403, "forbidden"),
        ("GET", "/files/pictures/99999999999999999999-a/video.mp4", 403, "forbidden"),
    ],
)
def test_a_wrong_path_or_method_is_told_so(server, method: str, path: str, status: int, code: str):
    assert refused(server.client.request(method, path), status)["code"] == code


def test_a_form_is_told_to_be_json(server):
    answer = server.client.post(GENERATE, data={"prompt": "a calm ocean"})
    assert "Content-Type: application/json" in refused(answer, 400)["message"]


def test_a_body_over_the_limit_is_refused_whether_announced_or_not(tmp_path):
    small = start(tmp_path / "small", VIDEO_GEN_MAX_BODY_BYTES="2000")
    try:
        body = json.dumps({"prompt": "a" * 3000}).encode()
        for content in (body, iter([body[:1500], body[1500:]])):
            answer = small.client.post(GENERATE, content=content, headers={"content-type": "application/json"})
            assert "2,000" in refused(answer, 413)["message"]
        assert small.client.get("/api/v1/tasks").json()["tasks"] == []
    finally:
        small.stop()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example:8000", "origin": "http://evil.example:8000"}, 403),
    ],
)
def test_a_strangers_page_can_spend_nothing(server, headers: dict[str, str], status: int):
    refused(server.client.post(GENERATE, json={"prompt": "a calm ocean"}, headers=headers), status)


def test_a_page_of_the_server_itself_may(server):
    answer = server.client.post("/api/v1/videos/plan", json={"prompt": "a"}, headers={"origin": server.url})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
