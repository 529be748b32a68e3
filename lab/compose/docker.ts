import { spawn, spawnSync } from 'node:child_process';

/** A command that failed, with its output. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export function isDockerThere(): boolean {
  return ['info', 'compose version'].every((command) => {
    const { status } = spawnSync('docker', command.split(' '), { stdio: 'ignore', timeout: 20_000 });
    return status === 0;
  });
}

/** @throws CommandError when it fails or takes longer than `timeoutMs` */
export async function docker(args: readonly string[], timeoutMs = 60_000): Promise<string> {
  const child = spawn('docker', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return output.trim();
  const how = code === null ? `was stopped after ${timeoutMs} ms` : `failed with ${code}`;
  throw new CommandError(`docker ${args.join(' ')} ${how}:\n${(errors + output).trim().slice(-4_000)}`);
}
