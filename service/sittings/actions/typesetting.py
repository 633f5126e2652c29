"""Paper: a Typst template of a slice's folder and rows of data, as PDF."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst

from service.kernel import settings


def typeset(
    template: str, rows: Sequence[Mapping[str, object]] | Mapping[str, object], *, folder_of: str = "sittings"
) -> bytes:
    """Typst reads only its own folder and the bundled font, so a name in the data is never more than text."""
    source = settings.current().templates / folder_of / template
    fonts = Path(pylopdf_fonts_zh_cn.__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / template
        page.write_bytes(source.read_bytes())
        (Path(folder) / "rows.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        pdf = typst.compile(str(page), root=folder, font_paths=[str(fonts)], ignore_system_fonts=True)
    assert isinstance(pdf, bytes)
    return pdf


def typeset_in_memory(template: str, content: Mapping[str, object]) -> bytes:
    """The same without a file of the data: what is still sealed must not lie on a disk, not even for a moment.

    The template takes the data from ``sys.inputs.content``.
    """
    source = (settings.current().templates / "sittings" / template).read_bytes()
    fonts = Path(pylopdf_fonts_zh_cn.__file__).parent
    inputs = {"content": json.dumps(content, ensure_ascii=False)}
    # Its stub wants folders of the same type as the source, which are bytes here.
    pdf = typst.compile(source, font_paths=[str(fonts)], ignore_system_fonts=True, sys_inputs=inputs)  # type: ignore[misc]
    assert isinstance(pdf, bytes)
    return pdf
