// Permutations and reversals: arrays of small integers.

export function work(n = 8) {
  const order = Array.from({ length: n }, (_, i) => i), counts = new Array(n).fill(0), p = new Array(n);
  let most = 0, checksum = 0, number = 0;
  const measure = () => {
    for (let i = 0; i < n; i++) p[i] = order[i];
    let flips = 0;
    for (let first = p[0]; first; first = p[0]) {
      for (let low = 0, high = first; low < high; low++, high--) {
        const kept = p[low];
        p[low] = p[high];
        p[high] = kept;
      }
      flips++;
    }
    most = Math.max(most, flips);
    checksum += number++ % 2 ? -flips : flips;
  };
  measure();
  for (let i = 0; i < n;) {
    if (counts[i] < i) {
      const other = i % 2 ? counts[i] : 0;
      [order[other], order[i]] = [order[i], order[other]];
      measure();
      counts[i]++;
      i = 0;
    } else {
      counts[i++] = 0;
    }
  }
  return [most, checksum];
}
