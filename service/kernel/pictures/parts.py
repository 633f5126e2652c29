"""What both kinds of picture share: a size that is judged before anything is unpacked, and what can be wrong."""

from dataclasses import dataclass


class Broken(Exception):
    """A picture that is not kept, with the reason in a sentence."""

    def __init__(self, code: str, reason: str, **values: int) -> None:
        super().__init__(code)
        self.code, self.reason, self.values = code, reason, values


@dataclass(frozen=True, slots=True)
class Size:
    """Pixels."""

    width: int
    height: int

    def within(self, most: "Size") -> "Size":
        """The same size.

        Raises:
            Broken: it is no size, or more than this.
        """
        if not (self.width and self.height):
            raise damaged()
        if self.width > most.width or self.height > most.height:
            reason = "图片为{width}×{height}像素，每边不能超过{most}像素。请缩小后再上传。"
            raise Broken("picture_sides", reason, width=self.width, height=self.height, most=most.width)
        return self


def damaged() -> Broken:
    """It ends too early, or its parts do not fit together."""
    return Broken("picture_broken", "图片不完整或已损坏，无法读取。请重新保存或导出后再上传。")


def followed() -> Broken:
    """Something stands behind its end: a file that is a picture and something else besides."""
    return Broken("picture_followed", "图片结尾之后还有别的内容，不能接受。请用图片软件重新保存后再上传。")
