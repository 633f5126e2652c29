"""The catalogue of errors. Each has a stable code and a status; ``kernel.problems`` renders them.

The detail is a Chinese sentence with ``{placeholders}``; it is translated and filled at the edge, so that
the same error reads well on a Chinese page, an English page and in a JSON problem.
"""

from typing_extensions import override


class ServiceError(Exception):
    """Something the caller can understand and act on."""

    status = 500

    def __init__(self, code: str, detail: str, *, source: str = "", **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.source = source
        self.values = values

    @override
    def __str__(self) -> str:
        return f"{self.code}: {self.detail.format(**self.values)}"


class Unauthenticated(ServiceError):
    """Nobody is signed in, or the credentials are wrong."""

    status = 401


class Refused(ServiceError):
    """This person may not do this."""

    status = 403


class NotFound(ServiceError):
    """There is no such thing, or it is not yours: a stranger cannot tell which."""

    status = 404

    def __init__(self, code: str = "not_found", detail: str = "没有找到，或者不属于您。", **values: object) -> None:
        super().__init__(code, detail, source="", **values)


class WrongState(ServiceError):
    """The thing exists, but its state or the time does not allow this now."""

    status = 409


class Malformed(ServiceError):
    """The request itself cannot be understood."""

    status = 422


_MISSING = (
    "right_missing",
    "您的账号没有“{right}”这项权限。如工作需要，请联系市应急管理局指定的负责人。",
    "权限表（本系统规则）",
)
_BARRED = (
    "works_for_institution",
    "您与施教单位有关联（账号、授课、任职或借调），或者在学员名册上，“{right}”这项权限现在不能使用。"
    "登记有误的，请联系系统管理员更正。",
    "三(五) 培考分离：严禁委托施教单位出卷和监考",
)


class RightMissing(Refused):
    """The table of rights grants this right to none of the caller's duties."""

    def __init__(
        self, right: str, *, exam: bool, account_id: int | None, organisation_kind: str, tied: bool = False
    ) -> None:
        code, sentence, source = _BARRED if tied else _MISSING
        super().__init__(code, sentence, source=source, right=right)
        self.exam = exam
        self.account_id = account_id
        self.organisation_kind = organisation_kind


class TooOften(ServiceError):
    """The same thing was tried too often; it will be heard again after a while."""

    status = 429
