import type { ServerPosition } from '../../../libs/db-routing/src/engine/position';
import { Lsn } from '../library';
import type { ServerFacts } from '../world/facts';

/** What a server says of itself, as the engine's position. */
export function positionOf({ lsn, isReplica, timeline, writtenLsn, startedAt }: ServerFacts): ServerPosition {
  return {
    log: logAt(lsn),
    isReplica,
    timeline,
    writtenLog: writtenLsn === undefined ? undefined : logAt(writtenLsn),
    committedLog: writtenLsn === undefined ? undefined : logAt(writtenLsn),
    startedAt,
  };
}

export function logAt(lsn: number): InstanceType<typeof Lsn> {
  return new Lsn(BigInt(lsn));
}

/** The same as the row that a server answers the library's question with. */
export function positionRow(facts: ServerFacts): object {
  const { lsn, isReplica, timeline, writtenLsn, startedAt } = facts;
  return {
    lsn: textOf(lsn),
    is_in_recovery: String(isReplica),
    wal_file: timeline === undefined ? null : timeline.toString(16).padStart(8, '0').padEnd(24, '0'),
    written_lsn: writtenLsn === undefined ? null : textOf(writtenLsn),
    started_at: startedAt,
  };
}

function textOf(lsn: number): string {
  return `${Math.floor(lsn / 0x1_0000_0000).toString(16)}/${(lsn % 0x1_0000_0000).toString(16)}`.toUpperCase();
}
