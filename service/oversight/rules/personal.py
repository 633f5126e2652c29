"""The data map: what is kept of people, in which columns, why, how it is guarded and how long.

Rendered into the rule book. A test holds it against the tables: a new column of text, of bytes, or that points to a
person is either here or named there as nobody's.
"""

from service.oversight.rules.data_of_sittings import SITTINGS
from service.oversight.rules.datum import ANSWERS, BY_NUMBER, EVERYWHERE, REACH, SEALED, Datum
from service.oversight.rules.retention import Kept

DATA: tuple[Datum, ...] = (
    Datum("access_person", ("name",), "姓名", "to know who sits, teaches and decides", REACH),
    Datum(
        "access_person",
        ("citizen_id_sealed",),
        "身份证号",
        "one natural person is one, across accounts and years",
        f"{SEALED}; each reading in full is an event with its reason",
    ),
    Datum("access_person", ("citizen_id_index",), "身份证号索引", "to find a person", "HMAC-SHA-256, 128 bits, keyed"),
    Datum(
        "access_person", ("citizen_id_masked",), "身份证号（遮盖）", "to tell namesakes apart", "first 3 and last one"
    ),
    Datum("access_account", ("username",), "用户名", "to sign in", "the administrator's list and one's own page", None),
    Datum("access_account", ("password_hash",), "密码摘要", "to sign in", "Argon2id, never sent", None),
    Datum("access_account", ("activation_digest",), "启用码", "that the person is who signs in", "a digest", None),
    Datum("access_account", ("closing_reason",), "关闭账号的原因", "why somebody has no account", REACH, None),
    Datum(
        "access_session", ("token_digest", "confined"), "登录会话", "to stay signed in", "digests only", Kept.SESSIONS
    ),
    Datum(
        "access_custody_key", ("public", "locked", "salt"), "保管密钥", "to open papers", "locked by a password", None
    ),
    Datum(
        "access_session",
        ("address", "browser", "factor"),
        "登录地点",
        "to know one's devices",
        "one's own page",
        Kept.SESSIONS,
    ),
    Datum("access_totp", ("secret_sealed",), "动态口令密钥", "a second factor", SEALED, None),
    Datum(
        "access_passkey",
        ("credential_id", "public_key", "name"),
        "通行密钥",
        "a second factor",
        "public halves only; one's own page",
        None,
    ),
    Datum("access_recovery_code", ("digest",), "恢复码", "where a second factor is lost", "digests only", None),
    Datum("access_challenge", ("challenge", "purpose"), "通行密钥质询", "to sign once", "gone after minutes", None),
    Datum("access_attempt", ("place",), "登录失败的地点", "to slow whoever guesses", "forgotten after a day", None),
    Datum("access_device", ("token_digest",), "登录过的设备", "not to be held up by guesses", "digests", None),
    Datum("access_emergency_duty", ("duty", "reason"), "应急授权", "who broke which glass, and why", REACH),
    Datum("access_emergency_seen", ("remark",), "应急授权的已阅意见", "who looked at it afterwards", REACH),
    Datum("access_deed", ("duty", "subject"), "用过的职责", "duties that exclude each other", BY_NUMBER),
    Datum("access_taught", ("subject",), "任教记录", "who teaches does not test", BY_NUMBER),
    Datum(
        "access_tie",
        ("kind", "note", "withdrawal_reason"),
        "申报的关系",
        "avoidance of interest",
        "for the administrator and the person",
    ),
    Datum("programme_lecturer", ("title",), "教师职称", "whether an institution qualifies", REACH),
    Datum("programme_trainee", ("role",), "岗位", "which paper is sat", REACH),
    Datum("programme_trainee", ("phone_sealed",), "手机号", "to reach a trainee", f"{SEALED}; on no page"),
    Datum(
        "programme_trainee",
        ("photo_sealed", "photo_type"),
        "学员照片",
        "to be recognised at the door",
        f"{SEALED}; for the proctors",
    ),
    Datum(
        "bank_picture", ("content",), "试题图片", "to ask about what is seen", "without metadata; with the item", None
    ),
    Datum("programme_attendance", ("mode",), "学时", "the hours that a credit asks for", REACH),
    *SITTINGS,
    Datum(
        "results_result",
        ("state", "verdict", "key_digest"),
        "成绩",
        "the result and what follows from it",
        "for two people before publication, within reach after it",
    ),
    Datum("results_sheet_marks", ("entries",), "逐题得分", "to recount a result", "for who confirms", ANSWERS),
    Datum(
        "results_voiding",
        ("state", "wanted", "kind", "reason", "note"),
        "作废",
        "a result that does not count",
        "for whoever confirms and publishes",
    ),
    Datum(
        "results_remarking",
        ("choice_before", "choice_after", "verdict_before", "verdict_after"),
        "重新评分",
        "what a late answer changed",
        "for whoever confirms and publishes",
    ),
    Datum("results_script", ("number", "answer", "settled"), "主观题答卷", "to be marked", "by number", ANSWERS),
    Datum("results_script_mark", ("given",), "主观题给分", "what each marker gave", "for two people and auditors"),
    Datum("results_participant", ("county", "month"), "统计归属", "under whom somebody is counted", "in sums only"),
    Datum(
        "results_similarity_case",
        ("reason", "finding", "answer", "other_seat_id"),
        "雷同核查",
        "answers alike, looked into by two people",
        "for whoever confirms and publishes",
    ),
    Datum(
        "results_appeal",
        ("state", "reason", "finding", "answer", "changes"),
        "成绩复核",
        "a candidate's objection and the answer to it",
        "for the candidate and those who decide",
    ),
    Datum(
        "results_payment_list",
        ("content", "digest", "signature"),
        "支付名单",
        "who trained and passed, to be paid for",
        "for the planner, those who pay and auditors",
    ),
    Datum(
        "results_external_file",
        ("state", "source", "source_words", "reference", "name", "digest", "note"),
        "外部成绩文件",
        "where results from elsewhere come from, and who answers for them",
        "for whoever confirms and publishes",
    ),
    Datum("results_external_result", ("verdict",), "外部成绩", "a result obtained on another platform", REACH),
    Datum(
        "results_external_voiding",
        ("wanted", "state", "reason", "note"),
        "外部成绩作废",
        "why a result from elsewhere is void, by two people",
        "for whoever confirms and publishes",
    ),
    Datum(
        "results_certificate", ("code",), "证明编号", "anybody may verify a certificate", "random; tells a masked id"
    ),
    Datum(
        "oversight_certificate",
        ("document", "digest", "signature"),
        "分离证明",
        "those who pay verify who did what",
        "names of officials, and why papers were broken open; for those who pay and auditors",
    ),
    Datum(
        "oversight_namesake_finding",
        ("other_id", "finding", "reason"),
        "同名核对",
        "one human under two ids is found",
        "for auditors; who is one and the same also for the security administrator",
    ),
    Datum(
        "journal_entry", ("actor", "subject", "data"), "审计日志", "no act without its record", BY_NUMBER, Kept.JOURNAL
    ),
    Datum(EVERYWHERE, ("person_id", "account_id", "trainee_id", "seat_id"), "指向个人的编号", "whose it is", BY_NUMBER),
    Datum(EVERYWHERE, ("*_by",), "经办人", "who did it", BY_NUMBER),
)


def datum(table: str, column: str) -> Datum | None:
    """Where a column stands on the map, if it does."""
    for one in DATA:
        if one.table == table and column in one.columns:
            return one
    ending = "*_by" if column.endswith("_by") else column
    return next((one for one in DATA if one.table == EVERYWHERE and ending in one.columns), None)
