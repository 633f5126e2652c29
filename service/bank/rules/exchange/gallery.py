"""Pictures in files of items: read like an upload, so that nothing comes in by a file that no author could upload."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from service.bank.rules.exchange.drafts import Draft, Field, Remark, Sheaf
from service.bank.rules.items import ItemText
from service.bank.rules.pictures import LIMITS, PLACE_NAMES, PLACES, STEM, Pictured, Pictures
from service.kernel import errors, pictures
from service.kernel.pictures import Picture

# A picture as a file has it: its bytes, or nothing where the file only names it, and the words beside it.
Hung = tuple[bytes | None, str]
LEFT_OUT = "题干、选项或解析中有图片、表格等，这一题没有导入。"


@dataclass(frozen=True, slots=True)
class Gallery:
    """The pictures of one file by digest, as they are read."""

    kept: dict[str, Picture] = field(default_factory=dict)

    def hung(self, draft: Draft, found: Mapping[str, Hung]) -> Draft:
        """The draft with its pictures; one that cannot be kept is a fault of its place."""
        shown, faults = {}, list(draft.faults)
        for place in (one for one in PLACES if one in found):
            content, words = found[place]
            try:
                picture = pictures.taken(content or b"", LIMITS)
            except errors.ServiceError as fault:
                column = PLACE_NAMES[place]
                faults.append(Remark(draft.sheet, draft.row, column, fault.code, fault.detail, fault.values))
                continue
            self.kept[picture.digest] = picture
            shown[place] = Pictured(picture.digest, words.strip())
        return replace(draft, pictures=shown, faults=tuple(faults))


def staying(sheaf: Sheaf, kept: Mapping[str, Pictures]) -> Sheaf:
    """The drafts of a file that cannot carry pictures, with those that the bank keeps under their codes: what a table
    is silent about it does not take away. Each item of which this is true says so."""
    return replace(sheaf, drafts=tuple(_staying(one, kept.get(one.word(Field.CODE), {})) for one in sheaf.drafts))


def _staying(draft: Draft, kept: Pictures) -> Draft:
    if not kept:
        return draft
    shown = {place: one for place, one in kept.items() if place == STEM or place in draft.options}
    note = draft.remark(Field.PICTURES, "pictures_stay", "这种文件带不了图片，题库中这道题原有的图片保留不变。")
    return replace(draft, pictures=shown, notes=(*draft.notes, note))


def told(text: ItemText) -> str:
    """In words what pictures an item has, for formats that cannot carry them; empty where it has none."""
    return "；".join(f"{PLACE_NAMES[place]}：{one.words}" for place, one in sorted(text.pictures.items(), reverse=True))


def left_out(draft: Draft) -> Remark:
    """Why an item cannot be held that shows something which is no picture of its stem or of an option."""
    return draft.remark(Field.STEM, "picture_left_out", LEFT_OUT)


def name_of(place: str, picture: Picture) -> str:
    """What a picture is called within a file of ours."""
    return f"{'stem' if place == STEM else f'option-{place.lower()}'}.{pictures.ENDINGS[picture.media_type]}"
