import { ConfigurationError } from '../errors';
import { nodeUrl, parseConnectionUrl } from './connection-url';

describe('the multi-host connection URL', () => {
  it('lists every node, with the default port where none is given', () => {
    const target = parseConnectionUrl('postgres://app:s3cret@h1:5433,h2,[::1]:5434/shop?sslmode=disable');
    expect(target).toEqual({
      nodes: [
        { name: 'h1:5433', host: 'h1', port: 5433 },
        { name: 'h2:5432', host: 'h2', port: 5432 },
        { name: '[::1]:5434', host: '::1', port: 5434 },
      ],
      user: 'app',
      password: 's3cret',
      database: 'shop',
      parameters: 'sslmode=disable',
    });
  });

  it('decodes and encodes credentials', () => {
    const target = parseConnectionUrl('postgresql://a%40b:p%2Fw@h1/shop');
    expect(target.user).toBe('a@b');
    expect(target.password).toBe('p/w');
    expect(nodeUrl(target, { name: 'h1:5432', host: 'h1', port: 5432 })).toBe(
      'postgres://a%40b:p%2Fw@h1:5432/shop',
    );
    expect(nodeUrl(target, { name: '[::1]:1', host: '::1', port: 1 }, { user: 'm', password: '' })).toBe(
      'postgres://m:@[::1]:1/shop',
    );
  });

  it.each([
    ['', 'expected postgres://'],
    ['mysql://u:p@h/db', 'expected postgres://'],
    ['postgres://u:p@h', 'expected postgres://'],
    ['postgres://u:p@h:99999/db', 'port 99999'],
    ['postgres://u:p@h:1:2/db', "'h:1:2' is not a host"],
    ['postgres://u:p@h1,,h2/db', "'' is not a host"],
    ['postgres://u:p@h1:5432,h1/db', 'listed twice'],
    ['postgres://u:%zz@h1/db', 'percent-encoded'],
  ])('%j is refused: %s', (url, message) => {
    expect(() => parseConnectionUrl(url)).toThrow(ConfigurationError);
    expect(() => parseConnectionUrl(url)).toThrow(message);
  });

  it('never shows the password', () => {
    expect(() => parseConnectionUrl('postgres://u:topsecret@h:0/db')).toThrow(/u:\*\*\*@h/);
  });
});
