"""The next sub-question of a case, as it is begun from another one."""

from service.bank.rules.drafting import Written


def next_part(written: Written) -> Written:
    """What the next sub-question of a case begins with: the case, where it is from, and for whom it is."""
    place = written.case_place.strip()
    after = str(int(place) + 1) if place.isascii() and place.isdecimal() and len(place) <= 2 else ""
    return Written(
        edition=written.edition,
        roles=written.roles,
        subject=written.subject,
        case_code=written.case_code,
        case_text=written.case_text,
        case_place=after,
        case_size=written.case_size,
    )
