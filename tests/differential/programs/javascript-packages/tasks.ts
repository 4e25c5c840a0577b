import { task } from "@capsule-run/sdk";

export const shout = task({ name: "shout" }, (text: string) => text.toUpperCase());
