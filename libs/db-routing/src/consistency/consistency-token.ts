import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { systemWallClock } from '../clock';
import { ConfigurationError } from '../errors';
import type { Position, PositionCodec } from '../engine/position';
import { isSamePosition } from './position';

/** The header that carries a session's position from an answer to the next request, and between services. */
export const CONSISTENCY_HEADER = 'consistency-token';

/**
 * The most tokens that one request carries: a client that ran several requests at once carries one of each.
 */
export const MAX_TOKENS = 16;

/** A key that signs positions. All services of an application share the same keys. */
export interface TokenKey {
  /**
   * 1 to 16 letters, digits, - or _. The token contains it, so that keys can be replaced one service at a
   * time.
   */
  readonly id: string;
  /** At least 32 characters. */
  readonly secret: string;
}

export interface ConsistencyTokensOptions {
  /** The first key signs; all of them verify. */
  readonly keys: readonly TokenKey[];
  /**
   * How long a token is valid, in milliseconds. Default one day; by then every replica in use has the token's
   * position.
   */
  readonly lifetimeMs?: number;
  /** Wall-clock time, in milliseconds; injected by tests. */
  readonly wallClock?: () => number;
}

/** Why a token is refused. */
export type TokenObjection = 'malformed' | 'forged' | 'expired' | 'foreign';

export type TokenVerdict = { readonly position: Position } | { readonly objection: TokenObjection };

/**
 * A token that one of the keys has signed for this cluster. It contains only a digest of its subject: see
 * isFor().
 */
export interface OpenedToken {
  readonly position: Position;
  readonly owner: Buffer;
}

const VERSION = 1;
const DAY_MS = 86_400_000;
/** What a key must be. */
export const TOKEN_KEY_RULES = { id: /^[\w-]{1,16}$/, minSecretLength: 32 } as const;
/** The key's id, a dot, and payload and MAC in base64url. */
const SHAPE = /^([\w-]{1,16})\.([\w-]+)$/;
/** The payload: version, the position as the engine encodes it, expiry and subject. */
const VERSION_BYTES = 1;
const EXPIRY_BYTES = 4;
const SUBJECT_BYTES = 8;
/** All of HMAC-SHA256, not truncated. */
const MAC_BYTES = 32;
/** The most subjects that are known. */
const MAX_SUBJECTS = 10_000;
/** The most tokens whose signature need not be computed again. */
const MAX_SIGNED = 1_000;

/** What a token with a genuine signature says. */
interface SignedToken extends OpenedToken {
  /** In seconds since 1970. */
  readonly expiry: number;
}

/** A subject, with what has been computed for it. */
interface KnownSubject {
  readonly digest: Buffer;
  /** The latest token: two answers within a second often end at the same position. */
  last?: { readonly position: Position; readonly expiry: number; readonly token: string };
}

/**
 * Writes positions as tokens that a client can carry but not change: signed with HMAC-SHA256, valid for one
 * subject and for a limited time, at most 104 bytes with positions of PostgreSQL. It judges tokens without
 * asking a database.
 */
export class PositionTokens {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  /** A cache: every answer carries a token, and the same customer asks again. */
  readonly #subjects = new Map<string, KnownSubject>();
  /** A cache, by the whole token: a client sends its last token until an answer brings another one. */
  readonly #signed = new Map<string, SignedToken>();
  readonly #signingId: string;
  readonly #lifetimeMs: number;
  readonly #wallClock: () => number;
  readonly #expiryAt: number;
  readonly #payloadBytes: number;

