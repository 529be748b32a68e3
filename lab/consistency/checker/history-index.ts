import type {
  EarlyLine,
  FinalLine,
  HistoryLine,
  Observation,
  OperationLine,
  RunLine,
} from '../history/lines';
import { VersionSet } from './version-set';

/** A history, indexed for the checks. */
export class HistoryIndex {
  readonly operations: readonly OperationLine[];
  readonly finals: readonly FinalLine[];
  readonly probingToleranceMs: number;
  /** Made when it is first asked for: most histories need no operation by its id. */
  #byId: ReadonlyMap<string, OperationLine> | undefined;
  readonly #survivors = new VersionSet();
  readonly #lost = new VersionSet();
  readonly #missing = new Map<number, VersionSet>();
  readonly #early: ReadonlyMap<string, number>;

  constructor(lines: readonly HistoryLine[]) {
    this.operations = lines
      .filter((line): line is OperationLine => line.line === 'operation')
      .sort((one, other) => one.startMs - other.startMs);
    this.finals = lines.filter((line): line is FinalLine => line.line === 'final');
    this.probingToleranceMs =
      lines.find((line): line is RunLine => line.line === 'run')?.probingToleranceMs ?? 0;
    for (const { key, version, writer } of this.finals) this.#survivors.add(key, version, writer);
    this.#early = new Map(
      lines
        .filter((line): line is EarlyLine => line.line === 'early')
        .map(({ key, version, untilMs }) => [versionName(key, version), untilMs]),
    );
    for (const line of lines) {
      if (line.line === 'lost') this.#lost.add(line.key, line.version, line.writer);
      else if (line.line === 'missing') {
        const missing = this.#missing.get(line.timeline) ?? new VersionSet();
        this.#missing.set(line.timeline, missing);
        missing.add(line.key, line.version, line.writer);
      }
    }
  }

  /**
   * Whether the operation may have found its primary before that showed a version which a replica had shown.
   */
  isEarly(key: string, version: number, { role, startMs }: OperationLine): boolean {
    if (this.#early.size === 0 || role !== 'primary') return false;
    return (this.#early.get(versionName(key, version)) ?? 0) > startMs;
  }

  byId(id: string): OperationLine | undefined {
    this.#byId ??= new Map(this.operations.map((operation) => [operation.id, operation]));
    return this.#byId.get(id);
  }

  /** Each session's operations, in the order in which it requested them. */
  bySession(): ReadonlyMap<string, readonly OperationLine[]> {
    return grouped(this.operations, ({ session }) => session);
  }

  /** Whether a failover has left this version behind although it was committed. */
  isLost(key: string, version: number | undefined, writer: string | undefined): boolean {
    if (this.#lost.size === 0 || version === undefined) return false;
    return this.#lost.hasBy(key, version, writer) && !this.survived(key, version, writer);
  }

  /** Whether this timeline never had the version, which an older one wrote and a still newer one has kept. */
  isMissingOn(timeline: number | undefined, { key, version, writer }: Observation): boolean {
    if (this.#missing.size === 0 || timeline === undefined) return false;
    return this.#missing.get(timeline)?.hasBy(key, version, writer) === true;
  }

  /** Whether there is such a timeline. */
  isMissingSomewhere({ key, version, writer }: Observation): boolean {
    for (const missing of this.#missing.values()) if (missing.hasBy(key, version, writer)) return true;
    return false;
  }

  /** Whether the primary's final state has this version, by this writer if one is given. */
  survived(key: string, version: number, writer?: string): boolean {
    if (version === 0) return true;
    return writer === undefined
      ? this.#survivors.has(key, version)
      : this.#survivors.hasBy(key, version, writer);
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

function versionName(key: string, version: number): string {
  return `${key} ${version}`;
}
