import dns from 'node:dns';
import { readFileSync } from 'node:fs';

/**
 * Loaded before a service. Looks up names under `.faults.test` in the JSON file FAULTS_NAMES_FILE (name →
 * address), which it reads each time; their records live for FAULTS_NAMES_TTL_SECONDS. Other names are looked
 * up as usual.
 */
const file = process.env.FAULTS_NAMES_FILE ?? '';
const ttl = Number(process.env.FAULTS_NAMES_TTL_SECONDS ?? '1');

function addressOf(name: string): string | undefined {
  if (!name.endsWith('.faults.test')) return undefined;
  return (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string | undefined>)[name];
}

type AnyFunction = (...args: never[]) => unknown;
type Callback = (error: Error | null, ...answer: unknown[]) => void;

/** Wraps the function of that name; the replacement returns undefined for names outside `.faults.test`. */
function before(target: object, name: string, ours: (...args: unknown[]) => unknown): void {
  const original = Reflect.get(target, name) as AnyFunction;
  Reflect.set(target, name, function (this: unknown, ...args: never[]): unknown {
    return ours(...args) ?? original.apply(this, args);
  });
}

function lookedUp(name: unknown, options: unknown): unknown {
  const address = addressOf(String(name));
  if (address === undefined) return undefined;
  const isAll = typeof options === 'object' && options !== null && 'all' in options && options.all === true;
  return isAll ? [{ address, family: 4 }] : { address, family: 4 };
}

function resolved(name: unknown, options: unknown): unknown {
  const address = addressOf(String(name));
  if (address === undefined) return undefined;
  const wantsTtl =
    typeof options === 'object' && options !== null && 'ttl' in options && options.ttl === true;
  return wantsTtl ? [{ address, ttl }] : [address];
}

before(dns, 'lookup', (name, ...rest) => {
  const answer = lookedUp(name, rest[0]) as { address: string } | unknown[] | undefined;
  if (answer === undefined) return undefined;
  const callback = rest.at(-1) as Callback;
  setImmediate(() => (Array.isArray(answer) ? callback(null, answer) : callback(null, answer.address, 4)));
  return true;
});
before(dns, 'resolve4', (name, ...rest) => {
  const answer = resolved(name, rest[0]);
  if (answer === undefined) return undefined;
  setImmediate(() => (rest.at(-1) as Callback)(null, answer));
  return true;
});
for (const target of [dns.promises, dns.promises.Resolver.prototype]) {
  before(target, 'resolve4', (name, options) => promised(resolved(name, options)));
  before(target, 'resolve6', (name) => promised(addressOf(String(name)) === undefined ? undefined : []));
}
before(dns.promises, 'lookup', (name, options) => promised(lookedUp(name, options)));

function promised(answer: unknown): Promise<unknown> | undefined {
  return answer === undefined ? undefined : Promise.resolve(answer);
}
