"""The option `ram`: sizes that suffice, sizes that do not, ways to write them."""

from capsule import task


def fill(megabytes):
    return len([bytearray(1 << 20) for _ in range(megabytes)])


@task(name="ram_plain", ram="256MB")
def ram_plain(megabytes):
    return fill(megabytes)


@task(name="ram_lower", ram="128mb")
def ram_lower(megabytes):
    return fill(megabytes)


@task(name="ram_kilo", ram="131072KB")
def ram_kilo(megabytes):
    return fill(megabytes)


@task(name="ram_blank", ram="128 MB")
def ram_blank(megabytes):
    return fill(megabytes)


@task(name="ram_giga", ram="1GB")
def ram_giga(megabytes):
    return fill(megabytes)


@task(name="ram_none", ram=None)
def ram_none(megabytes):
    return fill(megabytes)


@task(name="ram_small", ram="64MB")
def ram_small(megabytes):
    try:
        return fill(megabytes)
    except MemoryError:
        return "caught"


def enough():
    return [ram_plain(20)["result"], ram_lower(20)["result"], ram_kilo(20)["result"], ram_blank(20)["result"], ram_giga(300)["result"]]


def without():
    return ram_none(20)["result"]


def too_little():
    return ram_plain(400)["success"]


def lower_case():
    return ram_lower(200)["success"]


def in_kilobytes():
    return ram_kilo(200)["success"]


def with_a_blank():
    return ram_blank(200)["success"]


def caught_inside():
    return ram_small(200)["result"]


def used_is_told():
    used = ram_plain(50)["execution"]["ram_used"]
    return [used > 50 << 20, used < 256 << 20]


def next_one_is_fine():
    return [ram_plain(400)["success"], ram_plain(1)["result"]]
