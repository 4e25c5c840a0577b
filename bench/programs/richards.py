"""The kernel of an operating system in small: tasks with priorities that hand packets to each other."""

IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)
FOR_DEVICE, FOR_WORK = 0, 1
WORDS = 4  # of a packet


class Packet:
    def __init__(self, owner, kind):
        self.owner, self.kind, self.position, self.words = owner, kind, 0, [0] * WORDS


class Task:
    def __init__(self, kernel, name, priority, packets=()):
        self.kernel, self.name, self.priority, self.queue = kernel, name, priority, list(packets)
        self.held, self.waits = False, True

    def is_ready(self):
        return not self.held and (not self.waits or self.queue)

    def run(self):
        packet = self.queue.pop(0) if self.queue and self.waits else None
        self.waits = False
        self.step(packet)

    def wait(self):
        self.waits = True

    def send(self, packet, to):
        self.kernel.sent += 1
        packet.owner = self.name
        self.kernel.tasks[to].queue.append(packet)

    def step(self, packet):
        raise NotImplementedError


class Idle(Task):
    """Lets one of the devices go on, by the bits of a shift register."""

    def __init__(self, kernel, turns):
        super().__init__(kernel, IDLE, 0)
        self.bits, self.turns, self.waits = 1, turns, False

    def step(self, packet):
        self.turns -= 1
        if not self.turns:
            self.held = True
        elif self.bits & 1:
            self.bits = self.bits >> 1 ^ 0xD008
            self.kernel.tasks[DEVICE_B].held = False
        else:
            self.bits >>= 1
            self.kernel.tasks[DEVICE_A].held = False


class Worker(Task):
    """Fills packets with letters, for one handler and the other in turn."""

    def __init__(self, kernel, packets):
        super().__init__(kernel, WORKER, 1000, packets)
        self.to, self.letter = HANDLER_A, 0

    def step(self, packet):
        if packet is not None:
            self.to = HANDLER_A + HANDLER_B - self.to
            packet.position = 0
            for i in range(WORDS):
                self.letter = self.letter % 26 + 1
                packet.words[i] = 64 + self.letter
            self.send(packet, self.to)
        self.wait()


class Handler(Task):
    """Takes the words of work packets to a device, one a time."""

    def __init__(self, kernel, name, priority, device, packets):
        super().__init__(kernel, name, priority, packets)
        self.device, self.work, self.free = device, [], []

    def step(self, packet):
        if packet is not None:
            (self.work if packet.kind == FOR_WORK else self.free).append(packet)
        if self.work:
            first = self.work[0]
            if first.position == WORDS:
                self.send(self.work.pop(0), WORKER)
                return
            if self.free:
                carrier = self.free.pop(0)
                carrier.position = first.words[first.position]
                first.position += 1
                self.send(carrier, self.device)
                return
        self.wait()


class Device(Task):
    """Gives each packet back once it was let go."""

    def __init__(self, kernel, name, priority, handler):
        super().__init__(kernel, name, priority)
        self.handler, self.pending = handler, None

    def step(self, packet):
        if packet is not None:
            self.pending = packet
            self.kernel.checksum = (self.kernel.checksum * 31 + packet.position) % 1000003
            self.held = True
        else:
            if self.pending is not None:
                self.send(self.pending, self.handler)
                self.pending = None
            self.wait()


class Kernel:
    def __init__(self, turns):
        self.sent = self.steps = self.checksum = 0
        self.tasks = [
            Idle(self, turns),
            Worker(self, [Packet(WORKER, FOR_WORK) for _ in range(2)]),
            Handler(self, HANDLER_A, 2000, DEVICE_A, [Packet(DEVICE_A, FOR_DEVICE) for _ in range(3)]),
            Handler(self, HANDLER_B, 3000, DEVICE_B, [Packet(DEVICE_B, FOR_DEVICE) for _ in range(3)]),
            Device(self, DEVICE_A, 4000, HANDLER_A),
            Device(self, DEVICE_B, 5000, HANDLER_B),
        ]
        self.by_priority = sorted(self.tasks, key=lambda task: -task.priority)

    def run(self):
        while True:
            for task in self.by_priority:
                if task.is_ready():
                    break
            else:
                return
            self.steps += 1
            task.run()


def work(turns=8000):
    kernel = Kernel(turns)
    kernel.run()
    return [kernel.steps, kernel.sent, kernel.checksum]
