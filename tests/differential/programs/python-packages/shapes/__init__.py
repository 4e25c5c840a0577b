from .plane import area

VERSION = "1.2"
