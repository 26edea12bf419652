"""What proves who we are is read by nobody: not in messages, outcomes, causes or the log."""

import logging
import traceback
from typing import Any

import pytest
from pydantic import SecretStr
from web_world import KEY, Make, Serve, answers, asking, cut, once, provider

from video_gen.exceptions import ConfigurationError, InvalidRequestError, VideoGenerationError
from video_gen.spec import Call, Failed, Output, Pending
from video_gen.spec.answers import refusal
from video_gen.transport import HttpDriver
from video_gen.transport.redact import redact


def refusing() -> Any:
    reply = yield Call(method="POST", path="/videos", body={})
    raise refusal(reply, "acme", reply.body["error"]["message"])


async def test_a_provider_that_quotes_the_key_is_not_quoted(driver: HttpDriver, serve: Serve) -> None:
    site = await serve(answers(401, {"error": {"message": f"Incorrect API key provided: {KEY}. See example.com."}}))
    with pytest.raises(VideoGenerationError) as caught:
        await driver.drive(refusing(), provider(site.url))
    told = "".join(traceback.format_exception(caught.value))
    assert KEY not in told
    assert str(caught.value) == "acme answered 401: Incorrect API key provided: ***. See example.com."
    assert KEY not in repr(caught.value) + str(caught.value.args)


@pytest.mark.parametrize("outcome", [Failed(code="job_failed", message=f"bad {KEY}"), Pending(message=f"bad {KEY}")])
async def test_an_outcome_is_told_without_secrets(driver: HttpDriver, serve: Serve, outcome: Any) -> None:
    site = await serve()

    def flow() -> Any:
        yield Call(path="/x")
        return outcome

    assert (await driver.drive(flow(), provider(site.url))).message == "bad ***"


async def test_a_made_token_is_a_secret_too(make_driver: Make, serve: Serve) -> None:
    site = await serve()
    driver = make_driver(key_of=lambda _: SecretStr(KEY))
    acme = provider(site.url, signing="jwt", settings={"access_key": "ak-1"})

    def flow() -> Any:
        yield Call(path="/x")
        raise InvalidRequestError(f"refused {site.last.headers['authorization'].removeprefix('Bearer ')} of yours")

    with pytest.raises(InvalidRequestError, match=r"^refused \*\*\* of yours$"):
        await driver.drive(flow(), acme)


async def test_a_lost_call_names_its_path_without_its_query(driver: HttpDriver, serve: Serve) -> None:
    site = await serve(cut)
    with pytest.raises(VideoGenerationError) as caught:
        await driver.drive(once(Call(path=f"{site.url}/v?X-Amz-Signature=abc", query={"key": KEY})), provider(site.url))
    told = "".join(traceback.format_exception(caught.value))
    assert KEY not in told
    assert "abc" not in str(caught.value)


async def test_a_refused_download_is_quoted_without_secrets(driver: HttpDriver, serve: Serve, tmp_path: Any) -> None:
    site = await serve(answers(403, {"e": f"no {KEY} https://cdn.example/v?sig=abc"}))
    output = Output(url="/v?token=abc", authorized=True)
    with pytest.raises(VideoGenerationError, match="link has ended") as caught:
        await driver.collect(output, provider(site.url), tmp_path / "o", progress=print, cancelled=lambda: False)
    assert KEY not in str(caught.value)
    assert "abc" not in str(caught.value)


async def test_nothing_of_it_is_logged(driver: HttpDriver, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    site = await serve(cut)
    with caplog.at_level(logging.DEBUG), pytest.raises(VideoGenerationError):
        await driver.drive(asking(Call(path="/x"), Call(method="POST", path="/x")), provider(site.url))
    assert KEY not in caplog.text


@pytest.mark.parametrize("key", ["sk-\nInjected: 1", "sk-schlüssel", "sk-\x00"])
async def test_a_key_no_header_can_carry_is_said_without_showing_it(make_driver: Make, serve: Serve, key: str) -> None:
    site = await serve()
    with pytest.raises(ConfigurationError, match="copy it again into ACME_API_KEY") as caught:
        await make_driver(key_of=lambda _: SecretStr(key)).drive(once(Call(path="/x")), provider(site.url))
    assert "sk-" not in str(caught.value)
    assert site.seen == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see https://b.s3.example/v.mp4?X-Amz-Signature=abc&x=1 now", "see https://b.s3.example/v.mp4?*** now"),
        ("(https://a.example/v?sig=1)", "(https://a.example/v?***"),
        ("https://user:pw@a.example/v", "https://a.example/v"),
        ("Authorization: Bearer eyJhbGciOi.J9.x-1", "Authorization: Bearer ***"),
        ("{'Authorization': 'Key a1b2c3d4-e5'}", "{'Authorization': 'Key ***'}"),
        ('{"api_key": "abcdefgh1234"}', '{"api_key": "***"}'),
        ("x-goog-api-key=AIzaSyD-12345678", "x-goog-api-key=***"),
        ("Bearer of bad news", "Bearer of bad news"),
        ("The key is missing", "The key is missing"),
        ("Token limits: 5000 characters", "Token limits: 5000 characters"),
        ("what? https://a.example/path is fine?", "what? https://a.example/path is fine?"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_and_words_are_not(text: str, told: str) -> None:
    assert redact(text) == told


def test_the_longest_secret_goes_first_and_scraps_are_left() -> None:
    assert redact("Bearer-abcdef abcdef abc", {"abcdef", "Bearer-abcdef", "abc", ""}) == "*** *** abc"
