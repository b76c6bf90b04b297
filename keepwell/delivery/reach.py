"""Connects to where webhooks may go: a name is resolved once, every address is checked, and only those are dialled.

A name that is asked again may answer otherwise (rebinding), so the connection is made to the address that was
checked. Private, local and reserved addresses are refused unless their network is allowed, also where they are
dressed up as IPv6.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[..., Sequence[tuple[Any, ...]]]  # as socket.getaddrinfo

NOT_PUBLIC: tuple[
    Network, ...
] = (  # beyond what every version of Python knows: protocol assignments, local NAT64, documentation, SRv6
    *(IPv4Network(one) for one in ("192.0.0.0/24", "192.88.99.0/24")),
    *(IPv6Network(one) for one in ("64:ff9b:1::/48", "3fff::/20", "5f00::/16", "fec0::/10")),
)
NAT64 = IPv6Network("64:ff9b::/96")  # the last 32 bits are an IPv4 address
COMPATIBLE = IPv6Network("::/96")
MOST_ADDRESSES = 4  # of a name that are dialled


class Unreachable(Exception):
    """No address of a name may or can be dialled, and why."""


def connect(host: str, port: int, allowed: Sequence[Network], patience: float, resolve: Resolve) -> socket.socket:
    """A connection to the first checked address that takes it."""
    failure = f"{host} has no address"
    for address in checked(host, port, allowed, resolve)[:MOST_ADDRESSES]:
        try:
            return socket.create_connection((str(address), port), patience)
        except OSError as error:
            failure = f"{host} ({address}) cannot be reached: {error.strerror or error}"
    raise Unreachable(failure)


def checked(host: str, port: int, allowed: Sequence[Network], resolve: Resolve) -> list[Address]:
    """The addresses of a name, all of which may be dialled; one that may not is enough to refuse the name."""
    try:
        found = resolve(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable(f"{host} cannot be resolved: {error.strerror or error}") from None
    except UnicodeError:
        raise Unreachable(f"{host} is no name of a host") from None
    addresses = list(dict.fromkeys(ip_address(str(row[4][0]).partition("%")[0]) for row in found))
    for address in addresses:
        if not may_be_dialled(address, allowed):
            raise Unreachable(
                f"{host} leads to {address}, which is not public; 'allow:' in keepwell.yml can name its network"
            )
    return addresses


def may_be_dialled(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address, and every address inside it, is public or allowed."""
    return all(_is_public(one) or any(one in network for network in allowed) for one in _inside(address))


def _is_public(address: Address) -> bool:
    known = address.is_global and not address.is_multicast and not address.is_reserved
    return known and not any(address in network for network in NOT_PUBLIC)


def _inside(address: Address) -> Iterator[Address]:
    """An address as it will be dialled: IPv6 that only wraps IPv4 is the one inside."""
    if isinstance(address, IPv4Address):
        yield address
        return
    wrapped = [address.ipv4_mapped]
    if address in NAT64 or (address in COMPATIBLE and int(address) > 1):
        wrapped.append(IPv4Address(int(address) & 0xFFFFFFFF))
    found = [one for one in wrapped if one is not None]
    if found:
        yield from found
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo


def end(connection: socket.socket | None) -> None:
    """Break a connection off, also while another thread waits for it."""
    with suppress(OSError):
        if connection is not None:
            socket.socket.shutdown(connection, socket.SHUT_RDWR)  # of TLS too only what carries it
