export * from "./plane";
export const VERSION = "1.2";
