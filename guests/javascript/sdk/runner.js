// run() starts programs from a host application; inside a sandbox it can only say so.
import { notAvailable } from "../prelude/errors.js";

export function run() {
  return Promise.reject(
    notAvailable("run()", "it starts programs from a host application; call a declared task instead"),
  );
}
