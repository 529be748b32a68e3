import { isDeepStrictEqual } from 'node:util';
import { Rig, type RigOptions } from './services/rig';
import type { FaultRow, Measurement } from './rows/row';
import { type RowResult, runRow } from './run-row';
import { formatMs } from './load/statistics';

/** If the machine is this late, the measurements say more about it than about the library. */
const BUSY_MS = 50;

export interface SuiteOptions {
  readonly logDirectory: string | undefined;
  readonly say: (line: string) => void;
}

/** Runs rows in order. A row that leaves the cluster unchanged passes it on to the next. */
export class Suite {
  #rig: Promise<Rig> | undefined;
  #serverVersion = '';
  #isStopping = false;

  constructor(private readonly options: SuiteOptions) {}

  get isStopping(): boolean {
    return this.#isStopping;
  }

  get serverVersion(): string {
    return this.#serverVersion;
  }

  async run(rows: readonly FaultRow[]): Promise<RowResult[]> {
    const { say } = this.options;
    const results: RowResult[] = [];
    for (const [index, row] of rows.entries()) {
      say(`[${index + 1}/${rows.length}] ${row.name}: ${row.bar}`);
      const rig = await this.#rigFor(row);
      const result = await runRow(row, rig, index);
      results.push(result);
      for (const measurement of [...result.measurements, ...result.invariants.filter(isRemarkable)]) {
        say(`    ${measurement.isMet ? 'ok    ' : 'MISSED'} ${measurement.what}: ${measurement.measured}`);
      }
      const late = result.lateMs > BUSY_MS ? ` (the machine was busy: ${formatMs(result.lateMs)} late)` : '';
      say(`    ${result.verdict}, after ${formatMs(result.durationMs)}${late}`);
      if (row.changesCluster === true || !(await isSound(rig, result))) await this.#dropRig();
    }
    await this.#dropRig();
    return results;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#dropRig();
  }

  async #rigFor({ rig: options = {} }: FaultRow): Promise<Rig> {
    const current = await this.#rig;
    if (current !== undefined && isDeepStrictEqual(current.options, options)) return current;
    await this.#dropRig();
    return this.#startRig(options);
  }

  async #startRig(options: RigOptions): Promise<Rig> {
    this.options.say('    starting a primary, two replicas and both services');
    this.#rig = Rig.start(options, this.options.logDirectory);
    const rig = await this.#rig;
    this.#serverVersion = rig.cluster.serverVersion;
    return rig;
  }

  async #dropRig(): Promise<void> {
    const rig = this.#rig;
    this.#rig = undefined;
    // A failed start has already stopped itself.
    await (await rig?.catch(() => undefined))?.stop();
  }
}

function isRemarkable({ isMet }: Measurement): boolean {
  return !isMet;
}

/** A row that missed a target may have left the cluster in any state. */
async function isSound(rig: Rig, { verdict }: RowResult): Promise<boolean> {
  if (verdict !== 'met') return false;
  try {
    await rig.cluster.waitForReplication();
    await rig.untilFit();
    return true;
  } catch {
    return false;
  }
}
