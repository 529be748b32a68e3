import { eventText } from '@app/service-kit';
import { z } from 'zod';
import { type ClusterControls, faultRequest } from './cluster-controls';
import type { ConsoleState, NodePicture } from './contract';
import { explain, explainRequest } from './explain';
import { Happenings } from './feeds/happenings';
import { History } from './feeds/history';
import { pictureOfNodes, pictureOfService } from './feeds/picture';
import { type ServiceAddress, ServiceFeed } from './feeds/service-feed';
import { Browsers } from './http/browsers';
import { type Action, ConsoleServer } from './http/console-server';
import { Load, loadRequest, MAX_ORDERERS, MAX_READERS } from './load/load';
import { Shop } from './shop/shop';
import { StaleScores } from './shop/stale-scores';
import { STORY_NAMES } from './stories/story';
import { Storyteller } from './stories/storyteller';
import { Alice, WALK_ACTIONS } from './walk/alice';

const TICK_MS = 500;
/** How long everything goes on after the last window has closed: a reload takes less. */
const GRACE_MS = 15_000;
const NO_LOAD = { readers: 0, orderers: 0 };

export interface ConsoleOptions {
  readonly services: readonly ServiceAddress[];
  /** Undefined where the cluster is not the console's: no faults are offered then. */
  readonly controls?: ClusterControls | undefined;
}

/**
 * The live console: shows what the services' routing does, lets a browser act as a customer, makes load and,
 * where the cluster allows it, faults. While no window is open it asks nothing of the services.
 */
export class Console {
  readonly #feeds: readonly ServiceFeed[];
  readonly #shop: Shop;
  readonly #scores = new StaleScores();
  readonly #history = new History();
  readonly #happenings = new Happenings();
  readonly #browsers = new Browsers((count) => this.#windowsChanged(count));
  readonly #alice: Alice;
  readonly #load: Load;
  readonly #stories: Storyteller | undefined;
  readonly #server: ConsoleServer;
  #nodes: readonly NodePicture[] = [];
  #ticking: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;

  constructor(private readonly options: ConsoleOptions) {
    this.#feeds = options.services.map((address) => new ServiceFeed(address));
    this.#shop = new Shop(options.services);
    this.#alice = new Alice(this.#shop, this.#scores);
    this.#load = new Load(this.#shop, this.#scores);
    const { controls } = options;
    this.#stories =
      controls &&
      new Storyteller({ controls, load: this.#load, scores: this.#scores, nodes: () => this.#nodes });
    this.#server = new ConsoleServer({
      actions: this.#actions(),
      subscribe: (response) => {
        if (!this.#browsers.add(response)) return false;
        response.write(eventText('history', this.#history.points));
        return true;
      },
    });
  }

  /** Resolves with the port. Rejects with the system's error. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number> {
    return this.#server.listen(address);
  }

  async close(): Promise<void> {
    clearTimeout(this.#grace);
    this.#load.resize(NO_LOAD);
    await this.#stories?.stop();
    this.#rest();
    this.#browsers.close();
    await this.#server.close();
    this.#shop.close();
  }

  #windowsChanged(count: number): void {
    clearTimeout(this.#grace);
    if (count === 0) {
      this.#grace = setTimeout(() => {
        this.#load.resize(NO_LOAD);
        void this.#stories?.stop();
        this.#rest();
      }, GRACE_MS).unref();
    } else {
      for (const feed of this.#feeds) feed.follow();
      this.#ticking ??= setInterval(() => this.#tick(), TICK_MS);
    }
  }

  #rest(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    for (const feed of this.#feeds) feed.unfollow();
  }

  #tick(): void {
    const { controls } = this.options;
    const boundsMs = this.#feeds.find(({ event }) => event)?.boundsMs ?? [];
    const services = this.#feeds.map(pictureOfService);
    this.#nodes = pictureOfNodes(this.#feeds, boundsMs, controls?.nodes ?? []);
    this.#happenings.compare(services, this.#nodes);
    const known = this.#feeds.find(({ event }) => event)?.event;
    const state: ConsoleState = {
      services,
      nodes: this.#nodes,
      noPrimaryBecause: known && known.primary === null ? known.noPrimaryBecause : null,
      samples: this.#feeds.flatMap((feed) => {
        const service = feed.address.name;
        return feed.takeSamples().map((sample) => ({ ...sample, service }));
      }),
      point: this.#history.add(this.#nodes),
      walk: this.#alice.walk,
      scores: this.#scores.all,
      load: { ...this.#load.size, ...this.#load.counts, maxReaders: MAX_READERS, maxOrderers: MAX_ORDERERS },
      canFault: controls !== undefined,
      story: this.#stories?.picture ?? null,
      happenings: this.#happenings.all,
    };
    this.#browsers.send('state', state);
  }

  #actions(): ReadonlyMap<string, Action<never>> {
    const { controls } = this.options;
    const actions: [string, Action<never>][] = [
      action('/walk', z.strictObject({ action: z.enum(WALK_ACTIONS) }), async (body) => {
        await this.#alice.act(body.action);
        return this.#alice.walk;
      }),
      action('/walk/token', z.strictObject({ isOn: z.boolean() }), ({ isOn }) => this.#alice.useToken(isOn)),
      action('/scores/reset', z.strictObject({}), () => this.#scores.reset()),
      action('/load', loadRequest, (size) => this.#load.resize(size)),
      action('/explain', explainRequest, (body) => explain(this.options.services, body)),
    ];
    if (controls) {
      actions.push(
        action('/faults', faultRequest, async (request) => {
          await controls.apply(request);
          this.#happenings.note(`You: ${request.fault}${'node' in request ? ` ${request.node}` : ''}`);
        }),
        action('/story', z.strictObject({ name: z.enum(STORY_NAMES).nullable() }), ({ name }) =>
          name === null ? this.#stories?.stop() : this.#stories?.tell(name),
        ),
      );
    }
    return new Map(actions);
  }
}

function action<B>(path: string, body: z.ZodType<B>, run: (body: B) => unknown): [string, Action<never>] {
  return [path, { body, run: async (given: B) => run(given) } as unknown as Action<never>];
}
