import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../command';
import { scratchCopy } from '../scratch-copy';

const PAGE = 'docs/only-the-services.md';
/** A test of the services, which must be left. */
const KEPT_SPEC = 'apps/order-service/test/placing-orders.spec.ts';
/** Places that name the suites before the commands have run. */
const NAMED_IN = ['package.json', '.ci/run', 'README.md', 'nest-cli.json', 'tsconfig.json', 'jest.config.js'];

/** Runs the commands of docs/only-the-services.md in a copy of the repository, then what must still work. */
async function main(): Promise<void> {
  const folder = await scratchCopy(process.cwd(), 'only-the-services');
  try {
    await run(folder, 'sh', '-euc', await commandsOf(join(folder, PAGE)));
    await assertGone(folder);
    say(`ok  the commands of ${PAGE} leave no suite, and no mention of one in ${NAMED_IN.join(', ')}`);
    await run(folder, 'npm', 'run', 'check', '--', 'types', 'format', 'layers', 'unused');
    say('ok  npm run check, without lint');
    await run(folder, 'npm', 'run', 'build');
    say('ok  npm run build');
    const specs = await run(folder, 'npx', 'jest', '--listTests');
    if (!specs.includes(KEPT_SPEC)) throw new Error(`npm test would not run ${KEPT_SPEC}`);
    say(`ok  npm test would run ${specs.trim().split('\n').length} files`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function commandsOf(page: string): Promise<string> {
  const [, commands] = /^```sh\n(.*?)^```$/ms.exec(await readFile(page, 'utf8')) ?? [];
  if (commands === undefined) throw new Error(`${page} has no commands`);
  return commands;
}

async function assertGone(folder: string): Promise<void> {
  if ((await readdir(folder)).includes('lab')) throw new Error('lab is still there');
  for (const file of NAMED_IN) {
    const text = await readFile(join(folder, file), 'utf8');
    if (/\bnpm run lab\b|\blab\//.test(text)) throw new Error(`${file} still names lab`);
  }
  await run(folder, 'bash', '-n', '.ci/run');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
