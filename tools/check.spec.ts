import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const TOOLS = join(__dirname, '..', 'node_modules', '.bin');

describe('npm run check', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'check-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the check as npm does, for the files in the folder. */
  function check(...parts: string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'check.mjs'), ...parts], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: [TOOLS, process.env.PATH].join(delimiter) },
    });
    return { status, stdout, stderr };
  }

  it('passes when the requested parts pass', () => {
    writeFileSync(join(folder, 'good.ts'), 'export const good = 1;\n');
    expect(check('format')).toMatchObject({ status: 0, stdout: expect.stringContaining('format: prettier') });
  });

  it('names each part that failed, and runs the others', () => {
    writeFileSync(join(folder, 'bad.ts'), 'export const bad = "\n');
    writeFileSync(join(folder, 'tsconfig.json'), '{}');
    writeFileSync(join(folder, 'knip.json'), '{}');
    const { status, stdout, stderr } = check('types', 'format', 'unused');
    expect(status).toBe(1);
    expect(stderr).toContain('types failed; alone it runs with: npm run check -- types');
    expect(stderr).toContain('format failed; alone it runs with: npm run check -- format');
    expect(stdout).toContain('error TS1002: Unterminated string literal.');
    expect(stdout).toContain('unused: knip');
  });

  it('lists the parts when asked for an unknown one, and exits with 2', () => {
    const { status, stdout, stderr } = check('type');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe('There is no check type; the checks are: lint, types, format, layers, unused.\n');
  });
});
