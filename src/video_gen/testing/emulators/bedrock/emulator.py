"""The invocations: StartAsyncInvoke, GetAsyncInvoke and ListAsyncInvokes, as boto3 sends them.

It runs in every region at once: the region is the one a request is signed for, and a model that does not run there is
not known there. Beside it, under `/s3`, is the bucket. An API key (Bearer) opens the first, and never the second.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Final

from aiohttp import web

from video_gen.testing.emulators.bedrock import bucket as s3
from video_gen.testing.emulators.bedrock import invocation, refusals
from video_gen.testing.emulators.bedrock.model_input import MODELS, Model
from video_gen.testing.emulators.bedrock.service_model import check
from video_gen.testing.emulators.bedrock.signature import SCHEME, Proof, UnprovenError, access_key_of, judge
from video_gen.testing.emulators.downloads import send_video
from video_gen.testing.emulators.emulator import KEY, Emulator, Handler, RefusedError, Route
from video_gen.testing.emulators.faults import Fault
from video_gen.testing.emulators.world import Render, World

ACCESS_KEY: Final = "AKIAEMULATEDKEY00001"
"""The access key; each key the emulator accepts is its secret, and an API key too."""
ACCOUNT: Final = "123456789012"
BUCKET: Final = "emulated-films"
_PROOF: Final = web.RequestKey("proof", Proof)


class BedrockEmulator(Emulator):
    """Bedrock's runtime, and a bucket in S3."""

    name: ClassVar[str] = "bedrock"

    def __init__(
        self,
        world: World | None = None,
        *,
        keys: Iterable[str] = (KEY,),
        retired: Iterable[str] = (),
        concurrent: int | None = None,
    ) -> None:
        """Remember in `world`; accept `keys`.

        Args:
            world: The provider's memory.
            keys: API keys, and secrets of `ACCESS_KEY`.
            retired: Models that have reached the end of their life.
            concurrent: Invocations of an account that may be in progress at once.
        """
        super().__init__(world, keys=keys)
        self.retired = frozenset(retired)
        self.concurrent = concurrent
        self.bucket = s3.Bucket(BUCKET)

    def routes(self) -> list[Route]:
        """Return the wire's endpoints; each judges the signature itself, since that needs the body."""
        runtime, storage = self._proven("bedrock"), self._proven("s3")
        key = "/s3/{bucket}/{key:.+}"
        return [
            Route("POST", "/async-invoke", runtime(self.start), "submit", public=True),
            Route("GET", "/async-invoke", runtime(self.list), "find", public=True),
            Route("GET", "/async-invoke/{arn:.+}", runtime(self.get), "poll", public=True),
            Route("GET", "/s3/{bucket}", storage(self.list_objects), "other", public=True),
            Route("GET", key, storage(self.get_object), "download", public=True),
            Route("HEAD", key, storage(self.get_object), "other", public=True),
        ]

    def account(self, request: web.Request) -> str | None:
        """Return the access key of a signed request, or its API key."""
        return access_key_of(request) or super().account(request)

    def fault_error(self, fault: Fault) -> RefusedError:
        """Return how Bedrock, or S3, words a fault."""
        return s3.worded(fault) if fault.step == "download" else refusals.worded(fault)

    def refuse(self, refused: RefusedError) -> web.Response:
        """Return an error as Bedrock, or S3, writes it."""
        request_id = str(uuid.uuid4())
        if refused.more.get("s3"):
            return s3.answer(refused, request_id)
        headers = {"x-amzn-ErrorType": f"{refused.code}:", "x-amzn-RequestId": request_id}
        if "retry_after" in refused.more:
            headers["Retry-After"] = f"{refused.more['retry_after']:g}"
        return web.json_response({"message": refused.message}, status=refused.status, headers=headers)

    async def start(self, request: web.Request) -> web.Response:
        """StartAsyncInvoke."""
        body = await _json(request)
        check("StartAsyncInvoke", body)
        known = self._by_token(body.get("clientRequestToken"), self.account(request))
        if known is not None:
            if known.request != body:
                message = "The clientRequestToken was already used with different request parameters."
                raise RefusedError(400, "ConflictException", message)
            return _reply({"invocationArn": known.id})
        model, region = self._model(body["modelId"], request[_PROOF].region)
        wanted = model.read(body["modelInput"], self.bucket.read)
        place = self._place(body)
        self._check_quota(self.account(request))
        arn = f"arn:aws:bedrock:{region}:{ACCOUNT}:async-invoke/{uuid.uuid4().hex[:12]}"
        token = body.get("clientRequestToken") or str(uuid.uuid4())
        render = self.accept(request, arn, model.id, wanted.film, body, key=token)
        render.data["model_arn"] = f"arn:aws:bedrock:{region}::foundation-model/{model.id}"
        invocation.begin(render, self.world, self.bucket, place, shots=wanted.shots)
        return _reply({"invocationArn": arn})

    async def get(self, request: web.Request) -> web.Response:
        """GetAsyncInvoke."""
        arn = request.match_info["arn"]
        check("GetAsyncInvoke", {"invocationArn": arn})
        render = self.world.find(arn)
        if render is None or render.account != self.account(request):
            raise RefusedError(400, "ValidationException", "The provided invocation ARN does not exist.")
        return _reply(invocation.view(render))

    async def list(self, request: web.Request) -> web.Response:
        """ListAsyncInvokes."""
        query = _listing(request)
        check("ListAsyncInvokes", query)
        after, before = query.get("submitTimeAfter"), query.get("submitTimeBefore")
        found = [
            invocation.view(render)
            for render in self.world.accepted()
            if render.account == self.account(request)
            and (after is None or invocation.time(render.accepted_at) > after)
            and (before is None or invocation.time(render.accepted_at) < before)
        ]
        found = [each for each in found if query.get("statusEquals") in {None, each["status"]}]
        if query.get("sortOrder") != "Ascending":
            found.reverse()
        start, most = int(query.get("nextToken", "0")), query.get("maxResults", 100)
        more = {"nextToken": str(start + most)} if len(found) > start + most else {}
        return _reply({"asyncInvokeSummaries": found[start : start + most], **more})

    async def get_object(self, request: web.Request) -> web.StreamResponse:
        """GetObject and HeadObject."""
        found = self.bucket.file(request.match_info["bucket"], request.match_info["key"])
        if isinstance(found, bytes):
            return web.Response(body=found, content_type="application/json")
        return await send_video(request, found, self.fault_of(request), self.trap)

    async def list_objects(self, request: web.Request) -> web.Response:
        """ListObjectsV2."""
        return web.Response(text=self.bucket.listing(request.match_info["bucket"], request.query), content_type=s3.XML)

    def _proven(self, service: str) -> Any:
        def proven(handler: Handler) -> Handler:
            async def handle(request: web.Request) -> web.StreamResponse:
                request[_PROOF] = self._proof(request, await request.read(), service)
                for render in self.world.accepted():
                    invocation.settle(render, self.world, self.bucket)
                return await handler(request)

            return handle

        return proven

    def _proof(self, request: web.Request, body: bytes, service: str) -> Proof:
        token = super().account(request)
        if service == "bedrock" and token is not None and token in self.keys:
            return Proof(token, "")
        if not request.headers.get("Authorization", "").startswith(SCHEME):
            raise self.fault_error(Fault("unauthorized", "download" if service == "s3" else "other"))
        try:
            return judge(request, body, service=service, access_key=ACCESS_KEY, secrets=self.keys, now=self.world.now())
        except UnprovenError as error:
            if service == "s3":
                raise s3.refused(403, refusals.IN_S3.get(error.code, error.code), error.message) from None
            raise RefusedError(403, f"{error.code}Exception", error.message) from None

    def _by_token(self, token: str | None, account: str | None) -> Render | None:
        same = (each for each in self.world.accepted() if token and (each.key, each.account) == (token, account))
        return next(same, None)

    def _model(self, model_id: str, region: str) -> tuple[Model, str]:
        model = MODELS.get(model_id.rpartition("/")[2])
        if model is None or (region and region not in model.regions):
            raise RefusedError(400, "ValidationException", "The provided model identifier is invalid.")
        if model.id in self.retired:
            message = "This model version has reached the end of its life. Please refer to the AWS documentation."
            raise RefusedError(404, "ResourceNotFoundException", message)
        return model, region or model.regions[0]

    def _place(self, body: Any) -> str:
        uri: str = (body["outputDataConfig"].get("s3OutputDataConfig") or {}).get("s3Uri", "")
        if self.bucket.key_of(uri) is None:
            raise RefusedError(400, "ValidationException", "Invalid Output Config/Credentials")
        return uri.rstrip("/")

    def _check_quota(self, account: str | None) -> None:
        busy = [each for each in self.world.accepted() if each.account == account and "status" not in each.data]
        if self.concurrent is not None and len(busy) >= self.concurrent:
            message = "The number of concurrent asynchronous invocations exceeds the quota of this account."
            raise RefusedError(400, "ServiceQuotaExceededException", message)


def _listing(request: web.Request) -> dict[str, Any]:
    query: dict[str, Any] = dict(request.query)
    try:
        for name in ("submitTimeAfter", "submitTimeBefore"):
            if name in query:
                query[name] = datetime.fromisoformat(query[name])
        if "maxResults" in query:
            query["maxResults"] = int(query["maxResults"])
    except ValueError:
        raise RefusedError(400, "ValidationException", "A query parameter cannot be read.") from None
    return query


async def _json(request: web.Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        raise RefusedError(400, "SerializationException", "The request body is no JSON.") from None


def _reply(body: Any) -> web.Response:
    return web.json_response(body, headers={"x-amzn-RequestId": str(uuid.uuid4())})
