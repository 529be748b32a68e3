import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Runs `npm run lab -- …`, which builds nothing before it has checked the name. */
function lab(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'run.mjs'), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('npm run lab', () => {
  /** A room is named after its suite, but for this one. */
  const suites = new Map([['simulation', 'simulate']]);
  const rooms = readdirSync(__dirname, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [suites.get(entry.name) ?? entry.name] : [],
  );

  it('lists every suite of lab/, with what it does and how long it takes', () => {
    const { status, stdout } = lab();
    const lines = stdout.split('\n').flatMap((line) => /^ {2}(\S+) +\S.* \(.+\)$/.exec(line)?.[1] ?? []);
    expect(status).toBe(0);
    expect(lines.sort()).toEqual(rooms.sort());
  });

  it('lists the suites when asked for an unknown one, and exits with 2', () => {
    const { status, stdout, stderr } = lab('fault');
    expect([status, stdout]).toEqual([2, '']);
    for (const room of rooms) expect(stderr).toContain(room);
    expect(stderr).toContain('There is no suite fault;');
  });
});
