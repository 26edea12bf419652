"""boto3, unmodified, drives the emulated Bedrock and its bucket; the signatures are judged."""

import base64
import io
import json
import time
from datetime import UTC, datetime, timedelta

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from PIL import Image

from video_gen.media.probe import probe
from video_gen.testing.emulators.bedrock.emulator import ACCESS_KEY, BUCKET, BedrockEmulator
from video_gen.testing.emulators.emulator import KEY
from video_gen.testing.emulators.serve import serving

ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=1, connect_timeout=2)
RAY = {"prompt": "a calm sea", "aspect_ratio": "16:9", "duration": "5s", "resolution": "540p", "loop": False}
OUT = {"s3OutputDataConfig": {"s3Uri": f"s3://{BUCKET}/films/"}}


@pytest.fixture(scope="module")
def served():
    with serving(BedrockEmulator(retired=["amazon.nova-reel-v1:0"])) as (emulator,):
        yield emulator


@pytest.fixture
def emulator(served):
    served.faults.clear()
    return served


def client(emulator, service="bedrock-runtime", *, region="us-west-2", secret=KEY, access=ACCESS_KEY, config=ONCE):
    """Return boto3's client as a user makes it, but for the address."""
    session = boto3.Session(aws_access_key_id=access, aws_secret_access_key=secret, region_name=region)
    path = "/s3" if service == "s3" else ""
    return session.client(service, endpoint_url=emulator.url + path, config=config)


@pytest.fixture
def bedrock(emulator):
    return client(emulator)


def start(bedrock, model="luma.ray-v2:0", given=None, **more):
    return bedrock.start_async_invoke(modelId=model, modelInput=given or RAY, outputDataConfig=OUT, **more)[
        "invocationArn"
    ]


def ended(bedrock, arn):
    for _ in range(400):
        found = bedrock.get_async_invoke(invocationArn=arn)
        if found["status"] != "InProgress":
            return found
        time.sleep(0.02)
    raise AssertionError("it never ended")


