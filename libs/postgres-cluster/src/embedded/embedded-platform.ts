import { prepareRuntime, type Runtime } from './binaries';
import type { DataRoot } from '../data/data-root';
import { initialise } from './initdb';
import type { ClusterOptions } from '../options';
import { postgresVersion } from '../postgres-version';
import type { Platform } from '../platform';
import { platformPackage } from './npm-packages';
import { Postmaster } from './postmaster';
import type { Server } from '../server';
import { Watchdog } from './watchdog';
import { HOST } from '../database-url';

/** Runs servers as processes of the embedded binaries. */
export class EmbeddedPlatform implements Platform {
  readonly backend = 'embedded';
  readonly listenAddresses = HOST;
  readonly #watchdog = new Watchdog();

  private constructor(
    root: DataRoot,
    private readonly runtime: Runtime,
    private readonly onProgress: ClusterOptions['onProgress'],
  ) {
    if (root.isTemporary) this.#watchdog.removeAtDeath(root.directory);
  }

  static open(root: DataRoot, options: ClusterOptions): EmbeddedPlatform {
    const { onProgress } = options;
    const packageDirectory = platformPackage(postgresVersion(options));
    return new EmbeddedPlatform(
      root,
      prepareRuntime(root.identity, { onProgress, packageDirectory }),
      onProgress,
    );
  }

  get version(): string {
    return this.runtime.version;
  }

  get majorVersion(): number {
    return this.runtime.majorVersion;
  }

  hostOf(): string {
    return HOST;
  }

  async initialise(dataDirectory: string, superuserPassword: string): Promise<void> {
    await initialise(dataDirectory, this.runtime, this.#watchdog, superuserPassword);
  }

  makeServer(_index: number, _port: number, dataDirectory: string, logFile: string): Promise<Server> {
    const postmaster = new Postmaster(dataDirectory, logFile, this.runtime, this.#watchdog, (why) =>
      this.onProgress?.(why),
    );
    return Promise.resolve(postmaster);
  }

  close(): Promise<void> {
    this.#watchdog.quit();
    return Promise.resolve();
  }
}
