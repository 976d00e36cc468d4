"""Log lines as JSON, telling events and ids of events: never a name, NHS number, address or clinical text."""

import logging
import re
import sys
import traceback

import structlog
from structlog.typing import EventDict, ExcInfo, WrappedLogger

_TEN_DIGITS = re.compile(r"(?<![0-9])[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9])")


def _without_nhs_numbers(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The last net: a run of ten digits never leaves in a log line, whoever put it there."""
    return {
        key: _TEN_DIGITS.sub("[removed]", value) if isinstance(value, str) else value for key, value in event.items()
    }


def _traceback(exc_info: ExcInfo) -> str:
    """Where it failed and how the errors are called, the cause first. Their words may quote a row, or what was sent."""
    error: BaseException | None = exc_info[1]
    told: dict[int, str] = {}
    while error is not None and id(error) not in told:  # an error that is raised twice can be its own cause
        told[id(error)] = f"{''.join(traceback.format_tb(error.__traceback__))}{_kind(error)}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(reversed(told.values()))


def _kind(error: BaseException) -> str:
    """The class of an error, the code that a database gave it, and the same of the errors in a group."""
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or ""
    parts = [_kind(one) for one in getattr(error, "exceptions", ())]
    return " ".join(filter(None, (type(error).__qualname__, code, f"of {', '.join(parts)}" if parts else "")))


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(_traceback),
    _without_nhs_numbers,
]
structlog.configure(
    processors=[*_SHARED, structlog.processors.JSONRenderer()],
    logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
)


def configure() -> None:
    """Sends the lines of the libraries through the same renderer, on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("uvicorn.access").disabled = True


def event(name: str, **details: object) -> None:
    structlog.get_logger().info(name, **details)


def alert(name: str, **details: object) -> None:
    """An event at which somebody should look at once: alerting is set to its level, `warning`."""
    structlog.get_logger().warning(name, **details)


def failure(name: str, **details: object) -> None:
    """An error of ours, with its traceback, under the request id that the caller was given."""
    structlog.get_logger().error(name, exc_info=True, **details)
