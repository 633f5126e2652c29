"""Where a request comes from: one address has one name, whatever socket it came by."""

import pytest

from service.kernel import peers

SAID = {
    "IPv4": ("10.1.2.3", "10.1.2.3"),
    "IPv4 by a socket for both families": ("::ffff:10.1.2.3", "10.1.2.3"),
    "the same in hexadecimal": ("::FFFF:a01:203", "10.1.2.3"),
    "IPv6": ("fd12::1", "fd12::1"),
    "IPv6 that only looks like it": ("::fffe:10.1.2.3", "::fffe:10.1.2.3"),
    "a link with its zone": ("fe80::1%eth0", "fe80::1%eth0"),
    "a socket of files": ("", ""),
    "no address": ("test:client", "test:client"),
}


@pytest.mark.parametrize(("said", "kept"), SAID.values(), ids=SAID)
def test_an_address_is_kept_in_one_way(said: str, kept: str) -> None:
    assert peers.address({"client": (said, 50_000)}) == kept


def test_a_server_that_does_not_say_gives_no_address() -> None:
    assert (peers.address({}), peers.address({"client": None})) == ("", "")
