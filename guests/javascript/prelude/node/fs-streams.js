// fs.ReadStream and fs.WriteStream over the synchronous functions.
import stream from "./stream.js";
import { Buffer } from "./buffer.js";
import { closeSync, openSync, readSync, writeSync } from "./fs-sync.js";
import { queueCallback } from "../loop.js";
import { outOfRange } from "../errors.js";

const optionsOf = (options) => (typeof options === "string" ? { encoding: options } : { ...options });

// Opens now, tells later; an error destroys the stream.
function begin(file, flags, callback) {
  let error = null;
  if (file.fd === null) {
    try {
      file.fd = openSync(file.path, flags);
    } catch (failure) {
      error = failure;
    }
  }
  queueCallback(() => {
    if (!error) {
      file.emit("open", file.fd);
      file.emit("ready");
    }
    callback(error);
  });
}

function finish(file, error, callback) {
  const fd = file.fd;
  file.fd = null;
  let failure = error;
  if (fd !== null && file.autoClose && fd >= 0) {
    try {
      if (file.handle) file.handle.close();
      else closeSync(fd);
    } catch (problem) {
      failure ??= problem;
    }
  }
  queueCallback(() => callback(failure));
}

function adopt(file, path, { fd = null, autoClose = true, start }) {
  file.path = path;
  file.handle = fd !== null && typeof fd === "object" ? fd : null;
  file.fd = file.handle ? file.handle.fd : fd;
  file.autoClose = autoClose;
  file.start = start;
  file.pos = start;
}

export class ReadStream extends stream.Readable {
  constructor(path, given) {
    const options = optionsOf(given);
    super({ ...options, highWaterMark: options.highWaterMark ?? 65536, emitClose: options.emitClose ?? true });
    this.bytesRead = 0;
    this.flags = options.flags ?? "r";
    this.end = options.end ?? Infinity;
    adopt(this, path, options);
    if (this.start > this.end) throw outOfRange("start", `<= "end" (here: ${this.end})`, this.start);
  }
  get pending() {
    return this.fd === null;
  }
  _construct(callback) {
    begin(this, this.flags, callback);
  }
  _read(size) {
    const wanted = Math.min(size, this.end - (this.pos ?? this.bytesRead) + 1);
    if (wanted <= 0) {
      this.push(null);
      return;
    }
    const buffer = Buffer.allocUnsafe(wanted);
    let count;
    try {
      count = readSync(this.fd, buffer, 0, wanted, this.pos);
    } catch (error) {
      this.destroy(error);
      return;
    }
    if (this.pos !== undefined) this.pos += count;
    this.bytesRead += count;
    queueCallback(() => this.push(count > 0 ? buffer.subarray(0, count) : null));
  }
  _destroy(error, callback) {
    finish(this, error, callback);
  }
  close(callback) {
    if (callback) stream.finished(this, callback);
    this.destroy();
  }
}

export class WriteStream extends stream.Writable {
  constructor(path, given) {
    const options = optionsOf(given);
    super({ ...options, decodeStrings: true, emitClose: options.emitClose ?? true });
    this.bytesWritten = 0;
    this.flags = options.flags ?? "w";
    adopt(this, path, options);
    if (options.encoding) this.setDefaultEncoding(options.encoding);
  }
  get pending() {
    return this.fd === null;
  }
  _construct(callback) {
    begin(this, this.flags, callback);
  }
  _write(chunk, encoding, callback) {
    let error = null;
    try {
      for (let done = 0; done < chunk.length;) {
        const count = writeSync(this.fd, chunk, done, chunk.length - done, this.pos);
        done += count;
        this.bytesWritten += count;
        if (this.pos !== undefined) this.pos += count;
      }
    } catch (failure) {
      error = failure;
    }
    queueCallback(() => callback(error));
  }
  _destroy(error, callback) {
    finish(this, error, callback);
  }
  close(callback) {
    if (callback) {
      if (this.closed) queueMicrotask(callback);
      else this.on("close", callback);
    }
    if (!this.autoClose) this.on("finish", this.destroy);
    this.end();
  }
}
WriteStream.prototype.destroySoon = WriteStream.prototype.end;

export const createReadStream = (path, options) => new ReadStream(path, options);
export const createWriteStream = (path, options) => new WriteStream(path, options);
