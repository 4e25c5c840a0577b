"""What a program is told about its files: permissions, and what it may change."""

import zipfile

PROGRAM = """
    import os, shutil, stat, tarfile, zipfile
    from capsule import task

    @task(name="main", allowed_files=["data", "fixed:ro"])
    def main():
        {body}
"""


def run(project, body):
    (project.path / "data").mkdir(exist_ok=True)
    project.write("fixed/file", "text")
    return project.run(PROGRAM.format(body=body)).value


def test_modes_are_those_of_ordinary_files(project):
    body = """os.symlink("file", "data/link"); open("data/file", "w").close(); os.mkdir("data/folder")
        file = open("data/file")
        return [stat.filemode(mode) for mode in (os.stat("data/file").st_mode, os.fstat(file.fileno()).st_mode,
            os.stat("data/folder").st_mode, os.lstat("data/link").st_mode, os.stat("data/link").st_mode, os.stat("/").st_mode)]"""
    assert run(project, body) == ["-rw-r--r--", "-rw-r--r--", "drwxr-xr-x", "lrwxrwxrwx", "-rw-r--r--", "drwxr-xr-x"]


def test_archives_hold_files_that_can_be_read(project):
    body = """open("data/file", "w").close()
        with zipfile.ZipFile("data/a.zip", "w") as archive: archive.write("data/file", "file")
        with tarfile.open("data/a.tar", "w") as archive: archive.add("data/file", "file")
        return tarfile.open("data/a.tar").getmember("file").mode"""
    assert run(project, body) == 0o644
    with zipfile.ZipFile(project.path / "data" / "a.zip") as archive:
        assert archive.getinfo("file").external_attr >> 16 == 0o100644


def test_access_tells_what_may_be_changed(project):
    body = """open("data/file", "w").close()
        names = ("data", "data/file", "fixed", "fixed/file", "data/none", "/.capsule/lib/os.py")
        return [[os.access(name, how) for how in (os.F_OK, os.R_OK, os.W_OK, os.X_OK)] for name in names]"""
    assert run(project, body) == [
        [True, True, True, True], [True, True, True, False], [True, True, False, True], [True, True, False, False],
        [False, False, False, False], [True, True, False, False],
    ]  # fmt: skip
