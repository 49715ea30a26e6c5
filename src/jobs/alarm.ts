/** Lets one loop wait until it is woken, or for so long. A call that comes while it does not wait is not lost. */
export class Alarm {
  #isRung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Forgets the calls before: what they were about is looked at now. */
  reset(): void {
    this.#isRung = false;
  }

  /** Resolves at the first call since `reset`, at the latest after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (this.#isRung) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
