// A tree that moves what was looked for to its root, with nodes coming and going: allocation and collection of garbage.

class Node {
  constructor(key, payload) {
    this.key = key;
    this.payload = payload;
    this.left = this.right = null;
  }
}

class Tree {
  root = null;
  size = 0;

  // Brings the node of the key, or the last one on the way to it, to the root: top down, with two growing trees beside.
  splay(key) {
    const header = new Node(0, null);
    let smaller = header, larger = header, node = this.root;
    if (!node) return;
    for (;;) {
      const side = key < node.key ? "left" : "right", other = side === "left" ? "right" : "left";
      if (key === node.key || !node[side]) break;
      if (side === "left" ? key < node.left.key : key > node.right.key) {
        const up = node[side];
        node[side] = up[other];
        up[other] = node;
        node = up;
        if (!node[side]) break;
      }
      if (side === "left") larger = larger.left = node;
      else smaller = smaller.right = node;
      node = node[side];
    }
    smaller.right = node.left;
    larger.left = node.right;
    node.left = header.right;
    node.right = header.left;
    this.root = node;
  }

  insert(key, payload) {
    const node = new Node(key, payload);
    this.splay(key);
    const root = this.root;
    if (root && root.key === key) return false;
    if (root && key > root.key) {
      node.left = root;
      node.right = root.right;
      root.right = null;
    } else if (root) {
      node.right = root;
      node.left = root.left;
      root.left = null;
    }
    this.root = node;
    this.size++;
    return true;
  }

  has(key) {
    this.splay(key);
    return this.root !== null && this.root.key === key;
  }

  remove(key) {
    if (!this.has(key)) return;
    const { left, right } = this.root;
    this.root = left;
    if (left) {
      this.splay(key);
      this.root.right = right;
    } else {
      this.root = right;
    }
    this.size--;
  }
}

const payload = (depth, key) =>
  depth ? { left: payload(depth - 1, key), right: payload(depth - 1, key) } : { numbers: [0, 1, 2, 3, 4], text: `text of ${key}` };

export function work(turns = 3000) {
  const tree = new Tree(), keys = [];
  let state = 12345, found = 0;
  const random = () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff);
  for (let turn = 0; turn < turns; turn++) {
    const key = random();
    if (tree.insert(key, payload(3, key))) keys.push(key);
    if (turn % 3 === 0 && tree.has(keys[turn % keys.length])) found++;
    if (keys.length > 800) tree.remove(keys.shift());
  }
  return [tree.size, found, tree.root.key];
}
