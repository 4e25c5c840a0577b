"""A small simulation of machines that pass work to each other: classes, methods, dispatch."""


class Machine:
    def __init__(self, name, speed):
        self.name, self.speed, self.queue, self.done = name, speed, [], 0
        self.next = None

    def accept(self, job):
        self.queue.append(job)

    def step(self):
        for _ in range(min(self.speed, len(self.queue))):
            job = self.queue.pop()
            job = self.transform(job)
            self.done += 1
            if job > 1:
                self.next.accept(job)

    def transform(self, job):
        return job // 2


class Odd(Machine):
    def transform(self, job):
        return job // 2 if job % 2 == 0 else 3 * job + 1 if job < 50 else job // 3


def work(rounds=4000):
    machines = [(Odd if i % 2 else Machine)(f"m{i}", 3 + i % 4) for i in range(8)]
    for machine, after in zip(machines, machines[1:] + machines[:1]):
        machine.next = after
    for turn in range(rounds):
        machines[turn % 8].accept(turn % 97 + 2)
        for machine in machines:
            machine.step()
    return sum(machine.done for machine in machines)
