"""Credentials stay with their provider, and an address from outside leads nowhere inside: traps note what they get."""

import ipaddress
from pathlib import Path
from typing import Any

import pytest
from web_world import KEY, Make, Serve, answers, asking, cut, ok, once, provider, redirects, serves

from video_gen.exceptions import (
    ConfigurationError,
    ServiceUnavailableError,
    SubmissionUnknownError,
    VideoGenerationError,
)
from video_gen.spec import Call, Output
from video_gen.transport import HttpDriver
from video_gen.transport.address import UnsafeUrlError, redirected, same_origin

VIDEO = b"\0\0\0\x18ftypisom" + bytes(5000)
NEUTRAL = {"host", "user-agent", "accept", "accept-encoding", "connection", "range", "if-range"}


async def collect(driver: HttpDriver, acme: Any, url: str, dest: Path, *, authorized: bool = True) -> bytes:
    output = Output(url=url, authorized=authorized)
    await driver.collect(output, acme, dest, progress=lambda _: None, cancelled=lambda: False)
    return dest.read_bytes()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.mp4"


# --- credentials and redirects -------------------------------------------------------------------------------------


@pytest.mark.parametrize("signing", [{"signing": "bearer"}, {"signing": "header", "key_header": "x-goog-api-key"}])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_another_host_gets_no_credential(
    make_driver: Make, serve: Serve, out: Path, signing: Any, status: int
) -> None:
    driver, trap = make_driver(allow_private=True), await serve(serves(VIDEO))
    site = await serve(redirects(f"{trap.url}/v.mp4?X-Sig=ok", status))
    acme = provider(site.url, headers={"X-Acme-Account": "42"}, **signing)
    assert await collect(driver, acme, "/videos/1/content", out) == VIDEO
    assert KEY in str(site.last.headers)
    assert site.last.headers["x-acme-account"] == "42"
    assert trap.last.path == "/v.mp4?X-Sig=ok"
    assert set(trap.last.headers) <= NEUTRAL
    assert KEY not in str(trap.seen)


async def test_a_call_that_is_redirected_elsewhere_leaves_its_own_headers_behind(
    make_driver: Make, serve: Serve
) -> None:
    trap = await serve()
    site = await serve(redirects(f"{trap.url}/x"))
    call = Call(path="/x", headers={"X-Upload-Token": "t0k3n"}, query={"key": "s3cret"})
    assert (await make_driver(allow_private=True).drive(once(call), provider(site.url))).ok
    assert set(trap.last.headers) <= NEUTRAL
    assert "s3cret" not in trap.last.path


async def test_the_key_does_not_come_back_after_a_detour(make_driver: Make, serve: Serve, out: Path) -> None:
    """A stranger must not be able to choose what is asked of the provider in our name."""
    site = await serve()
    detour = await serve(redirects(f"{site.url}/admin/export"))
    site.handlers = [redirects(f"{detour.url}/x"), serves(VIDEO)]
    await collect(make_driver(allow_private=True), provider(site.url, headers={"X-Acme-Account": "42"}), "/v", out)
    for name in ("authorization", "x-acme-account"):
        assert [name in each.headers for each in site.seen] == [True, False]


async def test_the_same_origin_keeps_the_key(driver: HttpDriver, serve: Serve, out: Path) -> None:
    site = await serve(redirects("/b"), redirects("c"), serves(VIDEO))
    await collect(driver, provider(site.url), "/a", out)
    assert [each.path for each in site.seen] == ["/a", "/b", "/c"]
    assert {each.headers["authorization"] for each in site.seen} == {f"Bearer {KEY}"}


async def test_what_is_not_authorized_is_not_signed(driver: HttpDriver, serve: Serve, out: Path) -> None:
    site = await serve(serves(VIDEO))
    await collect(driver, provider(site.url), f"{site.url}/v", out, authorized=False)
    assert KEY not in str(site.seen)


async def test_an_address_elsewhere_is_not_signed_though_it_asks_for_it(
    make_driver: Make, serve: Serve, out: Path
) -> None:
    site, elsewhere = await serve(), await serve(serves(VIDEO))
    driver = make_driver(allow_private=True)
    acme = provider(site.url, headers={"X-Acme-Account": "42"})
    await collect(driver, acme, f"{elsewhere.url}/v", out)
    call = Call(method="POST", path=f"{elsewhere.url}/upload", form={"key": "k"}, headers={"X-Amz-Meta": "1"})
    await driver.drive(once(call), acme)
    assert len(elsewhere.seen) == 2
    assert KEY not in str(elsewhere.seen)
    assert "x-acme-account" not in elsewhere.last.headers
    assert elsewhere.last.headers["x-amz-meta"] == "1"


