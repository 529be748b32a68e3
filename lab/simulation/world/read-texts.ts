import * as sql from './sql';

/** A way to write the read of the load that rules and hints can tell from the others. */
export interface ReadText {
  readonly text: string;
  readonly schema?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Where a comment in the text sends the read. */
  readonly hint?: string;
}

const READ = sql.READ;

/** The servers of the world take each of them for sql.READ. */
export const READ_TEXTS: readonly ReadText[] = [
  { text: READ },
  { text: READ.replace('register', 'reporting.register'), schema: 'reporting' },
  { text: `${READ} /*app='batch%2D1',note='it\\'s 5%'*/`, tags: { app: 'batch-1', note: "it's 5%" } },
  { text: `/*+ route(primary) */ ${READ}`, hint: 'primary' },
  { text: `${READ} /*route='reporting'*/`, tags: { route: 'reporting' }, hint: 'reporting' },
  { text: `${READ} /*route='no such group'*/`, tags: { route: 'no such group' } },
  { text: `${READ} /* a comment /* in a comment */ with app='batch-2' */` },
  {
    text: `SELECT key, version, writer, 'it''s /*+ route(primary) */', E'\\'', $q$ /*x='y'*/ $q$, 1.5 AS "one" -- route(primary)\n FROM register WHERE key = ANY ($1)`,
  },
  { text: `${READ} AND 'denied' <> writer` },
];

/** Their texts, for the servers. */
export const READS: ReadonlySet<string> = new Set(READ_TEXTS.map(({ text }) => text));
