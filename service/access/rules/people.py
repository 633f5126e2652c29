"""Words for people and bodies, and the shape of a citizen id."""

import re
from datetime import date
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, refuse


class OrganisationKind(StrEnum):
    """The bodies of DOMAIN §2."""

    BUREAU = "bureau"
    COUNTY = "county"
    HR = "hr"
    AGENCY = "agency"
    FINANCE = "finance"
    INSTITUTION = "institution"
    ENTERPRISE = "enterprise"


class TraineeRole(StrEnum):
    """三类人员, the three kinds of people who are trained (二(一))."""

    SAFETY_DEPUTY = "safety_deputy"
    SAFETY_OFFICER = "safety_officer"
    TEAM_LEADER = "team_leader"


ROLE_NAMES = {
    TraineeRole.SAFETY_DEPUTY: "安全生产分管负责人",
    TraineeRole.SAFETY_OFFICER: "专职安全管理人员",
    TraineeRole.TEAM_LEADER: "班组长",
}
KIND_NAMES = {
    OrganisationKind.BUREAU: "市应急管理局",
    OrganisationKind.COUNTY: "县（市、区）应急管理局",
    OrganisationKind.HR: "市人力资源和社会保障局",
    OrganisationKind.AGENCY: "市社会保险经办机构",
    OrganisationKind.FINANCE: "市财政局",
    OrganisationKind.INSTITUTION: "施教单位",
    OrganisationKind.ENTERPRISE: "煤矿企业",
}

# GB 11643-1999: 17 digits, of which 8 a birth date, and an ISO 7064 MOD 11-2 check character.
CITIZEN_ID = re.compile(r"[1-9]\d{16}[0-9X]", re.ASCII)
CHECK_CHARACTERS = "10X98765432"
EARLIEST_BIRTH = date(1900, 1, 1)


def check_character(first_17: str) -> str:
    """The 18th character of a citizen id by ISO 7064 MOD 11-2."""
    weighted = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(first_17))
    return CHECK_CHARACTERS[weighted % 11]


def valid_citizen_id(text: str, *, today: date) -> Decision:
    """Whether ``text`` can be a citizen id. The region code is not judged: codes come and go over a lifetime."""
    if not CITIZEN_ID.fullmatch(text):
        return refuse("citizen_id_shape", "身份证号应为18位：17位数字加1位数字或大写X。", source="GB 11643-1999")
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return refuse("citizen_id_date", "身份证号中的出生日期不存在。", source="GB 11643-1999")
    if not EARLIEST_BIRTH <= born <= today:
        return refuse("citizen_id_date", "身份证号中的出生日期不合理。", source="GB 11643-1999")
    if check_character(text[:17]) != text[17]:
        return refuse("citizen_id_check", "身份证号校验位不对，请核对是否抄错。", source="GB 11643-1999")
    return ALLOWED


def masked(citizen_id: str) -> str:
    """A citizen id as screens and papers show it: three digits of the region and the last character (invariant 9).

    Candidates sign in, and look up their results, by the last six characters. Whoever reads a printed ticket or a
    board is left with 31 days and 1,000 numbers in a row to choose from; the fourth to last would leave them 31.
    """
    return f"{citizen_id[:3]}{'*' * (len(citizen_id) - 4)}{citizen_id[-1:]}"
