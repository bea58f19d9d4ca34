// A binary heap of (key, id) in two typed arrays, smallest key on top. Not the engine's event list: this one serves
// the bounds, which must share no code with what they bound.

export class MinHeap {
  size = 0;
  readonly #keys: Float64Array;
  readonly #ids: Int32Array;

  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity);
    this.#ids = new Int32Array(capacity);
  }

  minKey(): number {
    return this.#keys[0]!;
  }

  minId(): number {
    return this.#ids[0]!;
  }

  push(key: number, id: number): void {
    let i = this.size++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.#keys[parent]! <= key) break;
      this.#keys[i] = this.#keys[parent]!;
      this.#ids[i] = this.#ids[parent]!;
      i = parent;
    }
    this.#keys[i] = key;
    this.#ids[i] = id;
  }

  pop(): void {
    this.size--;
    if (this.size > 0) this.#sinkFromTop(this.#keys[this.size]!, this.#ids[this.size]!);
  }

  /** Lowers the key on top; the order stays, because it was the smallest already. */
  replaceMinKey(key: number): void {
    this.#keys[0] = key;
  }

  #sinkFromTop(key: number, id: number): void {
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.#keys[child + 1]! < this.#keys[child]!) child++;
      if (this.#keys[child]! >= key) break;
      this.#keys[i] = this.#keys[child]!;
      this.#ids[i] = this.#ids[child]!;
      i = child;
    }
    this.#keys[i] = key;
    this.#ids[i] = id;
  }
}