async def test_an_address_that_looks_like_the_provider_is_another(make_driver: Make, serve: Serve) -> None:
    site = await serve()
    port = site.url.rpartition(":")[2]
    driver = make_driver(allow_private=True)
    await driver.drive(once(Call(path=f"http://localhost:{port}/x")), provider(site.url))
    assert KEY not in str(site.seen)
    await driver.drive(once(Call(path=f"HTTP://127.0.0.1:{port}/x")), provider(site.url))
    assert KEY in str(site.seen)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "https://a.example:443/y?z", True),
        ("https://A.example", "https://a.EXAMPLE./", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "https://b.a.example", False),
        ("https://a.example", "https://a.example.evil.example", False),
        ("https://a.example", "https://a.example@evil.example", False),
        ("https://a.example", "https://a.example:port", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(one: str, other: str, *, same: bool) -> None:
    assert same_origin(one, other) is same


def test_encryption_is_never_left() -> None:
    with pytest.raises(UnsafeUrlError, match="leave https"):
        redirected("https://a.example/x", "http://a.example/x?sig=1")
    with pytest.raises(UnsafeUrlError, match="leave https"):
        redirected("https://a.example/x", "ftp://a.example/x")
    assert redirected("https://a.example/x/y", "z?q=1") == "https://a.example/x/z?q=1"
    assert redirected("http://a.example/x", "//b.example/z") == "http://b.example/z"


@pytest.mark.parametrize("turns", [5, 6])
async def test_redirects_end(driver: HttpDriver, serve: Serve, turns: int) -> None:
    site = await serve(*[redirects(f"/{n}") for n in range(turns)], ok)
    if turns == 5:
        assert (await driver.drive(once(Call(path="/x")), provider(site.url))).ok
    else:
        with pytest.raises(ServiceUnavailableError, match="redirects more than 5 times"):
            await driver.drive(once(Call(path="/x")), provider(site.url))
    assert len(site.seen) == 6


# --- redirects of what costs money ---------------------------------------------------------------------------------

SUBMIT = Call(method="POST", path="/videos/", body={"prompt": "x"})


@pytest.mark.parametrize("status", [307, 308])
async def test_a_submit_is_sent_on_where_nothing_was_done_with_it(
    driver: HttpDriver, serve: Serve, status: int
) -> None:
    site = await serve(redirects("/videos", status), ok)
    assert (await driver.drive(once(SUBMIT), provider(site.url))).body == {"id": "job-1"}
    assert [(each.method, each.path, each.body) for each in site.seen] == [
        ("POST", "/videos/", b'{"prompt":"x"}'),
        ("POST", "/videos", b'{"prompt":"x"}'),
    ]
    assert site.last.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(("status", "away"), [(301, False), (301, True), (307, True), (308, True)])
async def test_a_submit_that_is_sent_away_names_the_new_address(
    make_driver: Make, serve: Serve, status: int, *, away: bool
) -> None:
    trap = await serve()
    site = await serve(redirects(f"{trap.url}/v2?sig=s3cret" if away else "/v2", status))
    acme = provider(site.url, base_url_env=("ACME_BASE_URL",))
    with pytest.raises(ConfigurationError, match=r"/v2` \(30\d\).*ACME_BASE_URL") as caught:
        await make_driver(allow_private=True).drive(once(SUBMIT), acme)
    assert "s3cret" not in str(caught.value)
    assert len(site.seen) == 1
    assert trap.seen == []


@pytest.mark.parametrize("status", [302, 303])
async def test_a_submit_that_may_have_been_carried_out_is_unknown(
    driver: HttpDriver, serve: Serve, status: int
) -> None:
    site = await serve(redirects("/done", status), ok)
    with pytest.raises(SubmissionUnknownError, match="does not say whether"):
        await driver.drive(once(SUBMIT), provider(site.url))
    assert len(site.seen) == 1


async def test_the_loss_after_a_redirect_is_unknown_too(driver: HttpDriver, serve: Serve) -> None:
    site = await serve(redirects("/videos", 307), cut, ok)
    with pytest.raises(SubmissionUnknownError):
        await driver.drive(once(SUBMIT), provider(site.url))
    assert len(site.seen) == 2


@pytest.mark.parametrize("location", ["http://[::1", "ftp://127.0.0.1/x", "http://127.0.0.1:9/x"])
@pytest.mark.parametrize("status", [302, 303])
async def test_wherever_it_is_redirected_it_may_have_been_carried_out(
    driver: HttpDriver, serve: Serve, status: int, location: str
) -> None:
    site = await serve(redirects(location, status))
    with pytest.raises(SubmissionUnknownError):
        await driver.drive(once(SUBMIT.model_copy(update={"safe": True})), provider(site.url))
    assert {each.method for each in site.seen} == {"POST"}


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_question_asked_by_post_is_answered_elsewhere(make_driver: Make, serve: Serve, status: int) -> None:
    trap = await serve()
    site = await serve(redirects(f"{trap.url}/answer", status))
    reply = await make_driver(allow_private=True).drive(
        once(Call(method="POST", path="/q", body={"s3cret": 1}, free=True)), provider(site.url)
    )
    assert reply.ok
    assert (trap.last.method, trap.last.body) == ("GET", b"")
    assert set(trap.last.headers) <= NEUTRAL


async def test_a_body_is_never_sent_on_to_another_host(make_driver: Make, serve: Serve) -> None:
    trap = await serve()
    site = await serve(redirects(f"{trap.url}/x", 307))
    with pytest.raises(ConfigurationError):
        await make_driver(allow_private=True).drive(
            once(Call(method="POST", path="/q", body={}, free=True)), provider(site.url)
        )
    assert trap.seen == []


async def test_a_redirect_to_no_address_is_said(driver: HttpDriver, serve: Serve) -> None:
    site = await serve(redirects("http://[::1"))
    with pytest.raises(ServiceUnavailableError, match="no address"):
        await driver.drive(once(Call(path="/x")), provider(site.url))


# --- addresses from outside ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/v.mp4",
        "http://127.0.0.1:{port}/v",
        "http://127.1:{port}/v",
        "http://2130706433:{port}/v",
        "http://0x7f000001:{port}/v",
        "http://0.0.0.0:{port}/v",
        "http://localhost:{port}/v",
        "http://localhost.:{port}/v",
        "http://[::1]:{port}/v",
        "http://[::ffff:127.0.0.1]:{port}/v",
        "http://[64:ff9b::7f00:1]:{port}/v",
        "ftp://cdn.example/v.mp4",
        "http://user:hunter2@127.0.0.1:{port}/v",
        "http://[::1/v.mp4",
        "javascript:alert(1)",
    ],
)
async def test_a_result_url_leads_nowhere_inside(driver: HttpDriver, serve: Serve, out: Path, url: str) -> None:
    site = await serve(serves(VIDEO))
    with pytest.raises(VideoGenerationError) as caught:
        await collect(driver, provider("https://127.0.0.1:9"), url.format(port=site.url.rpartition(":")[2]), out)
    assert "hunter2" not in str(caught.value)
    assert site.seen == []
    assert not out.exists()