def place(found):
    bucket, _, prefix = found["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].removeprefix("s3://").partition("/")
    return bucket, prefix


def picture(kind="PNG", size=(1280, 720), mode="RGB", color=(90, 120, 200)):
    buffer = io.BytesIO()
    Image.new(mode, size, color).save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()


def nova(text="a calm sea", **params):
    config = {"durationSeconds": 6, "fps": 24, "dimension": "1280x720", "seed": 0}
    return {"taskType": "TEXT_VIDEO", "textToVideoParams": {"text": text, **params}, "videoGenerationConfig": config}


def shot(image):
    return {"format": "png", "source": {"bytes": image}}


class TestLife:
    def test_from_prompt_to_file(self, emulator, bedrock, tmp_path):
        arn = start(bedrock, tags=[{"key": "team", "value": "film"}])
        found = ended(bedrock, arn)
        assert found["status"] == "Completed"
        assert found["invocationArn"] == arn
        assert found["modelArn"] == "arn:aws:bedrock:us-west-2::foundation-model/luma.ray-v2:0"
        assert found["submitTime"] <= found["endTime"] <= datetime.now(UTC)
        bucket, prefix = place(found)
        assert prefix == f"films/{arn.rpartition('/')[2]}"
        storage = client(emulator, "s3")
        storage.download_file(bucket, f"{prefix}/output.mp4", tmp_path / "film.mp4")
        info = probe(tmp_path / "film.mp4")
        assert info.width / info.height == pytest.approx(16 / 9, rel=0.02)
        names = [each["Key"] for each in storage.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]]
        assert names == [f"{prefix}/manifest.json", f"{prefix}/output.mp4"]

    def test_a_part_of_the_film(self, emulator, bedrock):
        bucket, prefix = place(ended(bedrock, start(bedrock)))
        storage = client(emulator, "s3")
        head = storage.head_object(Bucket=bucket, Key=f"{prefix}/output.mp4")
        part = storage.get_object(Bucket=bucket, Key=f"{prefix}/output.mp4", Range="bytes=100-")
        assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert len(part["Body"].read()) == head["ContentLength"] - 100
        assert head["ContentType"] == "video/mp4"

    def test_from_two_pictures(self, bedrock):
        source = {"type": "base64", "media_type": "image/jpeg", "data": picture("JPEG", (640, 640))}
        frame = {"type": "image", "source": source}
        found = ended(bedrock, start(bedrock, given=RAY | {"keyframes": {"frame0": frame, "frame1": frame}}))
        assert found["status"] == "Completed"

    def test_nova_delivers_its_shots_and_a_report(self, emulator):
        bedrock = client(emulator, region="us-east-1")
        given = {
            "taskType": "MULTI_SHOT_MANUAL",
            "multiShotManualParams": {"shots": [{"text": "a beach"}, {"text": "the sea", "image": shot(picture())}]},
            "videoGenerationConfig": {"fps": 24, "dimension": "1280x720", "seed": 0},
        }
        bucket, prefix = place(ended(bedrock, start(bedrock, "amazon.nova-reel-v1:1", given)))
        storage = client(emulator, "s3", region="us-east-1")
        body = storage.get_object(Bucket=bucket, Key=f"{prefix}/video-generation-status.json")["Body"].read()
        report = json.loads(body)
        assert report["fullVideo"] == {"status": "SUCCESS", "location": f"s3://{bucket}/{prefix}/output.mp4"}
        for each in report["shots"]:
            storage.head_object(Bucket=bucket, Key=each["location"].partition(f"{bucket}/")[2])
        assert len(report["shots"]) == 2
        (render,) = [each for each in emulator.world.accepted() if each.id.endswith(prefix.rpartition("/")[2])]
        assert (render.film.seconds, render.film.seed) == (12, 0)

    @pytest.mark.parametrize("given", [
        nova(images=[shot(picture())]),
        {"taskType": "MULTI_SHOT_AUTOMATED", "multiShotAutomatedParams": {"text": "x" * 4000},
         "videoGenerationConfig": {"durationSeconds": 120, "seed": 2147483646}},
    ])  # fmt: skip
    def test_the_other_tasks_of_nova(self, emulator, given):
        assert start(client(emulator, region="us-east-1"), "amazon.nova-reel-v1:1", given)

    def test_a_picture_in_the_bucket(self, emulator):
        emulator.bucket.objects["first.png"] = base64.b64decode(picture())
        image = {"format": "png", "source": {"s3Location": {"uri": f"s3://{BUCKET}/first.png"}}}
        assert start(client(emulator, region="us-east-1"), "amazon.nova-reel-v1:1", nova(images=[image]))

    def test_the_list_is_filtered_sorted_and_paged(self, emulator, bedrock):
        since = datetime.now(UTC)
        arns = [start(bedrock, clientRequestToken=f"listed-{number}") for number in range(3)]
        pages = bedrock.get_paginator("list_async_invokes").paginate(
            submitTimeAfter=since, sortBy="SubmissionTime", sortOrder="Ascending", PaginationConfig={"PageSize": 2}
        )
        listed = [each for page in pages for each in page["asyncInvokeSummaries"]]
        assert [each["invocationArn"] for each in listed] == arns
        assert [each["clientRequestToken"] for each in listed] == ["listed-0", "listed-1", "listed-2"]
        latest = bedrock.list_async_invokes(maxResults=1)["asyncInvokeSummaries"]
        assert [each["invocationArn"] for each in latest] == arns[-1:]
        ended(bedrock, arns[-1])
        failed = bedrock.list_async_invokes(statusEquals="Failed", submitTimeAfter=since)
        assert failed["asyncInvokeSummaries"] == []
        assert bedrock.list_async_invokes(submitTimeBefore=since - timedelta(days=1))["asyncInvokeSummaries"] == []


