"""Commands for people: log in to a server, add a user to a database."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import httpx
import typer

from cli.options import LOCAL_URL, AsJson, Url
from cli.output import emit, say, tell
from cli.reporting import BadInput, reporting
from client import CredentialsFile, PlotproofClient
from shared.errors import Refused


def login(
    email: Annotated[str, typer.Option(prompt=True, help="E-mail address of the user.")], url: Url = LOCAL_URL, as_json: AsJson = False
) -> None:
    """Get tokens for a server and keep them in a file that only you can read."""
    with reporting(as_json):
        address = httpx.URL(url)
        if address.scheme != "https" and address.host not in {"127.0.0.1", "localhost", "::1"}:
            tell(f"warning: {url} is not https: the password can be read on its way", style="yellow")
        credentials = CredentialsFile()
        with PlotproofClient(url, credentials=credentials) as client:
            client.log_in(email, asked_password(twice=False))
    if as_json:
        emit({"url": url, "email": email, "credentials": str(credentials.path)})
    else:
        say(f"logged in to {url} as {email}; the tokens are in {credentials.path}")


def add_user(
    email: Annotated[str, typer.Argument(help="E-mail address of the new user.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="Data folder of an embedded system. Default: DATABASE_URL, else DATA_DIR.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a user straight to the database; the password is asked for, or read from standard input."""
    with reporting(as_json):
        user_id = asyncio.run(_add(email, asked_password(twice=True), data))
    if as_json:
        emit({"email": email, "user_id": user_id})
    else:
        say(f"user {email} added")


async def _add(email: str, password: str, data: Path | None) -> str:
    from shared.accounts import add_user as add
    from shared.db import open_database
    from shared.db.migrate import migrate
    from shared.settings import settings

    url = settings().database_url if data is None else None
    database = open_database(url.get_secret_value() if url else None, data or settings().data_dir)
    try:
        await migrate(database)
        return await add(database, email, password)
    except Refused as refusal:
        raise BadInput(refusal.detail) from refusal
    finally:
        await database.close()


def asked_password(twice: bool) -> str:
    """A password typed on the terminal without echo, or the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=twice, err=True))
    return sys.stdin.readline().rstrip("\r\n")
