import type { Call } from './call-order';
import type { CalledFunction } from './coverage';
import { isAbove, roomOf } from './rooms';
import type { SourceImports } from './source-imports';

export interface BackUp {
  readonly from: CalledFunction;
  readonly to: CalledFunction;
  /**
   * `rooms`: into a higher room. `files`: within a room, into a file that imports the caller's, directly or
   * not.
   */
  readonly across: 'rooms' | 'files';
}

/**
 * Calls that lead back to where the read has come from. No file can import what is above it, so the function
 * was passed down, as a callback or as a member of an object.
 */
export function backUpsAmong(calls: readonly Call[], imports: SourceImports): BackUp[] {
  return calls.flatMap(({ of: to, by: from }): BackUp[] => {
    if (!from || from.file === to.file) return [];
    const [room, callers] = [roomOf(to.file), roomOf(from.file)];
    if (room !== callers) return isAbove(room, callers) ? [{ from, to, across: 'rooms' }] : [];
    return imports.reaches(to.file, from.file) ? [{ from, to, across: 'files' }] : [];
  });
}
