// node:stream: node's own code, from the package "readable-stream".
import stream from "readable-stream/lib/ours/browser.js";
import { notAvailable } from "../errors.js";

for (const name of ["toWeb", "fromWeb"])
  for (const type of ["Readable", "Writable", "Duplex"])
    stream[type][name] = () => {
      throw notAvailable(`stream.${type}.${name}`, "web streams are not part of this version");
    };

export default stream;
