"""Veo's calls: predictLongRunning, and asking for its operation.

Vertex AI: google-genai 3.4.0, discovery document aiplatform v1 of 2026-11-06. Gemini API: google-genai 2.34.0, the last
that made videos there. Neither takes a key of ours, lists operations or stops one.
"""

import re
from typing import Any, Final

from video_gen.exceptions import InvalidRequestError, SubmissionUnknownError
from video_gen.protocols.google.places import bucket, check_delivery, on_cloud, parent, version
from video_gen.protocols.google.prediction import outcome, prediction
from video_gen.protocols.google.refusals import failed, refused
from video_gen.spec import Call, Context, Flow, Guarantee, Operation, Outcome, Pending, Reply
from video_gen.spec.answers import at, garbled, words_at

_NAME: Final = re.compile(
    r"(projects/[^/\s?#]+/locations/[^/\s?#]+/publishers/google/)?models/[^/\s?#]+/operations/[^/\s?#]+"
)


class VeoProtocol:
    """POST MODEL:predictLongRunning; GET the operation, or on Vertex AI POST MODEL:fetchPredictOperation."""

    name = "veo"
    guarantee = Guarantee.NONE

    def submit(self, context: Context) -> Flow[Operation]:
        """Start the prediction."""
        check_delivery(context)
        publisher = "/publishers/google" if on_cloud(context) else ""
        model = f"{parent(context)}{publisher}/models/{context.plan.wire_model}"
        reply = yield Call(method="POST", path=f"{model}:predictLongRunning", body=prediction(context))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        name = words_at(reply.body, "name")
        if not _NAME.fullmatch(name):
            raise garbled(reply, context.provider.id, "the name of an operation", billable=True)
        return Operation(provider=context.provider.id, protocol=self.name, id=name)

    def adopt(self, operation_id: str, context: Context) -> Operation:
        """Return the operation of a name; of its last part alone, the rest is as planned."""
        name = operation_id.strip().strip("/")
        if name and "/" not in name:
            place = parent(context).removeprefix(version(context)).strip("/")
            publisher = f"{place}/publishers/google/" if on_cloud(context) else ""
            name = f"{publisher}models/{context.plan.wire_model}/operations/{name}"
        if not _NAME.fullmatch(name):
            raise InvalidRequestError(
                f"`{operation_id}` is no operation of `{context.provider.id}`: it looks like models/MODEL/operations/ID"
            )
        return Operation(provider=context.provider.id, protocol=self.name, id=name)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the operation."""
        path = f"{version(context)}/{operation.id}"
        if operation.id.startswith("projects/"):
            model = path.partition("/operations/")[0]
            body = {"operationName": operation.id}
            reply = yield Call(method="POST", path=f"{model}:fetchPredictOperation", body=body, free=True)
        else:
            reply = yield Call(path=path)
        if not reply.ok:
            raise refused(reply, context)
        return _outcome(reply, context)

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:  # noqa: ARG002 (the contract's)
        """Operations of a publisher's model cannot be stopped."""
        yield from ()
        return False

    def find(self, context: Context) -> Flow[Operation | None]:
        """Operations are not listed.

        Raises:
            SubmissionUnknownError: always; says where a person can look.
        """
        yield from ()
        place = bucket(context)
        where = f"in {place}" if place else "at the usage and billing pages of its console"
        raise SubmissionUnknownError(
            f"`{context.provider.id}` lists no operations: look {where}", provider=context.provider.id
        )


def _outcome(reply: Reply, context: Context) -> Outcome:
    body = reply.body
    done, name = at(body, "done"), words_at(body, "name")
    if reply.file is not None:
        raise garbled(reply, context.provider.id, "an answer short enough to read; set VIDEO_GEN_GCS_URI to a bucket")
    if done is True and isinstance(at(body, "error"), dict):
        return failed(body["error"])
    if done is True and isinstance(at(body, "response"), dict):
        response: dict[str, Any] = body["response"]
        return outcome(response, context)
    if name and done in {None, False}:
        return Pending()
    raise garbled(reply, context.provider.id, "an operation")
