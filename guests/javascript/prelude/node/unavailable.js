// node's modules that a sandbox cannot have. Importing one is free; calling something in it says what is missing.
import { hostOf, networkDenied, notAvailable } from "../errors.js";

const NETWORK = "network access does not exist in this version";
const PROCESSES = "a sandbox cannot start processes";
const INSPECTION = "a sandbox has no debugger";
const COMPRESSION = "compression is not part of this version";
const SCRIPTS = "a sandbox has one global environment; eval and new Function work";

const words = (text) => text.split(" ");

// name -> [reason, functions and classes, plain values]
const MODULES = {
  child_process: [PROCESSES, words("ChildProcess exec execFile execFileSync execSync fork spawn spawnSync")],
  cluster: [PROCESSES, words("Worker disconnect fork setupMaster setupPrimary"),
    { isMaster: true, isPrimary: true, isWorker: false, workers: {}, settings: {}, SCHED_NONE: 1, SCHED_RR: 2 }],
  dgram: [NETWORK, words("Socket createSocket")],
  dns: [NETWORK, words("Resolver getServers lookup lookupService resolve resolve4 resolve6 resolveAny resolveCaa resolveCname resolveMx resolveNaptr resolveNs resolvePtr resolveSoa resolveSrv resolveTxt reverse setServers setDefaultResultOrder getDefaultResultOrder")],
  "dns/promises": [NETWORK, words("Resolver getServers lookup lookupService resolve resolve4 resolve6 resolveAny resolveCaa resolveCname resolveMx resolveNaptr resolveNs resolvePtr resolveSoa resolveSrv resolveTxt reverse setServers setDefaultResultOrder getDefaultResultOrder")],
  domain: ["node has deprecated it", words("Domain create createDomain")],
  http: [NETWORK, words("Agent ClientRequest IncomingMessage OutgoingMessage Server ServerResponse createServer get request validateHeaderName validateHeaderValue setMaxIdleHTTPParsers"),
    { METHODS: words("DELETE GET HEAD OPTIONS PATCH POST PUT"), STATUS_CODES: {}, maxHeaderSize: 16384, globalAgent: {} }],
  http2: [NETWORK, words("Http2ServerRequest Http2ServerResponse connect createSecureServer createServer getDefaultSettings getPackedSettings getUnpackedSettings performServerHandshake"),
    { constants: {}, sensitiveHeaders: Symbol("nodejs.http2.sensitiveHeaders") }],
  https: [NETWORK, words("Agent Server createServer get request"), { globalAgent: {} }],
  inspector: [INSPECTION, words("Session close open url waitForDebugger"), { console: {} }],
  "inspector/promises": [INSPECTION, words("Session close open url waitForDebugger"), { console: {} }],
  net: [NETWORK, words("BlockList Server Socket SocketAddress Stream connect createConnection createServer getDefaultAutoSelectFamily setDefaultAutoSelectFamily")],
  repl: [INSPECTION, words("REPLServer Recoverable start"), { builtinModules: [] }],
  sqlite: ["databases are not part of the JavaScript guest in this version", words("DatabaseSync StatementSync backup"), { constants: {} }],
  "stream/web": ["web streams are not part of this version", words("ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableByteStreamController ReadableStreamDefaultController TransformStream TransformStreamDefaultController WritableStream WritableStreamDefaultWriter WritableStreamDefaultController ByteLengthQueuingStrategy CountQueuingStrategy TextEncoderStream TextDecoderStream CompressionStream DecompressionStream")],
  test: ["tests run outside of the sandbox", words("after afterEach before beforeEach describe it run suite test"), { mock: {} }],
  tls: [NETWORK, words("SecureContext Server TLSSocket checkServerIdentity connect convertALPNProtocols createSecureContext createServer getCiphers"),
    { DEFAULT_MIN_VERSION: "TLSv1.2", DEFAULT_MAX_VERSION: "TLSv1.3", rootCertificates: [] }],
  trace_events: [INSPECTION, words("createTracing getEnabledCategories")],
  v8: ["the engine is not V8", words("DefaultDeserializer DefaultSerializer Deserializer GCProfiler Serializer cachedDataVersionTag deserialize getHeapSnapshot getHeapSpaceStatistics getHeapStatistics serialize setFlagsFromString stopCoverage takeCoverage writeHeapSnapshot")],
  vm: [SCRIPTS, words("Script SourceTextModule SyntheticModule compileFunction createContext isContext measureMemory runInContext runInNewContext runInThisContext"), { constants: {} }],
  wasi: ["WebAssembly is not part of the engine", words("WASI")],
  zlib: [COMPRESSION, words("BrotliCompress BrotliDecompress Deflate DeflateRaw Gunzip Gzip Inflate InflateRaw Unzip brotliCompress brotliCompressSync brotliDecompress brotliDecompressSync crc32 createBrotliCompress createBrotliDecompress createDeflate createDeflateRaw createGunzip createGzip createInflate createInflateRaw createUnzip deflate deflateRaw deflateRawSync deflateSync gunzip gunzipSync gzip gzipSync inflate inflateRaw inflateRawSync inflateSync unzip unzipSync"),
    { constants: {}, codes: {} }],
};

export const unavailableNames = Object.keys(MODULES);

const made = new Map();

export function unavailable(name) {
  if (!Object.hasOwn(MODULES, name)) return undefined;
  if (made.has(name)) return made.get(name);
  const [reason, functions, values = {}] = MODULES[name];
  const module = { ...values };
  for (const key of functions) {
    // A plain function can be called, constructed and extended; the error comes when one of these happens.
    module[key] = { [key]: function (...args) {
      const what = `node:${name} (${key})`;
      throw reason === NETWORK ? networkDenied(what, hostOf(args)) : notAvailable(what, reason);
    } }[key];
  }
  if (name === "dns" || name === "inspector")
    Object.defineProperty(module, "promises", { get: () => unavailable(`${name}/promises`), enumerable: true });
  if (name === "net") {
    const part = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
    const four = new RegExp(`^${part}(?:\\.${part}){3}$`);
    module.isIPv4 = (text) => four.test(text);
    module.isIPv6 = (text) => typeof text === "string" && URL.canParse(`http://[${text.replace(/%[\w.-]+$/, "")}]/`);
    module.isIP = (text) => (module.isIPv4(text) ? 4 : module.isIPv6(text) ? 6 : 0);
  }
  made.set(name, module);
  return module;
}
