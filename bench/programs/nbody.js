// Planetary orbits: floating point and properties of objects.

const body = (x, y, z, vx, vy, vz, mass) => ({ x, y, z, vx, vy, vz, mass });

export function work(steps = 14000) {
  const bodies = [
    body(0, 0, 0, 0, 0, 0, 39.47),
    body(4.84, -1.16, -0.1, 0.6, 2.81, -0.02, 0.037),
    body(8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.011),
    body(12.89, -15.11, -0.22, 1.08, 0.86, -0.01, 0.0017),
    body(15.37, -25.9, 0.17, 0.97, 0.59, -0.03, 0.002),
  ];
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < 5; i++) {
      const a = bodies[i];
      for (let j = i + 1; j < 5; j++) {
        const b = bodies[j];
        const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
        const square = dx * dx + dy * dy + dz * dz;
        const pull = 0.001 / (square * Math.sqrt(square));
        a.vx -= dx * b.mass * pull;
        a.vy -= dy * b.mass * pull;
        a.vz -= dz * b.mass * pull;
        b.vx += dx * a.mass * pull;
        b.vy += dy * a.mass * pull;
        b.vz += dz * a.mass * pull;
      }
    }
    for (const one of bodies) {
      one.x += 0.001 * one.vx;
      one.y += 0.001 * one.vy;
      one.z += 0.001 * one.vz;
    }
  }
  return Math.round(bodies[0].x * 1e9);
}
