import { spawn } from 'node:child_process';
import { type SourceFilesWatch, watchSourceFiles } from './source-files';

const DEBOUNCE_MS = 150;

export interface Rebuild {
  /** Called after each successful build. */
  readonly onBuilt: () => Promise<void>;
  readonly say: (line: string) => void;
}

/**
 * Rebuilds when a source file of the services changes: one build at a time, then one more for changes made
 * meanwhile.
 */
export async function watchSources(root: string, { onBuilt, say }: Rebuild): Promise<SourceFilesWatch> {
  let timer: NodeJS.Timeout | undefined;
  let isBuilding = false;
  let changes = 0;
  let builtChanges = 0;
  let lastChanged = '';

  const rebuild = async () => {
    if (isBuilding) return;
    isBuilding = true;
    try {
      while (builtChanges < changes) {
        builtChanges = changes;
        say(`${lastChanged} changed: building …`);
        const failure = await build(root);
        if (failure === undefined) await onBuilt();
        else say(`${failure}\nThe build failed; the services keep running the old one.`);
      }
    } catch (error) {
      say(messageOf(error));
    } finally {
      isBuilding = false;
    }
  };

  const files = await watchSourceFiles(
    root,
    (path) => {
      changes += 1;
      lastChanged = path;
      clearTimeout(timer);
      timer = setTimeout(() => void rebuild(), DEBOUNCE_MS);
    },
    (error) => say(`Some source files are not watched: ${messageOf(error)}`),
  );
  return {
    close: () => {
      clearTimeout(timer);
      return files.close();
    },
  };
}

/** The output of the failed build. */
async function build(root: string): Promise<string | undefined> {
  const child = spawn('npm', ['run', '-s', 'build'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return code === 0 ? undefined : output.trim();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
