import { existsSync } from 'node:fs';
import { until } from '../src';
import { isProcessRunning, signal } from '../src/process/processes';
import { ChildOwner } from './support/child-owner';
import { containersOf } from './support/containers';

describe('a temporary cluster whose owner ends', () => {
  it.each([
    ['is SIGKILLed', (owner: ChildOwner) => owner.kill()],
    [
      'freezes its nodes and exits',
      (owner: ChildOwner) => {
        owner.tell('freeze');
        owner.tell('exit');
      },
    ],
    ['gets a SIGTERM', (owner: ChildOwner) => signal(owner.pid, 'SIGTERM')],
    ['gets a SIGINT', (owner: ChildOwner) => signal(owner.pid, 'SIGINT')],
    ['calls process.exit', (owner: ChildOwner) => owner.tell('exit')],
    ['stops it', (owner: ChildOwner) => owner.tell('stop')],
  ])('leaves no process and no file when the owner %s', async (_how, end) => {
    const owner = new ChildOwner({ replicas: 0 });
    const { directory, postmasters } = await owner.started();
    const watchdog = owner.watchdogPid();
    expect([...postmasters, watchdog].map(isProcessRunning)).toEqual([true, true]);
    end(owner);
    await owner.ended();
    await until(
      'postmasters and watchdog to be gone',
      () => ![...postmasters, watchdog].some(isProcessRunning),
    );
    expect(existsSync(directory)).toBe(false);
    expect(containersOf(directory)).toEqual([]);
  });

  it('leaves nothing behind when the owner is killed during initdb', async () => {
    const owner = new ChildOwner({ replicas: 0 });
    await until('initdb to run', () => owner.progress.some((message) => message.startsWith('Initialising')));
    const running = owner.descendants();
    expect(running.length).toBeGreaterThan(0);
    owner.kill();
    await owner.ended();
    await until('what it started to be gone', () => !running.some(isProcessRunning));
  });
});
