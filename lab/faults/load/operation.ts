import type { HttpAnswer } from './http-client';

export type OperationKind = 'place' | 'order' | 'history' | 'products';

/** ok: answered as requested. failed: definitely not done. unknown: no answer said what happened. */
export type Outcome = 'ok' | 'failed' | 'unknown';

/** One entry of `x-db-route`. */
export interface RouteEntry {
  readonly node: string;
  readonly role: string;
  readonly reason: string;
}

/** One request of the load and its result. Times are monotonic, in milliseconds. */
export interface Operation {
  readonly kind: OperationKind;
  readonly session: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly status: number;
  readonly outcome: Outcome;
  readonly error: string | undefined;
  readonly route: readonly RouteEntry[];
  readonly hadToken: boolean;
  readonly retryAfter: string | undefined;
  /** For a placed order: its id, when it was acknowledged, and what is needed to repeat the request. */
  readonly placed?: { readonly key: string; readonly body: string; readonly orderId: string | undefined };
  /** A read that did not show a write acknowledged to its own session. */
  readonly isStale: boolean;
  /** A read that showed only part of an order. */
  readonly isTorn: boolean;
}

export function isRead({ kind }: Operation): boolean {
  return kind !== 'place';
}

export function latencyMs({ startMs, endMs }: Operation): number {
  return endMs - startMs;
}

/**
 * A 503 means that nothing was done, unless it says that the outcome is unknown. After a 500, or a broken or
 * silent connection, the outcome is unknown; a refused connection carried nothing.
 */
export function outcomeOf(kind: OperationKind, answer: HttpAnswer): Outcome {
  const { status, error, body } = answer;
  if (kind !== 'place') return status === 200 || (status === 404 && kind === 'order') ? 'ok' : 'failed';
  if (status === 201) return 'ok';
  if (status === 0) return error === 'ECONNREFUSED' ? 'failed' : 'unknown';
  if (status === 503) return body.includes('urn:problem:outcome-unknown') ? 'unknown' : 'failed';
  return status < 500 ? 'failed' : 'unknown';
}

export function parseRoute(header: string | string[] | undefined): RouteEntry[] {
  if (typeof header !== 'string' || header === '') return [];
  return header.split(',').map((entry) => {
    const fields = new Map(entry.split(';').map((field) => splitOnce(field.trim())));
    return {
      node: fields.get('node') ?? '',
      role: fields.get('role') ?? '',
      reason: fields.get('reason') ?? '',
    };
  });
}

function splitOnce(field: string): [string, string] {
  const at = field.indexOf('=');
  return [field.slice(0, at), field.slice(at + 1)];
}
