// The primitives that C installed. Nothing but the prelude ever sees this object.
export const host = globalThis.__capsule_host;
delete globalThis.__capsule_host;
