import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const LINES = 3_000;
const TYPESCRIPT = join(__dirname, '../../test/run-typescript.cjs');

/** A process that waits for a line on stdin, writes many lines, and ends. */
function writer(): ChildProcess {
  const script = `
    const { BufferedOutput } = require(${JSON.stringify(join(__dirname, 'buffered-output.ts'))});
    const output = new BufferedOutput();
    process.stdin.once('data', () => {
      for (let line = 0; line < ${LINES}; line++) output.write('a line of the log, number ' + line + '\\n');
      process.exit(7);
    });
    process.stderr.write('ready');`;
  return spawn(process.execPath, ['-r', TYPESCRIPT, '-e', script], { stdio: 'pipe' });
}

it('writes every line before the process ends', async () => {
  const child = writer();
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stdin?.end('go\n');
  const [code] = (await once(child, 'close')) as [number];
  expect([code, output.split('\n').length - 1]).toEqual([7, LINES]);
});

it('lets the process end when nothing reads its output any more', async () => {
  const child = writer();
  if (child.stderr) await once(child.stderr, 'data');
  child.stdout?.destroy();
  child.stdin?.end('go\n');
  expect(await once(child, 'exit')).toEqual([7, null]);
});
