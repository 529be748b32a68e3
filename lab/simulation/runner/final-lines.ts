import type { EarlyLine, FinalLine, LostLine, MissingLine } from '../../consistency/history/lines';
import type { Timeline, Version } from '../world/timeline';

/** What is left of a world. */
interface Remains {
  readonly leader: { readonly timeline: Timeline } | undefined;
  readonly timelines: readonly Timeline[];
}

type Line = FinalLine | LostLine | MissingLine | EarlyLine;

/** What the cluster holds in the end, what a failover has left behind, and what replicas have shown early. */
export function* finalLines({ leader, timelines }: Remains): Generator<Line> {
  if (!leader) return;
  const kept = new Set(leader.timeline.versions());
  for (const { key, version, writer, request } of kept) {
    if (!key.startsWith('request/')) yield { line: 'final', key, version, writer, request };
  }
  for (const { records, undone } of timelines) {
    for (const { versions } of undone) {
      for (const { key, version, writer } of versions) yield { line: 'lost', key, version, writer };
    }
    for (const { versions } of records) {
      for (const version of versions) {
        const { key, version: number, writer, isSeenEarly, visibleAtMs: untilMs } = version;
        if (isSeenEarly) yield { line: 'early', key, version: number, untilMs };
        if (kept.has(version)) yield* missingLines(version, timelines);
        else yield { line: 'lost', key, version: number, writer };
      }
    }
  }
}

/** Which later timelines have never had the version. */
function* missingLines(
  { key, version, writer, timeline, lsn }: Version,
  timelines: readonly Timeline[],
): Generator<MissingLine> {
  for (const later of timelines.slice(timeline.id)) {
    if (later.sharedWith(timeline) < lsn) yield { line: 'missing', key, version, writer, timeline: later.id };
  }
}
