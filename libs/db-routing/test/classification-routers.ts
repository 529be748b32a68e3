import type { Outcome } from './classification-lab';

type Target = 'replica' | 'primary';

interface Score {
  /** Statements sent to a replica that refused them, or was left changed. */
  readonly dangerous: string[];
  /** Statements sent to the primary although a replica would have done. */
  readonly wasteful: string[];
}

/** Treats texts that begin with SELECT as reads, as Sequelize and many other routers do. */
function byPrefix(text: string): Target {
  return /^\s*\(?\s*select\b/i.test(text) ? 'replica' : 'primary';
}

/** The same rule, with the exceptions that people add to it over the years. */
function byPattern(text: string): Target {
  const bare = text.replace(/\/\*[\s\S]*?\*\/|--[^\n]*/g, ' ');
  const looksLikeRead = /^[\s(]*(select|show|values|table|with|explain)\b/i.test(bare);
  const looksLikeWrite =
    /\bfor\s+(no\s+key\s+)?(update|share)\b|\binto\b|\bnextval\b|\b(insert|update|delete)\b/i.test(bare);
  return looksLikeRead && !looksLikeWrite ? 'replica' : 'primary';
}

/** Judges three routers by what the replica actually did, and prints the result. */
export function compareRouters(
  outcomes: ReadonlyMap<string, Outcome>,
  byParser: (text: string) => Target,
): { parser: Score; prefix: Score; pattern: Score } {
  const scores = {
    prefix: score(outcomes, byPrefix),
    pattern: score(outcomes, byPattern),
    parser: score(outcomes, byParser),
  };
  const lines = Object.entries(scores).map(
    ([router, { dangerous, wasteful }]) =>
      `${router.padEnd(8)} ${String(dangerous.length).padStart(9)} ${String(wasteful.length).padStart(9)}`,
  );
  process.stdout.write(
    [`${outcomes.size} statements; wrongly sent to`, 'router     replica   primary', ...lines, ''].join('\n'),
  );
  return scores;
}

function score(outcomes: ReadonlyMap<string, Outcome>, route: (text: string) => Target): Score {
  const dangerous: string[] = [];
  const wasteful: string[] = [];
  for (const [text, { verdict }] of outcomes) {
    const target = route(text);
    if (target === 'replica' && verdict !== 'ran') dangerous.push(text);
    if (target === 'primary' && verdict === 'ran') wasteful.push(text);
  }
  return { dangerous, wasteful };
}
