"""Whether this is a sandbox, and the way out of it."""

try:
    import _capsule  # noqa: F401
except ImportError:
    IN_SANDBOX = False
    subtasks = None
else:
    from ._runtime import subtasks

    IN_SANDBOX = True
