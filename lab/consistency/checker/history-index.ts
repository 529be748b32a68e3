import type { EarlyLine, FinalLine, HistoryLine, LostLine, OperationLine, RunLine } from '../history/lines';

/** A history, indexed for the checks. */
export class HistoryIndex {
  readonly operations: readonly OperationLine[];
  readonly finals: readonly FinalLine[];
  readonly probingToleranceMs: number;
  readonly #byId: ReadonlyMap<string, OperationLine>;
  readonly #survivors: ReadonlySet<string>;
  readonly #lost: ReadonlySet<string>;
  readonly #early: ReadonlyMap<string, number>;

  constructor(lines: readonly HistoryLine[]) {
    this.operations = lines
      .filter((line): line is OperationLine => line.line === 'operation')
      .sort((one, other) => one.startMs - other.startMs);
    this.finals = lines.filter((line): line is FinalLine => line.line === 'final');
    this.probingToleranceMs =
      lines.find((line): line is RunLine => line.line === 'run')?.probingToleranceMs ?? 0;
    this.#byId = new Map(this.operations.map((operation) => [operation.id, operation]));
    this.#survivors = new Set(
      this.finals.flatMap(({ key, version, writer }) => [
        versionName(key, version, writer),
        versionName(key, version, undefined),
      ]),
    );
    this.#early = new Map(
      lines
        .filter((line): line is EarlyLine => line.line === 'early')
        .map(({ key, version, untilMs }) => [versionName(key, version, undefined), untilMs]),
    );
    this.#lost = new Set(
      lines
        .filter((line): line is LostLine => line.line === 'lost')
        .map(({ key, version, writer }) => versionName(key, version, writer)),
    );
  }

  /**
   * Whether the operation may have found its primary before that showed a version which a replica had shown.
   */
  isEarly(key: string, version: number, { role, startMs }: OperationLine): boolean {
    if (this.#early.size === 0 || role !== 'primary') return false;
    return (this.#early.get(versionName(key, version, undefined)) ?? 0) > startMs;
  }

  byId(id: string): OperationLine | undefined {
    return this.#byId.get(id);
  }

  /** Each session's operations, in the order in which it requested them. */
  bySession(): ReadonlyMap<string, readonly OperationLine[]> {
    return grouped(this.operations, ({ session }) => session);
  }

  /** Whether a failover has left this version behind although it was committed. */
  isLost(key: string, version: number | undefined, writer: string | undefined): boolean {
    if (this.#lost.size === 0 || version === undefined) return false;
    return this.#lost.has(versionName(key, version, writer)) && !this.survived(key, version, writer);
  }

  /** Whether the primary's final state has this version, by this writer if one is given. */
  survived(key: string, version: number, writer?: string): boolean {
    return version === 0 || this.#survivors.has(versionName(key, version, writer));
  }
}

export function grouped<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

function versionName(key: string, version: number, writer: string | undefined): string {
  return `${key} ${version} ${writer ?? ''}`;
}
