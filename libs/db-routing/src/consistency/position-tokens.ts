import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { systemWallClock } from '../clock';
import { ConfigurationError } from '../errors';
import type { Position, PositionCodec } from '../engine/position';

/** The header that carries a session's position from an answer to the next request, and between services. */
export const CONSISTENCY_HEADER = 'consistency-token';

/** A client that did several things at once carries a token of each. */
export const MAX_TOKENS = 16;

/** A key to sign positions with. All services of an application know the same ones. */
export interface TokenKey {
  /** 1 to 16 letters, digits, - and _; stands in the token, so that keys can be exchanged one service at a time. */
  readonly id: string;
  /** At least 32 characters. */
  readonly secret: string;
}

export interface ConsistencyTokensOptions {
  /** The first one signs; all of them verify. */
  readonly keys: readonly TokenKey[];
  /** How long a token is good for. Default a day; by then every replica that is used has what it stands for. */
  readonly lifetimeMs?: number;
  /** Wall-clock time, in milliseconds; injected by tests. */
  readonly wallClock?: () => number;
}

/** Why a token is not believed. */
export type TokenObjection = 'malformed' | 'forged' | 'expired' | 'foreign';

export type TokenVerdict = { readonly position: Position } | { readonly objection: TokenObjection };

/** A token that one of the keys has signed for this cluster. Whose it is, only its digest says: ask isFor(). */
export interface OpenedToken {
  readonly position: Position;
  readonly owner: Buffer;
}

const VERSION = 1;
const DAY_MS = 86_400_000;
const MIN_SECRET_LENGTH = 32;
const KEY_ID = /^[\w-]{1,16}$/;
/** Base64url of what follows the key's id. */
const SHAPE = /^([\w-]{1,16})\.([\w-]+)$/;
/** Behind the version: the position as the engine writes it, expiry 4, subject 8 bytes. */
const VERSION_BYTES = 1;
const EXPIRY_BYTES = 4;
const SUBJECT_BYTES = 8;
/** Of HMAC-SHA256: all of it. */
const MAC_BYTES = 32;
/** Subjects whose digest is kept. */
const MAX_DIGESTS = 10_000;

/**
 * Writes positions as tokens that a client can carry and cannot change: signed with HMAC-SHA256, good for one subject and for a limited
 * time, at most 104 bytes with positions of PostgreSQL. Everything about a token is judged here, without asking any database.
 */
export class PositionTokens {
  readonly #keys: ReadonlyMap<string, string>;
  /** Every answer carries a token, and the same customer asks again. */
  readonly #digests = new Map<string, Buffer>();
  readonly #signingId: string;
  readonly #lifetimeMs: number;
  readonly #wallClock: () => number;
  readonly #expiryAt: number;
  readonly #payloadBytes: number;

  /** Throws ConfigurationError. */
  constructor(
    { keys, lifetimeMs = DAY_MS, wallClock = systemWallClock }: ConsistencyTokensOptions,
    private readonly positions: PositionCodec,
  ) {
    this.#expiryAt = VERSION_BYTES + positions.bytes;
    this.#payloadBytes = this.#expiryAt + EXPIRY_BYTES + SUBJECT_BYTES;
    for (const { id, secret } of keys) {
      if (!KEY_ID.test(id)) {
        throw new ConfigurationError(
          'consistency token key id',
          id,
          'must be 1 to 16 letters, digits, - or _',
        );
      }
      if (secret.length < MIN_SECRET_LENGTH) {
        throw new ConfigurationError(
          `secret of consistency token key '${id}'`,
          `${secret.length} characters long`,
          `must have at least ${MIN_SECRET_LENGTH} characters`,
        );
      }
    }
    const [first] = keys;
    if (!first) throw new ConfigurationError('consistency token keys', '', 'must name at least one key');
    this.#keys = new Map(keys.map(({ id, secret }) => [id, secret]));
    if (this.#keys.size < keys.length) {
      throw new ConfigurationError(
        'consistency token keys',
        keys.map(({ id }) => id).join(', '),
        'must have an id each',
      );
    }
    this.#signingId = first.id;
    this.#lifetimeMs = lifetimeMs;
    this.#wallClock = wallClock;
  }

