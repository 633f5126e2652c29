"""The solver, as every slice that solves something makes it."""

import highspy


class Solver(highspy.Highs):
    """HiGHS without its banner, which would stand between the lines that a command prints."""

    def enableCallbacks(self) -> None:  # type: ignore[explicit-override]  # noqa: N802
        """Silence the solver first: it greets as soon as it has somebody to call back, which is while it is made."""
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]
