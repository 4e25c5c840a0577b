import { run } from "./runner.js";

export default { run };
