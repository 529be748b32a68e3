import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as errors from '.';

const DOCUMENT = resolve(__dirname, '../../../../docs/errors.md');

type ErrorClass = new (...args: unknown[]) => errors.RoutingError;

/** One error of each class; its constructor arguments do not matter here. */
const samples = Object.entries(errors)
  .filter(([name]) => name !== 'RoutingError')
  .map(([name, value]) => [name, new (value as unknown as ErrorClass)('x', 'y', 'z')] as const);

const documented = readFileSync(DOCUMENT, 'utf8')
  .split('\n')
  .map((line) => /^\| `([A-Z_]+)` +\| `(\w+)` +\| (yes|no) +\| .+\|$/.exec(line))
  .filter((row) => row !== null)
  .map(([, code, name, transient]) => `${name} ${code} ${transient}`);

describe('docs/errors.md', () => {
  it('lists every error of the library with its code, and no other', () => {
    const inCode = samples.map(
      ([name, error]) => `${name} ${error.code} ${error.isTransient ? 'yes' : 'no'}`,
    );
    expect([...documented].sort()).toEqual(inCode.sort());
  });

  it.each(samples)('%s is named like its class and has a code of its own', (name, error) => {
    expect(error.name).toBe(name);
    expect(samples.filter(([, other]) => other.code === error.code)).toHaveLength(1);
    expect(error.retryAfterMs === undefined).toBe(!error.isTransient);
  });
});