  /** `subject`: whose session it is; undefined for no one in particular. */
  sign(position: Position, subject: string | undefined): string {
    const bytes = Buffer.alloc(this.#payloadBytes + MAC_BYTES);
    bytes.writeUInt8(VERSION, 0);
    bytes.set(this.positions.encode(position), VERSION_BYTES);
    const expiry = Math.floor((this.#wallClock() + this.#lifetimeMs) / 1000);
    bytes.writeUInt32BE(expiry, this.#expiryAt);
    this.#digestOf(subject).copy(bytes, this.#expiryAt + EXPIRY_BYTES);
    const secret = this.#keys.get(this.#signingId) as string;
    this.#mac(this.#signingId, secret, bytes).copy(bytes, this.#payloadBytes);
    return `${this.#signingId}.${bytes.toString('base64url')}`;
  }

  /**
   * `systemId`: of the cluster that the position must be of; undefined while none is known. A token without a subject is good for
   * every subject: it was given before a login, or by code that runs for no user.
   */
  verify(token: string, subject: string | undefined, systemId: string | undefined): TokenVerdict {
    const opened = this.open(token, systemId);
    if ('objection' in opened) return opened;
    return this.isFor(opened, subject) ? { position: opened.position } : { objection: 'foreign' };
  }

  /** All that can be judged before it is known who brings it. */
  open(token: string, systemId: string | undefined): OpenedToken | { readonly objection: TokenObjection } {
    const [, keyId, text] = SHAPE.exec(token) ?? [];
    if (keyId === undefined || text === undefined) return { objection: 'malformed' };
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== this.#payloadBytes + MAC_BYTES) return { objection: 'malformed' };
    const secret = this.#keys.get(keyId);
    // An unknown key is a forgery, or was taken out of use.
    if (secret === undefined) return { objection: 'forged' };
    if (!timingSafeEqual(this.#mac(keyId, secret, bytes), bytes.subarray(this.#payloadBytes)))
      return { objection: 'forged' };
    const position = this.positions.decode(bytes.subarray(VERSION_BYTES, this.#expiryAt));
    if (bytes.readUInt8(0) !== VERSION || !position) return { objection: 'malformed' };
    if (systemId !== undefined && systemId !== position.systemId) return { objection: 'foreign' };
    if (bytes.readUInt32BE(this.#expiryAt) * 1000 < this.#wallClock()) return { objection: 'expired' };
    return { position, owner: bytes.subarray(this.#expiryAt + EXPIRY_BYTES, this.#payloadBytes) };
  }

  /** Whether the subject may bring it. */
  isFor({ owner }: OpenedToken, subject: string | undefined): boolean {
    return this.isBoundTo(owner, subject) || this.isBoundTo(owner, undefined);
  }

  /** Whether it was signed for exactly this subject. */
  isBoundTo(owner: Buffer, subject: string | undefined): boolean {
    return owner.equals(this.#digestOf(subject));
  }

  /** The MAC makes it binding; this only tells whose it is not. */
  #digestOf(subject: string | undefined): Buffer {
    const key = subject === undefined ? 'anonymous' : `subject:${subject}`;
    let digest = this.#digests.get(key);
    if (!digest) {
      digest = createHash('sha256').update(key).digest().subarray(0, SUBJECT_BYTES);
      if (this.#digests.size >= MAX_DIGESTS) this.#digests.clear();
      this.#digests.set(key, digest);
    }
    return digest;
  }

  #mac(keyId: string, secret: string, bytes: Buffer): Buffer {
    return createHmac('sha256', secret)
      .update(keyId)
      .update('.')
      .update(bytes.subarray(0, this.#payloadBytes))
      .digest();
  }
}
