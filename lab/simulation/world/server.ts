import type { Backend } from './backend';
import { serverError, socketError } from './errors';
import type { ServerFacts } from './facts';
import { Locks } from './locks';
import { type Peer, Replication } from './replication';
import { RestartPoint } from './restart-point';
import type { CommitRecord, Timeline } from './timeline';
import type { Ground } from './ground';

/** A server of the cluster: the log that it has, and its part in the cluster. */
export class Server implements Peer {
  state: 'up' | 'starting' | 'down' = 'up';
  isPrimary = false;
  frozen = false;
  isReplayPaused = false;
  /** The user that probes may not see what members of pg_monitor see. */
  isProbeBlind = false;
  isFull = false;
  /** Its machine is gone, too: it refuses no connection, and answers nothing. */
  isSilent = false;
  /** How much slower than usual it works. */
  slowness = 1;
  replayDelayMs: number;
  /** The share of reads that replay cancels. */
  conflicts = 0;
  readonly followers = new Set<Server>();
  #upstream: Server | undefined;
  receivedLsn: number;
  replayedLsn: number;
  writtenLsn: number;
  flushedLsn: number;
  /** Which of its lives this is: it changes when the server starts. */
  life = 0;
  startedAt = '';
  readonly backends = new Set<Backend>();
  systemId: string;
  readonly locks = new Locks<Backend>();
  readonly replication: Replication;
  /** What a replica knows of its timeline without a connection to its upstream. */
  readonly restartPoint: RestartPoint;
  #thawed: (() => void)[] = [];
  #isReplaying = false;

  constructor(
    readonly world: Ground,
    readonly name: string,
    public timeline: Timeline,
    lsn: number,
  ) {
    this.receivedLsn = this.replayedLsn = this.writtenLsn = this.flushedLsn = lsn;
    this.restartPoint = new RestartPoint(timeline.id);
    this.systemId = world.systemId;
    this.replayDelayMs = world.prng.between(0.1, 3);
    this.replication = new Replication(this);
    this.#begin();
  }

  get upstream(): Server | undefined {
    return this.#upstream;
  }

  set upstream(upstream: Server | undefined) {
    this.#upstream?.followers.delete(this);
    this.#upstream = upstream;
    upstream?.followers.add(this);
  }

  get isServing(): boolean {
    return this.state === 'up';
  }

  get canReceive(): boolean {
    return this.state !== 'down' && !this.isPrimary;
  }

  /** What of its log others may have. */
  get durableLsn(): number {
    return this.isPrimary ? this.flushedLsn : this.receivedLsn;
  }

  get facts(): ServerFacts {
    const { isPrimary, startedAt } = this;
    return {
      isReplica: !isPrimary,
      lsn: isPrimary ? this.flushedLsn : this.replayedLsn,
      writtenLsn: isPrimary ? this.writtenLsn : undefined,
      timeline: isPrimary ? this.timeline.id : undefined,
      startedAt,
    };
  }

  /** The timeline that its receiver reports; without one, that of its last restart point. */
  get reportedTimeline(): number {
    if (this.isPrimary || this.isStreaming) return this.timeline.id;
    return this.restartPoint.timeline;
  }

  get isStreaming(): boolean {
    const { upstream, world, name } = this;
    return (
      upstream?.isServing === true && !world.network.isCut(upstream.name, name) && this.mayFollow(upstream)
    );
  }

  /** Whether everything that this server has is part of the other's history. */
  mayFollow({ timeline }: Pick<Peer, 'timeline'>): boolean {
    return timeline === this.timeline || this.receivedLsn <= timeline.sharedWith(this.timeline);
  }

  receive(from: Peer, timeline: Timeline, lsn: number): void {
    if (!this.mayFollow(from)) return;
    if (this.timeline !== timeline) this.timeline = timeline;
    if (lsn > this.receivedLsn) this.receivedLsn = lsn;
    from.replication.confirm(this);
    this.replication.pump();
    this.replay();
  }

