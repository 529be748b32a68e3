// `npm run check`: runs the parts, as many at a time as there are processors, and prints each when it has
// finished; `npm run check -- lint` runs one part.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

// The longest first.
const PARTS = {
  lint: 'eslint . --max-warnings 0',
  types: 'tsc --noEmit && tsc --noEmit -p tools/console/page',
  format: 'prettier --check .',
  layers: 'depcruise apps libs tools test lab --config .dependency-cruiser.cjs',
  unused: 'knip',
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no check ${unknown.join(', ')}; the checks are: ${Object.keys(PARTS).join(', ')}.\n`,
  );
  process.exit(2);
}

const waiting = wanted.length > 0 ? wanted : Object.keys(PARTS);
const failed = [];
await Promise.all(Array.from({ length: availableParallelism() }, runWaiting));
for (const name of failed) {
  process.stderr.write(`\n${name} failed; alone it runs with: npm run check -- ${name}\n`);
}
process.exit(failed.length > 0 ? 1 : 0);

async function runWaiting() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const { output, status } = await run(PARTS[name]);
    process.stdout.write(`\n${name}: ${PARTS[name]}\n${output}`);
    if (status !== 0) failed.push(name);
  }
}

function run(command) {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => child.once('close', (status) => resolve({ output, status })));
}
