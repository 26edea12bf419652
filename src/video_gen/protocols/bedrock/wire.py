"""The calls: StartAsyncInvoke, GetAsyncInvoke, ListAsyncInvokes (botocore 1.44.5, bedrock-runtime 2023-09-30).

The client's request token makes a submit idempotent. There is no progress, no cancelling, and no link: the result is an
object in S3, `output.mp4` in the invocation's own folder.

The extra options `tags`, `kmsKeyId` and `bucketOwner` are the invocation's; all others go into the model's input.
"""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from video_gen.exceptions import ConfigurationError, JobFailedError, VideoGenerationError
from video_gen.protocols.bedrock.model_input import model_input
from video_gen.protocols.bedrock.refusals import by_words, refused, type_of
from video_gen.spec import (
    Call,
    Context,
    Done,
    Failed,
    Flow,
    Guarantee,
    Operation,
    Outcome,
    Output,
    Pending,
    Reply,
)
from video_gen.spec.answers import at, garbled, words_at

CLOCKS: Final = 300.0
"""Seconds by which the provider's clock may be behind ours."""
INVOCATIONS: Final = "/async-invoke"


class BedrockProtocol:
    """POST /async-invoke, GET /async-invoke/ARN, GET /async-invoke."""

    name = "bedrock"
    guarantee = Guarantee.IDEMPOTENT

    def submit(self, context: Context) -> Flow[Operation]:
        """Start the invocation; sent again under the same token, it is the same one."""
        reply = yield Call(method="POST", path=INVOCATIONS, body=_invocation(context), safe=True)
        if type_of(reply) == "ConflictException":
            return (yield from self._known(reply, context))
        if not reply.ok:
            raise refused(reply, context, billable=True)
        arn = words_at(reply.body, "invocationArn")
        if not arn:
            raise garbled(reply, context.provider.id, "an invocationArn", billable=True)
        return _operation(arn, context)

    def poll(self, operation: Operation, context: Context) -> Flow[Outcome]:
        """Ask for the invocation's status."""
        reply = yield Call(path=f"{INVOCATIONS}/{quote(operation.id, safe='')}")
        if not reply.ok:
            raise refused(reply, context)
        match words_at(reply.body, "status"):
            case "InProgress":
                return Pending()
            case "Completed":
                return Done(outputs=(Output(url=_video_of(reply, operation, context), authorized=True),))
            case "Failed":
                message = words_at(reply.body, "failureMessage") or "no reason given"
                return Failed(code=by_words(message, JobFailedError).code, message=message)
            case _:
                raise garbled(reply, context.provider.id, "a status that is known")

    def _known(self, conflict: Reply, context: Context) -> Flow[Operation]:
        """Return the invocation whose token came again with another body: a setting has changed since."""
        try:
            known = yield from self.find(context)
        except VideoGenerationError:
            known = None
        if known is None:
            raise refused(conflict, context, billable=True)
        return known

    def cancel(self, operation: Operation, context: Context) -> Flow[bool]:  # noqa: ARG002 (the contract's)
        """Bedrock stops no invocation."""
        yield from ()
        return False

    def find(self, context: Context) -> Flow[Operation | None]:
        """Look through the invocations since the intent for the one that carries its token."""
        since = datetime.fromtimestamp(context.intent_at - CLOCKS, UTC)
        query = {"submitTimeAfter": f"{since:%Y-%m-%dT%H:%M:%SZ}", "maxResults": "1000"}
        query |= {"sortBy": "SubmissionTime", "sortOrder": "Ascending"}
        while True:
            reply = yield Call(path=INVOCATIONS, query=query)
            if not reply.ok:
                raise refused(reply, context)
            found = at(reply.body, "asyncInvokeSummaries")
            if not isinstance(found, list):
                raise garbled(reply, context.provider.id, "asyncInvokeSummaries")
            for each in found:
                if at(each, "clientRequestToken") == context.idempotency_key:
                    return _operation(words_at(each, "invocationArn"), context)
            query["nextToken"] = words_at(reply.body, "nextToken")
            if not query["nextToken"]:
                return None


def _operation(arn: str, context: Context) -> Operation:
    return Operation(provider=context.provider.id, protocol="bedrock", id=arn)


def _video_of(reply: Reply, operation: Operation, context: Context) -> str:
    invocation = operation.id.rpartition("/")[2]
    folder = words_at(reply.body, "outputDataConfig", "s3OutputDataConfig", "s3Uri").rstrip("/")
    if not folder:
        raise garbled(reply, context.provider.id, "an s3Uri")
    return f"{folder}/output.mp4" if folder.endswith(f"/{invocation}") else f"{folder}/{invocation}/output.mp4"


def _invocation(context: Context) -> dict[str, Any]:
    extra = dict(context.plan.settings.extra)
    own = {name: extra.pop(name) for name in ("kmsKeyId", "bucketOwner") if name in extra}
    tags = {"tags": extra.pop("tags")} if "tags" in extra else {}
    return {
        "modelId": context.plan.wire_model,
        "modelInput": model_input(context.plan, extra),
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": _bucket(context), **own}},
        "clientRequestToken": context.idempotency_key,
        **tags,
    }


def _bucket(context: Context) -> str:
    uri = context.provider.settings.get("output_uri", "")
    if not uri.startswith("s3://"):
        variables = " or ".join(context.provider.settings_env.get("output_uri", ())) or "output_uri"
        given = f"`{uri}` is not such a place" if uri else "none is set"
        raise ConfigurationError(
            f"`{context.provider.id}` writes its videos into a bucket of yours, and {given}: "
            f"set {variables} to one like s3://my-bucket/videos",
            provider=context.provider.id,
        )
    return uri
