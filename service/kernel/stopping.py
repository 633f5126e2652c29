"""Whether this process has been told to stop.

The server waits for open replies before it tells the application anything, so a reply that never ends by itself has to
find out in another way: the server's own handler of the stop signal knows.
"""

import signal


def told() -> bool:
    """Whether the server that runs this process is on its way out; False where no server does."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
