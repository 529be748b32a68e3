import { Agent, get } from 'node:http';
import { cpuTimeMs } from './cpu-time';

const CALLERS = 16;
const PATH = '/products?limit=1';

/** What a number of requests took. */
export interface Turn {
  readonly perSecond: number;
  readonly cpuMsPerRequest: number;
}

export interface Target {
  readonly url: string;
  readonly pid: number;
  readonly accessToken: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });

/** Sends `count` requests, each of which reads from a replica once, by {@link CALLERS} callers at a time. */
export async function takeTurn({ url, pid, accessToken }: Target, count: number): Promise<Turn> {
  const options = { agent, headers: { authorization: `Bearer ${accessToken}` } };
  let left = count;
  const startedCpuMs = cpuTimeMs(pid);
  const startedMs = performance.now();
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await answered(`${url}${PATH}`, options);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return {
    perSecond: (count * 1_000) / (performance.now() - startedMs),
    cpuMsPerRequest: (cpuTimeMs(pid) - startedCpuMs) / count,
  };
}

function answered(url: string, options: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, options, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url} answered ${response.statusCode ?? 'nothing'}.`));
      });
    });
    request.once('error', reject);
  });
}
