"""What becomes of an upload that is far too large: it is refused at once, or as soon as it is more than may be sent."""

import contextlib
import socket
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, File, UploadFile

from service.main import BIGGEST_BODY, Fences
from tests.kernel.lines import Serving, everything, serving

GIGABYTES = 3 * 1024**3
PIECE = 64 * 1024


def receiving() -> tuple[FastAPI, list[str]]:
    """An application within the service's fences that takes files, and the names of those that it was handed."""
    app, names = FastAPI(), []

    @app.post("/api/v1/files")
    async def files(file: list[UploadFile] = File()) -> dict[str, int]:
        names.extend(str(one.filename) for one in file)
        return {"files": len(file)}

    app.add_middleware(Fences)
    return app, names


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    app, names = receiving()
    with serving(app) as running:
        running.names = names  # type: ignore[attr-defined]
        yield running


def head(*lines: str) -> bytes:
    kind = "content-type: multipart/form-data; boundary=b"
    return "\r\n".join(["POST /api/v1/files HTTP/1.1", "host: x", "connection: close", kind, *lines, "", ""]).encode()


def send_all(server: Serving, sent: bytes, more: Iterator[bytes] = iter(())) -> tuple[bytes, int]:
    """The answer, and how much could be sent before it came to an end."""
    count = 0
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.settimeout(20)
        line.sendall(sent)
        with contextlib.suppress(ConnectionError):
            for piece in more:
                line.sendall(piece)
                count += len(piece)
        return everything(line), count


def test_three_gigabytes_that_are_announced_are_refused_before_any_of_them_is_read(server: Serving) -> None:
    answer, _ = send_all(server, head(f"content-length: {GIGABYTES}"))

    assert answer.startswith(b"HTTP/1.1 413 ") and "上传内容过大".encode() in answer
    assert server.names == []  # type: ignore[attr-defined]


def test_three_gigabytes_in_pieces_without_a_length_are_read_only_up_to_the_limit(server: Serving) -> None:
    def pieces() -> Iterator[bytes]:
        start = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'
        yield b"%x\r\n%b\r\n" % (len(start), start)
        for _ in range(GIGABYTES // PIECE):
            yield b"%x\r\n%b\r\n" % (PIECE, b"x" * PIECE)

    _, sent = send_all(server, head("transfer-encoding: chunked"), pieces())

    # Beside what is read, the two systems keep what is on its way.
    assert sent < 16 * BIGGEST_BODY
    assert server.names == []  # type: ignore[attr-defined]
