const REFUSED =
  'the simulated code asked the process for its time or its luck, and not the clock that it was given';

function refuse(): never {
  throw new Error(REFUSED);
}

/**
 * Runs `work` while the functions that read the real clock, set real timers or draw real random numbers
 * throw: code above the engine port that calls one would make a run depend on more than its seed.
 */
export async function onlyVirtual<T>(work: () => Promise<T>): Promise<T> {
  const { Date: RealDate } = globalThis;
  const places: readonly [object, string][] = [
    [globalThis, 'setTimeout'],
    [globalThis, 'setInterval'],
    [globalThis, 'setImmediate'],
    [performance, 'now'],
    [Math, 'random'],
    [RealDate, 'now'],
  ];
  const real = places.map(([of, name]) => Object.getOwnPropertyDescriptor(of, name));
  class RefusingDate extends RealDate {
    constructor(value?: number | string | Date) {
      super(value ?? refuse());
    }
  }
  for (const [of, name] of places)
    Object.defineProperty(of, name, { value: refuse, configurable: true, writable: true });
  globalThis.Date = RefusingDate as DateConstructor;
  try {
    return await work();
  } finally {
    globalThis.Date = RealDate;
    for (const [index, [of, name]] of places.entries()) {
      const before = real[index];
      if (before) Object.defineProperty(of, name, before);
      else Reflect.deleteProperty(of, name);
    }
  }
}
