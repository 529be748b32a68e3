import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnvironment } from './environment-files';

describe('readEnvironment', () => {
  let directory: string;
  let file: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'environment-files-'));
    file = join(directory, 'password');
    writeFileSync(file, ' a b\n\n');
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('uses the content of NAME_FILE as NAME, without trailing line breaks', () => {
    const { given, problems } = readEnvironment({ SECRET_FILE: file, EMPTY: '' }, ['SECRET', 'EMPTY']);
    expect(given).toEqual({ SECRET_FILE: file, SECRET: ' a b' });
    expect(problems).toEqual([]);
  });

  it('does not read files for variables that were not requested', () => {
    expect(readEnvironment({ SSL_CERT_FILE: file }, ['SECRET']).given).toEqual({ SSL_CERT_FILE: file });
  });

  it('names a file that cannot be read', () => {
    const { problems } = readEnvironment({ SECRET_FILE: join(directory, 'none') }, ['SECRET']);
    expect(problems).toEqual([
      expect.stringMatching(/^SECRET_FILE is ".*none": it cannot be read: ENOENT: no such file/),
    ]);
  });

  it("refuses a name that is set both ways, with neither the file's content nor the value in the message", () => {
    const { problems } = readEnvironment({ SECRET: 'hunter2', SECRET_FILE: file }, ['SECRET']);
    expect(problems).toEqual(['SECRET and SECRET_FILE are both set: unset one of them']);
  });
});
