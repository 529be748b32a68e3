import { lsnOf, walPosition } from './wal-position';
import type { Position } from '../../engine/position';
import { DEFAULT_MEMORY_LIFETIME_MS, type SessionMemory } from '../../consistency/session-memory';

/**
 * What RedisSessionMemory needs of a Redis client. `redis` and `ioredis` offer it with different argument
 * lists.
 */
export interface RedisPort {
  get(key: string): Promise<string | null>;
  /** Runs a Lua script with these keys and arguments. */
  evaluate(script: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

/**
 * Positions are written with a fixed width, so that the texts have the order of the positions. A position of
 * another cluster replaces the known one, whose cluster no longer exists. An earlier position does not extend
 * the lifetime of the known one, because the cluster may have been restored to a time before it.
 */
const ADVANCE = `
local known = redis.call('GET', KEYS[1])
if (not known) or known <= ARGV[1] or string.sub(known, 27) ~= string.sub(ARGV[1], 27) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1`;

const SHAPE = /^([0-9a-f]{8}):([0-9a-f]{16}):(\d+)$/;

/** One memory for all processes of an application. `prefix` starts each of its keys in Redis. */
export class RedisSessionMemory implements SessionMemory {
  constructor(
    private readonly redis: RedisPort,
    private readonly options: { readonly prefix?: string; readonly lifetimeMs?: number } = {},
  ) {}

  async recall(subject: string): Promise<Position | undefined> {
    const [, timeline, lsn, systemId] = SHAPE.exec((await this.redis.get(this.#keyOf(subject))) ?? '') ?? [];
    if (timeline === undefined || lsn === undefined || systemId === undefined) return undefined;
    return walPosition(systemId, Number.parseInt(timeline, 16), BigInt(`0x${lsn}`));
  }

  async advance(subject: string, { systemId, timeline, log }: Position): Promise<void> {
    const { lifetimeMs = DEFAULT_MEMORY_LIFETIME_MS } = this.options;
    const text = `${timeline.toString(16).padStart(8, '0')}:${lsnOf(log).toString(16).padStart(16, '0')}:${systemId}`;
    await this.redis.evaluate(ADVANCE, [this.#keyOf(subject)], [text, String(lifetimeMs)]);
  }

  #keyOf(subject: string): string {
    return `${this.options.prefix ?? 'consistency:'}${subject}`;
  }
}
