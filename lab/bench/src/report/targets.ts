import type { Topic, Verdict } from '../verdict';

/** The targets of one topic, as a table. */
export interface Targets {
  readonly title: string;
  readonly note: string;
  /** Without a name for the last column, the verdict. */
  readonly header: readonly string[];
  readonly rows: readonly {
    readonly cells: readonly string[];
    readonly isMet: boolean;
    readonly isNoisy: boolean;
  }[];
}

const RATIOS = ['what', 'target', 'by throughput', 'by CPU time', ''];

const TOPICS: Readonly<Record<Topic, Pick<Targets, 'title' | 'note' | 'header'>>> = {
  reads: { title: 'Reads', note: 'The throughput must reach the target.', header: RATIOS },
  writes: {
    title: 'Writes',
    note: 'Ours against the same mapper on pg.Pool. Both ratios must reach the target.',
    header: RATIOS,
  },
  http: {
    title: 'Requests over HTTP',
    note: 'The services, with 32 connections. The throughput must reach the target.',
    header: RATIOS,
  },
  others: {
    title: 'Others',
    note: 'What is measured stands in each row.',
    header: ['what', 'target', 'measured', ''],
  },
};

/** A table for each topic that has verdicts. */
export function targetsOf(verdicts: readonly Verdict[]): Targets[] {
  return Object.entries(TOPICS).flatMap(([topic, about]) => {
    const rows = verdicts
      .filter((verdict) => verdict.topic === topic)
      .map(({ what, bar, measured, byCpu, isMet, isNoisy }) => ({
        cells: [what, bar, measured, ...(about.header === RATIOS ? [byCpu ?? ''] : [])],
        isMet,
        isNoisy,
      }));
    return rows.length === 0 ? [] : { ...about, rows };
  });
}
