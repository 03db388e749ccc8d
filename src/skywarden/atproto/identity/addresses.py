"""Tell addresses of the public internet from all others, also where another address is wrapped inside."""

import ipaddress
import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

_NAT64: Final = IPv6Network("64:ff9b::/96")
_REFUSED_V4: Final = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
"""Protocol assignments and 6to4 relays; which of them `is_global` knows depends on the version of Python."""
_REFUSED_V6: Final = tuple(
    IPv6Network(text)
    for text in (
        "::/96",  # IPv4-compatible, long withdrawn
        "64:ff9b:1::/48",  # NAT64 of local use
        "2001::/23",  # protocol assignments: Teredo, ORCHID
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
_HOST: Final = re.compile(r"[a-zA-Z0-9.-]{1,253}")
_NUMERIC_LABEL: Final = re.compile(r"(0[xX][0-9a-fA-F]*|[0-9]+)\.?")


def is_public(text: str) -> bool:
    """Tell whether this is an address of a host on the public internet.

    `ipaddress.is_global` says yes to NAT64 and 6to4 forms of private addresses: they are unwrapped here first.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return _is_public(address)


def is_loopback(text: str) -> bool:
    """Tell whether this is 127.0.0.0/8 or ::1, in plain form."""
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def is_domain(host: str) -> bool:
    """Tell whether this is a name of at least two labels that no resolver reads as an address."""
    return _HOST.fullmatch(host) is not None and "." in host.rstrip(".") and not is_numeric_host(host)


def is_numeric_host(host: str) -> bool:
    """Tell whether a resolver may read this host as an IPv4 address: its last label is a number.

    `0x7f.1`, `2130706433`, `0177.0.0.1` and `127.1` are all loopback to `getaddrinfo`, and no address to `ipaddress`.
    """
    return _NUMERIC_LABEL.fullmatch(host.rstrip(".").rsplit(".", 1)[-1]) is not None


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not any(address in net for net in _REFUSED_V4)
    wrapped = address.ipv4_mapped or address.sixtofour
    if wrapped is None and address in _NAT64:
        wrapped = IPv4Address(int(address) & 0xFFFFFFFF)
    if wrapped is not None:
        return _is_public(wrapped)
    if address.scope_id is not None or any(address in network for network in _REFUSED_V6):
        return False
    return address.is_global and not address.is_multicast
