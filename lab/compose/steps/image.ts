import { readFile } from 'node:fs/promises';
import { docker } from '../docker';
import { expect, type Step } from '../step';

const IMAGE = 'nestjs-postgres-read-replicas';
const LIMIT_MB = 250;
const BUILD_TIMEOUT_MS = 900_000;

export const image: Step[] = [
  {
    name: `the image is built, and at most ${LIMIT_MB} MB large`,
    run: async ({ project }) => {
      await project.compose(['build'], { timeoutMs: BUILD_TIMEOUT_MS });
      const sizeMb = Number(await docker(['image', 'inspect', '--format', '{{.Size}}', IMAGE])) / 1e6;
      expect(sizeMb <= LIMIT_MB, `it is ${sizeMb.toFixed(0)} MB`);
      return `${sizeMb.toFixed(0)} MB`;
    },
  },
  {
    name: 'no dev dependency, no shell, no root in the image',
    run: async () => {
      const script = `
        const { existsSync } = require('node:fs');
        const dev = ${JSON.stringify(await devFolders())}.filter((folder) => existsSync('/app/' + folder));
        console.log(JSON.stringify({ dev, uid: process.getuid(), shell: existsSync('/bin/sh') }));`;
      const answer = await docker(['run', '--rm', '--read-only', IMAGE, '-e', script]);
      expect(answer === '{"dev":[],"uid":1000,"shell":false}', answer);
      return 'as uid 1000';
    },
  },
];

/** The folders of packages that only development needs, by the lock file. */
async function devFolders(): Promise<string[]> {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  return Object.entries(lock.packages).flatMap(([folder, { dev = false }]) => (dev ? [folder] : []));
}
