// After a build: dist/.built tells when it began, so that build-if-changed.mjs finds what has changed since.
import { renameSync } from 'node:fs';

try {
  renameSync('dist/.building', 'dist/.built');
} catch (error) {
  // Of two builds at the same time, the first to end has marked both with the beginning of the later one.
  if (error.code !== 'ENOENT') throw error;
}