class TestToken:
    def test_the_same_token_is_the_same_invocation(self, emulator, bedrock):
        before = len(emulator.world.accepted())
        assert start(bedrock, clientRequestToken="token-1") == start(bedrock, clientRequestToken="token-1")
        assert len(emulator.world.accepted()) == before + 1

    def test_the_same_token_with_another_body_is_a_conflict(self, bedrock):
        start(bedrock, clientRequestToken="token-2")
        with pytest.raises(bedrock.exceptions.ConflictException):
            start(bedrock, given=RAY | {"loop": True}, clientRequestToken="token-2")

    @pytest.mark.parametrize("fault", ["error_after", "cut_after", "hang_after"])
    def test_boto3s_own_retries_start_nothing_twice(self, emulator, fault):
        patient = client(emulator, config=Config(retries={"total_max_attempts": 3}, read_timeout=1))
        emulator.faults.inject(fault)
        before = len(emulator.world.accepted())
        assert start(patient)
        assert len(emulator.world.accepted()) == before + 1

    @pytest.mark.parametrize(
        ("fault", "raised"), [("cut_after", ConnectionClosedError), ("hang_after", ReadTimeoutError)]
    )
    def test_a_lost_answer_is_found_in_the_list(self, emulator, bedrock, fault, raised):
        emulator.faults.inject(fault)
        with pytest.raises(raised):
            start(bedrock, clientRequestToken=f"lost-{fault}")
        assert f"lost-{fault}" in [
            each["clientRequestToken"] for each in bedrock.list_async_invokes()["asyncInvokeSummaries"]
        ]


