// Classes: private members, accessors, static blocks, inheritance, mixins, what is refused.
class Money {
  #cents;
  static #made = 0;
  static currency = "EUR";
  static {
    this.zero = new Money(0);
  }
  constructor(cents) {
    this.#cents = cents;
    Money.#made++;
  }
  get euros() {
    return this.#cents / 100;
  }
  set euros(value) {
    this.#cents = Math.round(value * 100);
  }
  static made() {
    return Money.#made;
  }
  static is(value) {
    return #cents in value;
  }
  toJSON() {
    return `${this.euros} ${Money.currency}`;
  }
}

class Base {
  name() {
    return ["base"];
  }
}

const Loud = (Parent) => class extends Parent {
  name() {
    return ["loud", ...super.name()];
  }
};

class Mixed extends Loud(Base) {
  field = "own";
  name() {
    return ["mixed", ...super.name()];
  }
}

class List extends Array {
  sum() {
    return this.reduce((a, b) => a + b, 0);
  }
}

export const accessors = () => {
  const money = new Money(350);
  money.euros = 1.25;
  return [money.euros, Money.is(money), Money.is({}), Money.made() > 1];
};
export const to_json = () => ({ price: new Money(350), zero: Money.zero });
export const mixin = () => [new Mixed().name(), Object.keys(new Mixed()), Mixed.name];
export const of_array = () => [List.from([1, 2, 3]).sum(), List.of(1, 2).map((n) => n * 2) instanceof List];
export const without_new = () => Money(5);
export const before_super = () => new (class extends Base {
  constructor() {
    this.x = 1;
  }
})();
export const private_of_other = () => Money.prototype.toJSON.call({});
export const abstract_by_hand = () => new (class {
  constructor() {
    if (new.target.name !== "Real") throw new TypeError("abstract");
  }
})();
export const not_a_constructor = () => new (() => {})();
export const method_borrowed = () => {
  const { name } = new Base();
  return name.call(null);
};
export const lost_this = () => {
  const { euros } = Object.getOwnPropertyDescriptors(Money.prototype);
  return euros.get();
};
export const instance_of = () => [new Mixed() instanceof Base, Object.getPrototypeOf(Mixed.prototype) !== Base.prototype, typeof Mixed];
export const to_primitive = () => {
  const thing = { [Symbol.toPrimitive]: (hint) => (hint === "number" ? 42 : hint) };
  return [+thing, `${thing}`, thing + ""];
};
export const returned_itself = () => new Mixed();
