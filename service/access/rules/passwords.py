"""What a new password may be. Nobody asks for capitals or digits, and none expires (NIST SP 800-63B §3.1.1.2)."""

from service.kernel.decision import ALLOWED, Decision, refuse

# Fewer different characters than this are a pattern, however long (our choice, 2026-11-26).
FEWEST_CHARACTERS = 5
_SOURCE = "NIST SP 800-63B §3.1.1.2"
# Shorter names stand in too many words by chance.
SHORTEST_NAME, SHORTEST_CHINESE_NAME = 3, 2


def may_be(password: str, *, least: int, username: str, name: str, common: bool) -> Decision:
    """Whether somebody may choose this password; ``common`` says whether it is on the list of leaked ones."""
    if len(password) < least:
        return refuse("password_short", "密码至少需要{least}个字符。", least=least, source=_SOURCE)
    lowered = password.lower()
    if any(_is_telling(word) and word.lower() in lowered for word in (username, name)):
        return refuse("password_names_you", "密码里不能有您的用户名或姓名，请换一个。", source=_SOURCE)
    if len(set(password)) < FEWEST_CHARACTERS:
        return refuse("password_simple", "密码里不同的字符太少，容易被猜到，请换一个。", source=_SOURCE)
    if common:
        return refuse(
            "password_common",
            "这个密码在已泄露密码名单中，别人会最先试它，请换一个。可以用几个不相关的词连起来。",
            source=_SOURCE,
        )
    return ALLOWED


def _is_telling(word: str) -> bool:
    return len(word) >= (SHORTEST_NAME if word.isascii() else SHORTEST_CHINESE_NAME)
