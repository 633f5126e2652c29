"""What the collector need not look at."""

import gc


def keep_what_is_loaded() -> None:
    """What exists after start-up lives for ever: else the collector walks it again and again, and answers wait."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
