// Deep equality: node's algorithm, from the package "assert".
import comparisons from "assert/build/internal/util/comparisons.js";

export const { isDeepEqual, isDeepStrictEqual } = comparisons;
