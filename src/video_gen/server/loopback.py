"""Which names and addresses lead to this machine alone."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a host, by its name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
