"""The native REST API, by a real server and a plain client."""

from typing import Any

from server_world import SLOW, SMALL

from video_gen.exceptions import ContentPolicyError
from video_gen.server.dialects.native.problem import of_job
from video_gen.spec import ErrorFacts


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


def generate(server, headers: dict[str, str] | None = None, **words: Any):
    body = {"prompt": "a quiet lake", **SMALL, **words}
    return server.client.post("/api/v1/videos/generate", json=body, headers=headers)


def test_the_same_idempotency_key_makes_one_task(server):
    key = {"Idempotency-Key": "order-17"}
    first, again = generate(server, key), generate(server, key)
    assert first.json()["task_id"] == again.json()["task_id"]
    other = generate(server, key, seed=1)
    assert other.status_code == 409
    assert other.json()["error"]["code"] == "job_state"
    assert generate(server, {"Idempotency-Key": "x" * 256}).status_code == 400


def test_a_retry_that_says_nothing_of_itself_makes_no_second_task(server):
    first, again, other = generate(server, seed=5), generate(server, seed=5), generate(server, seed=6)
    assert first.json()["task_id"] == again.json()["task_id"] != other.json()["task_id"]


def test_a_task_is_stopped_and_forgotten(server):
    task_id = generate(server, **SLOW).json()["task_id"]
    path = f"/api/v1/tasks/{task_id}"
    server.until(task_id, lambda task: task["status"] == "processing")
    assert server.client.delete(path).json()["error"]["code"] == "job_state"
    assert server.client.post(f"{path}/cancel").status_code == 200
    task = server.ended(task_id)
    assert task["status"] == "cancelled"
    assert task["error"]["code"] == "cancelled"
    assert task["video_url"] is None
    assert server.client.post(f"{path}/cancel").status_code == 409
    assert server.client.delete(path).status_code == 200
    assert server.client.get(path).status_code == 404


def test_tasks_are_listed_page_by_page_and_found(server):
    made = [server.made(prompt=f"number {number} of the pages", seed=number)["task_id"] for number in range(3)]
    first = server.client.get("/api/v1/tasks", params={"search": "of the pages", "limit": 2}).json()
    rest = server.client.get("/api/v1/tasks", params={"search": "of the pages", "after": first["next"]}).json()
    assert [task["task_id"] for task in first["tasks"] + rest["tasks"]] == made[::-1]
    assert rest["next"] is None
    only = server.client.get("/api/v1/tasks", params={"status": "failed", "search": "of the pages"}).json()
    assert only["tasks"] == []


def test_a_history_is_told_in_sentences_and_from_where_one_left_off(server, task: dict[str, Any]):
    path = f"/api/v1/tasks/{task['task_id']}/events"
    events = server.client.get(path).json()["events"]
    assert events[0]["kind"] == "job.queued"
    assert events[-1]["kind"] == "job.completed"
    later = server.client.get(path, params={"after": events[-2]["seq"]}).json()["events"]
    assert later == events[-1:]


def test_a_plan_says_what_would_be_sent_and_makes_nothing(server):
    before = server.client.get("/api/v1/tasks").json()
    body = {"prompt": "a quiet lake", "model": "fal/fal-ai/veo3.1", "duration": 5, "fallback": ["local"]}
    plan = server.client.post("/api/v1/videos/plan", json=body).json()
    assert plan["settings"]["seconds"] in {4, 6}
    assert any("duration" in change or "seconds" in change for change in plan["adjustments"])
    assert plan["quote"]["high"] > 0
    assert plan["alternatives"] == ["local/draft"]
    assert server.client.get("/api/v1/tasks").json() == before


def test_what_is_not_said_is_as_documented(server):
    plan = server.client.post("/api/v1/videos/plan", json={"prompt": "a quiet lake"}).json()
    settings = plan["settings"]
    assert (settings["width"], settings["height"], settings["fps"], settings["motion_strength"]) == (
        1920,
        1080,
        30,
        0.5,
    )
    seed = server.client.post("/api/v1/videos/plan", json={"prompt": "a", "seed": 0}).json()["settings"]["seed"]
    assert seed == 0


