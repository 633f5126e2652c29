"""The networks of a room's machines, as people write them: 192.168.1.0/24, one address, several with commas between."""

import ipaddress
import re

from service.kernel import errors

# Commas and semicolons of either keyboard, spaces and new lines all stand between two networks.
_BETWEEN = re.compile(r"[\s,;，；、]+")
# As much as the room's row holds.
LONGEST = 300
# How many bits of an IPv6 address say that the rest of it is an IPv4 one (RFC 4291 §2.5.5.2).
_MAPPED = 96

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def normal(text: str) -> str:
    """The networks of a text as they are kept: in CIDR form, a comma between, each once; empty lets every address in.

    A machine's own address with the length of its network (192.168.1.7/24) means that network.

    Raises:
        Malformed: a part is no network, it means every address there is, or there are too many of them.
    """
    found = ",".join(dict.fromkeys(_network(part) for part in _BETWEEN.split(text.strip()) if part))
    if len(found) > LONGEST:
        raise errors.Malformed("address_ranges_too_long", "网段太多，保存不下；请合并成较大的网段。")
    return found


def network(part: str) -> Network:
    """A network in CIDR form; one that is written as IPv6 and means IPv4 peers (::ffff:192.168.1.0/120) is theirs.

    Raises:
        ValueError: it is no network.
    """
    found = ipaddress.ip_network(part, strict=False)
    if isinstance(found, ipaddress.IPv6Network) and found.prefixlen >= _MAPPED:
        inner = found.network_address.ipv4_mapped
        if inner is not None:
            return ipaddress.IPv4Network((inner, found.prefixlen - _MAPPED))
    return found


def _network(part: str) -> str:
    try:
        found = network(part)
    except ValueError:
        raise errors.Malformed(
            "address_range_bad",
            "“{part}”不是网段。请写成 192.168.1.0/24 或单个地址 192.168.1.8，多个之间用逗号隔开。",
            part=part[:60],
        ) from None
    if found.prefixlen == 0:
        raise errors.Malformed("address_range_everything", "“{part}”就是所有地址。不限制网段的，请留空。", part=part)
    return str(found)
