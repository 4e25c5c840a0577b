"""Planetary orbits: floating point and attribute-free object access."""

PAIRS = [(a, b) for a in range(5) for b in range(a + 1, 5)]


def start():
    return [
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 39.47],
        [[4.84, -1.16, -0.10], [0.60, 2.81, -0.02], 0.037],
        [[8.34, 4.12, -0.4], [-1.01, 1.82, 0.008], 0.011],
        [[12.89, -15.11, -0.22], [1.08, 0.86, -0.01], 0.0017],
        [[15.37, -25.9, 0.17], [0.97, 0.59, -0.03], 0.002],
    ]


def work(steps=6000):
    bodies = start()
    for _ in range(steps):
        for i, j in PAIRS:
            (p, v, m), (q, w, n) = bodies[i], bodies[j]
            dx, dy, dz = p[0] - q[0], p[1] - q[1], p[2] - q[2]
            mag = 0.001 / ((dx * dx + dy * dy + dz * dz) ** 1.5)
            a, b = m * mag, n * mag
            v[0] -= dx * b
            v[1] -= dy * b
            v[2] -= dz * b
            w[0] += dx * a
            w[1] += dy * a
            w[2] += dz * a
        for p, v, _ in bodies:
            p[0] += 0.001 * v[0]
            p[1] += 0.001 * v[1]
            p[2] += 0.001 * v[2]
    return round(bodies[0][0][0], 9)
