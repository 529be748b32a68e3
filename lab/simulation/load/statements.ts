import { Session } from 'db-routing';
import type { QueryResult } from 'pg';
import type { Owner, Values } from '../world/sql';
import type { Result, Row } from '../world/statement';
import type { Findings } from './caller';

/** The values of a statement in autocommit. */
export function alone(id: string, keys: readonly string[], request?: string): Values {
  return [keys, id, request, { id, isInTransaction: false, sawTimeline: sawTimeline() }];
}

/** The values of a statement in the transaction of this operation. */
export function inTransaction(id: string, keys: readonly string[], request?: string): Values {
  const owner: Owner = { id, isInTransaction: true, sawTimeline: sawTimeline() };
  return [keys, id, request, owner];
}

function sawTimeline(): number | undefined {
  return Session.current()?.position?.timeline;
}

export function rowsOf(result: QueryResult): readonly Row[] {
  return result.rows as Row[];
}

export function timelineOf(result: QueryResult): number | undefined {
  return (result as unknown as Result).seenAt?.timeline;
}

export function asRead(result: QueryResult): Findings {
  return { rows: rowsOf(result), timeline: timelineOf(result) };
}

export function asWritten(result: QueryResult): Findings {
  const { seenAt } = result as unknown as Result;
  return {
    written: rowsOf(result),
    timeline: seenAt?.timeline,
    role: seenAt?.isPrimary ? 'primary' : 'replica',
  };
}
