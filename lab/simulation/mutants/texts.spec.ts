import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { transformSync } from '@swc/core';
import { REGRESSIONS } from '../runner/regressions';
import { MUTANTS } from '.';
import { mutate } from './mutant';

const SOURCES = join(__dirname, '../../../libs/db-routing/src');
const SWCRC = join(__dirname, '../../../.swcrc');

/** The file as the build compiles it. */
function compiled(file: string): string {
  const path = join(SOURCES, `${file}.ts`);
  return transformSync(readFileSync(path, 'utf8'), { filename: path, configFile: SWCRC }).code;
}

describe('the mutants of the library', () => {
  it.each(MUTANTS)('$name changes $file in one place', (mutant) => {
    const before = compiled(mutant.file);
    const after = mutate(mutant, before);
    expect(after).not.toBe(before);
    // It must still compile: a process that cannot load the library shows nothing.
    expect(() => new Script(after)).not.toThrow();
  });

  it('have a name each', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it.each(REGRESSIONS.filter(({ mutant }) => mutant !== undefined))(
    'put back the bug of $seed',
    ({ mutant }) => {
      expect(MUTANTS.map(({ name }) => name)).toContain(mutant);
    },
  );

  it('are refused when their text is not there, or is there twice', () => {
    const mutant = { name: 'some', file: 'a/file', from: 'x', to: 'y' };
    const message = (times: number) =>
      `mutant 'some': the text to replace occurs ${times} times in a/file.js, and must occur once: x`;
    expect(() => mutate(mutant, 'a b c')).toThrow(message(0));
    expect(() => mutate(mutant, 'x x')).toThrow(message(2));
    expect(mutate(mutant, 'a x b')).toBe('a y b');
  });
});
