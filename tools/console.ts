import { Console } from './console/console';
import { ConsoleSettingsError, readConsoleSettings } from './console/settings';

/** Runs the console for services that something else has started, such as Docker Compose: without faults. */
async function main(): Promise<void> {
  const { services, host, port } = readConsoleSettings(process.env);
  const live = new Console({ services });
  const listening = await live.listen({ host, port });
  console.log(`The console listens on ${host}:${listening}.`);
  const stop = (): void => void live.close().then(() => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
}

main().catch((error: unknown) => {
  console.error(error instanceof ConsoleSettingsError ? error.message : error);
  process.exitCode = 1;
});
