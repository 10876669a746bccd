"""Logs: one line an event on standard error, as text or JSON; of what failed the kind and the places, never a value."""

import logging
import sys

import structlog
from structlog.typing import Processor

from handlers.core import places


def set_up(form: str) -> None:
    """Log from now on as "text" or "json", our own events and those of the libraries."""
    renderers: dict[str, Processor] = {
        "text": structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        "json": structlog.processors.JSONRenderer(ensure_ascii=False),
    }
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            renderers[form],
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(handlers=[_OfLibraries()], level=logging.WARNING, force=True)


class _OfLibraries(logging.Handler):
    """Passes on what libraries log, without the values in it: what was typed may be among them."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the first line of the message as it stands in the library's code."""
        event = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        values: dict[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[1]:
            values |= {"kind": type(record.exc_info[1]).__name__, "at": places(record.exc_info[1])}
        structlog.get_logger().log(record.levelno, event.strip().partition("\n")[0], **values)
