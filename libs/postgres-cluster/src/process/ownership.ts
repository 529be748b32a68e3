import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DirectoryInUseError } from '../errors';
import { readPidFile } from './pid-file';
import { isProcessRunning, postgresProcessesIn, processBirth, signal } from './processes';
import { until } from '../until';

interface Claim {
  readonly file: string;
  readonly pid: number;
  readonly held: boolean;
  readonly isAlive: boolean;
}

const CLAIM = /^(\d+)_([\w-]*)_([\w-]+)\.(claim|held)$/;
const CONTEST_MS = 2_000;

/**
 * Exclusive ownership of a cluster directory, which ends with the owner's process.
 *
 * Each contender first writes a claim and then reads the others' claims, so of two concurrent contenders at
 * least one sees the other. Claims of dead processes are deleted. No lock file is ever "stale, about to be
 * replaced", so two contenders can never both replace one.
 */
export class Ownership {
  private constructor(
    private readonly claimsDirectory: string,
    private readonly id: string,
  ) {}

  /** @throws DirectoryInUseError when a living process owns the directory. */
  static async acquire(directory: string, claimsDirectory = directory): Promise<Ownership> {
    const id = `${process.pid}_${processBirth(process.pid) ?? ''}_${randomUUID()}`;
    const ownership = new Ownership(claimsDirectory, id);
    const deadlineMs = performance.now() + CONTEST_MS;
    for (;;) {
      writeFileSync(join(claimsDirectory, `${id}.claim`), '');
      const others = ownership.#livingOthers();
      const rival = others.find(({ held }) => held) ?? others[0];
      if (rival === undefined) {
        writeFileSync(join(claimsDirectory, `${id}.held`), '');
        return ownership;
      }
      if (rival.held || performance.now() > deadlineMs) {
        ownership.release();
        throw new DirectoryInUseError(directory, rival.pid);
      }
      // Two contenders and no owner: the one whose claim sorts later withdraws and tries again.
      if (others.some(({ file }) => file < `${id}.claim`))
        rmSync(join(claimsDirectory, `${id}.claim`), { force: true });
      await delay(20);
    }
  }

  release(): void {
    for (const kind of ['held', 'claim'])
      rmSync(join(this.claimsDirectory, `${this.id}.${kind}`), { force: true });
  }

  #livingOthers(): Claim[] {
    const others = claimsIn(this.claimsDirectory).filter(({ file }) => !file.startsWith(this.id));
    for (const { file, isAlive } of others) {
      if (!isAlive) rmSync(join(this.claimsDirectory, file), { force: true });
    }
    return others.filter(({ isAlive }) => isAlive);
  }
}

/** Whether a living process owns the directory with these claims. Changes nothing there. */
export function hasLivingOwner(claimsDirectory: string): boolean {
  return claimsIn(claimsDirectory).some(({ held, isAlive }) => held && isAlive);
}

function claimsIn(claimsDirectory: string): Claim[] {
  return readdirSync(claimsDirectory).flatMap((file) => {
    const [, text, birth, , kind] = CLAIM.exec(file) ?? [];
    if (text === undefined) return [];
    const pid = Number(text);
    const isAlive = isProcessRunning(pid) && (processBirth(pid) ?? '') === birth;
    return [{ file, pid, held: kind === 'held', isAlive }];
  });
}

/**
 * Ends the processes that a killed owner left running in a data directory. It does not trust the pid in
 * postmaster.pid but checks that the process's working directory is the data directory.
 */
export async function stopOrphans(dataDirectory: string, graceMs = 8_000): Promise<number> {
  const orphans = postgresProcessesIn(dataDirectory);
  if (orphans.length === 0) return 0;
  // A test may have frozen some of them; a stopped process reacts to no signal but SIGKILL.
  for (const pid of orphans) signal(pid, 'SIGCONT');
  const postmaster = postmasterPid(dataDirectory, orphans);
  if (postmaster !== undefined) {
    signal(postmaster, 'SIGINT');
    try {
      await until(`orphans in ${dataDirectory}`, () => postgresProcessesIn(dataDirectory).length === 0, {
        timeoutMs: graceMs,
      });
      return orphans.length;
    } catch {
      // Falls through to SIGKILL: crash recovery follows at the next start.
    }
  }
  await killAllIn(dataDirectory);
  return orphans.length;
}

/** Sends SIGKILL to every process of a data directory and waits until they are gone. */
export async function killAllIn(dataDirectory: string): Promise<void> {
  await until(`the killed processes in ${dataDirectory}`, () => {
    const left = postgresProcessesIn(dataDirectory);
    for (const pid of left) signal(pid, 'SIGKILL');
    return left.length === 0;
  });
}

function postmasterPid(dataDirectory: string, candidates: readonly number[]): number | undefined {
  const pid = readPidFile(dataDirectory)?.pid;
  return pid !== undefined && candidates.includes(pid) ? pid : undefined;
}
