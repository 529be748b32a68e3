import type { RouteHint } from './route-hint';

const HINT_COMMENT = /^\+[\s\S]*\broute\s*\(\s*([\w-]+)\s*\)/i;
const NAME = /^[\w-]+$/;
/** The sqlcommenter tag that carries a hint. */
const TAG = 'route';

/**
 * The hint in a statement's comments: `/*+ route(primary) *\/`, or the sqlcommenter tag `route='reporting'`.
 */
export function commentHint(
  comments: readonly string[],
  tags: ReadonlyMap<string, string>,
): RouteHint | undefined {
  for (const comment of comments) {
    const to = HINT_COMMENT.exec(comment)?.[1];
    if (to !== undefined) return { to, source: 'comment' };
  }
  const tag = tags.get(TAG);
  return tag !== undefined && NAME.test(tag) ? { to: tag, source: 'comment' } : undefined;
}
