"""What `heartsease demo` does: the schema, the area, the clients, the requests to send, and what to try."""

import json
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service import clock
from service.access import demo_clients
from service.config import Settings
from service.db import Database
from service.demo import area, commands, load, requests, story
from service.demo.area import Scale
from service.demo.story import Story
from service.errors import Conflict, Forbidden
from service.store import upgrade

REFUSED = "This database is not empty, so the demonstration area was not loaded; it needs a database of its own."
NOT_HERE = "The demonstration area is not in this database; `heartsease demo` loads it into an empty one."
LOADED = "The demonstration area is loaded already. To load it anew, start with an empty database."


def prepare(settings: Settings, console: Console, *, first_run: bool, scale: Scale = area.FULL) -> str:
    """Brings the database to the newest schema, loads the area if that is asked for, and returns what to print.

    On the first run an area is loaded into the embedded database only, and only when there is nothing in it; one whose
    loading was cut off is finished. Raises Forbidden in production, Conflict where there is something already.
    """
    if settings.environment == "production":
        if first_run:
            return NOT_HERE
        raise Forbidden("The demonstration area is not for production")
    database = Database(settings.database)
    try:
        upgrade.upgrade(database, tell=console.print)
        if not _ensure_loaded(database, settings, console, first_run=first_run, scale=scale):
            return NOT_HERE
    finally:
        database.close()
    return commands.commands(settings)


def _ensure_loaded(database: Database, settings: Settings, console: Console, *, first_run: bool, scale: Scale) -> bool:
    """Whether the area is there in the end, with its clients and requests."""
    with database.reading() as session:
        state = load.state(session)
    if state == "other" and not first_run:
        raise Conflict(REFUSED)
    is_wanted = not first_run or not settings.database_url
    if state == "other" or (state != "loaded" and not is_wanted):
        return False
    told = story.told(scale)
    if state != "loaded":
        _load(database, told, console)
    _equip(database, settings, told)
    if state == "loaded" and not first_run:
        raise Conflict(LOADED)
    return True


def _load(database: Database, told: Story, console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("Loading the demonstration area", total=len(told.people))
        load.load(database, told, advance=lambda people: progress.advance(task, people))


def _equip(database: Database, settings: Settings, told: Story) -> None:
    """The clients with their keys, and the requests of the printed commands, in the home folder."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)  # keys will lie in it
    practice = story.demo_practice(told.people).code
    with database.transaction() as session:
        demo_clients.create(session, settings.home, practice=practice, at=clock.now(), by=load.LOADER)
    sent = commands.folder(settings)
    sent.mkdir(parents=True, exist_ok=True)
    _write(sent / commands.REGISTRATION, requests.registration(told))
    _write(sent / commands.QUESTION, requests.ask(told))


def _write(path: Path, body: object) -> None:
    path.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
