"""What a URL says by itself: its origin, how it is shown, and whether an address may be reached from outside."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from yarl import URL

_PORTS: Final = {"http": 80, "https": 443}
_SHOWN: Final = 200
_HERE: Final = "localhost"
Origin = tuple[str, str, int | None]


class UnsafeUrlError(Exception):
    """A URL that is not followed; says why, in words that fit behind a colon."""


def is_absolute(url: str) -> bool:
    """Whether a URL names its own host."""
    return url.lower().startswith(("http://", "https://"))


def joined(base: str, path: str) -> str:
    """Return a path below a base URL; an absolute URL stays as it is."""
    return path if is_absolute(path) else f"{base.rstrip('/')}/{path.lstrip('/')}"


def with_query(url: str, query: dict[str, str]) -> str:
    """Return a URL with more in its query."""
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def origin_of(url: str) -> Origin:
    """Return scheme, host and port: what a credential is given for."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(scheme)


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs lead to the same scheme, host and port."""
    try:
        return origin_of(one) == origin_of(other)
    except ValueError:
        return False


def exact(url: str) -> URL:
    """Return a URL that is sent as it is written: quoting it anew would break a signature it carries."""
    clean = url.isascii() and url.isprintable() and " " not in url
    return URL(url, encoded=clean)


def redirected(url: str, location: str) -> str:
    """Return where a redirect leads.

    Raises:
        UnsafeUrlError: nowhere, or from an encrypted to a plain connection.
    """
    try:
        target = urljoin(url, location)
    except ValueError:
        raise UnsafeUrlError(f"`{shown_url(url)}` redirects to what is no address") from None
    if url.lower().startswith("https:") and not target.lower().startswith("https:"):
        raise UnsafeUrlError(f"`{shown_url(target)}` would leave https")
    return target


def check_url(url: str, *, allow_private: bool) -> None:
    """Check a URL from outside before it is resolved.

    Raises:
        UnsafeUrlError: it is not followed.
    """
    shown = shown_url(url)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UnsafeUrlError(f"`{shown}` is no address") from None
    if parts.scheme.lower() not in _PORTS:
        raise UnsafeUrlError(f"`{shown}` is not an http or https address")
    if not url.isprintable():  # half of a character among them, which no row holds
        raise UnsafeUrlError("the address holds characters that cannot be shown")
    if not host or " " in host:
        raise UnsafeUrlError(f"`{shown}` names no host")
    if parts.username is not None or parts.password is not None:
        raise UnsafeUrlError(f"`{shown}` carries a user name or password: leave it out")
    if not allow_private and not _may_be_public(host):
        raise UnsafeUrlError(leads_inside(url))


def _may_be_public(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:
        # A name: its addresses are looked at when it is resolved. One always is this machine's (RFC 6761, section 6.3).
        name = host.rstrip(".").lower()
        return name != _HERE and not name.endswith(f".{_HERE}")


def leads_inside(url: str) -> str:
    """Return the words for a URL whose address is refused."""
    return (
        f"`{shown_url(url)}` leads to this machine or a private network: "
        "set VIDEO_GEN_ALLOW_PRIVATE_URLS=1 if that is meant"
    )


def is_public(address: str) -> bool:
    """Whether a stranger's URL may reach an IP address: globally routable, and no tunnel into a private one."""
    ip = ip_address(address.partition("%")[0])
    return all(candidate.is_global and not candidate.is_multicast for candidate in (ip, *_embedded(ip)))


def _embedded(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses an IPv6 address stands for (mapped, 6to4, NAT64)."""
    if isinstance(ip, IPv4Address):
        return []
    found = [mapped for mapped in (ip.ipv4_mapped, ip.sixtofour) if mapped is not None]
    if ip.packed[:12] == bytes.fromhex("0064ff9b0000000000000000"):
        found.append(IPv4Address(ip.packed[12:]))
    return found


def shown_url(url: str) -> str:
    """Return a URL fit for a message: without user, password, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url.partition(":")[0][:20] + ":..."
    scheme = f"{parts.scheme}://" if parts.scheme else ""
    return f"{scheme}{host}{f':{port}' if port else ''}{parts.path}"[:_SHOWN]
