"""``python -m service.cli`` is the ``peikao`` command."""

from service.cli import app

app()
