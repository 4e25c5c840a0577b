// Shapes of TypeScript that leave something behind: enums, namespaces, parameter properties, overloads, accessors.
enum Colour {
  Red,
  Green = 5,
  Blue,
}

const enum Size {
  Small = "s",
  Large = "l",
}

enum Computed {
  A = 1 << 2,
  B = "text".length,
}

namespace Geometry {
  export const unit = 1;
  export namespace Inner {
    export const area = (n: number) => n * unit;
  }
}

class Account {
  declare tag?: string;
  static count = 0;
  constructor(public readonly owner: string, protected balance = 0, private history: number[] = []) {
    Account.count++;
  }
  get total(): number {
    return this.balance;
  }
  deposit(amount: number): this {
    this.balance += amount;
    this.history.push(amount);
    return this;
  }
}

abstract class Animal {
  abstract sound(): string;
  speak = () => `${this.constructor.name} says ${this.sound()}`;
}

class Dog extends Animal {
  override sound() {
    return "woof";
  }
}

function double(value: number): number;
function double(value: string): string;
function double(value: any) {
  return value + value;
}

export const enums = () => [Colour.Blue, Colour[5], Object.keys(Colour), Size.Large, Computed.B];
export const namespaces = () => Geometry.Inner.area(3);
export const parameter_properties = () => [new Account("a"), new Account("b", 5).deposit(3).total, Account.count > 1];
export const private_is_not_private = () => (new Account("a") as any).history;
export const abstract_class = () => new Dog().speak();
export const abstract_constructed = () => new (Animal as any)().speak();
export const overloads = () => [double(2), double("a")];
export const declared_field = () => "tag" in new Account("a");
export const wrong_types_run = () => ((a: number, b: number) => a + b)("1" as any, 2);
export const non_null = () => (undefined as string | undefined)!.length;
export const satisfied = () => ({ red: [255, 0, 0], green: "#0f0" }) satisfies Record<string, string | number[]>;
export const as_const = () => {
  const modes = ["a", "b"] as const;
  return modes.map((mode: (typeof modes)[number]) => mode.toUpperCase());
};
