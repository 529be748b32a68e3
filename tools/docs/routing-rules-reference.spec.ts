import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { routingRulesPage } from './routing-rules-reference';

const PAGE = join(__dirname, '../../docs/routing-rules.md');
const COMMAND = 'UPDATE_DOCS=1 npx jest tools/docs';

describe('docs/routing-rules.md', () => {
  it(`matches the schemas; if not, run: ${COMMAND}`, () => {
    const page = routingRulesPage();
    if (process.env.UPDATE_DOCS !== undefined) writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, 'utf8')).toBe(page);
  });

  it('explains each field', () => {
    expect(routingRulesPage()).not.toMatch(/\|\s*\|$/m);
  });
});
