// Neither a task nor a main.
export const value = 1;
