"""Collections: dictionaries, sets, queues, counters, their order and their errors."""

import array
import bisect
import collections
import copy
import heapq
import types


def dictionary_order():
    table = {"b": 1, "a": 2}
    table["b"] = 3
    table["c"] = table.pop("a")
    return [list(table), list(reversed(table)), table | {"a": 9}, dict.fromkeys("xy", 0)]


def changed_while_iterated():
    table = {"a": 1}
    for key in table:
        table[key + "x"] = 2


def missing_key():
    return collections.ChainMap({"a": 1}, {"b": 2})["c"]


def default_values():
    groups = collections.defaultdict(list)
    for word in ("apple", "avocado", "bean"):
        groups[word[0]].append(word)
    return [groups, groups.setdefault("c", []), {}.get("x", "default")]


def counters():
    counter = collections.Counter("banana")
    counter.subtract("an")
    return [counter.most_common(), sorted(counter.elements()), counter + collections.Counter("bb"), counter["missing"]]


def deques():
    queue = collections.deque([1, 2, 3], maxlen=3)
    queue.append(4)
    queue.rotate(1)
    return [list(queue), queue.popleft(), queue.index(2)]


def empty_pop():
    return collections.deque().pop()


def named_tuples():
    pair = collections.namedtuple("Pair", "left right", defaults=[5])(1)
    return [pair, pair._asdict(), pair._replace(left=9), repr(pair)]


def sets():
    a, b = {1, 2, 3}, {3, 4}
    return [sorted(a | b), sorted(a & b), sorted(a - b), sorted(a ^ b), a >= {1}, frozenset(a) == a]


def unhashable():
    return {[1]: 2}


def lists():
    values = [3, 1, 2]
    values.insert(1, 9)
    values[1:2] = [7, 8]
    values.extend("ab")
    return [values, values.index(8), values.count(3), [0] * 3, values[::2]]


def value_not_in_list():
    [1, 2].remove(3)


def shared_rows():
    rows = [[0] * 2] * 2
    rows[0][0] = 1
    deep = copy.deepcopy(rows)
    deep[0][0] = 5
    return [rows, deep]


def heaps():
    heap = [5, 1, 4]
    heapq.heapify(heap)
    return [heapq.heappushpop(heap, 0), heapq.nlargest(2, heap), list(heapq.merge([1, 4], [2, 3]))]


def bisection():
    values = [1, 3, 3, 5]
    bisect.insort(values, 4)
    return [values, bisect.bisect_left(values, 3), bisect.bisect_right(values, 3)]


def arrays():
    return [array.array("h", [1, -2]).tobytes().hex(), array.array("d", [0.5]).itemsize]


def array_overflow():
    return array.array("b", [200])


def read_only():
    types.MappingProxyType({"a": 1})["a"] = 2
