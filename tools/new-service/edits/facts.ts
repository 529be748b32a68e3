import ts from 'typescript';
import type { Changes } from '../changes';
import type { NewService } from '../new-service';
import { declaredValue, parseSource } from './typescript';

const FILE = 'libs/shop-services/src/shop-services.ts';

/** Adds the service to the one file with the facts about services. */
export function addFacts(changes: Changes, { name, title, port }: NewService): void {
  changes.edit(FILE, (text) => {
    const services = declaredValue(parseSource(text), 'shopServices');
    const last = ts.isObjectLiteralExpression(services) ? services.properties.at(-1) : undefined;
    if (last === undefined) throw new Error(`${FILE} declares no shopServices`);
    const facts = `,
  '${name}': {
    title: '${title}',
    description: 'The products and their stock. Reads only.',
    port: ${port},
    needsWrites: false,
    calls: [],
  }`;
    return text.slice(0, last.end) + facts + text.slice(last.end);
  });
}
