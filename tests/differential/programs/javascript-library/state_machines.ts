// Programs with state: a bank, a stack, a linked list, an LRU table, a tree, an event log.
class Insufficient extends Error {
  constructor(readonly missing: number) {
    super(`${missing} missing`);
  }
}

class Bank {
  private accounts: Record<string, number> = {};
  deposit(name: string, amount: number) {
    if (!(amount > 0)) throw new RangeError("amount must be positive");
    this.accounts[name] = (this.accounts[name] ?? 0) + amount;
    return this;
  }
  transfer(from: string, to: string, amount: number) {
    const missing = amount - (this.accounts[from] ?? 0);
    if (missing > 0) throw new Insufficient(missing);
    this.accounts[from] -= amount;
    return this.deposit(to, amount);
  }
  get balances() {
    return { ...this.accounts };
  }
}

type Tree<T> = { value: T; left?: Tree<T>; right?: Tree<T> };
const insert = <T,>(tree: Tree<T> | undefined, value: T): Tree<T> =>
  !tree ? { value } : value < tree.value ? { ...tree, left: insert(tree.left, value) } : { ...tree, right: insert(tree.right, value) };
const inOrder = <T,>(tree?: Tree<T>): T[] => (tree ? [...inOrder(tree.left), tree.value, ...inOrder(tree.right)] : []);

const reducer = (state: { count: number; log: string[] }, action: { type: string; by?: number }) => {
  switch (action.type) {
    case "add":
      return { count: state.count + (action.by ?? 1), log: [...state.log, "added"] };
    case "reset":
      return { ...state, count: 0 };
    default:
      throw new Error(`unknown action ${action.type}`);
  }
};

export const bank = () => new Bank().deposit("a", 10).transfer("a", "b", 4).balances;
export const bank_refuses = () => new Bank().deposit("a", 1).transfer("a", "b", 4);
export const bank_refuses_amount = () => new Bank().deposit("a", NaN);
export const tree = () => inOrder([5, 2, 8, 1].reduce<Tree<number> | undefined>(insert, undefined));
export const tree_itself = () => [2, 1, 3].reduce<Tree<number> | undefined>(insert, undefined);
export const reduced = () => [{ type: "add" }, { type: "add", by: 5 }, { type: "reset" }, { type: "add" }].reduce(reducer, { count: 0, log: [] });
export const unknown_action = () => reducer({ count: 0, log: [] }, { type: "drop" });
export const least_recently_used = () => {
  const table = new Map<string, number>();
  const touch = (key: string, value: number) => {
    table.delete(key);
    table.set(key, value);
    if (table.size > 2) table.delete(table.keys().next().value!);
  };
  touch("a", 1), touch("b", 2), touch("a", 3), touch("c", 4);
  return [...table];
};
export const traffic_light = () => {
  const next = { red: "green", green: "yellow", yellow: "red" } as const;
  let light: keyof typeof next = "red";
  return Array.from({ length: 4 }, () => (light = next[light]));
};
