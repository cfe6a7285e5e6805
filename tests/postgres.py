"""A private PostgreSQL server for one command: `python -m tests.postgres -- pytest -m postgres`.

The command finds the server's address in DATABASE_URL. The server listens on a socket in a new folder that only we can
enter, keeps nothing, and stops when the command ends, however it ends.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.debian import POSTGRESQL, postgresql_folder

# Data that is thrown away need not survive a crash.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "timezone": "UTC",
}


def as_postgres(folder: Path) -> list[str]:
    """What goes before a server command: PostgreSQL refuses to run as root, so root becomes its own user."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--"]


def call(command: list[str | Path]) -> None:
    """Run one server command; what it says is shown only when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def server() -> Iterator[str]:
    """Run a private server; gives the DATABASE_URL of an empty database on it."""
    programs = postgresql_folder()
    if programs is None:
        raise RuntimeError(f"PostgreSQL is not installed here. On Debian: apt-get install {POSTGRESQL.packages[0]}")
    folder = Path(tempfile.mkdtemp(prefix="traject-", dir="/tmp"))  # short, since a socket's path may not be long
    owner = as_postgres(folder)
    data = folder / "data"
    options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
    try:
        initdb = [programs / "initdb", "--auth=trust", "--username=traject", "--encoding=UTF8", "--locale=C.UTF-8"]
        call([*owner, *initdb, "--no-sync", "--no-instructions", f"--pgdata={data}"])
        start = ["--options", f"{options} -c unix_socket_directories='{folder}'", f"--log={folder}/log"]
        call([*owner, programs / "pg_ctl", "start", "--wait", f"--pgdata={data}", *start])
        try:
            call([*owner, programs / "createdb", f"--host={folder}", "--username=traject", "traject"])
            yield f"postgres://traject@/{folder}/traject"
        finally:
            call([*owner, programs / "pg_ctl", "stop", "--mode=immediate", f"--pgdata={data}"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def stop_on(signals: tuple[signal.Signals, ...]) -> None:
    """Turn these signals into an ordinary exit, so that the server is stopped then too."""
    for number in signals:
        signal.signal(number, lambda received, _frame: sys.exit(128 + received))


def main(arguments: list[str]) -> int:
    """Run the command in `arguments` beside a private server; gives the command's exit code."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        sys.exit("Usage: python -m tests.postgres -- COMMAND...")
    stop_on((signal.SIGTERM, signal.SIGHUP))
    with server() as url:
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
