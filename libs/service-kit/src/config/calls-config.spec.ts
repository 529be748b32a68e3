import { definition } from '../../test/support/test-definition';
import { loadServiceConfig } from './load-config';

const caller = {
  ...definition,
  calls: [{ name: 'stock-service', urlVariable: 'STOCK_SERVICE_URL', defaultUrl: 'http://127.0.0.1:3008' }],
};
const REQUIRED = { DATABASE_URL: 'postgres://me:pw@h1:5432,h2:5433/shop' };
const PRODUCTION = { ...REQUIRED, NODE_ENV: 'production', JWT_SECRET: 's'.repeat(32) };

const callsIn = (environment: Record<string, string>) => loadServiceConfig(caller, environment).calls;

describe('the services that a service calls', () => {
  it('are on this machine unless their variable says otherwise', () => {
    expect(callsIn(REQUIRED)).toEqual({ 'stock-service': new URL('http://127.0.0.1:3008') });
    expect(callsIn({ ...REQUIRED, STOCK_SERVICE_URL: 'http://stock:80' })).toEqual({
      'stock-service': new URL('http://stock:80'),
    });
  });

  it('have no default in production', () => {
    expect(() => callsIn(PRODUCTION)).toThrow('STOCK_SERVICE_URL is not set');
    expect(callsIn({ ...PRODUCTION, STOCK_SERVICE_URL: 'http://stock' })).toHaveProperty('stock-service');
  });

  it('must be at an http or https URL', () => {
    expect(() => callsIn({ ...REQUIRED, STOCK_SERVICE_URL: 'stock:80' })).toThrow(
      'STOCK_SERVICE_URL is "stock:80": it must be an http or https URL',
    );
  });
});
