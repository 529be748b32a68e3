/**
 * How long the pool waits for an answer beyond the server's statement_timeout, in milliseconds: the server
 * speaks first, where there is a server that can speak.
 */
export const ANSWER_GRACE_MS = 500;

/** How long a pool that ends waits for what is in flight and for the server's goodbye, in milliseconds. */
export const END_DEADLINE_MS = 2000;
