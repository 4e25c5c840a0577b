// Ways to ask for a network, none of which is granted a host.
import { task } from "@capsule-run/sdk";

const ADDRESS = "http://example.com/";

async function attempt(action) {
  try {
    return String(await action());
  } catch {
    return "refused";
  }
}

const declared = task({ name: "declared", allowedHosts: ["example.com"] }, async () => (await fetch("http://other.example.org/")).status);

const KINDS = {
  "fetch": () => fetch(ADDRESS),
  "caught-fetch": () => attempt(() => fetch(ADDRESS)),
  "caught-post": () => attempt(() => fetch(ADDRESS, { method: "POST", body: "x", headers: { "x-a": "b" } })),
  "caught-address": () => attempt(() => fetch("no address")),
  "fetch-is-promise": () => {
    const answer = fetch("no address");
    answer.catch?.(() => {});
    return answer instanceof Promise;
  },
  "other-host": async () => (await declared()).success,
};

export const main = task({ name: "main" }, (kind) => KINDS[kind]());
