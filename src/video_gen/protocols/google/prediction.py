"""What a long-running prediction is told, and the videos in what it answers.

google-genai 2.34.0 (Gemini API) and 3.4.0 (Vertex AI); Google API discovery document aiplatform v1, revision 20261106.
Extra options are parameters by their own names (`personGeneration`, `enhancePrompt`, `compressionQuality`), except
those that stand beside the prompt (`video`: {"gcsUri": ...} or {"uri": ...} names a video to extend), and the
request's own: `labels`, `webhookConfig`.
"""

from typing import Any, Final

from video_gen.exceptions import AudioFilteredError, ContentPolicyError, NoVideoError
from video_gen.protocols.google.places import bucket, labels, on_cloud, own
from video_gen.protocols.google.refusals import explained
from video_gen.spec import Context, Done, Failed, MediaRef, Output
from video_gen.spec.answers import at, words_at
from video_gen.spec.protocol import Blob

_OF_THE_INSTANCE: Final = frozenset({"prompt", "image", "lastFrame", "referenceImages", "video", "mask"})
_OF_THE_REQUEST: Final = frozenset({"labels", "webhookConfig"})


def prediction(context: Context) -> dict[str, Any]:
    """Return the body of predictLongRunning."""
    extra = context.plan.settings.extra
    instance = _instance(context) | {name: extra[name] for name in extra if name in _OF_THE_INSTANCE}
    more = {name: extra[name] for name in extra if name not in _OF_THE_INSTANCE | _OF_THE_REQUEST}
    request = {name: extra[name] for name in extra if name in _OF_THE_REQUEST}
    named = {**labels(context), **request.pop("labels", {})}
    if named:
        request["labels"] = named
    return {"instances": [instance], "parameters": _parameters(context) | more, **request}


def _instance(context: Context) -> dict[str, Any]:
    settings = context.plan.settings
    instance: dict[str, Any] = {"prompt": settings.prompt}
    if settings.first_frame is not None:
        instance["image"] = _bytes(settings.first_frame)
    if settings.last_frame is not None:
        instance["lastFrame"] = _bytes(settings.last_frame)
    if settings.references:
        instance["referenceImages"] = [{"image": _bytes(ref), "referenceType": "asset"} for ref in settings.references]
    if settings.source_video is not None:
        instance["video"] = _bytes(settings.source_video) if on_cloud(context) else _encoded(settings.source_video)
    return instance


def _parameters(context: Context) -> dict[str, Any]:
    settings, cloud = context.plan.settings, on_cloud(context)
    wanted = {
        "sampleCount": settings.count,
        "durationSeconds": None if settings.seconds is None else round(settings.seconds),
        "aspectRatio": settings.aspect_ratio,
        "resolution": settings.resolution,
        "negativePrompt": settings.negative_prompt,
        "seed": settings.seed,
        "generateAudio": settings.audio if cloud else None,  # always on at the Gemini API, which refuses the word
        "storageUri": bucket(context),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _bytes(ref: MediaRef) -> dict[str, Any]:
    return {"bytesBase64Encoded": Blob(ref=ref, encoding="base64"), "mimeType": ref.media_type}


def _encoded(ref: MediaRef) -> dict[str, Any]:
    return {"encodedVideo": Blob(ref=ref, encoding="base64"), "encoding": ref.media_type}


def outcome(response: dict[str, Any], context: Context) -> Done | Failed:
    """Return what a finished prediction delivers; its filters take videos out one by one."""
    result = response.get("generateVideoResponse", response)
    videos = [*_listed(result, "videos"), *_listed(result, "generatedSamples")]
    outputs = tuple(output for output in map(_output, videos) if output is not None)
    if outputs:
        return Done(outputs=outputs, cost=_cost(len(outputs), context))
    reasons = [reason for reason in _listed(result, "raiMediaFilteredReasons") if isinstance(reason, str)]
    if not reasons and not at(result, "raiMediaFilteredCount"):
        return Failed(code=NoVideoError.code, message="the operation is done, and has no video")
    heard = reasons and all("audio" in reason.lower() for reason in reasons)
    kind = AudioFilteredError if heard else ContentPolicyError
    message = "; ".join(map(explained, reasons)) or "Google's safety filters took every video out and gave no reason"
    return Failed(code=kind.code, message=message, charged=False)


def _listed(result: Any, name: str) -> list[Any]:
    found = at(result, name)
    return found if isinstance(found, list) else []


def _output(video: Any) -> Output | None:
    """Return where a video is: in the caller's bucket, at a URL, or in the answer itself."""
    video = at(video, "video") or video
    place = video if isinstance(video, str) else words_at(video, "gcsUri") or words_at(video, "uri")
    if place:
        return Output(url=own(place), authorized=True)
    data = words_at(video, "bytesBase64Encoded") or words_at(video, "encodedVideo")
    kind = words_at(video, "mimeType") or words_at(video, "encoding") or "video/mp4"
    return Output(url=f"data:{kind};base64,{data}") if data else None


def _cost(delivered: int, context: Context) -> int | None:
    """Only what is delivered is charged: https://ai.google.dev/gemini-api/docs/video, read 2026-11-21."""
    planned, quote = context.plan.settings.count, context.plan.quote
    return quote.low * delivered // planned if quote.exact and delivered < planned else None