async def test_another_port_of_this_machine_is_not_the_provider(driver: HttpDriver, serve: Serve, out: Path) -> None:
    site, inside = await serve(), await serve(serves(VIDEO))
    with pytest.raises(ServiceUnavailableError, match="VIDEO_GEN_ALLOW_PRIVATE_URLS=1"):
        await collect(driver, provider(site.url), f"{inside.url}/v", out)
    assert inside.seen == []


async def test_a_redirect_leads_nowhere_inside(driver: HttpDriver, serve: Serve, out: Path) -> None:
    inside = await serve(serves(VIDEO))
    site = await serve(redirects(f"{inside.url}/v"))
    with pytest.raises(ServiceUnavailableError, match="private network"):
        await collect(driver, provider(site.url), "/v", out)
    with pytest.raises(ServiceUnavailableError, match="private network"):
        await driver.drive(once(Call(path="/v")), provider(site.url))
    assert inside.seen == []
    assert len(site.seen) == 2, "what is refused is not tried again"


async def test_what_the_user_allows_is_reached(make_driver: Make, serve: Serve, out: Path) -> None:
    site, inside = await serve(), await serve(serves(VIDEO))
    assert await collect(make_driver(allow_private=True), provider(site.url), f"{inside.url}/v", out) == VIDEO


async def test_a_name_is_looked_up_once_and_each_connection_goes_to_a_checked_address(
    make_driver: Make, serve: Serve, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that changes its answer between check and use: here 127.0.0.1 stands for a public address."""
    monkeypatch.setattr("video_gen.transport.connections.is_public", lambda address: address == "127.0.0.1")
    public = await serve(serves(VIDEO))
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    driver = make_driver(resolve=rebinding)
    url = f"http://cdn.example:{public.url.rpartition(':')[2]}/v"
    assert await collect(driver, provider("https://api.acme.example"), url, out) == VIDEO
    assert asked == ["cdn.example"]
    out.unlink()
    with pytest.raises(ServiceUnavailableError, match="private network"):
        await collect(driver, provider("https://api.acme.example"), url, out)
    assert asked == ["cdn.example"] * 2
    assert len(public.seen) == 1


async def test_of_several_addresses_only_public_ones_are_tried(
    make_driver: Make, serve: Serve, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "video_gen.transport.connections.is_public", lambda address: ipaddress.ip_address(address).version == 4
    )
    public = await serve(serves(VIDEO))
    driver = make_driver(resolve=lambda host, port: ["::1", "127.0.0.1"])
    url = f"http://cdn.example:{public.url.rpartition(':')[2]}/v"
    assert await collect(driver, provider("https://api.acme.example"), url, out) == VIDEO


async def test_the_base_url_itself_may_be_anywhere(driver: HttpDriver, serve: Serve, out: Path) -> None:
    """The user named it: a relay at home, a server in the next room."""
    site = await serve(answers(200, {"url": "x"}), serves(VIDEO))
    replies = await driver.drive(asking(Call(path="/x")), provider(site.url))
    assert replies[0].ok
    assert await collect(driver, provider(site.url), f"{site.url}/v", out) == VIDEO
