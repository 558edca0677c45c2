"""Downloading: whole and verified files at the end, or one clear sentence and nothing else."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from engine.data import catalog
from engine.data import download as downloading
from engine.data.download import Cancelled, download
from engine.data.published import PUBLISHED, Published
from engine.errors import DataError, SaveError
from tests.mirror import FAULTS, Mirror, mirror, published_as, small_files
from tests.waiting import wait_until

FILES = small_files()
TINY = published_as("tiny", FILES)
FIRST = next(iter(FILES))
IMPATIENT, PATIENT = 1.0, 30.0
"""Seconds of silence that are too many: the stalling mirror is silent for twenty, others hardly."""

SAYS = {
    "cut": "ends in the middle",
    "stall": "silent for 1 s",
    "longer": "ends in the middle",
    "shorter": "sends other bytes",
    "other": "sends other bytes",
    "endless": "sends other bytes",
    "404": "answers 404",
    "503": "answers 503",
    "circle": "redirects in a circle",
    "noise": "no connection",
}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def first() -> Iterator[Mirror]:
    with mirror({f"/{name}": content for name, content in FILES.items()}) as server:
        yield server


@pytest.fixture
def second() -> Iterator[Mirror]:
    with mirror({f"/{name}": content for name, content in FILES.items()}) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tiny"


def get(folder: Path, *servers: Mirror, **options: object) -> None:
    addresses = [server.address for server in servers]
    stalls = any("stall" in server.plan for server in servers)
    timeout = IMPATIENT if stalls else PATIENT
    download(TINY, folder, mirrors=addresses, timeout=timeout, **options)  # type: ignore[arg-type]


def whole(folder: Path) -> bool:
    """Whether the four files are there, byte by byte, and nothing else."""
    return {path.name: path.read_bytes() for path in folder.iterdir()} == FILES


def test_a_mirror_that_works(folder: Path, first: Mirror) -> None:
    get(folder, first)
    assert whole(folder)


def test_the_progress_counts_the_bytes_of_the_whole_set(folder: Path, first: Mirror) -> None:
    heard: list[tuple[int, int | None, str]] = []
    get(folder, first, on_progress=lambda *on_progress: heard.append(on_progress))
    assert [done for done, _, _ in heard] == sorted(done for done, _, _ in heard)
    assert heard[-1][:2] == (TINY.size, TINY.size)
    assert {name for _, _, name in heard} == set(FILES)
    # 235,216 bytes of images are more than 14 chunks of 16,384
    assert len({done for done, _, name in heard if name == FIRST}) >= 14


def test_what_is_there_is_not_fetched_again(folder: Path, first: Mirror) -> None:
    get(folder, first)
    first.asked.clear()
    get(folder, first)
    assert first.asked == []
    assert whole(folder)


def test_a_damaged_file_and_no_other_is_fetched_anew(folder: Path, first: Mirror) -> None:
    get(folder, first)
    first.asked.clear()
    damaged = bytearray(FILES[FIRST])
    damaged[1000] ^= 1
    (folder / FIRST).write_bytes(damaged)
    get(folder, first)
    assert first.asked == [f"/{FIRST}"]
    assert whole(folder)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_second_mirror_takes_over(
    folder: Path, first: Mirror, second: Mirror, fault: str
) -> None:
    first.always(fault)
    get(folder, first, second)
    assert whole(folder)
    assert set(first.asked) == {f"/{FIRST}"}  # and it is not asked for the next file
    assert len(second.asked) == len(FILES)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_is_got_over(folder: Path, first: Mirror, fault: str) -> None:
    first.plan.extend([fault] if fault != "circle" else ["circle"] * 31)  # 30 redirects are allowed
    get(folder, first)
    assert whole(folder)


@pytest.mark.parametrize("fault", FAULTS)
def test_without_a_mirror_that_works_one_sentence_says_why(
    folder: Path, first: Mirror, fault: str
) -> None:
    first.always(fault)
    with pytest.raises(DataError) as caught:
        get(folder, first)
    said = str(caught.value)
    assert SAYS[fault] in said
    assert f"127.0.0.1:{first.server_port}" in said
    assert "learn from that folder" in said
    assert all(name in said for name in FILES)
    assert not folder.exists()


def test_every_mirror_is_named_with_what_it_did(
    folder: Path, first: Mirror, second: Mirror
) -> None:
    first.always("404")
    second.always("cut")
    with pytest.raises(DataError) as caught:
        get(folder, first, second)
    assert f":{first.server_port}: answers 404" in str(caught.value)
    assert f":{second.server_port}: ends in the middle of the file" in str(caught.value)


def test_nobody_listens(folder: Path, first: Mirror) -> None:
    first.server_close()
    with pytest.raises(DataError, match="no connection"):
        get(folder, first)


def test_a_name_that_nobody_knows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_asked: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(DataError, match=r"nowhere\.invalid: name not found"):
        download(TINY, folder, mirrors=["https://nowhere.invalid/"])


def test_what_is_no_address(folder: Path) -> None:
    with pytest.raises(DataError, match="Asked nonsense/: is no web address"):
        download(TINY, folder, mirrors=["nonsense/"])


def test_a_proxy_that_is_down(folder: Path, first: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("https_proxy", first.address)
    first.always("503")
    with pytest.raises(DataError, match="the proxy cannot be reached, or refuses"):
        download(TINY, folder, mirrors=["https://example.invalid/"])


def test_a_file_that_was_finished_stays_when_the_next_one_fails(
    folder: Path, first: Mirror
) -> None:
    first.plan.extend(["serve", "404", "404"])
    with pytest.raises(DataError, match="answers 404"):
        get(folder, first)
    assert [path.name for path in folder.iterdir()] == [FIRST]
    first.asked.clear()
    get(folder, first)
    assert f"/{FIRST}" not in first.asked
    assert whole(folder)


def test_a_cancel_in_the_middle_leaves_nothing(folder: Path, first: Mirror) -> None:
    heard: list[int] = []
    with pytest.raises(Cancelled):
        get(
            folder,
            first,
            on_progress=lambda done, total, name: heard.append(done),
            cancelled=lambda: bool(heard) and heard[-1] > 0,
        )
    assert 0 < heard[-1] < len(FILES[FIRST])
    assert not folder.exists()


def test_ctrl_c_in_the_middle_leaves_nothing(folder: Path, first: Mirror) -> None:
    def interrupt(done: int, total: int | None, name: str) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(folder, first, on_progress=interrupt)
    assert not folder.exists()


def test_what_a_killed_download_left_is_swept(folder: Path, first: Mirror) -> None:
    finished = subprocess.Popen([sys.executable, "-c", ""])
    finished.wait()
    left = folder / f"{downloading.WORKSHOP}{finished.pid}-abc"
    left.mkdir(parents=True)
    (left / "tmp123").write_bytes(b"half")
    get(folder, first)
    assert whole(folder)


@pytest.mark.alone
def test_a_download_that_is_killed_leaves_nothing_that_is_taken_for_whole(
    folder: Path, first: Mirror
) -> None:
    first.always("stall")
    program = (
        "from pathlib import Path; from tests.mirror import published_as, small_files; "
        "from engine.data.download import download; "
        f"download(published_as('tiny', small_files()), Path({str(folder)!r}), "
        f"mirrors=[{first.address!r}])"
    )
    process = subprocess.Popen([sys.executable, "-c", program])
    wait_until(lambda: list(folder.glob(f"{downloading.WORKSHOP}*/tmp*")), "it downloads")
    assert process.poll() is None
    process.kill()
    process.wait()
    assert not (folder / FIRST).exists()
    first.plan.clear()
    get(folder, first)
    assert whole(folder)


def test_the_download_of_another_process_is_left_alone(folder: Path, first: Mirror) -> None:
    theirs = folder / f"{downloading.WORKSHOP}{os.getppid()}-abc"
    theirs.mkdir(parents=True)
    get(folder, first)
    assert theirs.is_dir()


def test_a_download_that_is_very_old_is_swept_whoever_has_its_number(
    folder: Path, first: Mirror
) -> None:
    theirs = folder / f"{downloading.WORKSHOP}{os.getppid()}-abc"
    theirs.mkdir(parents=True)
    long_ago = time.time() - 2 * downloading.ABANDONED_AFTER
    os.utime(theirs, (long_ago, long_ago))
    get(folder, first)
    assert whole(folder)


def test_a_folder_that_cannot_be_made(tmp_path: Path, first: Mirror) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SaveError, match="Cannot write into"):
        get(tmp_path / "file" / "tiny", first)


def test_nothing_is_said_but_what_is_raised(
    folder: Path, first: Mirror, capfd: pytest.CaptureFixture[str]
) -> None:
    first.plan.extend(["cut", "serve", "noise"])
    get(folder, first)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("published", PUBLISHED.values(), ids=PUBLISHED)
def test_the_catalog_is_complete(published: Published) -> None:
    assert len(published.mirrors) >= 2
    assert all(
        address.startswith("https://") and address.endswith("/") for address in published.mirrors
    )
    assert [file.name for file in published.files] == [
        f"{name}.gz" for name in catalog.FILES.values()
    ]
    assert all(len(bytes.fromhex(file.sha256)) == 32 for file in published.files)
    assert len(set(published.class_names)) == 10


@pytest.mark.mnist
def test_real_mnist_is_cut_at_first_and_whole_at_the_end(tmp_path: Path) -> None:
    source = os.environ.get("NUMREC_MNIST")
    if not source:
        pytest.skip("NUMREC_MNIST is not set; it names a folder with the four MNIST files")
    files = {f"{name}.gz": Path(source, f"{name}.gz") for name in catalog.FILES.values()}
    content = {name: path.read_bytes() for name, path in files.items()}
    real = published_as("mnist", content)
    with mirror({f"/{name}": each for name, each in content.items()}) as server:
        server.plan.append("cut")  # after 30 % of the training images
        download(real, tmp_path / "mnist", mirrors=[server.address])
    for file in real.files:
        found = (tmp_path / "mnist" / file.name).read_bytes()
        assert sha256(found).hexdigest() == file.sha256
    assert len(catalog.load(tmp_path / "mnist").train) == 60_000
