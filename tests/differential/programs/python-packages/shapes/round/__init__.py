from ..plane import area
