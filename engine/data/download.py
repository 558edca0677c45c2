"""Downloading a published set: afterwards its files are there, whole and verified, or untouched.

pooch fetches one file from one address: into a temporary file, verified, then moved. Here is what
it leaves open: several mirrors, no pauses, a cancel, and what a killed download left behind.
"""

import contextlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from engine.atomic_write import private_folder
from engine.data.published import Published, PublishedFile
from engine.errors import DataError, DownloadError, SaveError, UsageError

TIMEOUT = 10.0
"""Seconds to wait for a connection, and for the next bytes."""

ROUNDS = 2
"""How often each mirror is asked for a file."""

CHUNK = 2**14
"""Bytes that are read at a time; after each, the cancel is asked."""

OnProgress = Callable[[int, int | None, str], None]
"""Hears how many bytes of the set are here, of how many, and the file under way."""


class Cancelled(DataError):
    """Whoever asked for the download does not want it any more."""


def download(
    published: Published,
    folder: Path,
    on_progress: OnProgress = lambda done, total, name: None,
    *,
    mirrors: Sequence[str] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    timeout: float = TIMEOUT,
) -> None:
    """Bring every file of a set into a folder; what is there and right is not fetched again.

    mirrors: base addresses in place of the set's own. cancelled: asked at every chunk.

    Raises:
        DownloadError: no mirror has the file; says what each of them did.
        SaveError: the folder cannot be written.
        Cancelled: `cancelled` said so; the files that were finished stay.
    """
    _silence()
    order = list(published.mirrors if mirrors is None else mirrors)
    try:
        private_folder(folder, "write into", mend=False)
        _sweep(folder)
        with _workshop(folder) as workshop:
            before = 0
            for file in published.files:
                meter = _Meter(file, before, published.size, on_progress, cancelled)
                if not file.is_at(folder / file.name):
                    _fetch(published, file, workshop, order, meter, timeout)
                    (workshop / file.name).replace(folder / file.name)
                before += file.size
                on_progress(before, published.size, file.name)
    except OSError as error:
        raise SaveError(f"Cannot write into {folder}: {error.strerror or error}.") from error


def _fetch(
    published: Published,
    file: PublishedFile,
    workshop: Path,
    order: list[str],
    meter: "_Meter",
    timeout: float,
) -> None:
    """One verified file into the workshop; the mirror that had it comes first from now on."""
    import pooch
    from requests.exceptions import RequestException

    failures: dict[str, str] = {}
    for mirror in order * ROUNDS:
        meter.begin()
        try:
            pooch.retrieve(
                mirror + file.name,
                known_hash=f"sha256:{file.sha256}",
                fname=file.name,
                path=workshop,
                downloader=pooch.HTTPDownloader(
                    progressbar=meter, chunk_size=CHUNK, timeout=(timeout, timeout)
                ),
            )
        except (RequestException, ValueError) as error:
            failures[mirror] = _in_short(error, timeout)
        else:
            order.remove(mirror)
            order.insert(0, mirror)
            return
    raise DownloadError(
        f"{published.title} cannot be downloaded now. {_listed(failures)} Try again later, or get "
        f"{', '.join(each.name for each in published.files)} by other means, put them into a "
        "folder and learn from that folder."
    )


def _listed(failures: dict[str, str]) -> str:
    """Which mirrors were asked, and what each did; those that did the same stand together."""
    by_reason: dict[str, list[str]] = {}
    for mirror, why in failures.items():
        by_reason.setdefault(why, []).append(urlsplit(mirror).netloc or mirror)
    reasons = (f"{' and '.join(mirrors)}: {why}" for why, mirrors in by_reason.items())
    return f"Asked {'; '.join(reasons)}."


class _Meter:
    """What pooch takes for a progress bar: counts, asks for a cancel, stops what is too long."""

    def __init__(
        self,
        file: PublishedFile,
        before: int,
        total: int,
        on_progress: OnProgress,
        cancelled: Callable[[], bool],
    ) -> None:
        self.total = 0  # set by pooch to what the server says, which may be a lie
        self._file = file
        self._before = before
        self._of = total
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._done = 0
        self._over = False

    def begin(self) -> None:
        """A mirror is asked from the first byte on."""
        self._done = 0
        self._over = False
        self._tell()

    def update(self, chunk: int) -> None:
        """Another chunk is here; pooch says how long it may be at most, not how long it is."""
        if self._over:
            return
        if self._done >= self._file.size:
            raise ValueError(f"{self._file.name} is longer than it was published")
        self._done += chunk
        self._tell()

    def reset(self) -> None:
        """The last byte is here; what pooch says afterwards is for its own bar."""
        self._over = True

    def close(self) -> None:
        """Nothing to release."""

    def _tell(self) -> None:
        if self._cancelled():
            raise Cancelled("The download was cancelled.")
        done = min(self._done, self._file.size)
        self._on_progress(self._before + done, self._of, self._file.name)


