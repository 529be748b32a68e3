import { acceptConsistencyToken, currentConsistencyToken, Session } from 'db-routing';
import { ConsistencyTokens, TokenCarrier } from '../../library';
import type { Service } from '../service';
import type { Mistake } from './mistake';

const SECRET = 'another secret of the simulation, of no worth';

function keys(what: string, bad: readonly { id: string; secret: string }[], says: RegExp): Mistake {
  return { what, act: () => new ConsistencyTokens({ keys: bad }), error: 'ConfigurationError', says };
}

/** A request of `subject` brings a token. */
function bringing(what: string, token: (service: Service) => string, says: RegExp): Mistake {
  return {
    what,
    act: (service) =>
      new TokenCarrier(service.tokens, 'someone', service.parts.nodes.systemId).run(() =>
        new Session().run(() => acceptConsistencyToken(token(service))),
      ),
    error: 'InvalidConsistencyTokenError',
    says,
  };
}

function genuine(service: Service): string {
  const { systemId = '1', topology } = service.parts.nodes;
  const log = topology.nodes.find((node) => node.log)?.log;
  if (!log) throw new RangeError('no node has told its position');
  return service.tokens.sign({ systemId, timeline: 1, log }, 'someone');
}

const cut = (service: Service) => genuine(service).slice(0, 20);
const changed = (service: Service) => genuine(service).replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
const renamed = (service: Service) => genuine(service).replace(/^[^.]*/, 'old');
const elsewhere = (service: Service) => {
  const log = service.parts.nodes.topology.nodes.find((node) => node.log)?.log;
  if (!log) throw new RangeError('no node has told its position');
  return service.tokens.sign({ systemId: '77', timeline: 1, log }, 'someone');
};

/** Keys that cannot sign, and tokens that must be refused. */
export const TOKEN_MISUSES: readonly Mistake[] = [
  keys('no keys', [], /^consistency token keys is '': must name at least one key/),
  keys('a key whose id has a space', [{ id: 'a b', secret: SECRET }], /^consistency token key id is 'a b'/),
  keys(
    'a short secret',
    [{ id: 'k', secret: 'short' }],
    /^secret of consistency token key 'k' is '5 characters long'/,
  ),
  keys(
    'two keys of one id',
    [
      { id: 'k', secret: SECRET },
      { id: 'k', secret: SECRET },
    ],
    /must have an id each/,
  ),
  bringing('a text that is no token', () => 'x', /is malformed$/),
  bringing('half a token', cut, /is malformed$/),
  bringing('a changed token', changed, /is forged$/),
  bringing('a token of a key that is gone', renamed, /is forged$/),
  bringing('a token of another cluster', elsewhere, /is foreign$/),
  {
    what: 'a token where no pool has keys',
    act: () => currentConsistencyToken(),
    error: 'NoConsistencyTokensError',
    says: /no pool of this process has consistency token keys/,
  },
  {
    what: 'taking over a token where no pool has keys',
    act: () => acceptConsistencyToken('x'),
    error: 'NoConsistencyTokensError',
    says: /no pool of this process has consistency token keys/,
  },
];
