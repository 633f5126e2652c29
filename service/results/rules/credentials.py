"""A certificate as a verifiable credential: Open Badges 3.0 (1EdTech) on W3C Verifiable Credentials 2.0.

It says no more than the public page: name, masked id, role, class, date and hours. Whether it was revoked is not in
it: that follows from the newest version of its result, and is published as a list of bits (W3C Bitstring Status List).
"""

import base64
import gzip
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from service.results.rules.proofs import Document

VC, BADGES = "https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
TITLE = "煤矿企业工伤预防能力提升培训考核合格证明"
CRITERIA = "完成规定学时，并经闭卷考试合格。"
# The least that the specification allows (§6.1), so that one bit hides among many.
LIST_BITS = 131_072


class Form(StrEnum):
    """What a certificate is handed out as."""

    PDF = "pdf"
    CREDENTIAL = "json"
    ENVELOPE = "jwt"


class Finding(StrEnum):
    """What verifying a file finds."""

    VALID = "valid"
    REVOKED = "revoked"
    ALTERED = "altered"
    FOREIGN = "foreign"


FINDING_NAMES = {
    Finding.VALID: "有效：文件由本系统签发，没有改动，证明有效。",
    Finding.REVOKED: "已作废：文件由本系统签发，没有改动，但这份证明已经作废。",
    Finding.ALTERED: "被改动：文件内容与签名不符，不能采信。",
    Finding.FOREIGN: "不是本系统签发的证明文件。",
}


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs: the key's own address, the bureau's name, and where the service is."""

    did: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Attested:
    """What a certificate attests; times as the world writes them (RFC 3339, UTC)."""

    code: str
    number: int
    name: str
    citizen_id_masked: str
    role: str
    class_code: str
    class_name: str
    hours: int
    passed_at: str
    issued_at: str


def credential(issuer: Issuer, of: Attested) -> Document:
    """The credential, not yet signed."""
    return {
        "@context": [VC, BADGES],
        "id": f"{issuer.url}/certificates/{of.code}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": TITLE,
        "issuer": {"id": issuer.did, "type": ["Profile"], "name": issuer.name, "url": issuer.url},
        "validFrom": of.issued_at,
        "credentialSubject": _subject(issuer, of),
        "credentialStatus": _status(issuer, of.number),
    }


def _subject(issuer: Issuer, of: Attested) -> Document:
    return {
        "type": ["AchievementSubject"],
        "identifier": [_identity("name", of.name), _identity("ext:maskedCitizenId", of.citizen_id_masked)],
        "role": of.role,
        "licenseNumber": of.code,
        "activityEndDate": of.passed_at,
        "creditsEarned": of.hours,
        "achievement": {
            "id": f"{issuer.url}/verify#{quote(of.class_code)}",
            "type": ["Achievement"],
            "achievementType": "CertificateOfCompletion",
            "humanCode": of.class_code,
            "name": of.class_name,
            "description": TITLE,
            "criteria": {"narrative": CRITERIA},
        },
    }


def _identity(kind: str, value: str) -> Document:
    return {"type": "IdentityObject", "hashed": False, "identityHash": value, "identityType": kind}


def _status(issuer: Issuer, number: int) -> Document:
    part, place = divmod(number, LIST_BITS)
    return {
        "id": f"{list_address(issuer, part)}#{place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(place),
        "statusListCredential": list_address(issuer, part),
    }


def list_address(issuer: Issuer, part: int) -> str:
    return f"{issuer.url}/api/v1/credentials/status/{part}"


def status_list(issuer: Issuer, part: int, revoked: Collection[int], at: str) -> Document:
    """Which certificates of a part are revoked, as bits; not yet signed."""
    bits = bytearray(LIST_BITS // 8)
    for number in revoked:
        place = number - part * LIST_BITS
        # The first bit is the leftmost of the first byte (§4.2).
        bits[place // 8] |= 0x80 >> place % 8
    encoded = base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).rstrip(b"=").decode()
    address = list_address(issuer, part)
    return {
        "@context": [VC],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did,
        "validFrom": at,
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            # Multibase base64url without padding.
            "encodedList": "u" + encoded,
        },
    }
