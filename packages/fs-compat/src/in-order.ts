/** Ops on a handle's own position, one after the other: each begins where the one before it ended. */
export class InOrder {
  #last: Promise<unknown> | undefined;

  next<T>(begin: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const run = before === undefined ? begin() : before.then(begin, begin);
    const mine = run.catch(() => undefined); // its own caller hears of the error
    this.#last = mine;
    void mine.then(() => {
      if (this.#last === mine) this.#last = undefined;
    });
    return run;
  }
}
