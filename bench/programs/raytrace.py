"""Spheres over a chequered floor, traced ray by ray with reflections: classes with operators, floating point."""

from math import inf, sqrt


class Vector:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def unit(self):
        return self * (1 / sqrt(self.dot(self)))


class Sphere:
    def __init__(self, centre, radius, colour, mirror):
        self.centre, self.radius, self.colour, self.mirror = centre, radius, colour, mirror

    def hit(self, origin, direction):
        away = origin - self.centre
        b = away.dot(direction)
        inside = b * b - away.dot(away) + self.radius * self.radius
        if inside < 0:
            return inf
        near = -b - sqrt(inside)
        return near if near > 1e-6 else inf

    def normal(self, point):
        return (point - self.centre).unit()

    def colour_at(self, point):
        return self.colour


class Floor:
    mirror = 0.2

    def hit(self, origin, direction):
        distance = -origin.y / direction.y if direction.y else inf
        return distance if distance > 1e-6 else inf

    def normal(self, point):
        return Vector(0, 1, 0)

    def colour_at(self, point):
        return Vector(0.9, 0.9, 0.9) if (int(point.x + 100) + int(point.z + 100)) % 2 else Vector(0.1, 0.1, 0.1)


SKY = Vector(0.4, 0.6, 0.9)
LIGHT = Vector(5, 8, -6)


class Scene:
    def __init__(self):
        self.things = [Floor()] + [Sphere(Vector(i * 1.5 - 3, 1 + i % 2, 3 + i % 3), 0.8, Vector(0.2 * i, 1 - 0.2 * i, 0.5), 0.3) for i in range(5)]

    def nearest(self, origin, direction):
        best, found = inf, None
        for thing in self.things:
            distance = thing.hit(origin, direction)
            if distance < best:
                best, found = distance, thing
        return best, found

    def trace(self, origin, direction, depth):
        distance, thing = self.nearest(origin, direction)
        if thing is None:
            return SKY
        point = origin + direction * distance
        normal = thing.normal(point)
        to_light = (LIGHT - point).unit()
        lit = max(0.0, normal.dot(to_light)) if self.nearest(point, to_light)[1] is None else 0.0
        colour = thing.colour_at(point) * (0.2 + 0.8 * lit)
        if depth and thing.mirror:
            bounced = direction - normal * (2 * direction.dot(normal))
            colour = colour * (1 - thing.mirror) + self.trace(point, bounced, depth - 1) * thing.mirror
        return colour


def work(width=60, height=45):
    scene, eye, total = Scene(), Vector(0, 2, -5), Vector(0, 0, 0)
    for row in range(height):
        for column in range(width):
            direction = Vector((column - width / 2) / width, (height / 2 - row) / width, 1).unit()
            total = total + scene.trace(eye, direction, 3)
    return [round(total.x, 6), round(total.y, 6), round(total.z, 6)]
