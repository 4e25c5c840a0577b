"""The functions of Math: how exact they are."""

import json
import math
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from exact_math import DOMAINS, points, too_far  # noqa: E402
from javascript_support import Project  # noqa: E402

NAMES = [name for name in DOMAINS if name != "exp2"]


@pytest.fixture(scope="module")
def values(tmp_path_factory, cache):
    project = Project(tmp_path_factory.mktemp("math"), cache)
    arguments = json.dumps({name: points(name) for name in NAMES})
    body = "return Object.fromEntries(Object.entries(POINTS).map(([name, list]) => [name, list.map((x) => (Math as any)[name](x))]));"
    return project.main(body, imports=f"const POINTS: Record<string, number[]> = {arguments};").value


@pytest.mark.parametrize("name", NAMES)
def test_values_are_exact_within_their_bound(values, name):
    assert too_far(name, values[name]) == []


def test_logarithms_of_powers_of_two_are_whole(main):
    done = main("const wrong = []; for (let n = -1074; n < 1024; n++) if (Math.log2(2 ** n) !== n) wrong.push(n); return wrong;")
    assert done.value == []


def test_exp_of_one_is_e(main):
    assert main("return [Math.exp(1), Math.exp(-1), Math.cosh(1)];").value == [math.e, 0.36787944117144233, 1.5430806348152437]