  /** Replays what was received, after a while. */
  replay(): void {
    if (this.#isReplaying || this.isPrimary || this.isReplayPaused || this.replayedLsn >= this.receivedLsn)
      return;
    this.#isReplaying = true;
    const { life } = this;
    const { scheduler, prng } = this.world;
    const upTo = this.receivedLsn;
    const delayMs = this.replayDelayMs * this.slowness * prng.between(0.5, 1.5);
    scheduler.atServer(scheduler.nowMs + delayMs, () => {
      if (this.life !== life) return;
      const apply = () => {
        if (this.life !== life) return;
        this.#isReplaying = false;
        if (this.isPrimary || this.isReplayPaused) return;
        if (upTo > this.replayedLsn) this.replayedLsn = upTo;
        this.restartPoint.replayed(this.timeline.id, this.world.scheduler.nowMs);
        this.upstream?.replication.confirm(this);
        this.replay();
      };
      if (this.frozen) this.onThaw(apply);
      else apply();
    });
  }

  /** The primary's log grows by one commit. */
  append(record: CommitRecord, isFlushed: boolean): void {
    this.timeline.append(record);
    this.writtenLsn = record.lsn;
    if (isFlushed) this.flush();
    else {
      const { life } = this;
      this.world.scheduler.in(this.world.prng.between(5, 200), () => {
        if (this.life === life && this.isPrimary) this.flush();
      });
    }
  }

  flush(): void {
    this.flushedLsn = this.writtenLsn;
    this.timeline.flushed(this.flushedLsn, this.world.scheduler.nowMs);
    this.replication.pump();
  }

  thaw(): void {
    if (!this.frozen) return;
    this.frozen = false;
    for (const go of this.#thawed.splice(0)) go();
    this.replication.pump();
    this.replay();
  }

  onThaw(go: () => void): void {
    this.#thawed.push(go);
  }

  /**
   * Ends at once; or, when it is shut down in order, tells its clients. When its machine is gone with it, its
   * clients hear nothing at all.
   */
  stop(how: 'orderly' | 'crash' | 'silent'): void {
    const isOrderly = how === 'orderly';
    if (this.state === 'down') return;
    if (this.isPrimary && isOrderly) this.flush();
    this.state = 'down';
    this.isSilent = how === 'silent';
    this.life += 1;
    this.#thawed = [];
    this.frozen = false;
    this.#isReplaying = false;
    const reason = isOrderly ? serverError('57P01') : socketError('ECONNRESET');
    for (const backend of [...this.backends]) {
      backend.end();
      if (how !== 'silent') backend.onClosed(reason);
    }
    this.locks.clear();
    this.replication.forget();
    if (!this.isPrimary) return;
    this.timeline.truncate(this.flushedLsn);
    this.writtenLsn = this.flushedLsn;
    this.showAll();
  }

  /** Comes up, `behindBytes` behind where it was: a replica replays from its last restart point. */
  start(behindBytes: number, startupMs: number): void {
    if (this.state !== 'down') return;
    this.state = 'starting';
    this.isSilent = false;
    if (!this.isPrimary) this.replayedLsn = Math.max(this.world.firstLsn, this.replayedLsn - behindBytes);
    const { life } = this;
    this.world.scheduler.in(startupMs, () => {
      if (this.life !== life || this.state !== 'starting') return;
      this.state = 'up';
      this.#begin();
      this.upstream?.replication.pump();
      this.replication.pump();
      this.replay();
    });
  }

  /** Becomes the primary of a new timeline, after it has replayed all that it has received. */
  promote(): void {
    if (this.isPrimary || !this.isServing) return;
    this.replayedLsn = this.receivedLsn;
    this.timeline = this.world.fork(this.timeline, this.receivedLsn);
    this.isPrimary = true;
    this.upstream = undefined;
    this.writtenLsn = this.flushedLsn = this.receivedLsn;
    this.restartPoint.made(this.timeline.id, this.world.scheduler.nowMs);
    this.showAll();
  }

  /** Gets the data of another server, and follows it from now on. */
  rebuild(from: Server): void {
    this.isPrimary = false;
    this.timeline = from.timeline;
    this.restartPoint.made(from.timeline.id, this.world.scheduler.nowMs);
    this.upstream = from;
    this.receivedLsn = this.replayedLsn = this.writtenLsn = this.flushedLsn = from.durableLsn;
  }

  /** Commits that waited for standbys are done once the server has recovered. */
  showAll(): void {
    for (const version of this.timeline.versions()) this.world.show(version);
  }

  #begin(): void {
    this.startedAt = (1_790_000_000 + this.world.scheduler.nowMs / 1000 + this.world.nextId() / 1e6).toFixed(
      6,
    );
  }
}
