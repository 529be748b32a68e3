import { peers } from '../peers';
import type { Peer } from '../peers/peer';
import { statementWork } from '../works/statements';
import type { Operation, ShopData } from '../works/statements/statement-work';
import { runClosedLoad } from './closed-load';
import { runOpenLoad } from './open-load';
import type { Answer, Command, ContenderSetup, MeasureRequest, MemorySample, Sample } from './protocol';
import { Recorder } from './recorder';

const RSS_SAMPLE_MS = 50;

/** Runs one contender in a separate process, so that contenders share neither garbage nor compiled code. */
async function main(): Promise<void> {
  process.once('disconnect', () => process.exit());
  // Ctrl-C reaches the whole process group; the parent process decides when this one exits.
  process.on('SIGINT', () => undefined);
  const setup = await new Promise<ContenderSetup>((resolve) =>
    process.once('message', (message) => resolve(message as ContenderSetup)),
  );
  const recorder = new Recorder();
  const peer: Peer = await peers[setup.peer](setup.wiring);
  process.on('message', (message) => {
    const command = message as Command;
    execute(command, peer, setup.shop, recorder).then(
      (result) => {
        answer({ id: command.id, result });
        // Exits instead of being killed, so that Node writes the profile.
        if (command.do === 'close') process.disconnect();
      },
      (error: unknown) => answer({ id: command.id, error: describe(error) }),
    );
  });
  answer({ id: 0 });
}

async function execute(command: Command, peer: Peer, shop: ShopData, recorder: Recorder): Promise<unknown> {
  switch (command.do) {
    case 'measure':
      return measure(command.request, peer, shop, recorder);
    case 'memory':
      return memory();
    case 'close':
      return peer.close();
  }
}

async function measure(
  { works, load, durationMs }: MeasureRequest,
  peer: Peer,
  shop: ShopData,
  recorder: Recorder,
): Promise<Sample> {
  const operation = takingTurns(works, peer, shop);
  const cpuBefore = process.cpuUsage();
  let peakRssBytes = process.memoryUsage.rss();
  const timer = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
  }, RSS_SAMPLE_MS);
  recorder.reset();
  const startMs = performance.now();
  let countedMs: number;
  let allOperations: number;
  try {
    if (load.kind === 'closed') {
      ({ countedMs, allOperations } = await runClosedLoad(operation, load, durationMs, recorder));
    } else {
      await runOpenLoad(operation, load, durationMs, recorder);
      countedMs = performance.now() - startMs;
      allOperations = recorder.operations;
    }
  } finally {
    clearInterval(timer);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  const { operations, wrong, failed, firstError, latencies } = recorder;
  return {
    operations,
    durationMs: countedMs,
    wrong,
    failed,
    firstError,
    allOperations,
    cpuMs: (user + system) / 1_000,
    peakRssBytes,
    ...latencies,
  };
}

function takingTurns(works: readonly string[], peer: Peer, shop: ShopData): Operation {
  const operations = works.map((name) => {
    const operation = statementWork(name).operation(peer, shop);
    if (operation === undefined) throw new TypeError(`This contender does not do ${name}.`);
    return operation;
  });
  const [only, ...others] = operations;
  if (only !== undefined && others.length === 0) return only;
  let turn = 0;
  return () => (operations[turn++ % operations.length] as Operation)();
}

function memory(): MemorySample {
  const { gc } = globalThis;
  // Available because of --expose-gc.
  gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, rssBytes: rss, resources: process.getActiveResourcesInfo().length };
}

function answer(message: Answer): void {
  process.send?.(message);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch((error: unknown) => {
  answer({ id: 0, error: describe(error) });
  process.disconnect();
  process.exit(1);
});
