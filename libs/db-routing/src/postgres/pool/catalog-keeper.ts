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
  /** Rows of the primary, as committed when it is called or later; of a replica while there is no primary. */
  readonly read: <R extends QueryResultRow>(sql: string) => Promise<R[]>;
  /** How often it is looked whether anything was changed elsewhere. */
  readonly refreshMs: number;
  readonly onWarning: (error: Error) => void;
}

/** How soon it is tried again after definitions were changed and could not be read. */
const RETRY_MS = 1000;

/**
 * Keeps what statements are judged by in step with the database: at an interval for what is changed elsewhere, and before the answer
 * is given of a statement that may have changed definitions itself.
 */
export class CatalogKeeper {
  #catalog: Catalog = BUILTIN_CATALOG;
  #fingerprint: string | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #timer: Timer | undefined;
  #retry: Timer | undefined;
  #isEnded = false;
  /** What many wait for must not be bound by the limits of the request that happened to ask first. */
  readonly #inNoRequest = AsyncLocalStorage.snapshot();

  constructor(private readonly options: CatalogKeeperOptions) {}

  /** Rejects when the catalog cannot be read. */
  async start(): Promise<void> {
    await this.refresh();
    this.#schedule();
  }

  #schedule(): void {
    const { clock, refreshMs } = this.options;
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

  /** As last read. */
  relations(name: QualifiedName): readonly CatalogRelation[] {
    return this.#catalog.relations(name);
  }

  /**
   * Resolves when what is known is as of now or later: one that is running already may have looked too early, so the next is awaited, which
   * all who ask meanwhile share. Rejects when the catalog cannot be read.
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

  /** The answer of an autocommit statement; if it may have changed definitions, only once they are known. */
  after<T>(answer: Promise<T>, statement: Statement): Promise<T> {
    return statement.mayDefine ? answer.finally(() => this.settle()) : answer;
  }

  /**
   * To be awaited once definitions may have been changed and committed. Never rejects: what cannot be read is not judged by what was known
   * before, until it can.
   */
  async settle(): Promise<void> {
    // A replica need not have yet what has just been changed.
    const isFinal = this.options.cluster.topology.primary !== undefined;
    try {
      await this.refresh();
      if (!isFinal) this.#tryAgain();
    } catch (error) {
      if (this.#isEnded) return;
      this.options.classifier.useCatalog(OUTDATED_CATALOG);
      this.#fingerprint = undefined;
      this.#warn(error);
      this.#tryAgain();
    }
  }

  #tryAgain(): void {
    if (this.#isEnded) return;
    this.#retry?.cancel();
    this.#retry = this.options.clock.after(RETRY_MS, () => void this.settle(), { keepAlive: false });
  }

  async #read(): Promise<void> {
    // First, so that what is changed in between is noticed next time.
    const [seen] = await this.options.read<{ fingerprint: string }>(FINGERPRINT_SQL);
    if (seen && seen.fingerprint === this.#fingerprint) return;
    this.#catalog = catalogFromRows(await this.options.read<CatalogRow & QueryResultRow>(CATALOG_SQL));
    this.#fingerprint = seen?.fingerprint;
    this.options.classifier.useCatalog(this.#catalog);
  }

  #warn(error: unknown): void {
    if (!this.#isEnded) this.options.onWarning(error as Error);
  }
}
