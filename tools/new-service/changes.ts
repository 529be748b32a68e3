import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, getFileInfo, resolveConfig } from 'prettier';
import { Refusal } from './refusal';

/** The new texts of files, all of them known before the first one is written. */
export class Changes {
  readonly #created = new Map<string, string>();
  readonly #edited = new Map<string, string>();

  constructor(private readonly root: string) {}

  get created(): readonly string[] {
    return [...this.#created.keys()];
  }

  get edited(): readonly string[] {
    return [...this.#edited.keys()];
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

  /** Writes all files, formatted. */
  async write(): Promise<void> {
    for (const [path, text] of [...this.#created, ...this.#edited]) {
      const file = join(this.root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, await formatted(file, text));
    }
  }
}

/** Formats what the formatter knows; it knows no SQL, no shell scripts and no .env files. */
async function formatted(file: string, text: string): Promise<string> {
  const { inferredParser } = await getFileInfo(file);
  if (inferredParser === null) return text;
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
