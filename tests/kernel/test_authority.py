"""The room's own authority: what it vouches for, what it cannot, and a real server that devices come to trust by it."""

import os
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from service import migrations
from service.cli import app
from service.kernel import authority
from service.kernel.settings import ROOT
from tests.conftest import using

NOW = datetime.now(UTC).replace(microsecond=0)
HOSTS = ("127.0.0.1", "localhost")
FILES = {authority.AUTHORITY, authority.AUTHORITY_KEY, authority.SERVER, authority.SERVER_KEY}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority and a certificate, made by the command itself."""
    place = tmp_path_factory.mktemp("tls") / "certificates"
    said = CliRunner().invoke(app, ["tls", str(place), *(word for host in HOSTS for word in ("--host", host))])
    assert said.exit_code == 0, said.output
    assert authority.fingerprint(authority.read(place / authority.AUTHORITY)) in said.output
    return place


def certificates(place: Path) -> tuple[x509.Certificate, x509.Certificate]:
    return authority.read(place / authority.AUTHORITY), authority.read(place / authority.SERVER)


# --- what is made ---


def test_the_files_are_their_owners_alone(folder: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert modes == dict.fromkeys(FILES, 0o600)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_authority_can_make_certificates_for_its_hosts_and_no_other_authority(folder: Path) -> None:
    root, _ = certificates(folder)

    assert root.issuer == root.subject
    basics = root.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basics.critical, basics.value.ca, basics.value.path_length) == (True, True, 0)
    usage = root.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.digital_signature) == (True, False)
    constraints = root.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert [str(one.value) for one in constraints.value.permitted_subtrees or []] == ["127.0.0.1/32", "localhost"]
    assert isinstance(root.public_key(), ec.EllipticCurvePublicKey)
    assert root.not_valid_after_utc - root.not_valid_before_utc <= timedelta(days=5 * 365)


def test_the_server_has_its_names_and_a_year_and_a_month(folder: Path) -> None:
    root, server = certificates(folder)

    server.verify_directly_issued_by(root)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == list(HOSTS)
    assert not server.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert server.not_valid_after_utc - server.not_valid_before_utc == timedelta(days=397)


@pytest.mark.parametrize(
    ("hosts", "excluded"),
    [
        pytest.param(["exam.local"], ["0.0.0.0/0", "::/0"], id="names only: no address at all"),
        pytest.param(["10.0.0.5", "fd00::5"], [""], id="addresses only: no name at all"),
        pytest.param(["10.0.0.5", "exam.local"], [], id="both"),
    ],
)
def test_what_is_not_permitted_is_excluded(tmp_path: Path, hosts: list[str], excluded: list[str]) -> None:
    authority.make(tmp_path, hosts, now=NOW)

    value = certificates(tmp_path)[0].extensions.get_extension_for_class(x509.NameConstraints).value
    assert [str(one.value) for one in value.excluded_subtrees or []] == excluded


@pytest.mark.parametrize(
    "host", ["", "two words", "-dash.local", "a..b", "300.1.1.1", "主机.local", "x" * 64, "10.0.0"]
)
def test_what_is_no_host_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(authority.AuthorityError, match="neither a host name nor an IP address"):
        authority.make(tmp_path / "new", [host], now=NOW)
    assert not (tmp_path / "new").exists()


def test_without_a_host_there_is_nothing_to_vouch_for(tmp_path: Path) -> None:
    with pytest.raises(authority.AuthorityError, match="--host"):
        authority.make(tmp_path, [], now=NOW)


# --- once more ---


def test_nothing_is_overwritten_unless_it_is_renewed(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    said = CliRunner().invoke(app, ["tls", str(folder), "--host", "127.0.0.1"])

    assert said.exit_code == 1
    assert "--renew" in said.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_renewing_keeps_the_authority_and_the_hosts(tmp_path: Path) -> None:
    first = authority.make(tmp_path, ["exam.local", "10.0.0.5"], now=NOW)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    later = authority.renew(tmp_path, [], now=NOW + timedelta(days=300))

    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {name for name in FILES if after[name] == before[name]} == {authority.AUTHORITY, authority.AUTHORITY_KEY}
    assert (later.hosts, later.fingerprint) == (first.hosts, first.fingerprint)
    assert later.server_ends_at > first.server_ends_at
    root, server = certificates(tmp_path)
    server.verify_directly_issued_by(root)
    narrower = authority.renew(tmp_path, ["door.exam.local"], now=NOW)
    assert narrower.hosts == ["door.exam.local"]


def test_renewing_has_its_borders(tmp_path: Path) -> None:
    with pytest.raises(authority.AuthorityError, match="is missing"):
        authority.renew(tmp_path, [], now=NOW)
    made = authority.make(tmp_path, ["exam.local", "10.0.0.5"], now=NOW)
    for stranger in ("other.local", "notexam.local", "10.0.0.6", "::1"):
        with pytest.raises(authority.AuthorityError, match="may not vouch for"):
            authority.renew(tmp_path, [stranger], now=NOW)
    last = made.authority_ends_at - timedelta(days=30)
    assert authority.renew(tmp_path, [], now=last).server_ends_at == made.authority_ends_at
    with pytest.raises(authority.AuthorityError, match="about to end"):
        authority.renew(tmp_path, [], now=last + timedelta(seconds=1))
    (tmp_path / authority.AUTHORITY_KEY).write_bytes((tmp_path / authority.SERVER_KEY).read_bytes())
    with pytest.raises(authority.AuthorityError, match="is not the key of"):
        authority.renew(tmp_path, [], now=NOW)


def test_a_fingerprint_can_be_read_aloud(folder: Path) -> None:
    root, _ = certificates(folder)

    shown = authority.fingerprint(root)

    assert [len(group) for group in shown.split(" ")] == [4] * 16
    assert shown.replace(" ", "").lower() == root.fingerprint(hashes.SHA256()).hex()


# --- a real server ---


@contextmanager
def serving(folder: Path, work: Path, *more: str) -> Iterator[int]:
    """The service over TLS; the port it listens on."""
    url = f"sqlite:///{work / 'peikao.db'}"
    with using(url):
        migrations.upgrade()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    words = ["serve", "--port", str(port), "--certificate", str(folder / authority.SERVER), "--key"]
    words += [str(folder / authority.SERVER_KEY), *more]
    environment = {
        **os.environ,
        "PEIKAO_DATABASE_URL": url,
        "PEIKAO_AUTHORITY_CERTIFICATE": str(folder / authority.AUTHORITY),
    }
    with (work / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "service.cli", *words], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        for _ in range(300):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (work / "log").read_text()
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def get(port: int, path: str, host: str, context: ssl.SSLContext) -> bytes:
    """The body of a reply over TLS, the server's certificate checked against ``host``."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        secure.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        pieces = []
        while piece := secure.recv(65536):
            pieces.append(piece)
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    return body


