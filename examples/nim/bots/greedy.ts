// Takes as many as it may.
export function main(sticks: number): number {
  return Math.min(3, sticks);
}
