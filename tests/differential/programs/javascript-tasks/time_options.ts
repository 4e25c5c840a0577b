// The options `timeout` and `compute`: ways to write them, what happens at the limit and below it.
import { task } from "@capsule-run/sdk";

const busy = (loop: boolean) => {
  while (loop);
  return "done";
};
const turns = (count: number) => {
  let sum = 0;
  for (let n = 0; n < count; n++) sum += n % 7;
  return sum > 0;
};
const milliseconds = task({ name: "inMilliseconds", timeout: "300ms" }, busy) as any;
const asNumber = task({ name: "asNumber", timeout: 300 }, busy) as any;
const asZero = task({ name: "asZero", timeout: 0 }, busy) as any;
const minutes = task({ name: "inMinutes", timeout: "1m" }, busy) as any;
const asleep = task({ name: "asleep", timeout: "200ms" }, async (ms: number) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return "awake";
}) as any;
const low = task({ name: "low", compute: "LOW" }, turns) as any;
const units = task({ name: "units", compute: 20_000_000 }, turns) as any;
const high = task({ name: "high", compute: "HIGH" }, turns) as any;

export const below_the_timeouts = () => [milliseconds(false).result, asNumber(false).result, asZero(false).result, minutes(false).result];
export const over_milliseconds = () => milliseconds(true).success;
export const over_a_number = () => asNumber(true).success;
export const sleeping = async () => (await asleep(3000)).success;
export const sleeping_shortly = async () => (await asleep(1)).result;
export const below_the_compute = () => [low(1000).result, high(100_000).result];
export const over_low = () => low(100_000_000).success;
export const over_units = () => [units(1000).success, units(100_000_000).success];
export const fuel_is_told = () => {
  const [few, many] = [high(1000).execution.fuel_consumed, high(200_000).execution.fuel_consumed];
  return [few > 0, many > few];
};
