export type Shape = { a: number; b: number };
export const area = (shape: Shape): number => shape.a * shape.b;
