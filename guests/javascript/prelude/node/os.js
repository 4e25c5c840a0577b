// node:os: fixed answers, the same as the reference's, that tell nothing about the host.
import { host } from "../host.js";
import { notAvailable } from "../errors.js";
import { errnoTable } from "./errno.js";

const numbers = "SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM"
  .split(" ").map((name, i) => [name, i + 1]);

export default {
  platform: () => "linux",
  arch: () => "wasm32",
  machine: () => "wasm32",
  type: () => "WASI",
  release: () => "wasi",
  version: () => "WASI preview 1",
  tmpdir: () => "/tmp",
  homedir: () => "/home/capsule",
  hostname: () => "capsule-wasm",
  endianness: () => "LE",
  uptime: () => 0,
  loadavg: () => [0, 0, 0],
  freemem: () => Math.max(0, host.memorySize() - host.heapUsed()),
  totalmem: () => host.memorySize(),
  cpus: () => [],
  availableParallelism: () => 1,
  networkInterfaces: () => ({}),
  userInfo: () => ({ username: "capsule", uid: 1000, gid: 1000, shell: null, homedir: "/home/capsule" }),
  getPriority: () => 0,
  setPriority() {
    throw notAvailable("os.setPriority");
  },
  EOL: "\n",
  devNull: "/dev/null",
  constants: {
    signals: Object.fromEntries(numbers),
    errno: Object.fromEntries(errnoTable.map(([, name, number]) => [name, number])),
    priority: {},
    dlopen: {},
    UV_UDP_REUSEADDR: 4,
  },
};
