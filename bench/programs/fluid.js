// A fluid in a box, by relaxation and tracing back: arrays of floating point numbers.

const SIZE = 40, ROW = SIZE + 2, CELLS = ROW * ROW;

const at = (x, y) => x + y * ROW;

// Values beyond the walls: mirrored across, or turned round where the flow meets the wall.
function bound(kind, field) {
  for (let i = 1; i <= SIZE; i++) {
    field[at(0, i)] = kind === 1 ? -field[at(1, i)] : field[at(1, i)];
    field[at(SIZE + 1, i)] = kind === 1 ? -field[at(SIZE, i)] : field[at(SIZE, i)];
    field[at(i, 0)] = kind === 2 ? -field[at(i, 1)] : field[at(i, 1)];
    field[at(i, SIZE + 1)] = kind === 2 ? -field[at(i, SIZE)] : field[at(i, SIZE)];
  }
}

function relax(kind, field, source, a, c, turns) {
  for (let turn = 0; turn < turns; turn++) {
    for (let y = 1; y <= SIZE; y++)
      for (let x = 1, i = at(1, y); x <= SIZE; x++, i++)
        field[i] = (source[i] + a * (field[i - 1] + field[i + 1] + field[i - ROW] + field[i + ROW])) / c;
    bound(kind, field);
  }
}

function carry(kind, field, source, u, v, step) {
  const inside = (value) => Math.min(SIZE + 0.5, Math.max(0.5, value));
  for (let y = 1; y <= SIZE; y++) {
    for (let x = 1, i = at(1, y); x <= SIZE; x++, i++) {
      const fromX = inside(x - step * u[i]), fromY = inside(y - step * v[i]);
      const left = Math.floor(fromX), top = Math.floor(fromY), right = fromX - left, below = fromY - top;
      const corner = at(left, top);
      field[i] = (1 - right) * ((1 - below) * source[corner] + below * source[corner + ROW]) +
        right * ((1 - below) * source[corner + 1] + below * source[corner + 1 + ROW]);
    }
  }
  bound(kind, field);
}

function project(u, v, pressure, divergence) {
  for (let y = 1; y <= SIZE; y++)
    for (let x = 1, i = at(1, y); x <= SIZE; x++, i++) {
      divergence[i] = (-0.5 * (u[i + 1] - u[i - 1] + v[i + ROW] - v[i - ROW])) / SIZE;
      pressure[i] = 0;
    }
  bound(0, divergence);
  bound(0, pressure);
  relax(0, pressure, divergence, 1, 4, 10);
  for (let y = 1; y <= SIZE; y++)
    for (let x = 1, i = at(1, y); x <= SIZE; x++, i++) {
      u[i] -= 0.5 * SIZE * (pressure[i + 1] - pressure[i - 1]);
      v[i] -= 0.5 * SIZE * (pressure[i + ROW] - pressure[i - ROW]);
    }
  bound(1, u);
  bound(2, v);
}

export function work(frames = 6) {
  const [u, v, u0, v0, density, density0] = Array.from({ length: 6 }, () => new Float64Array(CELLS));
  for (let frame = 0; frame < frames; frame++) {
    density[at(SIZE / 2, SIZE / 2)] += 10;
    u[at(SIZE / 2, SIZE / 2)] += 2 + frame;
    v[at(SIZE / 2 + 3, SIZE / 2)] -= 3;
    u0.set(u);
    v0.set(v);
    relax(1, u, u0, 0.01, 1.04, 4);
    relax(2, v, v0, 0.01, 1.04, 4);
    project(u, v, u0, v0);
    u0.set(u);
    v0.set(v);
    carry(1, u, u0, u0, v0, 0.1 * SIZE);
    carry(2, v, v0, u0, v0, 0.1 * SIZE);
    project(u, v, u0, v0);
    density0.set(density);
    carry(0, density, density0, u, v, 0.1 * SIZE);
  }
  const sum = (field) => Math.round(field.reduce((total, one) => total + Math.abs(one), 0) * 1e6);
  return [sum(density), sum(u), sum(v)];
}
