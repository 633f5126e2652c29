"""What a new password may be. Nobody asks for capitals or digits, and none expires (NIST SP 800-63B §3.1.1.2)."""

from service.kernel.decision import ALLOWED, Decision, refuse

# Fewer different characters than this are a pattern, however long (our choice, 2026-11-26).
FEWEST_CHARACTERS = 5
# Words that whoever guesses at this place tries first; without them a password has to have this many characters left.
OF_THIS_PLACE: tuple[str, ...] = (
    *("培考", "牡丹江", "应急管理", "安全生产", "煤矿", "工伤"),
    *("peikao", "mudanjiang", "yingji", "anquan", "meikuang"),
)
LEAST_OF_ITS_OWN = 8
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
    rest = lowered
    for word in OF_THIS_PLACE:
        rest = rest.replace(word, "")
    if rest != lowered and len(rest) < LEAST_OF_ITS_OWN:
        return refuse(
            "password_of_this_place",
            "去掉“煤矿”“培考”一类本行业人人想得到的词，密码还要剩下至少{least}个字符，请加长。",
            least=LEAST_OF_ITS_OWN,
            source=_SOURCE,
        )
    if common:
        return refuse(
            "password_common",
            "这个密码在已泄露密码名单中，别人会最先试它，请换一个。可以用几个不相关的词连起来。",
            source=_SOURCE,
        )
    return ALLOWED


def _is_telling(word: str) -> bool:
    return len(word) >= (SHORTEST_NAME if word.isascii() else SHORTEST_CHINESE_NAME)
