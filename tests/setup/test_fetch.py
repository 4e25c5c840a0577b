"""Fetching by manifest, without a network: a folder or a fake client supplies the files."""

import hashlib
import io
import sys
import tarfile
import zipfile

import pytest

from conftest import TOOLS

sys.path.insert(0, str(TOOLS / "lib"))

from manifest import read_manifest  # noqa: E402
from paths import SetupError  # noqa: E402
from unpack import unpack  # noqa: E402


def tar_of(path, members):
    """Writes a tar archive from (name, content or link target, type) triples."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content, kind in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.mode = 0o755 if name.endswith("tool") else 0o644
            if kind == tarfile.REGTYPE:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content.encode()))
            else:
                info.linkname = content
                archive.addfile(info)
    return path


def file(name, content="text"):
    return (name, content, tarfile.REGTYPE)


def manifest_of(clone, archive, **options):
    """A manifest with one npm source whose file is `archive`."""
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    section = {"kind": "npm", "version": "1.0", "file": archive.name, "hash": f"sha256:{digest}", **options}
    text = "[thing]\n" + "".join(f"{name} = {value}\n" for name, value in section.items())
    clone.write("third_party/thing.ini", text)


def fetch(clone, **env):
    out = clone.root / "out"
    out.mkdir(exist_ok=True)
    return clone.run("fetch", "third_party/thing.ini", OUT=str(out), **env)


@pytest.fixture
def mirror(tmp_path):
    folder = tmp_path / "mirror"
    folder.mkdir()
    return folder


def test_unpacks_what_the_manifest_asks_for(clone, mirror):
    archive = tar_of(mirror / "thing.tgz", [file("package/bin/tool"), file("package/readme"), file("package/bin/x/y")])
    manifest_of(clone, archive, only="package/bin", strip=2, into="sub")
    assert fetch(clone, CAPSULE_SOURCES=str(mirror))[0] == 0
    tool = clone.root / "out/sub/tool"
    assert tool.read_text() == "text" and tool.stat().st_mode & 0o111
    assert (clone.root / "out/sub/x/y").exists() and not (clone.root / "out/sub/readme").exists()


def test_a_download_is_kept_for_the_next_time(clone, mirror):
    archive = tar_of(mirror / "thing.tgz", [file("package/x")])
    manifest_of(clone, archive)
    assert fetch(clone, CAPSULE_SOURCES=str(mirror))[0] == 0
    archive.unlink()
    assert fetch(clone, PATH="/usr/bin:/bin", CAPSULE_SOURCES=str(mirror))[0] == 0


def test_a_wrong_hash_stops_with_what_was_expected_and_what_came(clone, mirror):
    archive = tar_of(mirror / "thing.tgz", [file("package/x")])
    manifest_of(clone, archive)
    archive.write_bytes(b"something else")
    status, _, errors = fetch(clone, CAPSULE_SOURCES=str(mirror))
    got = hashlib.sha256(b"something else").hexdigest()
    assert status == 1
    assert "thing.tgz has the wrong content" in errors and "expected sha256:" in errors and f"got      sha256:{got}" in errors
    assert not list((clone.root / "out").iterdir())
    downloads = clone.cache / "downloads"
    assert not [path for path in downloads.rglob("*") if path.is_file()]


def test_a_wrong_hash_fails_the_stage_and_leaves_no_entry(clone, mirror):
    archive = tar_of(mirror / "thing.tgz", [file("package/x")])
    manifest_of(clone, archive, hash="sha256:" + "0" * 64)
    status, _, errors = clone.run("stage", "thing", "--", TOOLS / "fetch", "third_party/thing.ini",
                                  CAPSULE_SOURCES=str(mirror))
    assert status == 1 and "wrong content" in errors
    assert clone.entries() == []


def fake_npm(clone, script):
    tool = clone.write("bin/npm", f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    return {"PATH": f"{clone.root}/bin:/usr/bin:/bin"}


def test_the_client_is_asked_for_the_exact_version(clone, mirror):
    archive = tar_of(mirror / "thing.tgz", [file("package/x")])
    manifest_of(clone, archive, package="@scope/thing")
    path = fake_npm(clone, f'for last; do :; done; echo "$last" >asked; cp {archive} . && cp asked {clone.root}')
    assert fetch(clone, **path)[0] == 0
    assert (clone.root / "asked").read_text() == "@scope/thing@1.0\n"
    assert (clone.root / "out/x").exists()


def test_a_failing_or_missing_client_is_a_clear_error(clone, mirror):
    archive = tar_of(mirror / "thing.tgz", [file("package/x")])
    manifest_of(clone, archive)
    status, _, errors = fetch(clone, **fake_npm(clone, "exit 7"))
    assert status == 1 and "npm failed with exit status 7" in errors
    status, _, errors = fetch(clone, **fake_npm(clone, "exit 0"))
    assert status == 1 and "expected the file thing.tgz, got nothing" in errors


@pytest.mark.parametrize("member, complaint", [
    (file("package/../../evil"), "leaves the archive"),
    (file("/etc/evil"), "leaves the archive"),
    (("package/link", "../../evil", tarfile.SYMTYPE), "leaves the archive"),
    (("package/link", "/etc/passwd", tarfile.SYMTYPE), "leaves the archive"),
    (("package/pipe", "", tarfile.FIFOTYPE), "neither file nor link"),
    (("package/hard", "package/x", tarfile.LNKTYPE), "neither file nor link"),
])
def test_archives_cannot_leave_their_folder(tmp_path, member, complaint):
    archive = tar_of(tmp_path / "evil.tgz", [file("package/x"), member])
    with pytest.raises(SetupError, match=complaint):
        unpack(archive, str(tmp_path / "out"))


def test_a_zip_keeps_executable_bits(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("wheel/tool")
        info.external_attr = 0o100755 << 16
        archive.writestr(info, "#!")
        archive.writestr("wheel/data", "x")
    unpack(path, str(tmp_path / "out"))
    assert (tmp_path / "out/tool").stat().st_mode & 0o111
    assert not (tmp_path / "out/data").stat().st_mode & 0o111


def test_an_archive_without_the_wanted_part_is_an_error(tmp_path):
    archive = tar_of(tmp_path / "a.tgz", [file("package/x")])
    with pytest.raises(SetupError, match="nothing at package/lib"):
        unpack(archive, str(tmp_path / "out"), ["package/lib"])


GOOD = {"kind": "pypi", "version": "1", "file": "f", "hash": "sha256:" + "a" * 64}


@pytest.mark.parametrize("change, complaint", [
    ({"kind": "ftp"}, "one of pypi, npm, crate, debian is accepted"),
    ({"hash": "md5:abc"}, "sha256:HEX or sha512:HEX is accepted"),
    ({"version": ""}, "version is missing"),
    ({"colour": "red"}, "unknown option colour"),
    ({"file": "a/b"}, "without a folder"),
])
def test_a_bad_manifest_names_the_place_and_what_is_accepted(tmp_path, change, complaint):
    path = tmp_path / "bad.ini"
    path.write_text("[x]\n" + "".join(f"{k} = {v}\n" for k, v in {**GOOD, **change}.items()))
    with pytest.raises(SetupError, match=complaint) as error:
        read_manifest(str(path))
    assert "bad.ini [x]" in str(error.value)


def test_sources_are_chosen_by_machine(tmp_path):
    path = tmp_path / "m.ini"
    lines = "".join(f"{k} = {v}\n" for k, v in GOOD.items())
    path.write_text(f"[a]\n{lines}machine = x86_64\n[b]\n{lines}machine = aarch64\n[c]\n{lines}")
    assert [source.name for source in read_manifest(str(path), "aarch64")] == ["b", "c"]
    assert [source.name for source in read_manifest(str(path), "riscv64")] == ["c"]


def test_a_machine_without_a_source_is_named(tmp_path):
    path = tmp_path / "m.ini"
    path.write_text("[a]\n" + "".join(f"{k} = {v}\n" for k, v in GOOD.items()) + "machine = x86_64\n")
    with pytest.raises(SetupError, match="nothing for machine riscv64; it lists x86_64"):
        read_manifest(str(path), "riscv64")


def test_every_manifest_of_the_tree_can_be_read():
    manifests = sorted((TOOLS.parents[1] / "third_party").glob("*.ini"))
    assert manifests
    for path in manifests:
        for machine in ("x86_64", "aarch64"):
            assert read_manifest(str(path), machine)
