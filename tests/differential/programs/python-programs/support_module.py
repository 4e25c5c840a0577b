"""Something to import."""

VALUE = "original"
LOADED = [1]


def lazy():
    return VALUE


def back():
    import import_shapes

    return import_shapes


def __getattr__(name):
    if name == "dynamic":
        return "made when asked for"
    raise AttributeError(name)
