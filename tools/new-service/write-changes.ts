import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, getFileInfo, resolveConfig } from 'prettier';
import type { Changes } from './changes';

/** Writes all files, formatted: nothing is written when one of them cannot be formatted. */
export async function writeChanges(root: string, { created, edited }: Changes): Promise<void> {
  const files = await Promise.all(
    [...created, ...edited].map(async ([path, text]) => {
      const file = join(root, path);
      return { file, text: await formatted(file, text) };
    }),
  );
  for (const { file, text } of files) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** Formats what the formatter knows; it knows no SQL, no shell scripts and no .env files. */
async function formatted(file: string, text: string): Promise<string> {
  const { inferredParser } = await getFileInfo(file);
  if (inferredParser === null) return text;
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
