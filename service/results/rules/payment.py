"""The payment list of a class: who trained and passed, what that is worth, and the bytes that are signed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from service.kernel.decision import ALLOWED, Decision, not_now
from service.kernel.settings import FeeBasis

FEE_NAMES = {FeeBasis.PERSON: "按人", FeeBasis.HOUR: "按学时"}
# 三(五): who took part and passed has the training paid from the prevention fund.
SOURCE = "三(五) 参加培训并考试合格的，培训费用由工伤预防费支付"


@dataclass(frozen=True, slots=True)
class Fee:
    """What is paid, for what."""

    basis: FeeBasis
    fen: int

    def amount(self, hours: int) -> int:
        """The fee of one person in fen, exactly."""
        return self.fen * hours if self.basis is FeeBasis.HOUR else self.fen


@dataclass(frozen=True, slots=True)
class Payee:
    """One line: a person who trained and passed, by whom they are employed, the hours and the fee."""

    trainee_id: int
    name: str
    citizen_id_masked: str
    enterprise: str
    hours: int
    certificate: str
    fen: int


@dataclass(frozen=True, slots=True)
class Content:
    """What a list says; ``results`` is the digest of the edition of results that it rests on."""

    class_code: str
    class_name: str
    institution: str
    version: int
    edition: int
    results: str
    basis: FeeBasis
    fee_fen: int
    payees: tuple[Payee, ...]

    @property
    def total_fen(self) -> int:
        return sum(one.fen for one in self.payees)

    def written(self) -> str:
        """The one way to write a list down: JSON with sorted keys and no spaces."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(written: str) -> str:
    """SHA-256 over a list as it is written."""
    return hashlib.sha256(written.encode()).hexdigest()


def signed(written: str) -> bytes:
    """The bytes under the signature: what they are, and the digest."""
    return f"peikao payment list v1\n{digest(written)}\n".encode()


def may_draw_up(*, published: bool, payees: int, before: Sequence[Payee] | None, now: Sequence[Payee]) -> Decision:
    """Whether a list may be drawn up: of published results, and anew only where somebody on it has changed."""
    if not published:
        return not_now("payment_unpublished", "成绩发布以后才能编制支付名单。", source=SOURCE)
    if not payees:
        return not_now("payment_empty", "本班次没有参加培训并考试合格的人员，不需要编制支付名单。", source=SOURCE)
    if before is not None and list(before) == list(now):
        return not_now("payment_unchanged", "名单与现行版本一致，没有变化，不出新版。")
    return ALLOWED
