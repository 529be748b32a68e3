import { ConfigurationError } from '../../errors';
import { parseConnectionUrl, urlOfNode } from './connection-url';

const places = (url: string) =>
  parseConnectionUrl(url).nodes.map(({ name, host, port }) => `${name} = ${host} ${port}`);

describe('the multi-host connection URL', () => {
  it('lists every node, with the default port where none is given', () => {
    const target = parseConnectionUrl('postgres://app:s3cret@h1:5433,h2,[::1]:5434/shop?sslmode=disable');
    expect(target).toMatchObject({
      nodes: [
        { name: 'h1:5433', host: 'h1', port: 5433 },
        { name: 'h2:5432', host: 'h2', port: 5432 },
        { name: '[::1]:5434', host: '::1', port: 5434 },
      ],
      user: 'app',
      database: 'shop',
    });
    expect(target.password?.reveal()).toBe('s3cret');
    expect([...target.parameters.reveal()]).toEqual([['sslmode', 'disable']]);
  });

  it.each([
    ['postgres:///shop?host=/run/postgresql', ['/run/postgresql:5432 = /run/postgresql 5432']],
    ['postgres://u:p@/shop?host=/a,/b&port=5433,5434', ['/a:5433 = /a 5433', '/b:5434 = /b 5434']],
    ['postgres://u:p@/shop?host=/a,h2&port=5433', ['/a:5433 = /a 5433', 'h2:5433 = h2 5433']],
    ['postgres://u:p@%2Frun%2Fpostgresql/shop', ['/run/postgresql:5432 = /run/postgresql 5432']],
    ['postgres://u:p@localhost:5433/shop?host=/run/x:y:z', ['/run/x:y:z:5433 = /run/x:y:z 5433']],
    ['postgres://h1,h2/shop?port=6432', ['h1:6432 = h1 6432', 'h2:6432 = h2 6432']],
    ['postgres://u:p@/shop?host=h1,::1', ['h1:5432 = h1 5432', '[::1]:5432 = ::1 5432']],
  ])('%s: hosts and ports as parameters, and sockets', (url, expected) => {
    expect(places(url)).toEqual(expected);
  });

  it.each([
    ['postgresql://a%40b:p%2Fw@h1/shop', 'a@b', 'p/w', 'shop'],
    ['postgres://u:p@ss@h1/shop', 'u', 'p@ss', 'shop'],
    ['postgres://u:p:w@h1/shop', 'u', 'p:w', 'shop'],
    ['postgres://h1/shop?user=u&password=p%40w', 'u', 'p@w', 'shop'],
    ['postgres://u@h1?dbname=shop', 'u', undefined, 'shop'],
    ['postgres://h1/shop%20two', '', undefined, 'shop two'],
  ])('%s: who, and which database, as every parser of URLs reads it', (url, user, password, database) => {
    const target = parseConnectionUrl(url);
    expect([target.user, target.password?.reveal(), target.database]).toEqual([user, password, database]);
  });

  it('takes what is listed twice for one node', () => {
    const { nodes } = parseConnectionUrl('postgres://u:p@h1:5432,h2,h1/db');
    expect(nodes.map(({ name }) => name)).toEqual(['h1:5432', 'h2:5432']);
  });

  it.each([
    ['', 'expected postgres://'],
    ['mysql://u:p@h/db', 'expected postgres://'],
    ['host=h1,h2 user=u password=p dbname=db', 'key=value'],
    ['socket:/run/postgresql?db=shop', 'postgres:///database?host='],
    ['/run/postgresql shop', 'postgres:///database?host='],
    ['postgres://u:p@h', 'no database'],
    ['postgres:///db', 'no host'],
    ['postgres://u:p@h:99999/db', 'port 1 is not a number within'],
    ['postgres://u:p@h1,h2:x/db', 'host 2 is not a host'],
    ['postgres://u:p@h:1:2/db', 'host 1 is not a host'],
    ['postgres://u:p@h1,,h2/db', 'host 2 is not a host'],
    ['postgres://u:p@:5432/db', 'host 1 is empty'],
    ['postgres://h1,h2,h3/db?port=1,2', '2 ports for 3 hosts'],
    ['postgres://u:%zz@h1/db', 'password is not percent-encoded'],
    ['postgres://u:pa/ss@h1/db', '/ as %2F'],
    ['postgres://u:p#ss@h1/db', '# as %23'],
    ['postgres://u:p?ss@h1/db', '? as %3F'],
    ['postgres://h1/db?sslmode=disable&sslmode=require', 'given twice'],
  ])('%j is refused: %s', (url, message) => {
    expect(() => parseConnectionUrl(url)).toThrow(ConfigurationError);
    expect(() => parseConnectionUrl(url)).toThrow(message);
  });

  it('is the URL of one node with everything else as it was', () => {
    const url = 'postgresql://a%40b:p@w%2F@h1:1,h2:2/shop%20two?options=-c%20search_path%3Da&sslmode=disable';
    const one = urlOfNode(url, { host: '::1', port: 5433 });
    expect(places(one)).toEqual(['[::1]:5433 = ::1 5433']);
    const { user, password, database, parameters } = parseConnectionUrl(one);
    expect([user, password?.reveal(), database]).toEqual(['a@b', 'p@w/', 'shop two']);
    expect(parameters.reveal()).toEqual(parseConnectionUrl(url).parameters.reveal());
    expect(places(urlOfNode('postgres://u:p@/db?host=/a,/b', { host: '/b', port: 5433 }))).toEqual([
      '/b:5433 = /b 5433',
    ]);
  });
});
