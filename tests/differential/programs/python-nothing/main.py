"""Neither a task nor a main."""

VALUE = 1
