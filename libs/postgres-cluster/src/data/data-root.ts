import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { REPLICATOR } from '../database';
import { DirectoryError } from '../errors';
import type { BackendName } from '../options';
import { Ownership, stopOrphans } from '../process/ownership';
import { canEnter, giveTo, type Identity, identityFor } from '../process/run-as';
import { loadPasswords, passwordOf, type Passwords, savePasswords, withPasswords } from '../passwords';
import { sharedTemporaryDirectory } from '../process/temporary';
import { orStorageProblem, requireWritable } from '../storage-problem';

/**
 * What is stored about a cluster between two starts: the nodes in order, with the index of the node each one
 * follows.
 */
export interface SavedState {
  /** Absent in data made when there was only one backend. */
  readonly backend?: BackendName;
  readonly majorVersion: number;
  readonly primary: number;
  readonly upstreams: readonly (number | null)[];
  /** The nodes' ports at the last start; absent in older data. */
  readonly ports?: readonly number[];
}

const DATA_DIRECTORY = /^node-\d+$/;
const OWN_FILES =
  /^(node-\d+|node-\d+\.(log|password)|owners|passwd|(cluster|credentials)\.json(\.new)?|replicator\.pgpass|[\w-]+\.log)$/;

/** The directory that contains everything of a cluster, and its ownership. */
export class DataRoot {
  #ownership: Ownership | undefined;

  private constructor(
    readonly directory: string,
    readonly isTemporary: boolean,
    readonly identity: Identity | undefined,
  ) {}

  /** @throws DirectoryInUseError, DirectoryError */
  static async open(
    wanted: string | undefined,
    onProgress?: (message: string) => void,
    endLeftovers?: (directory: string) => Promise<void>,
  ): Promise<DataRoot> {
    try {
      if (wanted === undefined) return DataRoot.#temporary();
      // Making directories recursively reports a read-only file system as a missing one.
      requireWritable(resolve(wanted));
      const directory = reachable(resolve(wanted), onProgress);
      const root = new DataRoot(directory, false, identityFor(directory));
      await root.#own(onProgress, endLeftovers);
      return root;
    } catch (error) {
      throw orStorageProblem(error, wanted === undefined ? sharedTemporaryDirectory() : resolve(wanted));
    }
  }

