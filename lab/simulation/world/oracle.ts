import type { Backend } from './backend';
import { type Owner, REMEMBER, WRITE } from './sql';
import type { Sent } from './statement';

/** Something that must not happen on a server or in a pool, even if no caller notices. */
export interface Finding {
  readonly rule: string;
  readonly what: string;
}

/** Where a statement runs. */
interface Place {
  readonly name: string;
  readonly timeline: { readonly id: number };
}

/** Watches what the servers are asked to do. */
export class Oracle {
  readonly findings: Finding[] = [];
  /** The servers of other clusters. */
  readonly strangers = new Set<string>();
  readonly #counts = new Map<string, { times: number }>();

  found(rule: string, what: string): void {
    if (this.findings.length < 100) this.findings.push({ rule, what });
  }

  count(what: string): void {
    const count = this.#counts.get(what);
    if (count) count.times += 1;
    else this.#counts.set(what, { times: 1 });
  }

  /** How often each kind of thing happened, to show that it did. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.#counts].map(([what, { times }]) => [what, times]));
  }

  /** A server runs a statement of the load. */
  ran({ name, timeline }: Place, backend: Backend, sent: Sent): void {
    const { text, values } = sent;
    const owner = values?.[3];
    if (owner === undefined) return;
    if (this.strangers.has(name))
      this.found('no-statement-on-a-stranger', `${owner.id} ran "${text}" on ${name}`);
    const { transaction, status, state } = backend;
    const sawTimeline = newestSeen(backend, owner);
    if ((text === WRITE || text === REMEMBER) && timeline.id < sawTimeline) {
      const what = `${owner.id} wrote on ${name}, timeline ${timeline.id}, when ${sawTimeline} was known`;
      this.found('no-write-on-an-old-primary', what);
    }
    backend.lastSent = sent;
    const isBlock = transaction?.isBlock === true;
    const { isReadOnly = false } = transaction ?? {};
    if (owner.isInTransaction !== isBlock && !(isBlock && isReadOnly && transaction.owner === undefined)) {
      const where = isBlock ? `the transaction of ${transaction.owner ?? 'no one'}` : 'no transaction';
      this.found(
        'statement-in-its-transaction',
        `${owner.id} ran "${text}" in ${where} on ${name} (${status})`,
      );
    }
    if (!owner.isInTransaction) {
      if (state.size > 0 && !owner.mayHaveState) {
        this.found('no-dirty-connection', `${owner.id} found ${[...state].join()} of another on ${name}`);
      }
      return;
    }
    if (!transaction) return;
    transaction.owner ??= owner.id;
    if (transaction.owner !== owner.id) {
      this.found(
        'statement-in-its-transaction',
        `${owner.id} ran in the transaction of ${transaction.owner}`,
      );
    }
  }
}

/** The newest timeline that the process or the session knew of; 0 where no one could know. */
function newestSeen({ clientSawTimeline, transaction }: Backend, { sawTimeline = 0 }: Owner): number {
  // A transaction that has begun goes on where it is.
  const hasBegun = transaction?.isBlock === true && transaction.owner !== undefined;
  return clientSawTimeline === 0 || hasBegun ? clientSawTimeline : Math.max(clientSawTimeline, sawTimeline);
}
