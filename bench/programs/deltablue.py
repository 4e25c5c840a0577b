"""Constraints of different strength between variables, kept satisfied incrementally: each change replans as little as it can."""

REQUIRED, STRONG, NORMAL, WEAK, WEAKEST = range(5)  # a smaller number is stronger


class Variable:
    def __init__(self, value):
        self.value, self.uses, self.source, self.mark = value, [], None, 0
        self.strength, self.fixed = WEAKEST, True  # of what determines it; whether that never changes


class Constraint:
    """Some variables, of which it can compute one out of the others."""

    is_input = False

    def __init__(self, planner, strength, *variables):
        self.strength, self.variables, self.output = strength, variables, None
        for variable in variables:
            variable.uses.append(self)
        planner.add(self)

    def choices(self):
        """The variables that it may compute."""
        return self.variables

    def inputs(self):
        return [variable for variable in self.variables if variable is not self.output]

    def choose(self, mark):
        """Takes the weakest variable that is not marked, the last of equals, if it is weaker than the constraint."""
        free = [variable for variable in reversed(self.choices()) if variable.mark != mark]
        weakest = max(free, key=lambda variable: variable.strength, default=None)
        self.output = weakest if weakest is not None and weakest.strength > self.strength else None

    def satisfy(self, planner, mark):
        """Answers the constraint that it drives out of its variable, if any."""
        self.choose(mark)
        if self.output is None:
            if self.strength == REQUIRED:
                raise ValueError("a required constraint cannot be satisfied")
            return None
        for variable in self.inputs():
            variable.mark = mark
        driven_out = self.output.source
        if driven_out is not None:
            driven_out.output = None
        self.output.source = self
        if not planner.propagate(self, mark):
            raise ValueError("a cycle of constraints")
        self.output.mark = mark
        return driven_out

    def recalculate(self):
        output, inputs = self.output, self.inputs()
        output.strength = max([self.strength] + [variable.strength for variable in self.choices() if variable is not output])
        output.fixed = not self.is_input and all(variable.fixed for variable in inputs)
        if output.fixed:
            self.execute()


class Stay(Constraint):
    def execute(self):
        pass


class Edit(Constraint):
    is_input = True

    def execute(self):
        pass


class Equal(Constraint):
    def execute(self):
        a, b = self.variables
        if self.output is b:
            b.value = a.value
        else:
            a.value = b.value


class Scale(Constraint):
    """variables: source, factor, offset, result = source * factor + offset."""

    def choices(self):
        return self.variables[0], self.variables[3]

    def execute(self):
        source, factor, offset, result = self.variables
        if self.output is result:
            result.value = source.value * factor.value + offset.value
        else:
            source.value = (result.value - offset.value) // factor.value


class Planner:
    def __init__(self):
        self.mark = 0

    def new_mark(self):
        self.mark += 1
        return self.mark

    def add(self, constraint):
        mark = self.new_mark()
        while constraint is not None:
            constraint = constraint.satisfy(self, mark)

    def remove(self, constraint):
        output = constraint.output
        constraint.output = None
        for variable in constraint.variables:
            variable.uses.remove(constraint)
        if output is None:
            return
        output.source, output.strength, output.fixed = None, WEAKEST, True
        free, todo = [], [output]
        while todo:
            variable = todo.pop()
            free += [use for use in variable.uses if use.output is None]
            for use in variable.uses:
                if use.output is not None and use is not variable.source:
                    use.recalculate()
                    todo.append(use.output)
        for one in sorted(free, key=lambda one: one.strength):
            if one.output is None:
                self.add(one)

    def propagate(self, constraint, mark):
        todo = [constraint]
        while todo:
            one = todo.pop()
            if one.output.mark == mark:
                return False
            one.recalculate()
            todo += [use for use in one.output.uses if use is not one.output.source and use.output is not None]
        return True

    def plan(self, sources):
        """The constraints to execute, in order, when the inputs change."""
        mark, plan, todo = self.new_mark(), [], [one for one in sources if one.output is not None]
        while todo:
            one = todo.pop()
            if one.output.mark == mark:
                continue
            if any(v.mark != mark and not v.fixed and v.source is not None for v in one.inputs()):
                continue
            plan.append(one)
            one.output.mark = mark
            todo += [use for use in one.output.uses if use is not one.output.source and use.output is not None]
        return plan


def change(planner, variable, values):
    edit = Edit(planner, STRONG, variable)
    plan = planner.plan([edit])
    for value in values:
        variable.value = value
        for constraint in plan:
            constraint.execute()
    planner.remove(edit)
    return len(plan)


def chain(length):
    planner = Planner()
    variables = [Variable(0) for _ in range(length)]
    for a, b in zip(variables, variables[1:]):
        Equal(planner, REQUIRED, a, b)
    Stay(planner, NORMAL, variables[-1])
    planned = change(planner, variables[0], range(100))
    return [planned, variables[-1].value]


def projection(length):
    planner = Planner()
    factor, offset = Variable(10), Variable(1000)
    sources, results = [Variable(i) for i in range(length)], [Variable(0) for _ in range(length)]
    for source, result in zip(sources, results):
        Stay(planner, NORMAL, source)
        Scale(planner, REQUIRED, source, factor, offset, result)
    planned = [change(planner, sources[3], [17]), change(planner, results[5], [1050])]
    found = [results[3].value, sources[5].value]
    planned += [change(planner, factor, range(5, 25)), change(planner, offset, range(2000, 2020))]
    return planned + found + [sum(result.value for result in results)]


def work(length=1000):
    return chain(length) + projection(length)
