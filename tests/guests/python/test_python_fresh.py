"""Every run is new: randomness, time and environment are right after an image was mapped."""

import json
import time

import pytest

SOURCES_OF_CHANCE = """
    import os, random, secrets, tempfile, time, uuid
    from random import random as taken_at_import, randint
    def main():
        return {
            "random": random.random(),
            "bound": taken_at_import(),
            "randint": randint(0, 2**60),
            "gauss": random.gauss(0, 1),
            "shuffle": random.sample(range(1000), 10),
            "bytes": random.randbytes(8).hex(),
            "system": random.SystemRandom().random(),
            "new": random.Random().random(),
            "uuid1": str(uuid.uuid1()),
            "uuid4": str(uuid.uuid4()),
            "token": secrets.token_hex(8),
            "urandom": os.urandom(8).hex(),
            "name": next(tempfile._get_candidate_names()),
        }
"""


def test_chance_differs_between_runs(project):
    runs = [project.run(SOURCES_OF_CHANCE if not n else None).value for n in range(3)]
    for key in runs[0]:
        assert len({json.dumps(run[key]) for run in runs}) == 3, key


def test_chance_differs_between_subtasks(run):
    source = """
        import random
        from capsule import task
        @task
        def draw(): return random.random()
        @task
        def main(): return [draw()["result"] for _ in range(3)] + [random.random()]
    """
    assert len(set(run(source).value)) == 4


def test_seed_in_the_task(project):
    source = "import random\ndef main():\n    random.seed(42)\n    return [random.random(), random.random()]"
    assert project.run(source).value == [0.6394267984578837, 0.025010755222666936]
    assert project.run(None).value == [0.6394267984578837, 0.025010755222666936]


def test_seed_at_import(project):
    source = "import random\nrandom.seed(42)\ndef main(): return random.random()"
    assert project.run(source).value == 0.6394267984578837
    assert project.run(None).value == 0.6394267984578837


def test_own_generator_made_with_a_seed_at_import(project):
    source = "import random\nown = random.Random(42)\ndef main(): return [own.random(), random.random()]"
    first, second = project.run(source).value, project.run(None).value
    assert first[0] == second[0] == 0.6394267984578837
    assert first[1] != second[1]


def test_chance_at_import_differs(project):
    source = "import random, uuid\nnumber, name = random.random(), str(uuid.uuid4())\ndef main(): return [number, name]"
    first, second = project.run(source).value, project.run(None).value
    assert first[0] != second[0] and first[1] != second[1]


def test_time_is_now(project):
    source = """
        import datetime, time, logging
        def main():
            now = time.time()
            start = time.monotonic()
            record = logging.makeLogRecord({})
            return {
                "time": now,
                "utc": datetime.datetime.now(datetime.timezone.utc).timestamp(),
                "local": time.mktime(time.localtime()),
                "forward": time.monotonic() - start,
                "cpu": time.process_time(),
                "age": logging.LogRecord("n", 20, "p", 1, "m", (), None).relativeCreated,
            }
    """
    for source in (source, None):
        found = project.run(source).value
        for clock in ("time", "utc", "local"):
            assert abs(found[clock] - time.time()) < 60, clock
        assert 0 <= found["forward"] < 10
        assert 0 <= found["cpu"] < 60
        assert 0 <= found["age"] < 60_000


def test_time_at_import_is_the_time_of_the_run(project):
    source = "import time\nat_import = time.time()\ndef main(): return time.time() - at_import"
    project.run(source)
    time.sleep(1.1)
    assert abs(project.run(None).value) < 1


def test_hashes_are_the_same_everywhere(project):
    source = "def main(): return [hash('text'), list({'a', 'b', 'c', 'd'}), hash((1.5, 'x'))]"
    assert project.run(source).value == project.run(None).value


@pytest.mark.parametrize("style", ["os.environ['GIVEN']", "os.getenv('GIVEN')", "os.environb[b'GIVEN'].decode()"])
def test_environment(project, style):
    source = f"""
        import os
        from os import environ
        from capsule import task
        @task(name="main", env_variables=["GIVEN"])
        def main():
            os.environ["OWN"] = "own"
            return [{style}, dict(environ).get("NOT_GIVEN"), os.environ["OWN"], sorted(environ)]
    """
    for text in ("a value", "é=2"):
        value = project.run(source, env={"GIVEN": text, "NOT_GIVEN": "no"}).value
        assert value == [text, None, "own", ["GIVEN", "OWN"]]


def test_environment_read_at_import_is_that_of_the_run(project):
    source = """
        import os
        from capsule import task
        given = os.environ.get("GIVEN")
        @task(name="main", env_variables=["GIVEN"])
        def main(): return given
    """
    assert project.run(source, env={"GIVEN": "1"}).value == "1"
    assert project.run(source, env={"GIVEN": "2"}).value == "2"


def test_globals_do_not_survive_a_run(project):
    source = "import math\ncount = []\ndef main():\n    count.append(1)\n    math.leak = getattr(math, 'leak', 0) + 1\n    return [len(count), math.leak]"
    assert [project.run(source if not n else None).value for n in range(3)] == [[1, 1]] * 3


def test_argument_parser_at_import_keeps_the_import_pure(project):
    source = """
        import argparse, logging, uuid, dataclasses, enum, re, typing
        parser = argparse.ArgumentParser()
        parser.add_argument("--n", type=int)
        log = logging.getLogger(__name__)
        PATTERN = re.compile("x+")
        def main(*args): return parser.parse_args(args).n
    """
    for source in (source, None):
        done = project.run(source, "--n", "3")
        assert done.value == 3
    assert done["execution"]["snapshot"] == "program"
