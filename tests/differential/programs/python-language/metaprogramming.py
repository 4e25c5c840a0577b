"""Classes about classes: descriptors, metaclasses, hooks, names that do not exist."""

import abc
import types


class _Positive:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        return self if instance is None else instance.__dict__[self.name]

    def __set__(self, instance, value):
        if value <= 0:
            raise ValueError(f"{self.name} must be positive")
        instance.__dict__[self.name] = value


class _Order:
    count = _Positive()

    def __init__(self, count):
        self.count = count


class _Registry(type):
    known = []

    def __new__(cls, name, bases, space, **options):
        cls.known.append([name, options])
        return super().__new__(cls, name, bases, space)


class _Plugin(metaclass=_Registry):
    pass


class _Mine(_Plugin, tag="own"):
    pass


class _Hooked:
    seen = []

    def __init_subclass__(cls, **options):
        cls.seen.append([cls.__name__, options])


class _Any:
    def __getattr__(self, name):
        return f"made {name}"


class _Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...


def descriptor():
    order = _Order(3)
    order.count = 5
    return [order.count, vars(order)]


def descriptor_refuses():
    return _Order(0)


def metaclass():
    return _Registry.known


def subclass_hook():
    class Late(_Hooked, option=1):
        pass

    return _Hooked.seen


def any_attribute():
    return [_Any().anything, getattr(_Any(), "a b")]


def missing_attribute():
    return _Order(1).amount


def abstract():
    return _Shape()


def made():
    return types.new_class("Made", (), {}, lambda space: space.update(x=5)).x


def added_method():
    thing = _Any()
    thing.shout = types.MethodType(lambda self, text: text.upper(), thing)
    return thing.shout("a")


def introspection():
    return [isinstance(_Mine(), _Plugin), issubclass(bool, int), callable(_Any), type(_Mine).__name__, _Mine.__qualname__]
