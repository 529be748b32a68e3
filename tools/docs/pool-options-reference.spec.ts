import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { poolOptionsTable } from './pool-options-reference';

const PAGE = join(__dirname, '../../libs/db-routing/README.md');
const COMMAND = 'UPDATE_DOCS=1 npx jest tools/docs';
const GENERATED = /(?<=<!-- Generated from the declarations by .* -->\n\n)[^]*?(?=\n\n<!-- End -->)/;

describe("the options in the package's README", () => {
  it(`match the declarations; if not, run: ${COMMAND}`, () => {
    const page = readFileSync(PAGE, 'utf8');
    expect(page).toMatch(GENERATED);
    const expected = page.replace(GENERATED, () => poolOptionsTable());
    if (process.env.UPDATE_DOCS !== undefined) writeFileSync(PAGE, expected);
    expect(readFileSync(PAGE, 'utf8')).toBe(expected);
  });

  it('each have a meaning', () => {
    expect(poolOptionsTable()).not.toMatch(/\|\s*\|$/m);
  });
});