def test_who_trusts_the_authority_reaches_the_server_and_nobody_else(folder: Path, tmp_path: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(folder / authority.AUTHORITY))
    trusting.minimum_version = ssl.TLSVersion.TLSv1_2
    with serving(folder, tmp_path) as port:
        for host in HOSTS:
            assert b'"ok"' in get(port, "/health", host, trusting)
        with pytest.raises(ssl.SSLCertVerificationError, match=r"unable to get local issuer|self.signed"):
            get(port, "/health", "localhost", ssl.create_default_context())
        for stranger in ("exam.local", "127.0.0.2"):
            with pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|not valid for"):
                get(port, "/health", stranger, trusting)

        root, _ = certificates(folder)
        page = get(port, "/trust", "localhost", trusting).decode()
        assert authority.fingerprint(root) in page
        offered = get(port, "/trust/authority.crt", "localhost", trusting)
        assert offered == root.public_bytes(serialization.Encoding.DER)


def _for_a_stranger(place: Path, host: str) -> Path:
    """What a thief of the authority's key would make: a certificate for a host that it may not vouch for."""
    root = authority.read(place / authority.AUTHORITY)
    key = serialization.load_pem_private_key((place / authority.AUTHORITY_KEY).read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    authority._issue(place, root, key, [x509.DNSName(host)], NOW)
    return place / authority.SERVER


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_and_refuses_a_certificate_for_anybody_else(folder: Path, tmp_path: Path) -> None:
    def verified(place: Path, server: Path) -> tuple[int, str]:
        words = ["openssl", "verify", "-CAfile", str(place / authority.AUTHORITY), str(server)]
        found = subprocess.run(words, capture_output=True, text=True)
        return found.returncode, found.stdout + found.stderr

    assert verified(folder, folder / authority.SERVER)[0] == 0
    for number, hosts in enumerate((["10.0.0.5"], ["exam.local"])):
        place = tmp_path / str(number)
        authority.make(place, hosts, now=NOW)
        assert verified(place, place / authority.SERVER)[0] == 0
        status, said = verified(place, _for_a_stranger(place, "www.example.org"))
        assert status != 0
        assert "permitted subtree violation" in said or "excluded subtree violation" in said


# --- behind a proxy ---


@pytest.mark.parametrize(
    ("more", "believed"),
    [
        pytest.param((), {"proxy_headers": False, "forwarded_allow_ips": None}, id="nobody by default"),
        pytest.param(
            ("--behind-proxy", "10.0.0.1"),
            {"proxy_headers": True, "forwarded_allow_ips": "10.0.0.1"},
            id="a proxy that was named",
        ),
    ],
)
def test_only_a_named_proxy_is_believed(
    monkeypatch: pytest.MonkeyPatch, more: Sequence[str], believed: dict[str, object]
) -> None:
    import uvicorn

    given: dict[str, object] = {}
    monkeypatch.setattr(uvicorn, "run", lambda *_, **options: given.update(options))

    assert CliRunner().invoke(app, ["serve", *more]).exit_code == 0
    assert {name: given[name] for name in believed} == believed
