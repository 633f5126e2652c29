"""Chinese is what the code says; English comes from the catalogues in ``templates/locale/parts``."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import NullTranslations

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from typing_extensions import override

from service.kernel import settings

LANGUAGES = ("zh", "en")


def merged() -> Catalog:
    """All parts as one catalogue; where two parts translate a sentence, the first by file name wins."""
    whole = Catalog(locale="en")
    for path in sorted((settings.current().templates / "locale" / "parts").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id and message.id not in whole:
                    whole.add(message.id, message.string)
    return whole


@lru_cache(maxsize=4)
def catalogue(language: str) -> NullTranslations:
    """The translations of a language; Chinese is its own message id and needs none."""
    if language != "en":
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, merged())
    compiled.seek(0)
    return Translations(compiled)


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences that stand within another one, each with what fills its placeholders."""

    sentences: tuple[tuple[str, Mapping[str, object]], ...] = field(default=())

    @override
    def __str__(self) -> str:
        return "；".join(sentence.format(**values) for sentence, values in self.sentences)


def say(language: str, text: str, values: Mapping[str, object] | None = None) -> str:
    """A sentence of the code in a language, its placeholders filled; string values are translated too."""
    known = catalogue(language)
    filled = {name: _filling(language, value) for name, value in (values or {}).items()}
    translated = known.gettext(text) if text else ""
    return translated.format(**filled) if filled else translated


def _filling(language: str, value: object) -> object:
    if isinstance(value, Sentences):
        return ("; " if language == "en" else "；").join(say(language, *one) for one in value.sentences)
    return catalogue(language).gettext(value) if isinstance(value, str) and value else value


def choose(cookie: str | None, accepted: str | None) -> str:
    """The language of a request: a person's choice, else Chinese; programs may ask by ``Accept-Language``."""
    if cookie in LANGUAGES:
        return str(cookie)
    return "en" if (accepted or "").lower().startswith("en") else "zh"
