/** The statements of the load: the servers of the world understand these texts and no others. */
export const READ = 'SELECT key, version, writer FROM register WHERE key = ANY ($1)';
/** A read that takes its time. */
export const SLOW_READ = 'SELECT key, version, writer FROM register, slow WHERE key = ANY ($1)';
/** A read by every sign, which a replica refuses because it writes. */
export const HIDDEN_WRITE = 'SELECT touch($1, $2)';
/** More of them: a service learns what each text does. */
export const HIDDEN_WRITES = [
  HIDDEN_WRITE,
  ...Array.from({ length: 40 }, (_, n) => `${HIDDEN_WRITE} + ${n}`),
];
export const WRITE =
  'UPDATE register SET version = version + 1, writer = $2 WHERE key = ANY ($1) RETURNING *';
/** Records that a request was served; changes nothing when it was served before. */
export const REMEMBER = 'INSERT INTO request (id, writer) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING *';
export const RECALL = 'SELECT writer FROM request WHERE id = $1';
/** Fails wherever it runs. */
export const FAILING = 'SELECT 1 / 0 FROM register';
/** Sets something in the backend session that the next borrower must not find. */
export const SET_STATE = "SET app.tenant = 'one'";
export const CURSOR = 'SELECT key, version, writer FROM register WHERE key = ANY ($1) FOR CURSOR';

/** Whose statement it is, for the world's checks; no server acts on it. */
export interface Owner {
  readonly id: string;
  readonly isInTransaction: boolean;
  /** The newest timeline that its session had seen. */
  readonly sawTimeline?: number | undefined;
  /** The caller has set state in its backend session. */
  readonly mayHaveState?: boolean;
}

/** What travels as the values of a load statement. */
export type Values = readonly [
  keys: readonly string[],
  writer: string,
  request: string | undefined,
  owner: Owner,
];
