import type { Fault, Trouble } from '../faults/fault';
import type { Cast } from '../faults/schedule';

/** Faults that follow one another, for a change that single faults hardly ever show to be wrong. */
export type Story = (cast: Cast) => readonly Fault[];

/** When the first chapter begins. */
const FIRST_MS = 800;
/** How many chapters there are, and how long each takes. */
const CHAPTERS = { count: 3, everyMs: 3_600 };
/** How long a name leads astray. */
const ASTRAY_MS = 450;
/** When connections break meanwhile: only for a moment, so that those of the probes hardly ever do. */
const BREAKS_AFTER_MS = [20, 120, 220];
const MOMENT_MS = 1;

/**
 * Connections to one replica lead to another one, which lags, when the first is promoted: reads of the new
 * primary are answered by the other.
 */
export const replicaInPlaceOfPrimary: Story = ({ servers, services: [service = ''] }) =>
  chapters(servers, 3, ([, promoted = '', other = '']) => [
    ...leadAstray(promoted, other),
    [ASTRAY_MS, 1_800, { kind: 'lag', server: other, delayMs: 900 }],
    [
      ASTRAY_MS + 150,
      1_200,
      { kind: 'split', server: promoted, service, cutAfterMs: 1_200, followers: servers },
    ],
  ]);

/**
 * Connections to one replica lead to another one, when a third is promoted: the first follows it, and the
 * other stays on the old timeline, which grows until the services have noticed.
 */
export const replicaOfOldTimeline: Story = ({ servers, services: [service = ''] }) =>
  chapters(servers, 4, ([, promoted = '', follower = '', other = '']) => [
    ...leadAstray(follower, other),
    [
      ASTRAY_MS - 50,
      1_000,
      { kind: 'split', server: promoted, service, cutAfterMs: 1_000, followers: [follower] },
    ],
  ]);

/**
 * Connections to one replica lead to the primary when that replica is promoted and the primary goes on: the
 * former primary answers what is sent to the new one.
 */
export const formerPrimaryByName: Story = ({ servers, services: [service = ''] }) =>
  chapters(servers, 2, ([primary = '', promoted = '']) => [
    ...leadAstray(promoted, primary, 1_500),
    [250, 2_500, { kind: 'split', server: promoted, service, cutAfterMs: 2_500, followers: [] }],
  ]);

/**
 * A replica is promoted while the primary goes on, and one service cannot reach it any more. That service
 * then loses the former primary, too, which comes back before the new one can be reached.
 */
export const formerPrimaryFirst: Story = ({ servers, services: [service = ''] }) =>
  chapters(servers, 2, ([primary = '', promoted = '']) => [
    [0, 2_800, { kind: 'split', server: promoted, service, cutAfterMs: 150, followers: [] }],
    [400, 500, { kind: 'crash', server: primary, how: 'crash', behindBytes: 0 }],
    [1_300, 500, { kind: 'crash', server: primary, how: 'crash', behindBytes: 0 }],
  ]);

/**
 * A replica is promoted while the primary stands still for a moment and then goes on, and the other replicas
 * follow: they show more than the former primary has before a probe has told their timeline. That takes luck,
 * so it happens often.
 */
export const newTimelineUntold: Story = ({ servers, services }) =>
  chapters(
    servers,
    3,
    ([primary = '', promoted = '', ...others]) => [
      [100, 120, { kind: 'freeze', server: primary }],
      [
        100,
        600,
        {
          kind: 'split',
          server: promoted,
          service: services.at(-1) ?? '',
          cutAfterMs: 500,
          followers: others,
        },
      ],
    ],
    { count: 8, everyMs: 1_500 },
  );

/** Every server loses some answers, all the time. */
export const lostAnswers: Story = ({ servers }) =>
  servers.map((server): Fault => ({
    atMs: FIRST_MS,
    forMs: CHAPTERS.count * CHAPTERS.everyMs,
    kind: 'break',
    server,
    point: 'within',
    rate: 0.05,
  }));

type Step = readonly [afterMs: number, forMs: number, trouble: Trouble];

/** A name leads to another server, and the connections of its own server break, so that new ones are made. */
function leadAstray(host: string, server: string, forMs = ASTRAY_MS): readonly Step[] {
  return [
    [0, forMs, { kind: 'rename', host, server }],
    ...BREAKS_AFTER_MS.map((afterMs): Step => [
      afterMs,
      MOMENT_MS,
      { kind: 'break', server: host, point: 'after', rate: 1 },
    ]),
  ];
}

/**
 * Repeats a chapter with other servers: the first one is the primary, and the second one is promoted. None
 * where there are fewer servers than `least`.
 */
function chapters(
  servers: readonly string[],
  least: number,
  chapter: (servers: readonly string[]) => readonly Step[],
  { count, everyMs } = CHAPTERS,
): readonly Fault[] {
  if (servers.length < least) return [];
  return Array.from({ length: count }, (_, index) => {
    const first = index % servers.length;
    const steps = chapter([...servers.slice(first), ...servers.slice(0, first)]);
    return steps.map(([afterMs, forMs, trouble]): Fault => ({
      atMs: FIRST_MS + index * everyMs + afterMs,
      forMs,
      ...trouble,
    }));
  }).flat();
}