  static #temporary(): DataRoot {
    const directory = mkdtempSync(join(sharedTemporaryDirectory(), 'postgres-cluster-'));
    const identity = identityFor(undefined);
    letEnter(identity, directory);
    return new DataRoot(directory, true, identity);
  }

  dataDirectory(index: number): string {
    return join(this.directory, `node-${index}`);
  }

  logFile(index: number): string {
    const file = join(this.directory, `node-${index}.log`);
    appendFileSync(file, '', { mode: 0o600 });
    giveTo(this.#owner, file);
    return file;
  }

  /**
   * The description of a completed cluster; undefined when there is none, or when creating it was
   * interrupted.
   */
  readState(): SavedState | undefined {
    if (!this.#has('cluster.json') || !this.#has('credentials.json')) return undefined;
    return JSON.parse(readFileSync(join(this.directory, 'cluster.json'), 'utf8')) as SavedState;
  }

  saveState(state: SavedState): void {
    const file = join(this.directory, 'cluster.json');
    writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`);
    giveTo(this.#owner, `${file}.new`);
    renameSync(`${file}.new`, file);
  }

  /** Stored only where data is kept: a temporary cluster's passwords need not outlive this process. */
  passwords(roles: readonly string[]): Passwords {
    const file = join(this.directory, 'credentials.json');
    const kept = this.#has('credentials.json') ? loadPasswords(file) : {};
    const passwords = withPasswords(roles, kept);
    if (!this.isTemporary && roles.some((role) => !(role in kept))) {
      // Moved into place, so that a full disk leaves no half of it.
      savePasswords(`${file}.new`, passwords);
      giveTo(this.#owner, `${file}.new`);
      renameSync(`${file}.new`, file);
    }
    return passwords;
  }

  get passfile(): string {
    return join(this.directory, 'replicator.pgpass');
  }

  /** Standbys read their password from this file, so no connection string contains it. */
  writePassfile(passwords: Passwords): string {
    const file = this.passfile;
    rmSync(file, { force: true });
    writeFileSync(file, `*:*:*:${REPLICATOR}:${passwordOf(passwords, REPLICATOR)}\n`, { mode: 0o600 });
    giveTo(this.identity, file);
    return file;
  }

  /** Forgets the cluster but keeps its passwords, because their URLs may be in use. */
  wipe(): void {
    rmSync(join(this.directory, 'cluster.json'), { force: true });
    for (const entry of readdirSync(this.directory)) {
      if (DATA_DIRECTORY.test(entry)) rmSync(join(this.directory, entry), { recursive: true, force: true });
    }
  }

  close(): void {
    if (this.isTemporary) rmSync(this.directory, { recursive: true, force: true });
    this.#ownership?.release();
  }

  /** When root works in another user's directory, that user must still be able to use it afterwards. */
  get #owner(): Identity | undefined {
    const { uid, gid } = lstatSync(this.directory);
    return process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : undefined;
  }

  async #own(
    onProgress?: (message: string) => void,
    endLeftovers?: (directory: string) => Promise<void>,
  ): Promise<void> {
    const foreign = readdirSync(this.directory).filter((entry) => !OWN_FILES.test(entry));
    if (foreign[0] !== undefined) {
      throw new DirectoryError(
        this.directory,
        `holds files that are not a cluster's ("${foreign[0]}"); use an empty one.`,
      );
    }
    const claims = join(this.directory, 'owners');
    mkdirSync(claims, { recursive: true });
    giveTo(this.#owner, claims);
    this.#ownership = await Ownership.acquire(this.directory, claims);
    await endLeftovers?.(this.directory);
    const entries = readdirSync(this.directory).filter((entry) => DATA_DIRECTORY.test(entry));
    // All at once: a primary's fast shutdown waits for its replicas, and they may be frozen until their turn.
    const ended = await Promise.all(entries.map((entry) => stopOrphans(join(this.directory, entry))));
    const total = ended.reduce((sum, count) => sum + count, 0);
    if (total > 0) onProgress?.(`Stopped ${total} PostgreSQL processes that a killed owner had left`);
  }

  #has(file: string): boolean {
    return lstatSync(join(this.directory, file), { throwIfNoEntry: false }) !== undefined;
  }
}

/** Accessible to its owner only, except that PostgreSQL's user may traverse it to its own directories. */
function letEnter(identity: Identity | undefined, directory: string): void {
  chmodSync(directory, identity === undefined ? 0o700 : 0o711);
}

/**
 * The directory itself, or the substitute that root must use because PostgreSQL's user cannot reach the
 * directory.
 */
function reachable(directory: string, onProgress?: (message: string) => void): string {
  const existed = lstatSync(directory, { throwIfNoEntry: false }) !== undefined;
  makeOwnDirectory(directory);
  const identity = identityFor(directory);
  if (canEnter(identity, directory)) return directory;
  if (!existed) rmdirSync(directory);
  const substitute = substituteFor(directory);
  makeOwnDirectory(substitute);
  const { uid, mode } = lstatSync(substitute);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new DirectoryError(substitute, 'belongs to another user or is writable by others; remove it.');
  }
  onProgress?.(`Keeping the data in ${substitute}: uid ${identity?.uid} cannot enter ${directory}`);
  return substitute;
}

/** The directory that root uses instead of one that PostgreSQL's user cannot reach. */
export function substituteFor(directory: string): string {
  const hash = createHash('sha256').update(directory).digest('hex').slice(0, 12);
  return join('/var/tmp', `postgres-cluster-${hash}`);
}

function makeOwnDirectory(directory: string): void {
  if (lstatSync(directory, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(directory, { recursive: true });
  letEnter(identityFor(directory), directory);
}
