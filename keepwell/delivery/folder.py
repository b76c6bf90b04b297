"""The folder channel: one text file a message, named by its key, so that sending again writes the same file."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from keepwell.delivery.channel import Parcel, TemporaryFailure
from keepwell.delivery.text import text
from keepwell.delivery.wording import wording

LONGEST = 60  # letters of a title in a file's name; the rest of its name is the key


@dataclass(frozen=True)
class Folder:
    """Writes files, each whole or not at all."""

    folder: Path
    pace: timedelta = timedelta()

    def send(self, parcel: Parcel) -> str | None:
        """Write the message's file."""
        file = self.folder / file_name(parcel)
        fresh = file.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh.write_text(text(parcel.message), encoding="utf-8")
            os.replace(fresh, file)  # noqa: PTH105  one step, as the name says
        except OSError as error:
            raise TemporaryFailure(f"{error.filename or self.folder}: {error.strerror or error}") from None
        return None


def file_name(parcel: Parcel) -> str:
    """Day, title and key, of letters that every file system takes."""
    title = "-".join(re.findall(r"[a-z0-9]+", wording(parcel.message).title.lower()))[:LONGEST].strip("-")
    return f"{parcel.written_at:%Y-%m-%d}-{title or 'message'}-{parcel.key}.txt"