def _in_short(error: Exception, timeout: float) -> str:
    """Why a mirror failed, in a few words."""
    from requests import exceptions

    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        return f"answers {error.response.status_code}"
    silent = f"silent for {timeout:g} s"
    words = {
        exceptions.Timeout: silent,
        exceptions.ProxyError: "the proxy cannot be reached, or refuses",
        exceptions.SSLError: "its certificate is not trusted",
        exceptions.TooManyRedirects: "redirects in a circle",
        exceptions.ChunkedEncodingError: "ends in the middle of the file",
        exceptions.ContentDecodingError: "sends what cannot be unpacked",
        exceptions.InvalidURL: "is no web address",
        exceptions.MissingSchema: "is no web address",
        exceptions.InvalidSchema: "is no web address",
    }
    for kind, why in words.items():
        if isinstance(error, kind):
            return why
    if isinstance(error, exceptions.ConnectionError):
        text = str(error)
        if "timed out" in text:  # a stall in the middle comes as this, not as a Timeout
            return silent
        if "resol" in text:  # NameResolutionError, "Failed to resolve"
            return "name not found, as when the computer is offline"
        return "no connection"
    known = isinstance(error, exceptions.RequestException)
    return "no answer that makes sense" if known else "sends other bytes"


def _silence() -> None:
    """The one sentence at the end is ours; pooch and urllib3 would talk in between."""
    import pooch

    for logger in (pooch.get_logger(), logging.getLogger("urllib3")):
        logger.setLevel(logging.CRITICAL)


def downloads_folder() -> Path:
    """Where published sets are kept unless told otherwise: where the app keeps them, too.

    Raises:
        DataError: `NUMREC_HOME` names the home of nobody.
    """
    chosen = os.environ.get("NUMREC_HOME", "")
    if not chosen.strip():
        import pooch

        return Path(pooch.os_cache("numrec-tui")) / "data"
    try:
        return Path(chosen).expanduser().absolute() / "data"
    except (RuntimeError, OSError) as error:  # no such user; no current folder any more
        raise DataError(f"NUMREC_HOME names {chosen}, and there is no such place.") from error


def addresses(published: Published) -> tuple[str, ...] | None:
    """Where a set is downloaded from in place of its own mirrors; None where nobody says.

    Raises:
        UsageError: `NUMREC_MIRRORS` holds what is no address.
    """
    return tuple(f"{mirror}/{published.name}/" for mirror in mirrors()) or None


def mirrors() -> tuple[str, ...]:
    """Addresses of one's own to download data sets from, in place of the built-in ones.

    `NUMREC_MIRRORS` holds them, separated by commas; each has a folder a set, such as
    `mnist/train-images-idx3-ubyte.gz`.

    Raises:
        UsageError: one is not https; plain http is for this computer alone.
    """
    words = os.environ.get("NUMREC_MIRRORS", "").split(",")
    chosen = tuple(word.strip().rstrip("/") for word in words if word.strip())
    for address in chosen:
        try:
            parts = urlsplit(address)
            host = parts.hostname if parts.port != 0 else None
        except ValueError:
            host = None
        if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL)):
            raise UsageError(f"NUMREC_MIRRORS: {address} is no https:// address.")
    return chosen


LOCAL = ("localhost", "127.0.0.1", "::1")


WORKSHOP = ".download-"
"""What the folders of downloads under way begin with; the process that downloads follows."""

ABANDONED_AFTER = 3600
"""Seconds after which a download under way is none, whatever process has its number now."""


@contextlib.contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder for what is not verified yet; it goes away whatever happens, an empty one too."""
    workshop = Path(tempfile.mkdtemp(prefix=f"{WORKSHOP}{os.getpid()}-", dir=folder))
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
        with contextlib.suppress(OSError):  # there are files in it
            folder.rmdir()


def _sweep(folder: Path) -> None:
    """Remove what killed downloads left."""
    for left in folder.glob(f"{WORKSHOP}*"):
        number = left.name.removeprefix(WORKSHOP).partition("-")[0]
        try:
            old = time.time() - left.stat().st_mtime > ABANDONED_AFTER
        except OSError:  # its owner has just finished
            continue
        if old or not _lives(number):
            shutil.rmtree(left, ignore_errors=True)


def _lives(number: str) -> bool:
    """Whether there is a process of that number; where nobody can tell, there is."""
    if os.name != "posix" or not number.isdecimal():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