  /**
   * Throws ConfigurationError when there is no key, an id or a secret is invalid, or two keys have one id.
   */
  constructor(
    { keys, lifetimeMs = DAY_MS, wallClock = systemWallClock }: ConsistencyTokensOptions,
    private readonly positions: PositionCodec,
  ) {
    this.#expiryAt = VERSION_BYTES + positions.bytes;
    this.#payloadBytes = this.#expiryAt + EXPIRY_BYTES + SUBJECT_BYTES;
    for (const { id, secret } of keys) {
      if (!TOKEN_KEY_RULES.id.test(id)) {
        throw new ConfigurationError(
          'consistency token key id',
          id,
          'must be 1 to 16 letters, digits, - or _',
        );
      }
      if (secret.length < TOKEN_KEY_RULES.minSecretLength) {
        throw new ConfigurationError(
          `secret of consistency token key '${id}'`,
          `${secret.length} characters long`,
          `must have at least ${TOKEN_KEY_RULES.minSecretLength} characters`,
        );
      }
    }
    const [first] = keys;
    if (!first) throw new ConfigurationError('consistency token keys', '', 'must name at least one key');
    this.#keys = new Map(keys.map(({ id, secret }) => [id, createSecretKey(secret, 'utf8')]));
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

  /** `subject` owns the session; undefined signs a token that is valid for every subject. */
  sign(position: Position, subject: string | undefined): string {
    const owner = this.#known(subject);
    const expiry = Math.floor((this.#wallClock() + this.#lifetimeMs) / 1000);
    const { last } = owner;
    if (last && last.expiry === expiry && isSamePosition(last.position, position)) return last.token;
    const token = this.#sign(position, owner.digest, expiry);
    owner.last = { position, expiry, token };
    this.#remember(token, { position, owner: owner.digest, expiry });
    return token;
  }

  #sign(position: Position, owner: Buffer, expiry: number): string {
    const bytes = Buffer.alloc(this.#payloadBytes + MAC_BYTES);
    bytes.writeUInt8(VERSION, 0);
    bytes.set(this.positions.encode(position), VERSION_BYTES);
    bytes.writeUInt32BE(expiry, this.#expiryAt);
    owner.copy(bytes, this.#expiryAt + EXPIRY_BYTES);
    const key = this.#keys.get(this.#signingId) as KeyObject;
    this.#mac(this.#signingId, key, bytes).copy(bytes, this.#payloadBytes);
    return `${this.#signingId}.${bytes.toString('base64url')}`;
  }

  /**
   * `systemId` is the cluster that the position must belong to; undefined accepts any cluster. A token
   * without a subject is valid for every subject: it was issued before a login, or by code that runs for no
   * user.
   */
  verify(token: string, subject: string | undefined, systemId: string | undefined): TokenVerdict {
    const opened = this.open(token, systemId);
    if ('objection' in opened) return opened;
    return this.isFor(opened, subject) ? { position: opened.position } : { objection: 'foreign' };
  }

  /** Judges everything about a token except its subject, which is not known yet when a request arrives. */
  open(token: string, systemId: string | undefined): OpenedToken | { readonly objection: TokenObjection } {
    const signed = this.#signed.get(token) ?? this.#verified(token);
    if ('objection' in signed) return signed;
    const { position, owner, expiry } = signed;
    if (systemId !== undefined && systemId !== position.systemId) return { objection: 'foreign' };
    if (expiry * 1000 < this.#wallClock()) return { objection: 'expired' };
    // A copy, because a session tells its own position from that of others by identity.
    return { position: { ...position }, owner };
  }

  /** Checks the signature of a token that is not known yet. */
  #verified(token: string): SignedToken | { readonly objection: 'malformed' | 'forged' } {
    const [, keyId, text] = SHAPE.exec(token) ?? [];
    if (keyId === undefined || text === undefined) return { objection: 'malformed' };
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== this.#payloadBytes + MAC_BYTES) return { objection: 'malformed' };
    const key = this.#keys.get(keyId);
    // A forgery, or a key that is no longer in use.
    if (key === undefined) return { objection: 'forged' };
    if (!timingSafeEqual(this.#mac(keyId, key, bytes), bytes.subarray(this.#payloadBytes)))
      return { objection: 'forged' };
    const position = this.positions.decode(bytes.subarray(VERSION_BYTES, this.#expiryAt));
    if (bytes.readUInt8(0) !== VERSION || !position) return { objection: 'malformed' };
    const expiry = bytes.readUInt32BE(this.#expiryAt);
    const owner = bytes.subarray(this.#expiryAt + EXPIRY_BYTES, this.#payloadBytes);
    return this.#remember(token, { position, owner, expiry });
  }

  #remember(token: string, signed: SignedToken): SignedToken {
    if (this.#signed.size >= MAX_SIGNED) this.#signed.clear();
    this.#signed.set(token, signed);
    return signed;
  }

  /** Whether the subject may use the token. */
  isFor({ owner }: OpenedToken, subject: string | undefined): boolean {
    return this.isBoundTo(owner, subject) || this.isBoundTo(owner, undefined);
  }

  /** Whether it was signed for exactly this subject. */
  isBoundTo(owner: Buffer, subject: string | undefined): boolean {
    return owner.equals(this.#known(subject).digest);
  }

  /** A short digest is enough: the MAC protects it, and it only has to tell subjects apart. */
  #known(subject: string | undefined): KnownSubject {
    const key = subject === undefined ? 'anonymous' : `subject:${subject}`;
    let known = this.#subjects.get(key);
    if (!known) {
      known = { digest: createHash('sha256').update(key).digest().subarray(0, SUBJECT_BYTES) };
      if (this.#subjects.size >= MAX_SUBJECTS) this.#subjects.clear();
      this.#subjects.set(key, known);
    }
    return known;
  }

  #mac(keyId: string, key: KeyObject, bytes: Buffer): Buffer {
    return createHmac('sha256', key)
      .update(`${keyId}.`)
      .update(bytes.subarray(0, this.#payloadBytes))
      .digest();
  }
}
