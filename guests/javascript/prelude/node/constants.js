import fs from "./fs.js";
import os from "./os.js";

export default { ...os.constants.errno, ...os.constants.signals, ...fs.constants };
