/**
 * Loaded before a service: each SIGUSR2 moves its wall clock to the next of FAULTS_CLOCK_OFFSETS_MS
 * (comma-separated). The monotonic clock does not change.
 */
const offsetsMs = (process.env.FAULTS_CLOCK_OFFSETS_MS ?? '').split(',').map(Number);
let offsetMs = 0;
const RealDate = Date;

const skewed: DateConstructor = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(
      target,
      args.length === 0 ? [RealDate.now() + offsetMs] : args,
      newTarget === skewed ? target : newTarget,
    ) as object,
  apply: () => new RealDate(RealDate.now() + offsetMs).toString(),
  get: (target, name) =>
    name === 'now' ? () => RealDate.now() + offsetMs : (Reflect.get(target, name) as unknown),
});
globalThis.Date = skewed;

process.on('SIGUSR2', () => {
  offsetMs = offsetsMs.shift() ?? offsetMs;
});
