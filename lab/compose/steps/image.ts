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
        const { existsSync, readdirSync } = require('node:fs');
        const { devDependencies } = require('/app/package.json');
        const dev = Object.keys(devDependencies).filter((name) => existsSync('/app/node_modules/' + name));
        console.log(JSON.stringify({ dev, uid: process.getuid(), shell: existsSync('/bin/sh') }));`;
      const answer = await docker(['run', '--rm', '--read-only', IMAGE, '-e', script]);
      expect(answer === '{"dev":[],"uid":1000,"shell":false}', answer);
      return 'as uid 1000';
    },
  },
];
