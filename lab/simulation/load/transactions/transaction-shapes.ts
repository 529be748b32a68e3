import { Choice } from '../../time/prng';

/** What a transaction does besides its own writes. */
export type Shape =
  | 'plain'
  | 'joined'
  | 'nested'
  | 'nested-undone'
  | 'requires-new'
  | 'not-supported'
  | 'never'
  | 'supports'
  | 'rollback'
  | 'timeout'
  | 'outlived'
  | 'idle'
  | 'hooks'
  | 'nested-hooks'
  | 'veto'
  | 'joined-undone'
  | 'swallowed'
  | 'mandatory'
  | 'side-by-side'
  | 'hook-fails';

export const SHAPES = new Choice<Shape>({
  plain: 8,
  joined: 2,
  nested: 2,
  'nested-undone': 2,
  'requires-new': 1,
  'not-supported': 1,
  never: 0.5,
  supports: 0.5,
  rollback: 1,
  timeout: 0.5,
  outlived: 0.5,
  idle: 0.3,
  hooks: 1,
  'nested-hooks': 1,
  veto: 0.5,
  'joined-undone': 1,
  swallowed: 0.5,
  mandatory: 0.7,
  'side-by-side': 1,
  'hook-fails': 0.7,
});

/** Shapes that never commit. */
export const NEVER_COMMITS = new Set<Shape>(['rollback', 'timeout', 'veto', 'joined-undone', 'swallowed']);
