"""A certificate authority of one's own, for rooms without a name on the internet.

Browsers open the camera, the service worker and WebCrypto only over HTTPS. Where no public authority can vouch for a
server, the tablets are made to trust this one. It can vouch for nothing but the hosts it was made for.
"""

import ipaddress
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY, AUTHORITY_KEY = "authority.pem", "authority.key.pem"
SERVER, SERVER_KEY = "server.pem", "server.key.pem"
# Our choice: long enough for a project of two years and its files, short enough to be forgotten safely.
AUTHORITY_LIFE = timedelta(days=3 * 365)
# Apple's and the CA/Browser Forum's limit for servers is 398 days; a day less leaves room for counting.
SERVER_LIFE = timedelta(days=397)
# Clocks of tablets are never quite right.
BACKDATED = timedelta(hours=1)
# Below this an authority is not worth a new server certificate.
SHORTEST_REST = timedelta(days=30)

Host = x509.DNSName | x509.IPAddress


class AuthorityError(ValueError):
    """What the operator has to do differently, in a sentence."""


@dataclass(frozen=True, slots=True)
class Made:
    """What lies in the folder now."""

    folder: Path
    hosts: Sequence[str]
    fingerprint: str
    authority_ends_at: datetime
    server_ends_at: datetime


def make(folder: Path, hosts: Sequence[str], *, now: datetime) -> Made:
    """A new authority and a certificate for a server with these names and addresses.

    Raises:
        AuthorityError: there is something in the folder already, or a host is neither a name nor an address.
    """
    found = [name for name in (AUTHORITY, AUTHORITY_KEY, SERVER, SERVER_KEY) if (folder / name).exists()]
    if found:
        raise AuthorityError(f"{folder} already holds {', '.join(found)}; --renew makes a new server certificate")
    named = [_host(host) for host in hosts]
    if not named:
        raise AuthorityError("name at least one --host: the name or address that tablets and machines will open")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(key, named, now)
    _write(folder / AUTHORITY_KEY, _private(key))
    _write(folder / AUTHORITY, authority.public_bytes(serialization.Encoding.PEM))
    return _issue(folder, authority, key, named, now)


def renew(folder: Path, hosts: Sequence[str], *, now: datetime) -> Made:
    """A new server certificate of the same authority, so that no tablet has to learn anything; by default for the same
    hosts.

    Raises:
        AuthorityError: the authority or its key is not there, is about to end, or may not vouch for a host.
    """
    for name in (AUTHORITY, AUTHORITY_KEY):
        if not (folder / name).exists():
            raise AuthorityError(f"{folder / name} is missing: bring it back, or make a new authority without --renew")
    authority = read(folder / AUTHORITY)
    key = serialization.load_pem_private_key((folder / AUTHORITY_KEY).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != authority.public_key():
        raise AuthorityError(f"{AUTHORITY_KEY} is not the key of {AUTHORITY}")
    if authority.not_valid_after_utc < now + SHORTEST_REST:
        raise AuthorityError("the authority is about to end; make a new one in another folder and let tablets trust it")
    named = [_host(host) for host in hosts] or _hosts_of(read(folder / SERVER))
    strangers = [_text(host) for host in named if not _covers(authority, host)]
    if strangers:
        raise AuthorityError(
            f"this authority may not vouch for {', '.join(strangers)}; make a new one in another folder"
        )
    return _issue(folder, authority, key, named, now)


def read(path: Path) -> x509.Certificate:
    """The first certificate of a PEM file.

    Raises:
        AuthorityError: the file is not there, or holds none.
    """
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise AuthorityError(f"{path} holds no certificate") from error


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate in sixteen groups of four hexadecimal digits, for two people to compare."""
    digits = certificate.fingerprint(hashes.SHA256()).hex().upper()
    return " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))


def _host(text: str) -> Host:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        pass
    name = text.lower().rstrip(".")
    labels = name.split(".")
    if len(name) > 253 or not all(_is_label(label) for label in labels) or labels[-1].isdigit():
        raise AuthorityError(f"{text!r} is neither a host name nor an IP address")
    return x509.DNSName(name)


def _is_label(label: str) -> bool:
    plain = label.isascii() and label.replace("-", "").isalnum()
    return 0 < len(label) <= 63 and plain and not label.startswith("-") and not label.endswith("-")


def _text(host: Host) -> str:
    return str(host.value)


def _name(words: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Peikao"), x509.NameAttribute(NameOID.COMMON_NAME, words)]
    )


def _authority(key: ec.EllipticCurvePrivateKey, hosts: Iterable[Host], now: datetime) -> x509.Certificate:
    name = _name(f"Peikao room authority {now:%Y-%m-%d}")
    usage = {"key_cert_sign": True, "crl_sign": True}
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(**usage), critical=True)
        .add_extension(_constraints(hosts), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _constraints(hosts: Iterable[Host]) -> x509.NameConstraints:
    """Only these hosts. A kind of name that is not permitted anywhere is excluded everywhere (RFC 5280 §4.2.1.10)."""
    permitted: list[x509.GeneralName] = []
    for host in hosts:
        # A constraint on addresses is a network, here of one address.
        permitted.append(x509.IPAddress(ipaddress.ip_network(host.value)) if isinstance(host, x509.IPAddress) else host)
    excluded: list[x509.GeneralName] = []
    if not any(isinstance(one, x509.DNSName) for one in permitted):
        excluded.append(x509.DNSName(""))
    if not any(isinstance(one, x509.IPAddress) for one in permitted):
        excluded += [x509.IPAddress(ipaddress.ip_network(everything)) for everything in ("0.0.0.0/0", "::/0")]
    return x509.NameConstraints(permitted, excluded or None)


def _covers(authority: x509.Certificate, host: Host) -> bool:
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    if isinstance(host, x509.IPAddress):
        networks = [ipaddress.ip_network(str(one.value)) for one in permitted if isinstance(one, x509.IPAddress)]
        return any(ipaddress.ip_address(str(host.value)) in network for network in networks)
    names = [one.value for one in permitted if isinstance(one, x509.DNSName)]
    return any(host.value == name or host.value.endswith(f".{name}") for name in names)


def _issue(
    folder: Path, authority: x509.Certificate, key: ec.EllipticCurvePrivateKey, hosts: Sequence[Host], now: datetime
) -> Made:
    server_key = ec.generate_private_key(ec.SECP256R1())
    ends_at = min(now - BACKDATED + SERVER_LIFE, authority.not_valid_after_utc)
    server = (
        x509.CertificateBuilder()
        # Words and no host: OpenSSL holds a host in this place against the constraints as well.
        .subject_name(_name("Peikao server"))
        .issuer_name(authority.subject)
        .public_key(server_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(ends_at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(server_key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(folder / SERVER_KEY, _private(server_key))
    _write(folder / SERVER, server.public_bytes(serialization.Encoding.PEM))
    named = [_text(host) for host in hosts]
    return Made(folder, named, fingerprint(authority), authority.not_valid_after_utc, server.not_valid_after_utc)


def _hosts_of(server: x509.Certificate) -> list[Host]:
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [name for name in names if isinstance(name, x509.DNSName | x509.IPAddress)]


def _usage(**granted: bool) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: granted.get(name, False) for name in every})


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Readable by its owner alone from the first byte, and whole at every moment."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)