def test_a_model_tells_what_it_takes_and_costs(server):
    listed = server.client.get("/api/v1/models").json()
    assert listed["object"] == "list"
    assert {"local/draft", "openai/sora-2"} <= {model["id"] for model in listed["data"]}
    assert all(model["type"] in {"video", "image"} and model["name"] for model in listed["data"])
    draft = server.client.get("/api/v1/models/local%2Fdraft").json()
    assert draft == server.client.get("/api/v1/models/local").json()
    assert draft["price"] == "free"


def test_a_refused_prompt_is_told_as_the_documented_client_looks_for_it(server):
    message = ContentPolicyError("acme answered 400: blocked by our filter")
    facts = ErrorFacts(code=message.code, message=message.message)
    told = of_job(facts)
    assert "content_policy" in told.message.lower()
    assert "blocked by our filter" in told.message
    assert (told.type, told.retryable) == ("VideoGenerationError", False)
    plain = of_job(ErrorFacts(code=message.code, message=ContentPolicyError().message))
    assert plain.message == ContentPolicyError().message
    busy = of_job(ErrorFacts(code="service_unavailable", message="Service temporarily unavailable", retryable=True))
    assert busy.model_dump() == {
        "type": "ServiceError",
        "message": "Service temporarily unavailable",
        "retryable": True,
        "code": "service_unavailable",
    }


def test_a_prompt_is_told_in_more_detail_where_that_is_asked_for(server):
    body = {"prompt": "a red bicycle", "optimize_prompt": True}
    plain, better = (server.client.post("/api/v1/videos/plan", json={**body, "optimize_prompt": on}) for on in (0, 1))
    assert plain.json()["settings"]["prompt"] == "a red bicycle"
    assert better.json()["settings"]["prompt"].startswith("a red bicycle. Slow, steady camera")


def test_a_task_tells_its_times_and_how_it_was_tried(server, task: dict[str, Any]):
    assert task["created_at"] <= task["started_at"] <= task["ended_at"]
    [attempt] = server.client.get(f"/api/v1/tasks/{task['task_id']}/attempts").json()["attempts"]
    assert (attempt["number"], attempt["model"], attempt["state"]) == (1, "local/draft", "succeeded")
    assert (attempt["cost_usd"], attempt["held_usd"], attempt["error"]) == (0, 0, None)
    for again in ("resume", "retry"):
        refused = server.client.post(f"/api/v1/tasks/{task['task_id']}/{again}")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "job_state")


def test_a_stopped_task_is_tried_again_as_another_one(server):
    task_id = generate(server, **SLOW).json()["task_id"]
    server.client.post(f"/api/v1/tasks/{task_id}/cancel")
    server.ended(task_id)
    again = server.client.post(f"/api/v1/tasks/{task_id}/retry").json()
    assert again["resumed"] is False
    assert again["task"]["task_id"] != task_id
    server.client.post(f"/api/v1/tasks/{again['task']['task_id']}/cancel")
    server.ended(again["task"]["task_id"])


def test_usage_is_told_in_dollars_by_day_and_model(server, task: dict[str, Any]):
    usage = server.client.get("/api/v1/usage").json()
    assert (usage["spent_usd"], usage["held_usd"]) == (0, 0)
    assert sum(row["attempts"] for row in usage["days"]) == usage["attempts"] > 0
    assert "local/draft" in {row["name"] for row in usage["models"]}
    assert usage["today"]["jobs"] > 0
    assert (usage["today"]["left_usd"], usage["today"]["jobs_left"]) == (None, None)
    assert server.client.get("/api/v1/usage", params={"since": "2999-01-01"}).json()["days"] == []
    assert server.client.get("/api/v1/usage", params={"since": "soon"}).status_code == 400


def test_a_quote_says_how_it_comes_about(server):
    body = {"prompt": "a quiet lake", "model": "fal/fal-ai/veo3.1", "duration": 4}
    quote = server.client.post("/api/v1/videos/plan", json=body).json()["quote"]
    assert sum(line["amount"] for line in quote["lines"]) == quote["high"] > 0
    assert all(round(line["quantity"] * line["unit_price"], 6) == line["amount"] for line in quote["lines"])
