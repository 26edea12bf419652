"""Each way to sign, checked by somebody else's implementation or by hand."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr
from web_world import KEY, Make, Serve, Site, answers, asking, ok, once, provider, serves

from video_gen.exceptions import ApiRequestError, AuthenticationError, ConfigurationError, ServiceUnavailableError
from video_gen.spec import Call, Output
from video_gen.transport import HttpDriver

VIDEO = b"\0\0\0\x18ftypisom" + bytes(5000)


async def signed(driver: HttpDriver, site: Site, **changes: Any) -> dict[str, str]:
    await driver.drive(once(Call(path="/x")), provider(site.url, **changes))
    return site.last.headers


# --- keys ----------------------------------------------------------------------------------------------------------


async def test_a_key_is_a_bearer_or_a_header_or_nothing(driver: HttpDriver, serve: Serve) -> None:
    site = await serve()
    assert (await signed(driver, site))["authorization"] == f"Bearer {KEY}"
    seen = await signed(driver, site, signing="header", key_header="x-goog-api-key")
    assert (seen["x-goog-api-key"], "authorization" in seen) == (KEY, False)
    seen = await signed(driver, site, signing="header", key_header="Authorization", key_format="Key {key}")
    assert seen["authorization"] == f"Key {KEY}"
    assert (await signed(driver, site, signing="header", key_format="Token {key}"))["authorization"] == f"Token {KEY}"
    assert KEY not in str(await signed(driver, site, signing="none"))


@pytest.mark.parametrize("signing", ["bearer", "header", "jwt"])
@pytest.mark.parametrize("key", [None, SecretStr(" ")])
async def test_a_missing_key_is_named_by_its_variables(
    make_driver: Make, serve: Serve, signing: str, key: SecretStr | None
) -> None:
    site = await serve()
    acme = provider(site.url, signing=signing, key_env=("ACME_API_KEY", "ACME_KEY"), settings={"access_key": "a"})
    with pytest.raises(ConfigurationError, match=r"`acme` .* needs a key: set ACME_API_KEY or ACME_KEY"):
        await make_driver(key_of=lambda _: key).drive(once(Call(method="POST", path="/x")), acme)
    assert site.seen == []


async def test_a_key_that_changes_is_used_at_once(make_driver: Make, serve: Serve) -> None:
    site, keys = await serve(), iter(["first-key", "second-key"])
    driver = make_driver(key_of=lambda _: SecretStr(next(keys)))
    assert (await signed(driver, site))["authorization"] == "Bearer first-key"
    assert (await signed(driver, site))["authorization"] == "Bearer second-key"


async def test_a_job_can_bring_a_key_of_its_own(driver: HttpDriver, serve: Serve) -> None:
    site = await serve()
    own = driver.keyed(lambda _: SecretStr("callers-own-key"))
    assert (await signed(own, site))["authorization"] == "Bearer callers-own-key"
    assert (await signed(driver, site))["authorization"] == f"Bearer {KEY}"


async def test_the_key_is_asked_for_by_provider(make_driver: Make, serve: Serve) -> None:
    site = await serve()
    driver = make_driver(key_of=lambda each: SecretStr(f"key-of-{each.id}"))
    await signed(driver, site, id="one")
    assert (await signed(driver, site, id="two"))["authorization"] == "Bearer key-of-two"


# --- tokens made here ----------------------------------------------------------------------------------------------


def unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def test_a_token_says_who_and_until_when_and_is_signed(driver: HttpDriver, serve: Serve) -> None:
    site, before = await serve(), time.time()
    acme = {"signing": "jwt", "settings": {"access_key": "ak-1"}}
    token = (await signed(driver, site, **acme))["authorization"].removeprefix("Bearer ")
    head, claims, signature = token.split(".")
    assert json.loads(unpacked(head)) == {"alg": "HS256", "typ": "JWT"}
    said = json.loads(unpacked(claims))
    assert said["iss"] == "ak-1"
    assert said["nbf"] <= before <= time.time() <= said["exp"] <= time.time() + 1800
    assert unpacked(signature) == hmac.new(KEY.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert "=" not in token


async def test_a_token_without_its_access_key_names_the_variable(driver: HttpDriver, serve: Serve) -> None:
    acme = {"signing": "jwt", "settings_env": {"access_key": ("KLING_ACCESS_KEY",)}}
    with pytest.raises(ConfigurationError, match="`access_key`: set KLING_ACCESS_KEY"):
        await signed(driver, await serve(), **acme)


# --- Google --------------------------------------------------------------------------------------------------------

GOOGLE = {"signing": "google", "key_env": ("GOOGLE_OAUTH_ACCESS_TOKEN",)}


@pytest.fixture
def no_key(make_driver: Make) -> HttpDriver:
    return make_driver(key_of=lambda _: None, allow_private=False)


async def issues_tokens(request: web.Request) -> web.Response:
    grant = parse_qs((await request.read()).decode())["assertion"][0]
    claims = json.loads(unpacked(grant.split(".")[1]))
    body = {"access_token": f"ya29.for-{claims['iss']}", "expires_in": 3600, "token_type": "Bearer"}
    return web.json_response(body)


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*kind).decode()


def service_account(path: Path, token_uri: str, private_key: str) -> str:
    fields = {
        "type": "service_account",
        "client_email": "me@acme",
        "private_key": private_key,
        "private_key_id": "1",
        "token_uri": token_uri,
        "project_id": "p",
        "universe_domain": "googleapis.com",
    }
    path.write_text(json.dumps(fields))
    return str(path)


async def test_a_token_given_is_used_as_it_is(driver: HttpDriver, serve: Serve) -> None:
    assert (await signed(driver, await serve(), **GOOGLE))["authorization"] == f"Bearer {KEY}"


async def test_credentials_of_this_machine_make_tokens_that_are_kept(
    no_key: HttpDriver, serve: Serve, tmp_path: Path, private_key: str
) -> None:
    site, bank = await serve(), await serve(issues_tokens)
    file = service_account(tmp_path / "account.json", f"{bank.url}/token", private_key)
    for _ in range(2):
        seen = await signed(no_key, site, settings={"credentials": file}, **GOOGLE)
        assert seen["authorization"] == "Bearer ya29.for-me@acme"
    assert len(bank.seen) == 1


@pytest.mark.parametrize(
    ("handler", "kind"),
    [(answers(400, {"error": "invalid_grant"}), AuthenticationError), (None, ServiceUnavailableError)],
)
async def test_credentials_that_cannot_be_renewed_send_nothing(
    no_key: HttpDriver, serve: Serve, tmp_path: Path, private_key: str, handler: Any, kind: type[Exception]
) -> None:
    site, bank = await serve(), await serve(handler or ok)
    url = f"{bank.url}/token" if handler else "http://127.0.0.1:9/token"
    file = service_account(tmp_path / "account.json", url, private_key)
    with pytest.raises(kind, match="Google renews no token"):
        await signed(no_key, site, settings={"credentials": file}, **GOOGLE)
    assert site.seen == []


@pytest.mark.parametrize("content", [None, "{}", "no json"])
async def test_a_machine_without_google_credentials_says_what_to_do(
    no_key: HttpDriver, serve: Serve, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "account.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigurationError, match="gcloud auth application-default login"):
        await signed(no_key, await serve(), settings={"credentials": str(file)}, **GOOGLE)


async def test_a_video_in_a_bucket_of_google_is_fetched_with_the_token(
    driver: HttpDriver, serve: Serve, tmp_path: Path
) -> None:
    store = await serve(serves(VIDEO))
    vertex = provider("https://vertex.example", settings={"gcs_endpoint": store.url}, headers={"X-A": "1"}, **GOOGLE)
    await collect(driver, vertex, "gs://my-bucket/a b/sample_0.mp4", tmp_path / "o.mp4")
    assert store.last.path == "/storage/v1/b/my-bucket/o/a%20b%2Fsample_0.mp4?alt=media"
    assert store.last.headers["authorization"] == f"Bearer {KEY}"
    assert "x-a" not in store.last.headers


async def collect(driver: HttpDriver, of: Any, url: str, dest: Path) -> None:
    await driver.collect(Output(url=url), of, dest, progress=lambda _: None, cancelled=lambda: False)
    assert dest.read_bytes() == VIDEO


# --- AWS -----------------------------------------------------------------------------------------------------------

AWS = {"signing": "sigv4", "settings": {"service": "bedrock", "region": "eu-north-1"}}
SECRET = "wJalrXUtnFEMI/K7MDENG"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Credentials:
    """Credentials in the environment, where botocore finds them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-token-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return Credentials("AKIDEXAMPLE", SECRET, "session-token-1")


