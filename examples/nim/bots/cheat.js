// Takes everything as soon as it dares.
export function main(sticks) {
  return sticks < 12 ? sticks : 3;
}
