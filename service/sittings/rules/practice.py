"""Practice questions: about everyday things, so that nobody learns or loses anything but how to use the machine."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PracticeQuestion:
    """Shaped like a question of a paper; there is no key anywhere."""

    position: int
    kind: str
    stem: str
    points: int = 1
    options: dict[str, str] = field(default_factory=dict)


QUESTIONS = (
    PracticeQuestion(1, "true_false", "练习题：一年有十二个月。"),
    PracticeQuestion(
        2, "single", "练习题：下面哪一种是水果？", options={"A": "苹果", "B": "桌子", "C": "自行车", "D": "雨伞"}
    ),
    PracticeQuestion(
        3,
        "multiple",
        "练习题：下面哪些是动物？（可以选几个）",
        options={"A": "牛", "B": "石头", "C": "马", "D": "椅子"},
    ),
    PracticeQuestion(
        4, "single", "练习题：哈尔滨最冷的是哪个季节？", options={"A": "春天", "B": "夏天", "C": "秋天", "D": "冬天"}
    ),
    PracticeQuestion(5, "true_false", "练习题：五加五等于十一。"),
)
