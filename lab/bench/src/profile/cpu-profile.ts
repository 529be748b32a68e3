import { readFileSync } from 'node:fs';
import { layerOf } from './layers';

/** The part of a .cpuprofile file (Chrome DevTools Protocol, Profiler.Profile) that is used here. */
interface Profile {
  readonly nodes: readonly ProfileNode[];
  /** The innermost node of each sample. */
  readonly samples: readonly number[];
  /** The time before each sample, in µs. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    /** From 0. */
    readonly lineNumber: number;
  };
  readonly children?: readonly number[];
}

/** A function in one place of the call tree. */
export interface Frame {
  readonly name: string;
  /** The file and line; empty for what V8 and Node do natively. */
  readonly place: string;
  readonly layer: string;
  /** µs, with and without those it calls. */
  totalUs: number;
  selfUs: number;
  readonly children: Map<string, Frame>;
}

/** V8's own entries for the time in which the process waits. */
const WAITING: readonly string[] = ['(idle)', '(program)'];

/**
 * The call tree of the second half of a profile, when the process is warm; without the time in which it
 * waits.
 *
 * @param file .cpuprofile, as `node --cpu-prof` writes it
 */
export function readCallTree(file: string): Frame {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const root = frameOf({ functionName: 'all', url: '', lineNumber: 0 });
  const stacks = stacksOf(profile.nodes);
  const durationUs = profile.timeDeltas.reduce((sum, us) => sum + us, 0);
  let atUs = 0;
  for (const [index, id] of profile.samples.entries()) {
    const us = profile.timeDeltas[index] ?? 0;
    atUs += us;
    const stack = stacks.get(id);
    if (atUs < durationUs / 2 || stack === undefined || isWaiting(stack)) continue;
    add(root, stack, us);
  }
  return root;
}

type Stack = readonly ProfileNode['callFrame'][];

/** The frames of each node, from the outermost, without V8's root. */
function stacksOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, Stack> {
  const stacks = new Map<number, Stack>();
  const parents = new Map(nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])));
  // A parent stands before its children.
  for (const { id, callFrame } of nodes) {
    const parent = parents.get(id);
    stacks.set(id, parent === undefined ? [] : [...(stacks.get(parent) ?? []), callFrame]);
  }
  return stacks;
}

function isWaiting(stack: Stack): boolean {
  return stack.length === 0 || WAITING.includes(stack.at(-1)?.functionName ?? '');
}

function add(root: Frame, stack: Stack, us: number): void {
  root.totalUs += us;
  let frame = root;
  for (const callFrame of stack) {
    const key = `${callFrame.functionName} ${callFrame.url}:${callFrame.lineNumber}`;
    let child = frame.children.get(key);
    if (child === undefined) frame.children.set(key, (child = frameOf(callFrame)));
    child.totalUs += us;
    frame = child;
  }
  frame.selfUs += us;
}

function frameOf({ functionName, url, lineNumber }: ProfileNode['callFrame']): Frame {
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/(?=dist\/)/, '');
  return {
    name: functionName || '(anonymous)',
    place: file && `${file}:${lineNumber + 1}`,
    layer: layerOf(functionName, url),
    totalUs: 0,
    selfUs: 0,
    children: new Map(),
  };
}
