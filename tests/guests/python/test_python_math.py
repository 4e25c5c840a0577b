"""The mathematical functions: how exact they are."""

import json
import math
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from exact_math import DOMAINS, points, too_far  # noqa: E402

PROGRAM = """
import json, math
from capsule import task

POINTS = json.loads({points!r})

@task(name="main")
def main():
    return {{name: [getattr(math, name)(x) for x in arguments] for name, arguments in POINTS.items()}}
"""


@pytest.fixture(scope="module")
def values(tmp_path_factory, cache):
    from conftest import Project

    project = Project(tmp_path_factory.mktemp("math"), cache)
    return project.run(PROGRAM.format(points=json.dumps({name: points(name) for name in DOMAINS}))).value


@pytest.mark.parametrize("name", DOMAINS)
def test_values_are_exact_within_their_bound(values, name):
    assert too_far(name, values[name]) == []


def test_logarithms_of_powers_of_two_are_whole(run):
    done = run("import math\nfrom capsule import task\n\n@task(name='main')\ndef main():\n"
               "    return [n for n in range(-1074, 1024) if math.log2(math.ldexp(1, n)) != n]\n")
    assert done.value == []


def test_exp_of_one_is_e(run):
    done = run("import math\nfrom capsule import task\n\n@task(name='main')\ndef main():\n"
               "    return [math.exp(1), math.exp(-1), math.cosh(1), 2.5 ** 0.5]\n")
    assert done.value == [math.e, 0.36787944117144233, 1.5430806348152437, 1.5811388300841898]
