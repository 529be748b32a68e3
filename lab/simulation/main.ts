import { UsageError } from '../faults/arguments';
import { mutantsCommand } from './mutants/command';
import { runSeed } from './runner/run-seed';

async function main(): Promise<number> {
  if (process.argv.includes('--mutants')) return mutantsCommand(process.argv.slice(2));
  Error.stackTraceLimit = Number(process.env['STACK'] ?? 0);
  const from = Number(process.argv[2] ?? 1);
  const count = Number(process.argv[3] ?? 1);
  let operations = 0;
  const cpu = process.cpuUsage();
  for (let seed = from; seed < from + count; seed++) {
    const result = await runSeed(seed);
    operations += result.operations;
    process.stdout.write(`${seed} ${result.operations} ops ${result.events} events ${result.hash.slice(0, 12)} ${result.violations.length} violations\n`);
    for (const { rule, what } of result.violations.slice(0, 5)) process.stdout.write(`   ${rule}: ${what}\n`);
    if (count === 1) {
      process.stdout.write(`${JSON.stringify([...result.counts])}\n`);
      if (process.env["OP"]) for (const line of result.lines) if (line.line === "operation" && line.id === process.env["OP"]) process.stdout.write(JSON.stringify(line) + "\n");
      const errors = new Map<string, number>();
      for (const line of result.lines) if (line.line === 'operation') { const k = `${line.op} ${line.outcome} ${(line.error??'').slice(0,60)}`; errors.set(k, (errors.get(k) ?? 0) + 1); }
      process.stdout.write([...errors].map(([k, n]) => `${n} ${k}`).join('\n') + '\n');
    }
  }
  process.stdout.write(`${Math.round((operations * 1000) / (process.cpuUsage(cpu).user / 1000))} operations a second of CPU time\n`);
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isUsage = error instanceof UsageError;
    process.stderr.write(`${isUsage ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(isUsage ? 2 : 3);
  },
);
