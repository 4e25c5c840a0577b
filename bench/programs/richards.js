// The kernel of an operating system in small: tasks with priorities that hand packets to each other.

const IDLE = 0, WORKER = 1, HANDLER_A = 2, HANDLER_B = 3, DEVICE_A = 4, DEVICE_B = 5;
const FOR_DEVICE = 0, FOR_WORK = 1;
const WORDS = 4; // of a packet

class Packet {
  constructor(owner, kind) {
    this.owner = owner;
    this.kind = kind;
    this.position = 0;
    this.words = new Array(WORDS).fill(0);
  }
}

class Task {
  constructor(kernel, name, priority, packets = []) {
    this.kernel = kernel;
    this.name = name;
    this.priority = priority;
    this.queue = [...packets];
    this.held = false;
    this.waits = true;
  }

  isReady() {
    return !this.held && (!this.waits || this.queue.length > 0);
  }

  run() {
    const packet = this.queue.length && this.waits ? this.queue.shift() : null;
    this.waits = false;
    this.step(packet);
  }

  send(packet, to) {
    this.kernel.sent++;
    packet.owner = this.name;
    this.kernel.tasks[to].queue.push(packet);
  }
}

// Lets one of the devices go on, by the bits of a shift register.
class Idle extends Task {
  constructor(kernel, turns) {
    super(kernel, IDLE, 0);
    this.bits = 1;
    this.turns = turns;
    this.waits = false;
  }

  step() {
    if (!--this.turns) {
      this.held = true;
    } else if (this.bits & 1) {
      this.bits = (this.bits >> 1) ^ 0xd008;
      this.kernel.tasks[DEVICE_B].held = false;
    } else {
      this.bits >>= 1;
      this.kernel.tasks[DEVICE_A].held = false;
    }
  }
}

// Fills packets with letters, for one handler and the other in turn.
class Worker extends Task {
  constructor(kernel, packets) {
    super(kernel, WORKER, 1000, packets);
    this.to = HANDLER_A;
    this.letter = 0;
  }

  step(packet) {
    if (packet) {
      this.to = HANDLER_A + HANDLER_B - this.to;
      packet.position = 0;
      for (let i = 0; i < WORDS; i++) {
        this.letter = (this.letter % 26) + 1;
        packet.words[i] = 64 + this.letter;
      }
      this.send(packet, this.to);
    }
    this.waits = true;
  }
}

// Takes the words of work packets to a device, one a time.
class Handler extends Task {
  constructor(kernel, name, priority, device, packets) {
    super(kernel, name, priority, packets);
    this.device = device;
    this.work = [];
    this.free = [];
  }

  step(packet) {
    if (packet) (packet.kind === FOR_WORK ? this.work : this.free).push(packet);
    if (this.work.length) {
      const first = this.work[0];
      if (first.position === WORDS) return this.send(this.work.shift(), WORKER);
      if (this.free.length) {
        const carrier = this.free.shift();
        carrier.position = first.words[first.position++];
        return this.send(carrier, this.device);
      }
    }
    this.waits = true;
  }
}

// Gives each packet back once it was let go.
class Device extends Task {
  constructor(kernel, name, priority, handler) {
    super(kernel, name, priority);
    this.handler = handler;
    this.pending = null;
  }

  step(packet) {
    if (packet) {
      this.pending = packet;
      this.kernel.checksum = (this.kernel.checksum * 31 + packet.position) % 1000003;
      this.held = true;
      return;
    }
    if (this.pending) {
      this.send(this.pending, this.handler);
      this.pending = null;
    }
    this.waits = true;
  }
}

class Kernel {
  constructor(turns) {
    this.sent = this.steps = this.checksum = 0;
    const packets = (count, owner, kind) => Array.from({ length: count }, () => new Packet(owner, kind));
    this.tasks = [
      new Idle(this, turns),
      new Worker(this, packets(2, WORKER, FOR_WORK)),
      new Handler(this, HANDLER_A, 2000, DEVICE_A, packets(3, DEVICE_A, FOR_DEVICE)),
      new Handler(this, HANDLER_B, 3000, DEVICE_B, packets(3, DEVICE_B, FOR_DEVICE)),
      new Device(this, DEVICE_A, 4000, HANDLER_A),
      new Device(this, DEVICE_B, 5000, HANDLER_B),
    ];
    this.byPriority = [...this.tasks].sort((a, b) => b.priority - a.priority);
  }

  run() {
    for (;;) {
      let next = null;
      for (const task of this.byPriority) {
        if (task.isReady()) {
          next = task;
          break;
        }
      }
      if (!next) return;
      this.steps++;
      next.run();
    }
  }
}

export function work(turns = 8000) {
  const kernel = new Kernel(turns);
  kernel.run();
  return [kernel.steps, kernel.sent, kernel.checksum];
}
