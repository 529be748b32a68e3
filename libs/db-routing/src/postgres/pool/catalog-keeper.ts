import { AsyncLocalStorage } from 'node:async_hooks';
import type { QueryResultRow } from 'pg';
import type { HasTopology } from '../../cluster/topology/snapshot';
import type { Clock, Timer } from '../../clock';
import {
  CATALOG_SQL,
  type CatalogRow,
  catalogFromRows,
  OUTDATED_CATALOG,
} from '../classify/catalog/catalog-query';
import { BUILTIN_CATALOG } from '../classify/catalog/builtin-catalog';
import type { Catalog, CatalogRelation } from '../classify/catalog/catalog';
import type { StatementClassifier } from '../classify/classifier';
import { FINGERPRINT_SQL } from '../classify/catalog/fingerprint-sql';
import type { QualifiedName, Statement } from '../../engine/statement';

export interface CatalogKeeperOptions {
  readonly classifier: Pick<StatementClassifier, 'useCatalog'>;
  readonly cluster: HasTopology;
  readonly clock: Clock;
  /** Reads rows from the primary, as of the call or later; from a replica while there is no primary. */
  readonly read: <R extends QueryResultRow>(sql: string) => Promise<R[]>;
  /** The interval of the checks for changes by other processes. */
  readonly refreshMs: number;
  readonly onWarning: (error: Error) => void;
}

/** How long settle() waits before it tries again after a read that failed, or that a replica served. */
const RETRY_MS = 1000;

/**
 * Keeps the classifier's catalog (the definitions of functions, views and tables) in step with the database:
 * it reads the catalog again at an interval, and before the caller gets the answer to a statement that may
 * have changed definitions.
 */
export class CatalogKeeper {
  readonly #options: CatalogKeeperOptions;
  #catalog: Catalog = BUILTIN_CATALOG;
  #fingerprint: string | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #timer: Timer | undefined;
  #retry: Timer | undefined;
  #isEnded = false;
  /** Many callers share one read: it must not run under the limits of the request that asks first. */
  readonly #inNoRequest = AsyncLocalStorage.snapshot();

  constructor(options: CatalogKeeperOptions) {
    this.#options = options;
  }

  /**
   * Reads the catalog, and checks it at the interval from then on. Rejects when the catalog cannot be read.
   */
  async start(): Promise<void> {
    await this.refresh();
    this.#schedule();
  }

  #schedule(): void {
    const { clock, refreshMs } = this.#options;
    this.#timer = clock.after(
      refreshMs,
      () => {
        this.#schedule();
        this.refresh().catch((error: unknown) => this.#warn(error));
      },
      { keepAlive: false },
    );
  }

  end(): void {
    this.#isEnded = true;
    this.#timer?.cancel();
    this.#retry?.cancel();
  }

  /** The relations of that name, as last read. */
  relations(name: QualifiedName): readonly CatalogRelation[] {
    return this.#catalog.relations(name);
  }

  /**
   * Resolves when the catalog is as of the call or later. A read that is already running may have started too
   * early, so the call then waits for the next one, which later calls share. Rejects when the catalog cannot
   * be read.
   */
  refresh(): Promise<void> {
    if (!this.#running) {
      const read = this.#inNoRequest(() => this.#read());
      return (this.#running = read.finally(() => (this.#running = undefined)));
    }
    const start = (): Promise<void> => {
      this.#next = undefined;
      return this.refresh();
    };
    return (this.#next ??= this.#running.then(start, start));
  }

  /**
   * The answer to an autocommit statement; one that may change definitions is answered only after settle().
   */
  after<T>(answer: Promise<T>, statement: Statement): Promise<T> {
    return statement.mayDefine ? answer.finally(() => this.settle()) : answer;
  }

  /**
   * Reads the catalog after a commit that may have changed definitions. Never rejects: when the catalog
   * cannot be read, the classifier gets OUTDATED_CATALOG until it can.
   */
  async settle(): Promise<void> {
    // Without a primary, a replica serves the read, and it may not have replayed the change yet.
    const isFinal = this.#options.cluster.topology.primary !== undefined;
    try {
      await this.refresh();
      if (!isFinal) this.#tryAgain();
    } catch (error) {
      if (this.#isEnded) return;
      this.#options.classifier.useCatalog(OUTDATED_CATALOG);
      this.#fingerprint = undefined;
      this.#warn(error);
      this.#tryAgain();
    }
  }

  #tryAgain(): void {
    if (this.#isEnded) return;
    this.#retry?.cancel();
    this.#retry = this.#options.clock.after(RETRY_MS, () => void this.settle(), { keepAlive: false });
  }

  async #read(): Promise<void> {
    // Read before the catalog, so that the next check notices a change between the two reads.
    const [seen] = await this.#options.read<{ fingerprint: string }>(FINGERPRINT_SQL);
    if (seen && seen.fingerprint === this.#fingerprint) return;
    this.#catalog = catalogFromRows(await this.#options.read<CatalogRow & QueryResultRow>(CATALOG_SQL));
    this.#fingerprint = seen?.fingerprint;
    this.#options.classifier.useCatalog(this.#catalog);
  }

  #warn(error: unknown): void {
    if (!this.#isEnded) this.#options.onWarning(error as Error);
  }
}
