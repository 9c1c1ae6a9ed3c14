"""All or nothing, for a command that writes many files."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from commands.init.rename import tracked


@contextmanager
def undone_on_error(project: Path) -> Generator[None]:
    """Puts back every file that git knows or would add, if the block raises; it is raised again.

    Errors: RenameError where the project is no git clone.
    """
    before = {name: (project / name).read_bytes() for name in tracked(project)}
    try:
        yield
    except BaseException:
        for name in set(tracked(project)) - set(before):
            (project / name).unlink()
        for name, content in before.items():
            path = project / name
            if not path.is_file() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        raise
