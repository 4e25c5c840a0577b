import pytest

from worker_support import Worker, WorkerProject


@pytest.fixture
def work(tmp_path, cache):
    return WorkerProject(tmp_path, cache)


@pytest.fixture
def start(work):
    """Starts workers that end with the test."""
    begun = []

    def begin(*flags, **options):
        begun.append(Worker(work, *flags, **options))
        return begun[-1]

    yield begin
    for worker in begun:
        worker.process.kill()
        worker.process.wait()
        for pipe in (worker.process.stdin, worker.process.stdout, worker.process.stderr):
            pipe.close()
