"""The Safe Exam Browser: a configuration for one sitting, and its Config Key.

The Config Key scheme is that project's own: the settings as JSON without any white space and without escaping, keys
sorted regardless of case at every depth, empty dictionaries and ``originatorVersion`` left out; SHA-256 of that text
in lower-case hexadecimal. Of a configuration the key is a fingerprint: who changes a setting changes the key.
"""

import base64
import hashlib
import plistlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

# The versions from which page scripts may ask the browser for the key where it cannot send headers.
NEEDS = ("SEB 3.3.2 / Windows", "SEB 3.0 / macOS, iOS")
Setting = bool | int | str | bytes | datetime | Sequence["Setting"] | Mapping[str, "Setting"]


def settings_for(exam_url: str, quit_url: str, *, sitting_id: int, secret: str) -> dict[str, Setting]:
    """The settings of a sitting: our address only, no printing, no clipboard, no other program.

    The address to begin at names the sitting and carries a ``secret`` drawn for it. So whoever copied the file of one
    exam, or worked its key out from the settings that all of them share, has the key of no other.

    There is one way out: once the sheet is closed our page leads to ``quit_url``, at which the browser quits by itself.
    It needs no password, which would lie in the file as a digest that anybody may try guesses on.
    """
    host = urlsplit(exam_url).netloc
    return {
        "startURL": f"{exam_url}?sitting={sitting_id}&of={secret}",
        "quitURL": quit_url,
        "quitURLConfirm": False,
        "sendBrowserExamKey": True,
        "URLFilterEnable": True,
        "URLFilterEnableContentFilter": True,
        "URLFilterRules": [{"action": 1, "active": True, "expression": f"{host}/*", "regex": False}],
        "allowQuit": False,
        "allowPreferencesWindow": False,
        "allowSwitchToApplications": False,
        "allowSpellCheck": False,
        "allowSpellCheckDictionary": [],
        "allowDictionaryLookup": False,
        "allowPrint": False,
        "allowDownUploads": False,
        "allowVirtualMachine": False,
        "allowScreenSharing": False,
        "allowSiri": False,
        "allowDictation": False,
        "browserViewMode": 1,
        "browserWindowAllowReload": True,
        "browserWindowShowURL": 0,
        "newBrowserWindowByLinkPolicy": 0,
        "newBrowserWindowByScriptPolicy": 0,
        "enablePrivateClipboard": True,
        "enableRightMouse": False,
        "enablePrintScreen": False,
        "blockPopUpWindows": True,
        "showTaskBar": False,
        "showReloadButton": True,
        "showTime": False,
        "examSessionClearCookiesOnStart": True,
        "examSessionClearCookiesOnEnd": True,
        "originatorVersion": "Peikao",
    }


def configuration(settings: Mapping[str, Setting]) -> bytes:
    """The file that is opened on a machine: a plain property list, which the browser accepts as ``.seb``."""
    return plistlib.dumps(dict(settings), sort_keys=True)


def config_key(configured: bytes) -> str:
    """The Config Key of a configuration file, 64 hexadecimal digits.

    Raises:
        ValueError: not a property list with a dictionary.
    """
    try:
        settings = plistlib.loads(configured)
    except Exception as error:  # plistlib raises expat's, struct's and its own kinds; all mean the same here
        raise ValueError("not a configuration of the Safe Exam Browser") from error
    if not isinstance(settings, dict):
        raise ValueError("not a configuration of the Safe Exam Browser")
    settings.pop("originatorVersion", None)
    return hashlib.sha256(_text(settings).encode()).hexdigest()


def _text(value: object) -> str:
    """A value as the scheme writes it; nothing is escaped, by its definition."""
    match value:
        case dict():
            kept = {key: one for key, one in value.items() if one != {} or not isinstance(one, dict)}
            return "{" + ",".join(f'"{key}":{_text(kept[key])}' for key in sorted(kept, key=str.casefold)) + "}"
        case list() | tuple():
            return "[" + ",".join(_text(one) for one in value) + "]"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(int(value)) if value == int(value) else repr(value)
        case bytes():
            return f'"{base64.b64encode(value).decode()}"'
        case datetime():
            return f'"{value:%Y-%m-%dT%H:%M:%S+00:00}"'
        case _:
            return f'"{value}"'
