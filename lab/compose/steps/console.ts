import { readEvents } from '@app/service-kit';
import { serviceNames } from '@app/shop-services';
import type { ConsoleState } from '../../../tools/console/contract';
import { portOf } from '../ports';
import { NODES } from '../project';
import { expect, type Step } from '../step';

const TIMEOUT_MS = 30_000;

export const console: Step[] = [
  {
    name: 'the console shows every service and node, and walks with Alice',
    run: async () => {
      const url = `http://127.0.0.1:${portOf('CONSOLE_PORT')}`;
      const page = await (await fetch(url)).text();
      const assets = [...page.matchAll(/"(\/(?:page|packages)\/[^"]+)"/g)].map(([, path]) => path ?? '');
      const statuses = await Promise.all(assets.map(async (path) => (await fetch(url + path)).status));
      const missing = assets.filter((_, index) => statuses[index] !== 200);
      expect(assets.length > 0 && missing.length === 0, `the page misses ${missing.join(', ')}`);

      const token = /name="console-token" content="([^"]+)"/.exec(page)?.[1] ?? '';
      await until(url, token, isWhole);
      for (const action of ['place', 'details', 'history']) {
        const answer = await fetch(`${url}/walk`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-console-token': token },
          body: JSON.stringify({ action }),
        });
        expect(answer.ok, `${action} answered ${answer.status}: ${await answer.text()}`);
      }
      const { walk, canFault } = await until(url, token, ({ walk }) => walk.last?.action === 'history');
      expect(walk.last?.status === 200 && walk.last.isStale === false, JSON.stringify(walk.last));
      expect(!canFault, 'it offers faults for servers that are not its own');
      return `${assets.length} files; history by ${walk.last.headers['x-db-route'] ?? ''}`;
    },
  },
];

function isWhole({ services, nodes }: ConsoleState): boolean {
  const isPrimary = ({ role }: { readonly role: string }): boolean => role === 'primary';
  return (
    services.length === serviceNames.length &&
    services.every(({ isUp }) => isUp) &&
    nodes.length === NODES.length &&
    nodes.filter(isPrimary).length === 1
  );
}

/** Reads the console's events until a state is as wanted. */
async function until(
  url: string,
  token: string,
  isWanted: (state: ConsoleState) => boolean,
): Promise<ConsoleState> {
  const { body } = await fetch(`${url}/events?token=${token}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  expect(body !== null, 'the console sends no events');
  for await (const { name, data } of readEvents(body)) {
    if (name === 'state' && isWanted(data as ConsoleState)) return data as ConsoleState;
  }
  throw new Error('the console ended its events');
}
