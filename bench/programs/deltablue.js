// Constraints of different strength between variables, kept satisfied incrementally: each change replans as little as it can.

const REQUIRED = 0, STRONG = 1, NORMAL = 2, WEAKEST = 4; // a smaller number is stronger

class Variable {
  constructor(value) {
    this.value = value;
    this.uses = [];
    this.source = null;
    this.mark = 0;
    this.strength = WEAKEST; // of what determines it
    this.fixed = true; // whether that never changes
  }
}

// Some variables, of which it can compute one out of the others.
class Constraint {
  constructor(planner, strength, ...variables) {
    this.strength = strength;
    this.variables = variables;
    this.output = null;
    for (const variable of variables) variable.uses.push(this);
    planner.add(this);
  }

  // The variables that it may compute.
  choices() {
    return this.variables;
  }

  inputs() {
    return this.variables.filter((variable) => variable !== this.output);
  }

  // Takes the weakest variable that is not marked, the last of equals, if it is weaker than the constraint.
  choose(mark) {
    let weakest = null;
    for (const variable of this.choices())
      if (variable.mark !== mark && (!weakest || variable.strength >= weakest.strength)) weakest = variable;
    this.output = weakest && weakest.strength > this.strength ? weakest : null;
  }

  // Answers the constraint that it drives out of its variable, if any.
  satisfy(planner, mark) {
    this.choose(mark);
    if (!this.output) {
      if (this.strength === REQUIRED) throw new Error("a required constraint cannot be satisfied");
      return null;
    }
    for (const variable of this.inputs()) variable.mark = mark;
    const drivenOut = this.output.source;
    if (drivenOut) drivenOut.output = null;
    this.output.source = this;
    if (!planner.propagate(this, mark)) throw new Error("a cycle of constraints");
    this.output.mark = mark;
    return drivenOut;
  }

  recalculate() {
    const output = this.output;
    output.strength = this.strength;
    for (const variable of this.choices()) if (variable !== output) output.strength = Math.max(output.strength, variable.strength);
    output.fixed = !this.isInput() && this.inputs().every((variable) => variable.fixed);
    if (output.fixed) this.execute();
  }

  isInput() {
    return false;
  }

  execute() {}
}

class Stay extends Constraint {}

class Edit extends Constraint {
  isInput() {
    return true;
  }
}

class Equal extends Constraint {
  execute() {
    const [a, b] = this.variables;
    if (this.output === b) b.value = a.value;
    else a.value = b.value;
  }
}

// variables: source, factor, offset, result = source * factor + offset.
class Scale extends Constraint {
  choices() {
    return [this.variables[0], this.variables[3]];
  }

  execute() {
    const [source, factor, offset, result] = this.variables;
    if (this.output === result) result.value = source.value * factor.value + offset.value;
    else source.value = Math.floor((result.value - offset.value) / factor.value);
  }
}

class Planner {
  mark = 0;

  add(constraint) {
    const mark = ++this.mark;
    for (let next = constraint; next;) next = next.satisfy(this, mark);
  }

  remove(constraint) {
    const output = constraint.output;
    constraint.output = null;
    for (const variable of constraint.variables) variable.uses.splice(variable.uses.indexOf(constraint), 1);
    if (!output) return;
    output.source = null;
    output.strength = WEAKEST;
    output.fixed = true;
    const free = [], todo = [output];
    while (todo.length) {
      const variable = todo.pop();
      for (const use of variable.uses) {
        if (!use.output) {
          free.push(use);
        } else if (use !== variable.source) {
          use.recalculate();
          todo.push(use.output);
        }
      }
    }
    free.sort((a, b) => a.strength - b.strength);
    for (const one of free) if (!one.output) this.add(one);
  }

  consumers(variable) {
    return variable.uses.filter((use) => use !== variable.source && use.output);
  }

  propagate(constraint, mark) {
    const todo = [constraint];
    while (todo.length) {
      const one = todo.pop();
      if (one.output.mark === mark) return false;
      one.recalculate();
      todo.push(...this.consumers(one.output));
    }
    return true;
  }

  // The constraints to execute, in order, when the inputs change.
  plan(sources) {
    const mark = ++this.mark, plan = [], todo = sources.filter((one) => one.output);
    while (todo.length) {
      const one = todo.pop();
      if (one.output.mark === mark) continue;
      if (one.inputs().some((v) => v.mark !== mark && !v.fixed && v.source)) continue;
      plan.push(one);
      one.output.mark = mark;
      todo.push(...this.consumers(one.output));
    }
    return plan;
  }
}

function change(planner, variable, values) {
  const edit = new Edit(planner, STRONG, variable);
  const plan = planner.plan([edit]);
  for (const value of values) {
    variable.value = value;
    for (const constraint of plan) constraint.execute();
  }
  planner.remove(edit);
  return plan.length;
}

const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);

function chain(length) {
  const planner = new Planner(), variables = Array.from({ length }, () => new Variable(0));
  for (let i = 1; i < length; i++) new Equal(planner, REQUIRED, variables[i - 1], variables[i]);
  new Stay(planner, NORMAL, variables[length - 1]);
  const planned = change(planner, variables[0], range(0, 100));
  return [planned, variables[length - 1].value];
}

function projection(length) {
  const planner = new Planner(), factor = new Variable(10), offset = new Variable(1000);
  const sources = range(0, length).map((i) => new Variable(i)), results = range(0, length).map(() => new Variable(0));
  sources.forEach((source, i) => {
    new Stay(planner, NORMAL, source);
    new Scale(planner, REQUIRED, source, factor, offset, results[i]);
  });
  const planned = [change(planner, sources[3], [17]), change(planner, results[5], [1050])];
  const found = [results[3].value, sources[5].value];
  planned.push(change(planner, factor, range(5, 25)), change(planner, offset, range(2000, 2020)));
  return [...planned, ...found, results.reduce((sum, result) => sum + result.value, 0)];
}

export function work(length = 700) {
  return [...chain(length), ...projection(length)];
}
