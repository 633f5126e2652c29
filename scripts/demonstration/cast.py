"""The cast: bodies, officers and sixty trainees. All are invented; citizen ids lie under the unassigned region 99."""

import io
import random
import struct
import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta

import xlsxwriter

PASSWORD = "demo-Mudanjiang-2024"
INSTITUTION = "牡丹江安培技术培训中心（演示）"
ENTERPRISES = {
    "林口县青松煤矿（演示）": "林口县",
    "林口县平安一矿（演示）": "林口县",
    "穆棱市北山煤矿（演示）": "穆棱市",
    "穆棱市向阳二矿（演示）": "穆棱市",
    "东宁市长岭煤矿（演示）": "东宁市",
    "东宁市西河煤矿（演示）": "东宁市",
    "宁安市鹿道煤矿（演示）": "宁安市",
    "海林市柞木煤矿（演示）": "海林市",
}
COUNTIES = ("林口县", "穆棱市", "东宁市")
ROLE_NAMES = {"safety_deputy": "分管负责人", "safety_officer": "安全管理人员", "team_leader": "班组长"}
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = ("建国", "志强", "海涛", "德胜", "永福", "秀英", "春生", "立新", "国栋", "玉梅", "长河", "振华", "宝山", "晓东")
WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]


def citizen_id(number: int, *, region: str = "990000") -> str:
    """A citizen id that is right in shape and check digit and can be nobody's; distinct for each number."""
    born = date(1964, 1, 1) + timedelta(days=number * 37 % 12000)
    first = f"{region}{born:%Y%m%d}{number % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True))
    return first + "10X98765432"[total % 11]


@dataclass
class Officer:
    """A member of staff: user name, name, where they work and their duties."""

    username: str
    name: str
    organisation: str
    duties: tuple[str, ...]
    number: int
    account_id: int = 0
    words: str = ""


# Three people who have nothing of each other's: accounts, duties, the record.
ADMINISTRATORS = [
    Officer("admin", "宋启明", "bureau", ("administer",), 900, words="系统管理：开立账号"),
    Officer("security", "岳安民", "bureau", ("secure",), 898, words="安全管理：授予职责"),
    Officer("bureau-auditor", "崔明鉴", "bureau", ("audit",), 897, words="审计管理：查阅日志"),
]
OFFICERS = [
    Officer("author", "沈文华", "bureau", ("author",), 901, words="命题"),
    Officer("reviewer", "顾明远", "bureau", ("review",), 902, words="审题"),
    Officer("assembler", "江晓宁", "bureau", ("assemble",), 903, words="组卷"),
    Officer("approver", "郑立峰", "bureau", ("approve",), 904, words="审批封卷"),
    Officer("arranger", "韩雪梅", "bureau", ("arrange",), 905, words="考务安排"),
    # Holds both on purpose: the day shows that holding is not using, for one class never both.
    Officer("confirmer", "彭志远", "bureau", ("confirm", "publish"), 906, words="成绩确认"),
    Officer("publisher", "唐静怡", "bureau", ("publish",), 907, words="成绩发布"),
    Officer("custodian1", "纪宏业", "bureau", ("custody",), 914, words="试卷保管"),
    Officer("custodian2", "柳春梅", "bureau", ("custody",), 915, words="试卷保管"),
    Officer("planner", "贺永年", "bureau", ("plan",), 908, words="项目管理"),
    Officer("auditor", "卢正清", "hr", ("audit",), 909, words="审计"),
    Officer("hr", "孟丽娟", "hr", ("statistics",), 910, words="人社局查询通过率"),
    Officer("institution", "范培元", "institution", ("attend",), 911, words="施教单位"),
    Officer("enterprise", "石宝林", "enterprise", ("declare",), 912, words="煤矿企业"),
    Officer("county", "白秋生", "county:林口县", ("supervise",), 913, words="县局督促"),
    Officer("proctor1", "乔卫东", "county:林口县", ("proctor",), 921, words="监考员（林口）"),
    Officer("proctor2", "任淑芬", "county:林口县", ("proctor",), 922, words="监考员（林口）"),
    Officer("proctor3", "施国庆", "county:穆棱市", ("proctor",), 923, words="监考员（穆棱）"),
    Officer("proctor4", "常桂兰", "county:穆棱市", ("proctor",), 924, words="监考员（穆棱）"),
    Officer("proctor5", "葛长江", "county:东宁市", ("proctor",), 925, words="监考员（东宁）"),
    Officer("proctor6", "安小满", "county:东宁市", ("proctor",), 926, words="监考员（东宁）"),
]
LECTURERS = [
    {"name": "祝成林", "title": "高级工程师", "senior": True, "mining_major": True, "practice_years": 21},
    {"name": "仇敏", "title": "高级讲师", "senior": True, "mining_major": True, "practice_years": 12},
    {"name": "雷振东", "title": "高级技师", "senior": True, "mining_major": False, "practice_years": 16},
]


@dataclass
class Trainee:
    """A trainee, and how the exam goes: ``wrong`` answers out of fifty."""

    name: str
    citizen_id: str
    enterprise: str
    role: str
    phone: str
    wrong: int = 6
    fate: str = "sits"
    trainee_id: int = 0
    seat_id: int = 0
    seat: int = 0
    ticket_number: str = ""
    ticket_code: str = ""


