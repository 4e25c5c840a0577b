// The same as Ada's, in TypeScript.
export function main(...numbers: number[]): number {
  let best = -Infinity;
  let endingHere = 0;
  for (const number of numbers) {
    endingHere = Math.max(number, endingHere + number);
    best = Math.max(best, endingHere);
  }
  return best;
}
