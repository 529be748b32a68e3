import type { StatementReport } from 'db-routing';
import { QuerySummaries } from 'db-routing/metrics';
import { kindOf, STATEMENT_KINDS, type StatementKind, type StatementSample } from './feed-event';

/** Each kind has its own share, because a few writes would not be found among thousands of reads. */
export const SAMPLES_PER_EVENT: Readonly<Record<StatementKind, number>> = {
  read: 6,
  write: 2,
  'in-transaction': 3,
  retried: 2,
  hedged: 2,
};

interface Reservoir {
  seen: number;
  readonly kept: StatementReport[];
}

/**
 * Keeps a bounded number of reports, of which each that came since the last call of take() has the same
 * chance: Vitter's algorithm R.
 */
export class StatementSampler {
  readonly #summaries = new QuerySummaries();
  readonly #reservoirs = new Map<StatementKind, Reservoir>(
    STATEMENT_KINDS.map((kind) => [kind, { seen: 0, kept: [] }]),
  );

  constructor(private readonly random: () => number = Math.random) {}

  add(report: StatementReport): void {
    const kind = kindOf(report);
    const reservoir = this.#reservoirs.get(kind);
    if (!reservoir) return;
    reservoir.seen += 1;
    if (reservoir.kept.length < SAMPLES_PER_EVENT[kind]) {
      reservoir.kept.push(report);
      return;
    }
    const place = Math.floor(this.random() * reservoir.seen);
    if (place < reservoir.kept.length) reservoir.kept[place] = report;
  }

  take(): StatementSample[] {
    return [...this.#reservoirs.values()].flatMap((reservoir) => {
      reservoir.seen = 0;
      return reservoir.kept.splice(0).map((report) => this.#sampleOf(report));
    });
  }

  /** Copies fields by name: a report has the error too, whose message may contain user data. */
  #sampleOf(report: StatementReport): StatementSample {
    const { text, summary } = this.#summaries.of(report.text);
    const { node, role, reason, outcome, durationMs, level = null, stalenessMs = null } = report;
    const kind = kindOf(report);
    return { kind, text, summary, node, role, reason, outcome, durationMs, level, stalenessMs };
  }
}