def expected(kind: Any, credentials: Credentials, service: str, site: Site, monkeypatch: pytest.MonkeyPatch) -> str:
    """Sign what the server got, at the time it says, as AWS would to check it."""
    at = dt.datetime.strptime(site.last.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: at)
    request = AWSRequest(method=site.last.method, url=site.url + site.last.path, data=site.last.body)
    kind(credentials, service, "eu-north-1").add_auth(request)
    return request.headers["Authorization"]


async def test_a_bedrock_key_is_a_bearer(driver: HttpDriver, serve: Serve) -> None:
    assert (await signed(driver, await serve(), **AWS))["authorization"] == f"Bearer {KEY}"


async def test_without_a_key_the_request_is_signed_as_aws_checks_it(
    no_key: HttpDriver, serve: Serve, aws: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = await serve()
    call = Call(
        method="POST", path="/async-invoke/arn%3Aaws%3A1", query={"max": "1 2"}, body={"modelId": "m", "p": "☀"}
    )
    await no_key.drive(once(call), provider(site.url, **AWS))
    assert site.last.headers["x-amz-security-token"] == "session-token-1"
    assert site.last.headers["authorization"] == expected(SigV4Auth, aws, "bedrock", site, monkeypatch)
    assert "/eu-north-1/bedrock/aws4_request" in site.last.headers["authorization"]


async def test_a_video_in_a_bucket_of_aws_is_signed_for_s3(
    driver: HttpDriver, serve: Serve, aws: Credentials, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also where a Bedrock key opens Bedrock: it does not open S3."""
    store = await serve(serves(VIDEO))
    settings = {**AWS["settings"], "s3_endpoint": f"{store.url}/"}
    bedrock = provider("https://bedrock.example", **{**AWS, "settings": settings})
    await collect(driver, bedrock, "s3://my.bucket/out put/x~1/output.mp4", tmp_path / "o.mp4")
    assert store.last.path == "/my.bucket/out%20put/x~1/output.mp4"
    assert store.last.headers["authorization"] == expected(S3SigV4Auth, aws, "s3", store, monkeypatch)


@pytest.mark.parametrize(
    ("bucket", "region", "url"),
    [
        ("videos", "us-west-2", "https://videos.s3.us-west-2.amazonaws.com/a/b.mp4"),
        ("my.videos", "us-west-2", "https://s3.us-west-2.amazonaws.com/my.videos/a/b.mp4"),
        ("videos", "cn-north-1", "https://videos.s3.cn-north-1.amazonaws.com.cn/a/b.mp4"),
    ],
)
def test_a_bucket_has_a_host_of_its_own(make_driver: Make, bucket: str, region: str, url: str) -> None:
    from video_gen.transport.machine import Machine
    from video_gen.transport.stores import located

    bedrock = provider("https://bedrock.example", signing="sigv4", settings={"service": "bedrock", "region": region})
    caller, request = located(Output(url=f"s3://{bucket}/a/b.mp4"), make_driver()._caller(bedrock), Machine())
    assert request.url == url
    assert request.signed
    assert url.startswith(caller.base)


@pytest.mark.parametrize(
    "url", ["s3://bucket/v.mp4", "gs://bucket/v.mp4", "s3://evil.example#/v", "s3://b/", "s3://../v", "s3:///v"]
)
@pytest.mark.parametrize("signing", ["bearer", "sigv4", "google"])
async def test_a_bucket_is_opened_only_by_its_own_kind_of_credentials(
    driver: HttpDriver, tmp_path: Path, url: str, signing: str
) -> None:
    if (signing, url) in {("sigv4", "s3://bucket/v.mp4"), ("google", "gs://bucket/v.mp4")}:
        return
    acme = provider("https://acme.example", signing=signing, settings={"service": "bedrock", "region": "r"})
    with pytest.raises(ApiRequestError, match="its credentials do not reach"):
        await collect(driver, acme, url, tmp_path / "o.mp4")


async def test_a_machine_without_aws_credentials_says_what_to_do(
    no_key: HttpDriver, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    site = await serve()
    with pytest.raises(ConfigurationError, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"):
        await signed(no_key, site, **AWS)
    settings = {**AWS["settings"], "profile": "nobody"}
    with pytest.raises(ConfigurationError, match="no profile `nobody`"):
        await signed(no_key, site, **{**AWS, "settings": settings})
    assert site.seen == []


@pytest.mark.parametrize(("signing", "library"), [("sigv4", "botocore"), ("google", "google.auth")])
async def test_a_missing_library_names_the_extra(
    no_key: HttpDriver, serve: Serve, monkeypatch: pytest.MonkeyPatch, signing: str, library: str
) -> None:
    for name in [each for each in sys.modules if each == library or each.startswith(f"{library}.")]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, library, None)
    extra = {"sigv4": "aws", "google": "google"}[signing]
    with pytest.raises(ConfigurationError, match=rf"pip install 'video-gen\[{extra}\]'"):
        await signed(no_key, await serve(), **{**AWS, "signing": signing})
    await no_key.drive(asking(Call(path="/x")), provider((await serve()).url, signing="none"))