class TestRefusals:
    @pytest.mark.parametrize(("fault", "raised", "status"), [
        ("rate_limited", "ThrottlingException", 429),
        ("unavailable", "ServiceUnavailableException", 503),
        ("error_before", "InternalServerException", 500),
        ("no_credit", "AccessDeniedException", 403),
        ("refused", "ValidationException", 400),
    ])  # fmt: skip
    def test_a_fault_is_boto3s_own_exception(self, emulator, bedrock, fault, raised, status):
        emulator.faults.inject(fault)
        before = len(emulator.world.accepted())
        with pytest.raises(getattr(bedrock.exceptions, raised)) as error:
            start(bedrock)
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert error.value.response["ResponseMetadata"]["RequestId"]
        assert len(emulator.world.accepted()) == before

    def test_too_many_at_once(self):
        with serving(BedrockEmulator(concurrent=1)) as (emulator,):
            bedrock = client(emulator)
            emulator.faults.inject("stuck")
            start(bedrock)
            with pytest.raises(bedrock.exceptions.ServiceQuotaExceededException):
                start(bedrock)

    @pytest.mark.parametrize("model", ["luma.ray-v1:0", "amazon.nova-reel-v1:1"])
    def test_a_model_that_is_not_in_this_region(self, bedrock, model):
        with pytest.raises(bedrock.exceptions.ValidationException, match="model identifier is invalid"):
            start(bedrock, model)

    def test_a_model_past_its_end(self, emulator):
        bedrock = client(emulator, region="us-east-1")
        with pytest.raises(bedrock.exceptions.ResourceNotFoundException, match="reached the end of its life"):
            start(bedrock, "amazon.nova-reel-v1:0", nova())

    def test_a_bucket_that_is_not_there(self, bedrock):
        out = {"s3OutputDataConfig": {"s3Uri": "s3://another-bucket/films"}}
        with pytest.raises(bedrock.exceptions.ValidationException, match="Invalid Output Config/Credentials"):
            bedrock.start_async_invoke(modelId="luma.ray-v2:0", modelInput=RAY, outputDataConfig=out)

    def test_an_invocation_that_is_not_there(self, bedrock):
        with pytest.raises(bedrock.exceptions.ValidationException, match="does not exist"):
            bedrock.get_async_invoke(invocationArn="arn:aws:bedrock:us-west-2:123456789012:async-invoke/000000000000")

    @pytest.mark.parametrize(("changed", "words"), [
        ({"clientRequestToken": "with space"}, "clientRequestToken"),
        ({"clientRequestToken": "x" * 257}, "less than or equal to 256"),
        ({"outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "http://films"}}}, "regular expression pattern: s3://"),
        ({"tags": [{"key": "team!", "value": "film"}]}, "tags.1.member.key"),
    ])  # fmt: skip
    def test_what_the_service_model_forbids(self, bedrock, changed, words):
        given = {"modelId": "luma.ray-v2:0", "modelInput": RAY, "outputDataConfig": OUT} | changed
        with pytest.raises(bedrock.exceptions.ValidationException, match=words):
            bedrock.start_async_invoke(**given)

    @pytest.mark.parametrize(("changed", "words"), [
        ({"prompt": ""}, "expected minLength: 1"),
        ({"prompt": "x" * 5001}, "expected maxLength: 5000, actual: 5001"),
        ({"duration": "6s"}, "#/duration: 6s is not a valid enum value"),
        ({"aspect_ratio": "2:1"}, "#/aspect_ratio"),
        ({"resolution": "1080p"}, "#/resolution"),
        ({"loop": "yes"}, "#/loop: expected type: Boolean"),
        ({"seed": 0}, r"extraneous key \[seed\] is not permitted"),
        ({"keyframes": {"frame2": {}}}, r"extraneous key \[frame2\]"),
        ({"keyframes": {"frame0": {"type": "image", "source": {
            "type": "base64", "media_type": "image/png", "data": picture("JPEG")}}}}, "the picture is JPEG, not png"),
        ({"keyframes": {"frame0": {"type": "image", "source": {
            "type": "base64", "media_type": "image/png", "data": "?"}}}}, "no Base64"),
    ])  # fmt: skip
    def test_what_ray_does_not_take(self, bedrock, changed, words):
        with pytest.raises(bedrock.exceptions.ValidationException, match=words):
            start(bedrock, given=RAY | changed)

    @pytest.mark.parametrize(("given", "words"), [
        (nova("x" * 513), "actual: 513"),
        (nova(images=[shot(picture(size=(1280, 719)))]), "1280x719 and must be exactly 1280x720"),
        (nova(images=[shot(picture(mode="RGBA", color=(1, 2, 3, 254)))]), "transparent or translucent"),
        (nova(images=[shot(picture())] * 2), "maximum item count: 1"),
        (nova(images=[{"format": "png", "source": {"s3Location": {"uri": f"s3://{BUCKET}/none"}}}]), "Unable to read"),
        (nova() | {"videoGenerationConfig": {"durationSeconds": 12}}, "durationSeconds: 12 is not a valid enum"),
        (nova() | {"videoGenerationConfig": {"seed": 2147483647}}, "seed: 2147483647 is not between"),
        (nova() | {"videoGenerationConfig": {"dimension": "720x1280"}}, "#/videoGenerationConfig/dimension"),
        (nova() | {"taskType": "VIDEO_VIDEO"}, "#/taskType"),
        ({"taskType": "TEXT_VIDEO"}, r"required key \[textToVideoParams\] not found"),
        ({"taskType": "MULTI_SHOT_MANUAL", "multiShotManualParams": {"shots": []}}, "expected 1 to 20 items"),
        ({"taskType": "MULTI_SHOT_MANUAL", "multiShotManualParams": {"shots": [{"text": "a"}]},
          "videoGenerationConfig": {"durationSeconds": 6}}, r"extraneous key \[durationSeconds\]"),
        ({"taskType": "MULTI_SHOT_AUTOMATED", "multiShotAutomatedParams": {"text": "a"},
          "videoGenerationConfig": {"durationSeconds": 6}}, "durationSeconds: 6 is not"),
    ])  # fmt: skip
    def test_what_nova_does_not_take(self, emulator, given, words):
        bedrock = client(emulator, region="us-east-1")
        with pytest.raises(bedrock.exceptions.ValidationException, match=words):
            start(bedrock, "amazon.nova-reel-v1:1", given)


class TestJobsThatFail:
    @pytest.mark.parametrize(("fault", "words"), [
        ("policy", "blocked by our content filters"),
        ("broken", "unexpected error"),
    ])  # fmt: skip
    def test_it_says_why(self, emulator, bedrock, fault, words):
        emulator.faults.inject(fault)
        found = ended(bedrock, start(bedrock))
        assert found["status"] == "Failed"
        assert words in found["failureMessage"]
        bucket, prefix = place(found)
        with pytest.raises(ClientError, match="404"):
            client(emulator, "s3").head_object(Bucket=bucket, Key=f"{prefix}/output.mp4")

    def test_nova_reports_the_reason(self, emulator):
        emulator.faults.inject("policy")
        bedrock = client(emulator, region="us-east-1")
        bucket, prefix = place(ended(bedrock, start(bedrock, "amazon.nova-reel-v1:1", nova())))
        storage = client(emulator, "s3")
        body = storage.get_object(Bucket=bucket, Key=f"{prefix}/video-generation-status.json")["Body"].read()
        assert json.loads(body)["fullVideo"]["failureType"] == "RAI_VIOLATION_OUTPUT_VIDEO_DEFLECTION"

    def test_done_without_a_film(self, emulator, bedrock):
        emulator.faults.inject("no_video")
        found = ended(bedrock, start(bedrock))
        assert found["status"] == "Completed"
        bucket, prefix = place(found)
        storage = client(emulator, "s3")
        with pytest.raises(storage.exceptions.NoSuchKey):
            storage.get_object(Bucket=bucket, Key=f"{prefix}/output.mp4")


class TestSignatures:
    @pytest.mark.parametrize(("who", "code"), [
        ({"secret": "another"}, "InvalidSignatureException"),
        ({"access": "AKIANOBODY"}, "UnrecognizedClientException"),
    ])  # fmt: skip
    def test_a_wrong_key(self, emulator, who, code):
        with pytest.raises(ClientError, match=code) as raised:
            start(client(emulator, **who))
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403

    @pytest.mark.parametrize(("who", "code"), [
        ({"secret": "another"}, "SignatureDoesNotMatch"),
        ({"access": "AKIANOBODY"}, "InvalidAccessKeyId"),
    ])  # fmt: skip
    def test_a_wrong_key_to_the_bucket(self, emulator, who, code):
        storage = client(emulator, "s3", **who)
        with pytest.raises(ClientError, match=code):
            storage.get_object(Bucket=BUCKET, Key="films/x")

    def test_a_clock_that_is_wrong(self, emulator, bedrock):
        emulator.world.now, real = (lambda: time.time() + 3600), emulator.world.now
        try:
            with pytest.raises(ClientError, match="Signature expired"):
                start(bedrock)
        finally:
            emulator.world.now = real

    def test_a_signature_is_for_one_service(self, emulator):
        """A client that signs in S3's name cannot start an invocation."""
        session = botocore.session.get_session()
        session.set_credentials(ACCESS_KEY, KEY)
        other = session.create_client(
            "bedrock-runtime", region_name="us-west-2", endpoint_url=emulator.url, config=ONCE
        )
        other.meta.events.register(
            "choose-signer.bedrock-runtime", lambda signing_name, **_: None if signing_name else "v4"
        )
        other.meta.events.register(
            "before-sign.bedrock-runtime",
            lambda request, **_: request.context.update(signing={"signing_name": "s3", "region": "us-west-2"}),
        )
        with pytest.raises(ClientError, match="scoped to correct service"):
            start(other)

    def test_a_body_that_was_changed_on_the_way(self, emulator, bedrock):
        def change(request, **_):
            request.body = request.body.replace(b"calm", b"wild")
            request.headers["Content-Length"] = str(len(request.body))

        bedrock.meta.events.register("before-send.bedrock-runtime", change)
        before = len(emulator.world.accepted())
        with pytest.raises(ClientError, match="InvalidSignatureException"):
            start(bedrock)
        assert len(emulator.world.accepted()) == before
