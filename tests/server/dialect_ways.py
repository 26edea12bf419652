"""How each dialect has a video made: its own words to ask for it, its own way to follow it and to fetch it.

A way is a few lines of plain HTTP, as the clients of that dialect send them. To add a dialect, write its way here, put
it into `WAYS`, and describe the dialect in tests/data/dialects.toml.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final, Protocol

import httpx

Answer = dict[str, Any]


class Way(Protocol):
    """One dialect's way. An id is what the dialect follows a video by."""

    small: Mapping[str, Any]
    """How it is said here that a video is to be small, for models that make any."""

    async def create(self, http: httpx.AsyncClient, model: str, prompt: str, words: Mapping[str, Any]) -> str: ...

    async def ended(self, http: httpx.AsyncClient, video_id: str) -> Answer | None:
        """The answer that says how a video ended; None while it has not."""

    async def fetch(self, http: httpx.AsyncClient, video_id: str, end: Answer) -> bytes: ...


async def post(http: httpx.AsyncClient, path: str, body: Mapping[str, Any], **headers: str) -> Answer:
    return told(await http.post(path, json=body, headers=headers))


async def look(http: httpx.AsyncClient, path: str, **headers: str) -> Answer:
    return told(await http.get(path, headers=headers))


async def download(http: httpx.AsyncClient, url: str) -> bytes:
    answer = await http.get(url, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.content


def told(answer: httpx.Response) -> Answer:
    assert answer.is_success, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    return answer.json()


class Remote:
    small: Final = {"seconds": 1, "width": 128, "height": 72}

    async def create(self, http, model, prompt, words):
        plan = await post(http, "/remote/v1/plans", {"model": model, "prompt": prompt, **words})
        return (await post(http, "/remote/v1/jobs", {"plan": plan, "idempotency_key": prompt}))["id"]

    async def ended(self, http, video_id):
        job = await look(http, f"/remote/v1/jobs/{video_id}?until=end", Prefer="wait=5")
        return None if job["status"] in {"queued", "running"} else job

    async def fetch(self, http, video_id, end):
        assert end["status"] == "completed", end
        return await download(http, f"/remote/v1/jobs/{video_id}/files/0")


class OpenAI:
    small: Final = {"seconds": "1", "size": "128x72"}

    async def create(self, http, model, prompt, words):
        return (await post(http, "/v1/videos", {"model": model, "prompt": prompt, **words}))["id"]

    async def ended(self, http, video_id):
        video = await look(http, f"/v1/videos/{video_id}", **{"User-Agent": "OpenAI/Python 3.52.0"})
        return None if video["status"] in {"queued", "in_progress"} else video

    async def fetch(self, http, video_id, end):
        assert end["status"] == "completed", end
        return await download(http, f"/v1/videos/{video_id}/content")


class Indox:
    small: Final = {"duration": 1, "size": "128x72"}

    async def create(self, http, model, prompt, words):
        body = {"model": model, "prompt": prompt, **words}
        return (await post(http, "/api/v1/videos/generations", body))["data"]["job_id"]

    async def ended(self, http, video_id):
        job = await look(http, f"/api/v1/jobs/{video_id}")
        return None if job["status"] in {"queued", "processing"} else job

    async def fetch(self, http, video_id, end):
        assert end["status"] == "completed", end
        return await download(http, end["result"]["data"][0]["url"])


class Venice:
    small: Final = {"duration": "1s", "resolution": "144p"}
    base = "/venice/api/v1/video"

    async def create(self, http, model, prompt, words):
        return (await post(http, f"{self.base}/queue", {"model": model, "prompt": prompt, **words}))["queue_id"]

    async def ended(self, http, video_id):
        video = await post(http, f"{self.base}/retrieve", {"queue_id": video_id})
        return None if video["status"] in {"queued", "processing"} else video

    async def fetch(self, http, video_id, end):
        assert end["status"] == "completed", end
        return await download(http, end["video_url"])


class Runway:
    small: Final = {"duration": 1, "resolution": "144p"}

    async def create(self, http, model, prompt, words):
        body = {"model": model, "promptText": prompt, **words}
        return (await post(http, "/v1/text_to_video", body, **{"X-Runway-Version": "2024-11-06"}))["id"]

    async def ended(self, http, video_id):
        task = await look(http, f"/v1/tasks/{video_id}", **{"X-Runway-Version": "2024-11-06"})
        return None if task["status"] in {"PENDING", "RUNNING", "THROTTLED"} else task

    async def fetch(self, http, video_id, end):
        assert end["status"] == "SUCCEEDED", end
        return await download(http, end["output"][0])


class Interactions:
    small: Final = {"duration": "1s", "resolution": "144p"}
    base = "/gemini/v1beta/interactions"

    async def create(self, http, model, prompt, words):
        form = {"type": "video", **words}
        body = {"model": model, "input": prompt, "background": True, "response_format": form}
        return (await post(http, self.base, body))["id"]

    async def ended(self, http, video_id):
        interaction = await look(http, f"{self.base}/{video_id}")
        return None if interaction["status"] == "in_progress" else interaction

    async def fetch(self, http, video_id, end):
        assert end["status"] == "completed", end
        return base64.b64decode(end["steps"][-1]["content"][0]["data"])


class GeminiOperations:
    small: Final = {"durationSeconds": 1, "resolution": "144p"}

    async def create(self, http, model, prompt, words):
        body = {"instances": [{"prompt": prompt}], "parameters": dict(words)}
        return (await post(http, f"/gemini/v1beta/models/{model}:predictLongRunning", body))["name"]

    async def ended(self, http, video_id):
        operation = await look(http, f"/gemini/v1beta/{video_id}")
        return operation if operation.get("done") else None

    async def fetch(self, http, video_id, end):
        assert "response" in end, end
        [sample] = end["response"]["generateVideoResponse"]["generatedSamples"]
        return await download(http, sample["video"]["uri"])


class CloudOperations:
    small: Final = GeminiOperations.small
    base = "/gemini/v1/projects/p/locations/us-central1"

    async def create(self, http, model, prompt, words):
        publisher, _, name = model.partition("/")
        body = {"instances": [{"prompt": prompt}], "parameters": dict(words)}
        place = f"{self.base}/publishers/{publisher}/models/{name}"
        return (await post(http, f"{place}:predictLongRunning", body))["name"]

    async def ended(self, http, video_id):
        place = f"{self.base}/{video_id.rpartition('/operations/')[0]}"
        operation = await post(http, f"{place}:fetchPredictOperation", {"operationName": video_id})
        return operation if operation.get("done") else None

    async def fetch(self, http, video_id, end):
        assert "response" in end, end
        return base64.b64decode(end["response"]["videos"][0]["bytesBase64Encoded"])


class Native:
    small: Final = {"duration": 1, "resolution": "128x72"}

    async def create(self, http, model, prompt, words):
        return (await post(http, "/api/v1/videos/generate", {"model": model, "prompt": prompt, **words}))["task_id"]

    async def ended(self, http, video_id):
        task = await look(http, f"/api/v1/tasks/{video_id}")
        return None if task["status"] in {"pending", "processing"} else task

    async def fetch(self, http, video_id, end):
        assert end["status"] == "completed", end
        return await download(http, end["video_url"])


class Fal:
    small: Final = {"duration": 1, "resolution": "144p"}

    async def create(self, http, model, prompt, words):
        queued = await post(http, f"/fal/queue/{model}", {"prompt": prompt, **words})
        return f"{model}/requests/{queued['request_id']}"

    async def ended(self, http, video_id):
        status = await look(http, f"/fal/queue/{video_id}/status")
        return status if status["status"] == "COMPLETED" else None

    async def fetch(self, http, video_id, end):
        assert "error" not in end, end
        return await download(http, (await look(http, f"/fal/queue/{video_id}"))["video"]["url"])


class Replicate:
    small: Final = {"duration": 1, "resolution": "144p"}
    base = "/replicate/v1/predictions"

    async def create(self, http, model, prompt, words):
        return (await post(http, self.base, {"version": model, "input": {"prompt": prompt, **words}}))["id"]

    async def ended(self, http, video_id):
        prediction = await look(http, f"{self.base}/{video_id}")
        return None if prediction["status"] in {"starting", "processing"} else prediction

    async def fetch(self, http, video_id, end):
        assert end["status"] == "succeeded", end
        return await download(http, end["output"])


WAYS: Final[dict[str, Way]] = {
    "native": Native(),
    "remote": Remote(),
    "openai": OpenAI(),
    "indox": Indox(),
    "venice": Venice(),
    "runway": Runway(),
    "gemini-interactions": Interactions(),
    "gemini-operations": GeminiOperations(),
    "cloud-operations": CloudOperations(),
    "fal": Fal(),
    "replicate": Replicate(),
}
