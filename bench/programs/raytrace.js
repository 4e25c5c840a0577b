// Spheres over a chequered floor, traced ray by ray with reflections: classes, methods, floating point.

class Vector {
  constructor(x, y, z) {
    this.x = x;
    this.y = y;
    this.z = z;
  }
  plus(other) {
    return new Vector(this.x + other.x, this.y + other.y, this.z + other.z);
  }
  minus(other) {
    return new Vector(this.x - other.x, this.y - other.y, this.z - other.z);
  }
  times(factor) {
    return new Vector(this.x * factor, this.y * factor, this.z * factor);
  }
  dot(other) {
    return this.x * other.x + this.y * other.y + this.z * other.z;
  }
  unit() {
    return this.times(1 / Math.sqrt(this.dot(this)));
  }
}

class Sphere {
  constructor(centre, radius, colour, mirror) {
    this.centre = centre;
    this.radius = radius;
    this.colour = colour;
    this.mirror = mirror;
  }
  hit(origin, direction) {
    const away = origin.minus(this.centre), b = away.dot(direction);
    const inside = b * b - away.dot(away) + this.radius * this.radius;
    if (inside < 0) return Infinity;
    const near = -b - Math.sqrt(inside);
    return near > 1e-6 ? near : Infinity;
  }
  normal(point) {
    return point.minus(this.centre).unit();
  }
  colourAt() {
    return this.colour;
  }
}

class Floor {
  mirror = 0.2;
  hit(origin, direction) {
    const distance = direction.y ? -origin.y / direction.y : Infinity;
    return distance > 1e-6 ? distance : Infinity;
  }
  normal() {
    return new Vector(0, 1, 0);
  }
  colourAt(point) {
    return (Math.trunc(point.x + 100) + Math.trunc(point.z + 100)) & 1 ? new Vector(0.9, 0.9, 0.9) : new Vector(0.1, 0.1, 0.1);
  }
}

const SKY = new Vector(0.4, 0.6, 0.9), LIGHT = new Vector(5, 8, -6);

class Scene {
  things = [new Floor()];
  constructor() {
    for (let i = 0; i < 5; i++)
      this.things.push(new Sphere(new Vector(i * 1.5 - 3, 1 + (i % 2), 3 + (i % 3)), 0.8, new Vector(0.2 * i, 1 - 0.2 * i, 0.5), 0.3));
  }
  nearest(origin, direction) {
    let best = Infinity, found = null;
    for (const thing of this.things) {
      const distance = thing.hit(origin, direction);
      if (distance < best) {
        best = distance;
        found = thing;
      }
    }
    return { best, found };
  }
  trace(origin, direction, depth) {
    const { best, found } = this.nearest(origin, direction);
    if (!found) return SKY;
    const point = origin.plus(direction.times(best)), normal = found.normal(point), toLight = LIGHT.minus(point).unit();
    const lit = this.nearest(point, toLight).found ? 0 : Math.max(0, normal.dot(toLight));
    const colour = found.colourAt(point).times(0.2 + 0.8 * lit);
    if (!depth || !found.mirror) return colour;
    const bounced = direction.minus(normal.times(2 * direction.dot(normal)));
    return colour.times(1 - found.mirror).plus(this.trace(point, bounced, depth - 1).times(found.mirror));
  }
}

export function work(width = 60, height = 45) {
  const scene = new Scene(), eye = new Vector(0, 2, -5);
  let total = new Vector(0, 0, 0);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const direction = new Vector((column - width / 2) / width, (height / 2 - row) / width, 1).unit();
      total = total.plus(scene.trace(eye, direction, 3));
    }
  return [total.x, total.y, total.z].map((one) => Math.round(one * 1e6) / 1e6);
}
