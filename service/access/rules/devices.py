"""What a browser calls itself, in a word that people know. It is a hint for its owner and nothing is decided by it."""

# The first that fits: most browsers also carry the names of those they descend from.
BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SEB", "Safe Exam Browser"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
UNKNOWN = "未知"


def browser_name(text: str) -> str:
    """The browser's name."""
    return next((name for mark, name in BROWSERS if mark in text), UNKNOWN)


def system_name(text: str) -> str:
    """The system's name."""
    return next((name for mark, name in SYSTEMS if mark in text), UNKNOWN)
