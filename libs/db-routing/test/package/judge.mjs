// What publint and "Are the types wrong?" have against a tarball, as JSON. In a process of its own: both are ES modules.
import { readFile } from 'node:fs/promises';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';

const tarball = await readFile(process.argv[2]);
const { problems } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
const { messages } = await publint({
  strict: true,
  pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) },
});
process.stdout.write(JSON.stringify({ problems, messages }));
