import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from './refusal';

/** The new texts of files, all of them known before the first one is written. */
export class Changes {
  readonly #created = new Map<string, string>();
  readonly #edited = new Map<string, string>();

  constructor(private readonly root: string) {}

  get created(): ReadonlyMap<string, string> {
    return this.#created;
  }

  get edited(): ReadonlyMap<string, string> {
    return this.#edited;
  }

  read(path: string): string {
    return this.#edited.get(path) ?? readFileSync(join(this.root, path), 'utf8');
  }

  /** @throws Refusal when the file exists */
  create(path: string, text: string): void {
    if (existsSync(join(this.root, path))) throw new Refusal(`${path} exists already.`);
    this.#created.set(path, text);
  }

  edit(path: string, change: (text: string) => string): void {
    this.#edited.set(path, change(this.read(path)));
  }
}
