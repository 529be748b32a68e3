interface Waiter<B> {
  readonly backend: B;
  readonly grant: () => void;
}

interface Lock<B> {
  owner: B;
  readonly waiters: Waiter<B>[];
}

/** The row locks of one primary. Backends that wait get a lock in the order in which they asked for it. */
export class Locks<B extends object> {
  readonly #locks = new Map<string, Lock<B>>();
  readonly #held = new Map<B, Set<string>>();
  readonly #waitsFor = new Map<B, string>();

  /** Returns whether the backend has the lock now; otherwise `grant` is called when it has. */
  take(key: string, backend: B, grant: () => void): boolean {
    const lock = this.#locks.get(key);
    if (!lock) {
      this.#locks.set(key, { owner: backend, waiters: [] });
      this.#hold(backend, key);
      return true;
    }
    if (lock.owner === backend) return true;
    this.#waitsFor.set(backend, key);
    lock.waiters.push({ backend, grant });
    return false;
  }

  ownerOf(key: string): B | undefined {
    return this.#locks.get(key)?.owner;
  }

  /** Whether the backend waits for one that, in the end, waits for it. */
  isDeadlocked(backend: B): boolean {
    const seen = new Set<B>();
    for (let at: B | undefined = backend; at && !seen.has(at);) {
      seen.add(at);
      const key = this.#waitsFor.get(at);
      at = key === undefined ? undefined : this.#locks.get(key)?.owner;
      if (at === backend) return true;
    }
    return false;
  }

  stopWaiting(backend: B): void {
    const key = this.#waitsFor.get(backend);
    if (key === undefined) return;
    this.#waitsFor.delete(backend);
    const waiters = this.#locks.get(key)?.waiters;
    const index = waiters?.findIndex((waiter) => waiter.backend === backend) ?? -1;
    if (index >= 0) waiters?.splice(index, 1);
  }

  releaseAll(backend: B): void {
    this.stopWaiting(backend);
    const keys = this.#held.get(backend);
    if (!keys) return;
    this.#held.delete(backend);
    const grants: (() => void)[] = [];
    for (const key of keys) {
      const lock = this.#locks.get(key);
      const next = lock?.waiters.shift();
      if (!lock || !next) {
        this.#locks.delete(key);
        continue;
      }
      lock.owner = next.backend;
      this.#waitsFor.delete(next.backend);
      this.#hold(next.backend, key);
      grants.push(next.grant);
    }
    for (const grant of grants) grant();
  }

  clear(): void {
    this.#locks.clear();
    this.#held.clear();
    this.#waitsFor.clear();
  }

  #hold(backend: B, key: string): void {
    const held = this.#held.get(backend);
    if (held) held.add(key);
    else this.#held.set(backend, new Set([key]));
  }
}