@dataclass
class TrainingClass:
    """One class of the plan with its people, place and proctors."""

    code: str
    name: str
    role: str
    plan_year: int
    county: str
    room: str
    proctors: tuple[str, str]
    people: list[Trainee] = field(default_factory=list)
    class_id: int = 0
    paper_id: int = 0
    sitting_id: int = 0


def classes() -> list[TrainingClass]:
    """Three classes of the 2024 plan, sixty people together, and one of the 2025 plan for the reader to play with."""
    drawn = random.Random(2024)
    names = [f"{surname}{given}" for surname in SURNAMES for given in GIVEN]
    drawn.shuffle(names)
    plan = (
        (
            TrainingClass(
                "2024-SD-01",
                "2024年安全生产分管负责人班",
                "safety_deputy",
                2024,
                "林口县",
                "第一考场",
                ("proctor1", "proctor2"),
            ),
            12,
        ),
        (
            TrainingClass(
                "2024-SO-01",
                "2024年专职安全管理人员班",
                "safety_officer",
                2024,
                "穆棱市",
                "第二考场",
                ("proctor3", "proctor4"),
            ),
            20,
        ),
        (
            TrainingClass(
                "2024-TL-01", "2024年班组长班", "team_leader", 2024, "东宁市", "第三考场", ("proctor5", "proctor6")
            ),
            28,
        ),
        (
            TrainingClass(
                "2025-SO-01",
                "2025年专职安全管理人员班",
                "safety_officer",
                2025,
                "林口县",
                "第四考场",
                ("proctor1", "proctor2"),
            ),
            8,
        ),
    )
    number = 0
    for training_class, size in plan:
        for _ in range(size):
            number += 1
            training_class.people.append(
                Trainee(
                    name=names[number],
                    citizen_id=citizen_id(number),
                    enterprise=drawn.choice(list(ENTERPRISES)),
                    role=training_class.role,
                    phone=f"1990000{number:04d}",
                    wrong=drawn.randint(0, 8),
                )
            )
    _write_fates([training_class for training_class, _ in plan])
    return [training_class for training_class, _ in plan]


def _write_fates(found: list[TrainingClass]) -> None:
    """What happens to whom; everybody else sits an ordinary exam."""
    deputies, officers, leaders, _ = (one.people for one in found)
    deputies[3].fate = "late"
    officers[2].fate = "impersonation"
    officers[5].fate = "collected"
    officers[11].fate, officers[11].wrong = "caught", 2
    leaders[1].fate = "machine_dies"
    leaders[4].fate = "clock"
    leaders[7].fate = "absent"
    leaders[9].fate = "short_hours"
    leaders[9].wrong = 2
    for person in (deputies[8], officers[9], officers[14], leaders[12], leaders[20]):
        person.wrong = 24
        person.fate = "fails"


def roster(people: list[Trainee], *, faulty: bool) -> bytes:
    """An xlsx roster as a clerk makes it: a title, a remark, then the header; ``faulty`` adds four bad rows."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("名册")
    sheet.write(0, 0, "受训人员名册")
    sheet.write(1, 0, "说明：请如实填写，身份证号按文本填写")
    for place, title in enumerate(("序号", "姓名", "身份证号码", "企业名称", "岗位", "联系电话")):
        sheet.write(2, place, title)
    rows = [(one.name, one.citizen_id, one.enterprise, ROLE_NAMES[one.role], one.phone) for one in people]
    if faulty:
        first = people[0]
        wrong = first.citizen_id[:17] + ("0" if first.citizen_id[17] != "0" else "1")
        rows += [
            ("校验错", wrong, first.enterprise, ROLE_NAMES[first.role], "19900009001"),
            (first.name, first.citizen_id, first.enterprise, ROLE_NAMES[first.role], first.phone),
            ("企业错", citizen_id(801), "不存在的煤矿", ROLE_NAMES[first.role], "19900009002"),
            ("电话错", citizen_id(802), first.enterprise, ROLE_NAMES[first.role], "12345"),
        ]
    for line, row in enumerate(rows, start=3):
        sheet.write_number(line, 0, line - 2)
        for place, cell in enumerate(row, start=1):
            sheet.write_string(line, place, cell)
    book.close()
    return buffer.getvalue()


def portrait(seed: int) -> bytes:
    """A drawn head and shoulders as PNG, 96 × 120: a stand-in for a photograph of a person who does not exist."""
    drawn = random.Random(seed)
    back, coat, skin, hair = (
        tuple(drawn.randint(low, high) for _ in range(3)) for low, high in ((200, 235), (40, 120), (190, 225), (20, 60))
    )
    rows = bytearray()
    for y in range(120):
        rows.append(0)
        for x in range(96):
            head = ((x - 48) / 22) ** 2 + ((y - 50) / 28) ** 2
            if head < 1:
                colour = hair if y < 36 else skin
            elif y > 78 and ((x - 48) / 44) ** 2 + ((y - 122) / 44) ** 2 < 1:
                colour = coat
            else:
                colour = back
            rows += bytes(colour)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 96, 120, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")
    )
