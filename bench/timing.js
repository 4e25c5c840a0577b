// Times one program in the engine that executes this: a Capsule task, a native engine. Answers text, in JSON: milliseconds of
// each repetition and the program's answer, which must be the same everywhere.
export function measure(work, repetitions) {
  const now = globalThis.performance ? () => performance.now() : () => Date.now();
  const milliseconds = [];
  let answer;
  for (let i = 0; i < repetitions; i++) {
    const begin = now();
    answer = work();
    milliseconds.push(now() - begin);
  }
  return JSON.stringify({ seconds: milliseconds.map((one) => one / 1000), answer });
}
