"""Every durable operation of a child process, seen from outside by ptrace: to kill it there, or to write down what reached the disk.

No library is replaced and nothing in the journal knows of it: what is counted are the system calls by which the database itself
writes, syncs, cuts, renames and removes files. Linux on x86-64 only. Run as a program: `tracing.py kill|power|unsafe FOLDER FIRST STEP`.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

TRACEME, GETREGS, SYSCALL, SETOPTIONS = 0, 12, 24, 0x4200
SYSGOOD, EXITKILL = 1, 0x100000
WRITE, PWRITE, WRITEV, PWRITEV, FSYNC, FDATASYNC, FTRUNCATE, UNLINK, UNLINKAT = 1, 18, 20, 296, 74, 75, 77, 87, 263
RENAME, RENAMEAT, RENAMEAT2, OPEN, OPENAT = 82, 264, 316, 2, 257
BY_HANDLE = {WRITE, PWRITE, FSYNC, FDATASYNC, FTRUNCATE}
UNEXPECTED = {WRITEV, PWRITEV, RENAME, RENAMEAT, RENAMEAT2}
POSSIBLE = sys.platform == "linux" and platform.machine() == "x86_64"
ACK = "acknowledged"


class Registers(ctypes.Structure):
    _names = "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs"
    _fields_ = [(name, ctypes.c_ulonglong) for name in _names.split()]


@dataclass(frozen=True)
class Operation:
    """One call: `write` with offset and data, `sync`, `cut` to a length, `remove`, `make`, or `ack` with what was acknowledged."""

    kind: str
    name: str = ""
    offset: int = 0
    data: bytes = b""


libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def _ptrace(request: int, pid: int, data: object = None) -> None:
    if libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request}")


def trace(work: Callable[[], None], folder: Path, kill_at: int | None = None) -> list[Operation]:
    """Run `work` in a child; its operations in `folder`. At operation `kill_at` (from 0) the child is killed before it happens."""
    pid = os.fork()
    if pid == 0:
        libc.ptrace(TRACEME, 0, None, None)
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            work()
        except BaseException as error:  # the parent must see that it failed, not a second run of the parent's own code
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(3)
        os._exit(0)
    os.waitpid(pid, 0)
    _ptrace(SETOPTIONS, pid, SYSGOOD | EXITKILL)
    operations: list[Operation] = []
    entering, deliver = True, 0
    while True:
        _ptrace(SYSCALL, pid, deliver)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            if kill_at is None and status != 0:
                raise RuntimeError(f"the child ended with {status}")
            return operations
        stop = os.WSTOPSIG(status)
        deliver = 0 if stop == signal.SIGTRAP | 0x80 else stop
        if deliver:
            continue
        if entering and (operation := _operation(pid, folder)) is not None:
            if len(operations) == kill_at:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return operations
            operations.append(operation)
        entering = not entering


def _operation(pid: int, folder: Path) -> Operation | None:
    r = Registers()
    _ptrace(GETREGS, pid, ctypes.addressof(r))
    call = r.orig_rax
    if call in BY_HANDLE:
        path = Path(f"/proc/{pid}/fd/{ctypes.c_int(r.rdi).value}").readlink()
        if (path != folder and path.parent != folder) or path.name.endswith("-shm"):
            return None
        name = "." if path == folder else path.name
        if call in (FSYNC, FDATASYNC):
            return Operation("sync", name)
        if call == FTRUNCATE:
            return Operation("cut", name, r.rsi)
        data = _memory(pid, r.rsi, r.rdx)
        if name == ACK:
            return Operation("ack", data=data)
        return Operation("write", name, r.r10 if call == PWRITE else _position(pid, r.rdi), data)
    if call in (UNLINK, UNLINKAT):
        path = Path(_text(pid, r.rdi if call == UNLINK else r.rsi))
        return Operation("remove", path.name) if path.parent == folder and not path.name.endswith("-shm") else None
    if call in (OPEN, OPENAT):
        path, flags = (Path(_text(pid, r.rdi)), r.rsi) if call == OPEN else (Path(_text(pid, r.rsi)), r.rdx)
        new = path.parent == folder and flags & os.O_CREAT and not path.exists() and not path.name.endswith("-shm")
        return Operation("make", path.name) if new and path.name != ACK else None
    if call in UNEXPECTED and call not in (WRITEV, PWRITEV):
        raise RuntimeError(f"system call {call} is not modelled")
    return None


def _memory(pid: int, address: int, length: int) -> bytes:
    with open(f"/proc/{pid}/mem", "rb") as memory:  # noqa: PTH123 - seeks in a process, not in a file
        memory.seek(address)
        return memory.read(length)


def _text(pid: int, address: int) -> str:
    found = b""
    while b"\0" not in found and len(found) < 4096:
        found += _memory(pid, address + len(found), min(64, 4096 - (address + len(found)) % 4096))
    return found.split(b"\0")[0].decode()


def _position(pid: int, handle: int) -> int:
    return int(Path(f"/proc/{pid}/fdinfo/{handle}").read_text().split()[1])


# -- what a power cut leaves -----------------------------------------------------------------------------------------


@dataclass
class Disk:
    """Files as a disk may hold them: what was synced is certain, what came after may or may not have arrived."""

    certain: dict[str, bytes] = field(default_factory=dict)
    pending: list[Operation] = field(default_factory=list)

    def take(self, operation: Operation) -> None:
        if operation.kind == "sync":
            # A file's sync brings its own content and its name; the folder's brings names made and removed.
            mine = [p for p in self.pending if p.name == operation.name or (operation.name == "." and p.kind in ("make", "remove"))]
            self.certain = self.after(mine)
            self.pending = [p for p in self.pending if p not in mine]
        elif operation.kind != "ack":
            self.pending.append(operation)

    def after(self, happened: list[Operation]) -> dict[str, bytes]:
        files = dict(self.certain)
        for p in happened:
            if p.kind == "remove":
                files.pop(p.name, None)
                continue
            content = files.get(p.name, b"")
            if p.kind == "write":
                content = content[: p.offset].ljust(p.offset, b"\0") + p.data + content[p.offset + len(p.data) :]
            elif p.kind == "cut":
                content = content[: p.offset].ljust(p.offset, b"\0")
            files[p.name] = content
        return files

    def possible(self) -> Iterator[dict[str, bytes]]:
        """Nothing unsynced arrived; all did; all but one of the last eight; the last write arrived by half."""
        seen: list[dict[str, bytes]] = []
        last = self.pending[-1] if self.pending else None
        torn = [Operation("write", last.name, last.offset, last.data[: len(last.data) // 2])] if last and last.kind == "write" else []
        missing = [[q for q in self.pending if q is not p] for p in self.pending[-8:]]
        for happened in ([], self.pending, *missing, *([[*self.pending[:-1], *torn]] if torn else [])):
            files = self.after(happened)
            if files not in seen:
                seen.append(files)
                yield files


def main(mode: str, folder: Path, first: int, step: int) -> None:
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    from journal import script

    def work(place: Path) -> Callable[[], None]:
        def day() -> None:
            handle = os.open(place.parent / ACK, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
            script.run(str(place), lambda name: os.write(handle, name.encode() + b"\n") and None)

        return day

    if mode == "unsafe":  # what the power cuts must find: a database told not to sync
        event.listen(Pool, "checkout", lambda raw, *_: raw.execute("PRAGMA synchronous=OFF") and None)
    whole = folder / "whole"
    whole.mkdir()
    operations = trace(work(whole / "j"), whole)
    expected = script.ledger(str(whole / "j"))
    points = range(first, len(operations) + 1, step)
    states, failed = 0, []
    disk, done = Disk(), 0
    for point in points:
        if mode == "kill":
            there = folder / "there"
            there.mkdir()
            trace(work(there / "j"), there, kill_at=point)
            acknowledged = (there / ACK).read_text().split() if (there / ACK).exists() else []
            candidates = [there]
        else:
            for operation in operations[done:point]:
                disk.take(operation)
            done = point
            acknowledged = [o.data.decode().strip() for o in operations[:point] if o.kind == "ack"]
            candidates = [_laid(folder / f"there{n}", files) for n, files in enumerate(disk.possible())]
        for there in candidates:
            states += 1
            try:
                script.check(str(there / "j"), acknowledged, expected)
            except Exception as error:
                failed.append(f"point {point} of {len(operations)}, state {there.name}: {type(error).__name__}: {error}")
            shutil.rmtree(there)
    kinds = {k: sum(o.kind == k for o in operations) for k in ("write", "sync", "cut", "make", "remove", "ack")}
    print(json.dumps({"operations": len(operations), "kinds": kinds, "points": len(points), "states": states, "failed": failed}))


def _laid(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main(sys.argv[1], Path(sys.argv[2]).resolve(), int(sys.argv[3]), int(sys.argv[4]))
