// `npm run check`: runs the parts in order and stops at the first failure; `npm run check -- lint` runs one
// part.
import { spawnSync } from 'node:child_process';

const PARTS = {
  types: 'tsc --noEmit',
  lint: 'eslint . --max-warnings 0',
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
for (const name of wanted.length > 0 ? wanted : Object.keys(PARTS)) {
  const command = PARTS[name];
  process.stdout.write(`\n${name}: ${command}\n`);
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit' });
  if (status === 0) continue;
  process.stderr.write(`\n${name} failed; alone it runs with: npm run check -- ${name}\n`);
  process.exit(status ?? 1);
}
