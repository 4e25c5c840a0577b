export const square = (n) => n * n;
export const area = (a, b) => a * b;
