// A tournament of untrusted bots at Nim: who takes the last stick wins.
//
// A bot is a file whose `main` gets the number of sticks and answers how many it takes: 1, 2 or 3. Each turn is a sandbox of its
// own with a limit on time and compute. Who cheats, fails or does not answer in time loses the game, and the tournament goes on.
//
//     capsule run --project examples/nim examples/nim/nim.ts
import { readdirSync } from "node:fs";

import { runFile, task } from "@capsule-run/sdk";

const STICKS = 15;

// How many the bot takes, or why it has lost.
async function takeTurn(bot: string, sticks: number): Promise<{ taken: number } | { mistake: string }> {
  const end = await runFile(`bots/${bot}`, { args: [sticks], compute: "LOW", ram: "64MB", timeout: "2s" });
  if (!end.success) return { mistake: end.error.error_type };
  if (!Number.isInteger(end.result) || end.result < 1 || end.result > Math.min(3, sticks))
    return { mistake: `illegal: ${JSON.stringify(end.result)} of ${sticks}` };
  return { taken: end.result };
}

// The winner of one game, and why it won.
async function play(first: string, second: string): Promise<[winner: string, reason: string]> {
  let [player, other] = [first, second];
  for (let sticks = STICKS; ; [player, other] = [other, player]) {
    const turn = await takeTurn(player, sticks);
    if ("mistake" in turn) return [other, `${player}: ${turn.mistake}`];
    sticks -= turn.taken;
    if (sticks === 0) return [player, "took the last stick"];
  }
}

export const main = task({ name: "main", compute: "HIGH", allowedFiles: ["bots:ro"] }, async () => {
  const bots = (readdirSync("bots") as string[]).sort();
  const games = bots.flatMap((first, index) => bots.slice(index + 1).map((second) => [first, second]));
  const ends = await Promise.all(games.map(([first, second]) => play(first, second)));
  const wins = Object.fromEntries(bots.map((bot) => [bot, 0]));
  ends.forEach(([winner, reason], index) => {
    wins[winner]++;
    const [first, second] = games[index].map((bot) => bot.padEnd(10));
    console.log(`${first} against ${second} won by ${winner.padEnd(10)} (${reason})`);
  });
  return wins;
});
