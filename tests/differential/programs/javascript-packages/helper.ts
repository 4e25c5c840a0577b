let calls = 0;

export function double(value: number): number {
  return value * 2;
}

export function count(): number {
  return ++calls;
}
